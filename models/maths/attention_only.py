r"""A transformer of attention alone, in plain arrays, several side by side; backwards too.

$A = \mathrm{softmax}\big((r + P) W_Q\, ((r + P) W_K)^\top / \sqrt{d_h} + M\big)$ in every head, then
$r \leftarrow r + \sum_h A\, r W_V W_O$, layer after layer; $r_0$ holds the tokens' vectors, and
$\mathrm{logits} = r W_U$. (Elhage et al., 2021, transformer-circuits.pub/2021/framework)

Places P reach queries and keys only (Press et al., 2021, sec. 4; arXiv:2012.15832): what a head
copies is a token, never where it stood.
"""

from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

Array = np.ndarray


class Layer(NamedTuple):
    """Views of one layer's weights; columns (rows, for o) belong to head after head."""

    qk: Float[Array, "*nets d 2*d"]  # queries, then keys
    v: Float[Array, "*nets d d"]
    o: Float[Array, "*nets d d"]


class Weights(NamedTuple):
    """Views of all weights of a net, or of several."""

    token: Float[Array, "*nets v d"]
    place: Float[Array, "*nets t d"]
    layers: tuple[Layer, ...]
    out: Float[Array, "*nets d v"]


class Step(NamedTuple):
    """What forward saw in one layer."""

    r: Float[Array, "nets n d"]  # the residual stream on its way in, n = b·t tokens
    q: Float[Array, "nets b h t dh"]
    k: Float[Array, "nets b h t dh"]
    v: Float[Array, "nets b h t dh"]
    attention: Float[Array, "nets b h t t"]
    z: Float[Array, "nets n d"]  # A r W_V, the heads side by side


@dataclass(frozen=True)
class Trace:
    """What forward saw, for backward and for all who want to look inside."""

    onehot: Float[Array, "nets n v"]
    place: Float[Array, "nets n d"]
    steps: tuple[Step, ...]
    r: Float[Array, "nets n d"]  # at the end
    logits: Float[Array, "nets b t v"]


@dataclass(frozen=True)
class AttentionOnly:
    """The sizes of a net; its weights lie in one vector theta (p,), or (nets, p) for several."""

    vocabulary: int
    context: int  # longest text
    width: int
    heads: int  # in a layer, each width / heads wide
    layers: int

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Of each matrix, in the order in which they lie in theta."""
        d = self.width
        layer = [(d, 2 * d), (d, d), (d, d)]
        return [(self.vocabulary, d), (self.context, d), *layer * self.layers, (d, self.vocabulary)]

    @property
    def size(self) -> int:
        """Number of weights p."""
        return sum(map(prod, self.shapes))

    def weights(self, theta: Float[Array, "*nets p"]) -> Weights:
        """The matrices in theta, as views."""
        views, at = [], 0
        for shape in self.shapes:
            views.append(theta[..., at : at + prod(shape)].reshape(*theta.shape[:-1], *shape))
            at += prod(shape)
        token, place, *inner, out = views
        return Weights(token, place, tuple(map(Layer, *(inner[i::3] for i in range(3)))), out)

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> Float[Array, " p"]:
        """Tokens and places of variance 1, matrices of variance 1 / inputs, W_O / layers besides."""
        theta: Array = np.empty(self.size, dtype)
        token, place, layers, out = self.weights(theta)
        gains = [(token, 1.0), (place, 1.0), (out, self.width**-0.5)]
        for layer in layers:
            gains += [(layer.qk, self.width**-0.5), (layer.v, self.width**-0.5)]
            gains += [(layer.o, (self.layers * self.width) ** -0.5)]
        for view, gain in gains:
            view[...] = gain * rng.standard_normal(view.shape)
        return theta

    def forward(
        self,
        theta: Float[Array, "nets p"],
        tokens: Int[Array, "nets b t"],
        gate: Float[Array, "nets layers h"] | None = None,
    ) -> Trace:
        """All nets on their texts; a head's output is multiplied by its gate, 1 if none is given."""
        w, (nets, b, t) = self.weights(theta), tokens.shape
        onehot = np.zeros((nets, b * t, self.vocabulary), theta.dtype)
        np.put_along_axis(onehot, tokens.reshape(nets, -1, 1), 1, -1)
        place = np.tile(w.place[:, :t], (1, b, 1))
        later = np.where(np.tri(t, dtype=bool), 0, -np.inf).astype(theta.dtype)
        r, steps = onehot @ w.token, []
        for index, layer in enumerate(w.layers):
            q, k = np.split((r + place) @ layer.qk, 2, -1)
            q, k, v = (self._split(x, b) for x in (q, k, r @ layer.v))
            attention = softmax(q @ k.swapaxes(-1, -2) * q.shape[-1] ** -0.5 + later)
            each = attention @ v
            if gate is not None:
                each = each * gate[:, None, index, :, None, None]
            steps.append(Step(r, q, k, v, attention, self._join(each)))
            r = r + steps[-1].z @ layer.o
        logits = (r @ w.out).reshape(nets, b, t, -1)
        return Trace(onehot, place, tuple(steps), r, logits)

    def backward(
        self, theta: Float[Array, "nets p"], trace: Trace, dlogits: Float[Array, "nets b t v"]
    ) -> Float[Array, "nets p"]:
        """The chain rule: dL/dtheta from dL/dlogits, of nets whose heads are all on."""
        grad = np.zeros_like(theta)
        w, g, (nets, b, t, _) = self.weights(theta), self.weights(grad), dlogits.shape
        dy = dlogits.reshape(nets, b * t, -1)
        g.out[...] = turn(trace.r) @ dy
        dr, dplace = dy @ turn(w.out), np.zeros_like(trace.place)
        for layer, into, seen in zip(
            w.layers[::-1], g.layers[::-1], trace.steps[::-1], strict=True
        ):
            into.o[...] = turn(seen.z) @ dr
            dz = self._split(dr @ turn(layer.o), b)
            da = dz @ turn(seen.v)
            # through the softmax: dS = A (dA - sum_j dA_j A_j), then the scale
            ds = seen.attention * (da - (da * seen.attention).sum(-1, keepdims=True))
            ds *= seen.q.shape[-1] ** -0.5
            dqk = np.concatenate([self._join(ds @ seen.k), self._join(turn(ds) @ seen.q)], -1)
            dv = self._join(turn(seen.attention) @ dz)
            into.qk[...] = turn(seen.r + trace.place) @ dqk
            into.v[...] = turn(seen.r) @ dv
            dx = dqk @ turn(layer.qk)
            dplace += dx
            dr = dr + dx + dv @ turn(layer.v)
        g.token[...] = turn(trace.onehot) @ dr
        g.place[:, :t] = dplace.reshape(nets, b, t, -1).sum(1)
        return grad

    def k_composition(self, theta: Float[Array, "nets p"]) -> Float[Array, "nets h h"]:
        """How much the keys of each head of layer 2 (columns) read what each of layer 1 writes.

        ‖W_OV W_QKᵀ‖ / (‖W_OV‖ ‖W_QK‖) in Frobenius norms, 0 to 1; two matrices turned at random
        read 1/√d. (Elhage et al., 2021, "Three kinds of composition")
        """
        first, second = self.weights(theta).layers
        q, k = (self._columns(x) for x in np.split(second.qk, 2, -1))
        ov = self._columns(first.v) @ turn(self._columns(turn(first.o)))
        kq = k @ turn(q)
        both = np.linalg.norm(ov[:, :, None] @ kq[:, None], axis=(-2, -1))
        alone = [np.linalg.norm(x, axis=(-2, -1)) for x in (ov, kq)]
        share: Array = both / (alone[0][:, :, None] * alone[1][:, None])
        return share

    def _columns(self, matrix: Float[Array, "nets d d"]) -> Float[Array, "nets h d dh"]:
        """The columns of each head."""
        return matrix.reshape(*matrix.shape[:-1], self.heads, -1).swapaxes(-2, -3)

    def _split(self, x: Float[Array, "nets n d"], b: int) -> Float[Array, "nets b h t dh"]:
        """Tokens in a row to texts, head by head; in memory as the products read them."""
        parts = x.reshape(x.shape[0], b, -1, self.heads, self.width // self.heads)
        return np.ascontiguousarray(parts.swapaxes(2, 3))

    def _join(self, x: Float[Array, "nets b h t dh"]) -> Float[Array, "nets n d"]:
        """What _split has parted."""
        return x.swapaxes(2, 3).reshape(x.shape[0], -1, self.width)


def turn(x: Float[Array, "*batch n m"]) -> Float[Array, "*batch m n"]:
    """The transpose of each matrix."""
    return x.swapaxes(-1, -2)


def softmax(scores: Float[Array, "*batch n"]) -> Float[Array, "*batch n"]:
    """Weights that are positive and sum to one."""
    e = np.exp(scores - scores.max(-1, keepdims=True))
    weight: Array = e / e.sum(-1, keepdims=True)
    return weight
