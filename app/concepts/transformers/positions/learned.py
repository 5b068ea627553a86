r"""Positions that are learned: one attention head must guess a hidden number from its neighbours.

Each place carries a number; two places are alike as $C_{ij} = \rho^{|i - j|}$ (on a square: steps
along both sides). One is hidden, and a head that knows positions only guesses it from the others:
$\hat x_i = \sum_{j \ne i} A_{ij} x_j$, $A = \mathrm{softmax}(P P^\top / \sqrt d)$. Its expected error is exact,
$\mathrm{mean}_i\,(C - 2 A C + A C A^\top)_{ii}$, so P descends it without a single draw of x.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt

import numpy as np
from jaxtyping import Float

from models.maths.mlp import Moments, adam

Array = np.ndarray
RATE = 0.03  # of Adam
SPREAD = 0.3  # of the codes that training begins with


@dataclass(frozen=True)
class Learned:
    """The codes after some iterations, and what they are worth."""

    step: int
    code: Float[Array, "n d"]
    loss: Float[Array, " t"]  # expected squared error before each iteration, and now


def covariance(n: int, rho: float, square: bool) -> Float[Array, "n n"]:
    """How alike the numbers at two places are: 1 for the same place, rho for neighbours."""
    i = np.arange(n)
    if square:
        side = isqrt(n)
        apart = sum(np.abs(np.subtract.outer(c, c)) for c in divmod(i, side))
    else:
        apart = np.abs(np.subtract.outer(i, i))
    return np.asarray(rho**apart)


def least(c: Float[Array, "n n"]) -> float:
    """The error of the best guess there is: x_i given all others has variance 1 / (C^-1)_ii."""
    return float((1 / np.diag(np.linalg.inv(c))).mean())


def weights(p: Float[Array, "n d"]) -> Float[Array, "n n"]:
    """Where each place looks; never at itself, for there the number is hidden."""
    score = p @ p.T / np.sqrt(p.shape[1])
    np.fill_diagonal(score, -np.inf)
    a = np.exp(score - score.max(-1, keepdims=True))
    return np.asarray(a / a.sum(-1, keepdims=True))


def error(a: Float[Array, "n n"], c: Float[Array, "n n"]) -> float:
    """The expected squared error of the guesses A x."""
    return float((np.diag(c) - 2 * (a * c).sum(-1) + (a @ c * a).sum(-1)).mean())


def slope(
    p: Float[Array, "n d"], a: Float[Array, "n n"], c: Float[Array, "n n"]
) -> Float[Array, "n d"]:
    """The gradient of the error by P: through the guesses, the softmax and the scores."""
    d_a = 2 * (a @ c - c) / len(p)
    d_score = a * (d_a - (d_a * a).sum(-1, keepdims=True))
    return np.asarray((d_score + d_score.T) @ p / np.sqrt(p.shape[1]))


def train(
    start: Float[Array, "n d"], c: Float[Array, "m m"], steps: int, every: int
) -> Iterator[Learned]:
    """The codes as they are learned; places from m on occur in no text, so nothing moves them."""
    code, m = start.copy(), len(c)
    moments, losses = Moments.like(code[:m]), []
    for step in range(steps + 1):
        a = weights(code[:m])
        losses.append(error(a, c))
        if step % every == 0:
            yield Learned(step, code.copy(), np.array(losses))
        code[:m], moments = adam(code[:m], slope(code[:m], a, c), moments, RATE)
