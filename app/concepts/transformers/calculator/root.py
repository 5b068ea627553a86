r"""Why scores are divided by √d_k: they grow with it, and a softmax of large scores is a hard choice.

For independent components of mean 0 and variance 1, $\mathrm{Var}(q \cdot k) = d_k$ exactly.
(Vaswani et al., 2017, footnote 4; arXiv:1706.03762)
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.attention import entropy

from .attention import powers, shares

Array = np.ndarray
WIDTHS = tuple(2**i for i in range(11))  # d_k from 1 to 1024
PAIRS, ROWS, KEYS = 1024, 128, 32  # independent pairs; queries that share keys; keys
# Of many keys and scores of variance 1: log n + log E[e^s] - E[s e^s] / E[e^s] = log n - 1/2 nats.
LIMIT = float(np.log2(KEYS) - 0.5 / np.log(2))


@dataclass(frozen=True)
class Softmax:
    """What becomes of the scores of one width."""

    entropy: float  # bits, mean over the rows
    passed: float  # of a gradient, mean over the rows: tr(∂A/∂s) = 1 - Σ A²
    row: Float[Array, " m"]  # the weights of the first query, largest first


@dataclass(frozen=True)
class Width:
    """Random queries and keys of one width."""

    d: int
    variance: float  # of q·k, measured
    error: float  # its standard error: √((2 d² + 6 d) / pairs)
    plain: Softmax
    scaled: Softmax


@dataclass(frozen=True)
class Sweep:
    """All widths up to this one."""

    widths: tuple[Width, ...]

    @property
    def now(self) -> Width:
        return self.widths[-1]


def sweep(seed: int) -> Iterator[Sweep]:
    """One frame a width, each with its own chance."""
    widths: tuple[Width, ...] = ()
    for d in WIDTHS:
        widths = (*widths, measure(d, np.random.default_rng([seed, d])))
        yield Sweep(widths)


def measure(d: int, rng: np.random.Generator) -> Width:
    """Variance over independent pairs; softmax over queries that share 32 keys."""
    q, k = rng.normal(size=(2, PAIRS, d))
    product = (q * k).sum(-1)
    # A product of two normals has fourth moment 9, so that of q·k is 3 d² + 6 d.
    error = np.sqrt((2 * d**2 + 6 * d) / PAIRS)
    scores = q[:ROWS] @ k[:KEYS].T
    plain, scaled = read(scores), read(scores / np.sqrt(d))
    return Width(d, float((product**2).mean()), float(error), plain, scaled)


def read(scores: Float[Array, "n m"]) -> Softmax:
    """Entropy and what a gradient can pass, row by row."""
    weight = shares(powers(scores, np.ones(scores.shape, bool)))
    passed = 1 - (weight**2).sum(-1)
    row = np.sort(weight[0])[::-1].copy()
    return Softmax(float(entropy(weight).mean()), float(passed.mean()), row)
