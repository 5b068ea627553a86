r"""Several heads: the same projections cut into strips, each strip attending by itself.

$\mathrm{head}_i = \mathrm{softmax}(Q_i K_i^\top / \sqrt{d_h} + M) V_i$, $\;d_h = d_e / h$,
$\;Z = \mathrm{Concat}(\mathrm{head}_1, \dots, \mathrm{head}_h)\, W_O$.
(Vaswani et al., 2017, sec. 3.2.2; arXiv:1706.03762)
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from .attention import Attention, attend

Array = np.ndarray


@dataclass(frozen=True)
class Weights:
    """Square matrices of a width d_e that does not depend on the number of heads."""

    w_q: Float[Array, "e e"]
    w_k: Float[Array, "e e"]
    w_v: Float[Array, "e e"]
    w_o: Float[Array, "e e"]

    @property
    def count(self) -> int:
        """Numbers to learn."""
        return sum(w.size for w in (self.w_q, self.w_k, self.w_v, self.w_o))


@dataclass(frozen=True)
class Heads:
    """All heads on one text."""

    query: Float[Array, "h n d"]
    key: Float[Array, "h n d"]
    value: Float[Array, "h n d"]
    each: Attention  # of every head
    concat: Float[Array, "n e"]
    output: Float[Array, "n e"]


def drawn(width: int, rng: np.random.Generator) -> Weights:
    """Random matrices that keep the size of what they multiply; queries and keys a bit larger."""
    unit = 1 / np.sqrt(width)
    return Weights(*(rng.normal(0, gain * unit, (width, width)) for gain in (1.4, 1.4, 1, 1)))


def strips(x: Float[Array, "n e"], h: int) -> Float[Array, "h n d"]:
    """Columns cut into h strips of equal width."""
    n, width = x.shape
    cut: Array = x.reshape(n, h, width // h).swapaxes(0, 1)
    return cut


def multihead(
    x: Float[Array, "n e"], w: Weights, h: int, scale: bool, allowed: Bool[Array, "n n"]
) -> Heads:
    """Split, attend, put side by side, project."""
    query, key, value = (strips(x @ m, h) for m in (w.w_q, w.w_k, w.w_v))
    divisor = np.sqrt(query.shape[-1]) if scale else 1.0
    each = attend(query @ key.swapaxes(-1, -2), value, float(divisor), allowed)
    concat = each.output.swapaxes(0, 1).reshape(x.shape)
    return Heads(query, key, value, each, concat, concat @ w.w_o)
