r"""A small U-Net that looks at a noisy digit and says which noise was added to it.

$\epsilon_\theta(x_t, t, y)$, trained with $\|\epsilon - \epsilon_\theta\|^2$
(Ho et al., 2020, eq. 14; arXiv:2006.11239).
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


@dataclass(frozen=True)
class Shape:
    """The sizes of a U-Net."""

    widths: tuple[int, ...] = (48, 80, 96)  # channels at 16x16, 8x8 and 4x4
    conditioning: int = 96  # numbers that carry time and class to each block
    classes: int = 10  # one more label, the last, stands for "no class"
    groups: int = 8


def fourier(t: Float[Tensor, " b"], n: int) -> Float[Tensor, "b n"]:
    """The time as n sines and cosines of falling frequency, so that near times look alike."""
    frequency = torch.exp(torch.arange(n // 2, device=t.device) * (-math.log(10_000.0) / (n // 2)))
    angle = t[:, None] * frequency
    return torch.cat([torch.cos(angle), torch.sin(angle)], -1)


class Residual(nn.Module):
    """Two convolutions added to their input; time and class scale and shift between them."""

    def __init__(self, inner: int, outer: int, shape: Shape) -> None:
        super().__init__()
        self.norm_1 = nn.GroupNorm(shape.groups, inner)
        self.conv_1 = nn.Conv2d(inner, outer, 3, padding=1)
        self.condition = nn.Linear(shape.conditioning, 2 * outer)
        self.norm_2 = nn.GroupNorm(shape.groups, outer)
        self.conv_2 = nn.Conv2d(outer, outer, 3, padding=1)
        self.skip = nn.Identity() if inner == outer else nn.Conv2d(inner, outer, 1)
        nn.init.zeros_(self.conv_2.weight)  # each block starts as the identity

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        h = self.conv_1(F.silu(self.norm_1(x)))
        scale, shift = self.condition(c)[:, :, None, None].chunk(2, 1)
        h = self.norm_2(h) * (1 + scale) + shift
        out: Tensor = self.skip(x) + self.conv_2(F.silu(h))
        return out


class Attention(nn.Module):
    """Every place of the picture looks at every other: strokes agree across the digit."""

    def __init__(self, width: int, groups: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(groups, width)
        self.qkv = nn.Conv2d(width, 3 * width, 1)
        self.out = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        b, c, height, w = x.shape
        qkv = self.qkv(self.norm(x)).view(b, 3, self.heads, c // self.heads, height * w)
        q, k, v = qkv.transpose(-1, -2).unbind(1)  # (b, heads, places, channels)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(-1, -2)
        out: Tensor = x + self.out(mixed.reshape(b, c, height, w))
        return out


class UNet(nn.Module):
    """A noisy image, its time and its class to the noise in it."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        c, widths = shape.conditioning, shape.widths
        self.time = nn.Sequential(nn.Linear(c, c), nn.SiLU(), nn.Linear(c, c))
        self.label = nn.Embedding(shape.classes + 1, c)
        # 2x2 pixels become 4 channels: a quarter of the places to compute at, nothing lost.
        self.stem = nn.Conv2d(4, widths[0], 3, padding=1)
        self.down = nn.ModuleList()
        self.shrink = nn.ModuleList()
        for inner, outer in zip((widths[0], *widths[:-1]), widths, strict=True):
            self.down.append(Residual(inner, outer, shape))
            self.shrink.append(nn.Conv2d(outer, outer, 3, stride=2, padding=1))
        self.shrink[-1] = nn.Identity()  # the lowest level goes no further down
        self.middle = nn.ModuleList([Residual(widths[-1], widths[-1], shape) for _ in range(2)])
        self.attend_down = Attention(widths[1], shape.groups)
        self.attend_middle = Attention(widths[-1], shape.groups)
        self.up = nn.ModuleList()
        for lower, level in zip((*widths[1:], widths[-1]), widths, strict=True):
            self.up.append(Residual(lower + level, level, shape))
        self.norm = nn.GroupNorm(shape.groups, widths[0])
        self.head = nn.Conv2d(widths[0], 4, 3, padding=1)
        nn.init.zeros_(self.head.weight)

    def forward(
        self, x: Float[Tensor, "b 1 32 32"], t: Float[Tensor, " b"], label: Int[Tensor, " b"]
    ) -> Float[Tensor, "b 1 32 32"]:
        """The noise in x, predicted; t in steps, from 0 (clean) to 999 (noise)."""
        c = F.silu(self.time(fourier(t, self.shape.conditioning)) + self.label(label))
        h = self.stem(F.pixel_unshuffle(x, 2))
        kept = []
        for level, (block, shrink) in enumerate(zip(self.down, self.shrink, strict=True)):
            h = block(h, c)
            h = self.attend_down(h) if level == 1 else h
            kept.append(h)
            h = shrink(h)
        h = self.middle[1](self.attend_middle(self.middle[0](h, c)), c)
        for level in reversed(range(len(kept))):
            h = self.up[level](torch.cat([h, kept[level]], 1), c)
            h = F.interpolate(h, scale_factor=2.0, mode="nearest") if level else h
        return F.pixel_shuffle(self.head(F.silu(self.norm(h))), 2)
