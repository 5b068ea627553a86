r"""A small GPT that hides nothing: it returns every attention map and every state on its way.

$\mathrm{softmax}(Q K^\top / \sqrt{d_h} + M)\, V$ in each head, $M = -\infty$ above the diagonal.
Pre-norm blocks (Radford et al., 2019), rotary positions, the embedding read again as output.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from models.maths import rotary

NEVER = -1e9  # a score whose softmax weight is exactly 0 beside any other, yet no infinity


@dataclass(frozen=True)
class Shape:
    """The sizes of a GPT."""

    vocabulary: int
    layers: int
    heads: int
    width: int

    @property
    def d_head(self) -> int:
        return self.width // self.heads


def rotate(
    x: Float[Tensor, "b h t d"], frequency: Float[Tensor, " half"], scale: Tensor | float = 1.0
) -> Float[Tensor, "b h t d"]:
    """Queries or keys turned by an angle that grows with their position, cos and sin times `scale`.

    Scores then depend on how far back a token is, not on where the text began, which is how a
    head learns "the token before". (Su et al., 2021, eq. 34; arXiv:2104.09864)
    """
    t, half = x.shape[-2], x.shape[-1] // 2
    angle = torch.arange(t, device=x.device)[:, None] * frequency  # (t, half)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


class Block(nn.Module):
    """Attention, then two linear layers; each adds to the residual stream."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.heads = shape.heads
        self.norm_attention = nn.LayerNorm(shape.width)
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.norm_mlp = nn.LayerNorm(shape.width)
        self.up = nn.Linear(shape.width, 4 * shape.width)
        self.down = nn.Linear(4 * shape.width, shape.width)
        self.dropout = nn.Dropout(dropout)

    def split(self, x: Float[Tensor, "b t w"]) -> Float[Tensor, "b h t d"]:
        """One vector a token to one vector a token and head."""
        b, t, w = x.shape
        return x.view(b, t, self.heads, w // self.heads).transpose(1, 2)

    def project(
        self,
        x: Float[Tensor, "b t w"],
        frequency: Float[Tensor, " half"],
        scale: Tensor | float = 1.0,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Queries and keys, turned by their positions, and values; each (b, h, t, d)."""
        q, k, v = (self.split(part) for part in self.qkv(self.norm_attention(x)).chunk(3, -1))
        return rotate(q, frequency, scale), rotate(k, frequency, scale), v

    def finish(self, x: Tensor, mixed: Float[Tensor, "b h t d"]) -> Float[Tensor, "b t w"]:
        """The residual stream after the heads' outputs and the MLP have been added."""
        b, h, t, d = mixed.shape
        middle: Tensor = x + self.dropout(self.out(mixed.transpose(1, 2).reshape(b, t, h * d)))
        wide = F.gelu(self.up(self.norm_mlp(middle)), approximate="tanh")
        after: Tensor = middle + self.dropout(self.down(wide))
        return after


class GPT(nn.Module):
    """Tokens to logits for the token that follows each of them."""

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(Block(shape, dropout) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.width)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.embedding.weight, std=0.05)
        for name, weight in self.blocks.named_parameters():
            if weight.ndim == 2:  # queries and keys must differ from the start to find their roles
                nn.init.normal_(weight, std=0.6 / math.sqrt(weight.shape[1]))
            elif name.endswith("bias"):
                nn.init.zeros_(weight)

    def read(self, x: Float[Tensor, "b t w"]) -> Float[Tensor, "b t v"]:
        """Logits: how well each token's embedding fits the residual stream."""
        return F.linear(self.norm(x), self.embedding.weight)

    def forward(self, tokens: Int[Tensor, "b t"]) -> Float[Tensor, "b t v"]:
        """Logits alone, by torch's fused attention: what training needs."""
        x = self.dropout(self.embedding(tokens))
        frequency = torch.from_numpy(rotary.frequencies(self.shape.d_head)).to(x.device)
        for block in self.blocks:
            assert isinstance(block, Block)
            q, k, v = block.project(x, frequency)
            x = block.finish(x, F.scaled_dot_product_attention(q, k, v, is_causal=True))
        return self.read(x)


class OpenGPT(nn.Module):
    """The same GPT with its inside as outputs and a hand on each part: what is exported."""

    def __init__(self, gpt: GPT) -> None:
        super().__init__()
        self.gpt = gpt

    def forward(
        self,
        tokens: Int[Tensor, "b t"],
        head_gate: Float[Tensor, "layers h"],
        allowed: Bool[Tensor, "layers h t t"],
        query_shift: Float[Tensor, "layers h t d"],
        frequency: Float[Tensor, " half"],
        rotary_scale: Float[Tensor, "1"],
    ) -> tuple[Tensor, ...]:
        """logits, attention, query, key, value and hidden; a gate of 0 takes a head out.

        A reader looks at what lies behind it *and* is `allowed`; one that may look nowhere has
        weights of 0 and reads nothing. `query_shift` is added to the queries once they are turned
        by position, whose `frequency` is in radians a token. (`rotary_scale`: the factor sqrt(1/t)
        of Peng et al., 2023, eq. 22; arXiv:2309.00071)
        """
        t, d = tokens.shape[1], self.gpt.shape.d_head
        position = torch.arange(t, device=tokens.device)
        seen = (position[None, :] <= position[:, None]) & allowed  # (layers, h, t, t)
        x = self.gpt.embedding(tokens)
        hidden, maps, parts = [x], [], []
        for layer, block in enumerate(self.gpt.blocks):
            assert isinstance(block, Block)
            q, k, v = block.project(x, frequency, rotary_scale)
            q = q + query_shift[layer]
            score = q @ k.transpose(-1, -2) / math.sqrt(d)  # (b, h, t, t)
            weight = torch.softmax(score.masked_fill(~seen[layer], NEVER), -1) * seen[layer]
            x = block.finish(x, weight @ v * head_gate[layer, :, None, None])
            hidden.append(x)
            maps.append(weight)
            parts.append((q, k, v))
        query, key, value = (torch.stack(part, 1) for part in zip(*parts, strict=True))
        return self.gpt.read(x), torch.stack(maps, 1), query, key, value, torch.stack(hidden, 1)
