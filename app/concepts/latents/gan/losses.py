r"""What each player pays, and the slope it feels: $\partial L_D / \partial a = D - y$ for label $y$.

D's output is made of its last sum a. Cross-entropy with the sigmoid and squared error without it
have the same slope, the score less the label, so three losses differ in little more than prices.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
Price = Callable[[Array], Array]
TINY = 1e-12  # keeps a logarithm finite where a score has become exactly 0 or 1


@dataclass(frozen=True)
class Loss:
    """Prices of a score D: to D on real and on fake points, to G on its own; G's slope by a."""

    score: Callable[[Array], Array]  # a -> D
    real: Price
    fake: Price
    generator: Price
    slope: Price  # of the generator's price, by a


def sigmoid(a: Array) -> Array:
    share: Array = 0.5 * (1 + np.tanh(0.5 * a))  # never overflows
    return share


def _surprise(p: Array) -> Array:
    """-log p, in nats."""
    nats: Array = -np.log(np.maximum(p, TINY))
    return nats


# (Goodfellow et al., 2014, eq. 1, and section 3 for the other generator; arXiv:1406.2661),
# (Mao et al., 2017, eq. 2 with a = 0, b = c = 1; arXiv:1611.04076)
LOSSES = {
    "non-saturating": Loss(
        score=sigmoid,
        real=_surprise,
        fake=lambda d: _surprise(1 - d),
        generator=_surprise,
        slope=lambda d: d - 1,
    ),
    "minimax": Loss(
        score=sigmoid,
        real=_surprise,
        fake=lambda d: _surprise(1 - d),
        generator=lambda d: -_surprise(1 - d),
        slope=lambda d: -d,
    ),
    "least squares": Loss(
        score=lambda a: a,
        real=lambda d: np.square(d - 1) / 2,
        fake=lambda d: np.square(d) / 2,
        generator=lambda d: np.square(d - 1) / 2,
        slope=lambda d: d - 1,
    ),
}
