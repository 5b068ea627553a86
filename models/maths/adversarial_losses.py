r"""What a critic and a generator pay, ten ways: $L_D = E[r(a_x)] + E[f(a_{G(z)})]$, $L_G = E[g(a_{G(z)})]$.

$a$ is the critic's output: a logit, a score, or, of an autoencoder, the energy $|x - AE(x)|^2$. A
price is a function of $a$ and comes with its slope, so every step of training is one chain rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

Array = np.ndarray
Map = Callable[[Array], Array]
# What D's output means: a score, a difference (real less fake, or G's less real), a side of a margin,
# a height whose steepness is limited, or an energy, which is low where data is.
Kind = Literal["score", "pair", "margin", "critic", "energy"]
TINY = 1e-12  # keeps a logit finite where a score has become exactly 0 or 1


class Price(NamedTuple):
    """What one point costs, by the critic's output a, and the slope of that."""

    of: Map
    slope: Map


def sigmoid(a: Array) -> Array:
    share: Array = 0.5 * (1 + np.tanh(0.5 * a))  # never overflows
    return share


def logit(d: Array) -> Array:
    """The inverse of the sigmoid; at most 27.6 in size."""
    odds: Array = np.log(np.maximum(d, TINY)) - np.log(np.maximum(1 - d, TINY))
    return odds


def _same(a: Array) -> Array:
    return a


REAL = Price(lambda a: np.logaddexp(0, -a), lambda a: sigmoid(a) - 1)  # -log D
FAKE = Price(lambda a: np.logaddexp(0, a), sigmoid)  # -log(1 - D)
HIGH = Price(lambda a: -a, lambda a: -np.ones_like(a))  # a should be high
LOW = Price(_same, np.ones_like)


@dataclass(frozen=True)
class Loss:
    """Prices to D of a real and of a fake point, to G of its own, and what else D is held to."""

    real: Price = REAL
    fake: Price = FAKE
    generator: Price = REAL
    score: Map = sigmoid  # a -> D, as it is shown
    answer: Map = logit  # and back
    kind: Kind = "score"
    clip: float = 0.0  # every weight of D stays within it
    flat: float = 0.0  # gamma of R1: gamma/2 |da/dx|² at real points
    steep: float = 0.0  # lambda of the gradient penalty: lambda (|da/dx| - 1)² between both kinds
    gamma: float = (
        0.0  # BEGAN: the energy of fake points that D aims at, as a part of the real ones'
    )


def squared(target: float) -> Price:
    """(a - target)² / 2."""
    return Price(lambda a: np.square(a - target) / 2, lambda a: a - target)


def hinge(sign: float, margin: float) -> Price:
    """max(0, margin - sign a): nothing more to pay beyond the margin."""
    return Price(
        lambda a: np.maximum(margin - sign * a, 0),
        lambda a: np.where(sign * a < margin, -sign, 0.0).astype(a.dtype),
    )


# (Goodfellow et al., 2014, section 3; arXiv:1406.2661)
def nonsaturating() -> Loss:
    return Loss()


# (Goodfellow et al., 2014, eq. 1; arXiv:1406.2661)
def minimax() -> Loss:
    return Loss(generator=Price(lambda a: -FAKE.of(a), lambda a: -sigmoid(a)))


# (Mao et al., 2017, eq. 2 with a = 0, b = c = 1; arXiv:1611.04076)
def least_squares() -> Loss:
    return Loss(squared(1.0), squared(0.0), squared(1.0), _same, _same)


# (Arjovsky et al., 2017, eq. 2 and algorithm 1; arXiv:1701.07875)
def wasserstein(clip: float) -> Loss:
    return Loss(HIGH, LOW, HIGH, _same, _same, "critic", clip=clip)


# (Gulrajani et al., 2017, eq. 3; arXiv:1704.00028)
def wasserstein_gp(steep: float) -> Loss:
    return Loss(HIGH, LOW, HIGH, _same, _same, "critic", steep=steep)


# (Lim and Ye, 2017, section 4; arXiv:1705.02894)
def margins() -> Loss:
    score, answer = (lambda a: (a + 1) / 2), (lambda d: 2 * d - 1)
    return Loss(hinge(1.0, 1.0), hinge(-1.0, 1.0), HIGH, score, answer, "margin")


# (Zhao et al., 2017, eq. 1 and 2; arXiv:1609.03126)
def energy(margin: float) -> Loss:
    return Loss(LOW, hinge(1.0, margin), LOW, _same, _same, "energy")


# (Berthelot et al., 2017, section 3.4; arXiv:1703.10717); its k_t is the weight of the fake price
def boundary(gamma: float) -> Loss:
    return Loss(LOW, HIGH, LOW, _same, _same, "energy", gamma=gamma)


# RpGAN, in pairs (Jolicoeur-Martineau, 2019, section 4.2; arXiv:1807.00734)
def relativistic() -> Loss:
    return Loss(kind="pair")


# (Mescheder et al., 2018, eq. 9; arXiv:1801.04406)
def flat(gamma: float) -> Loss:
    return Loss(flat=gamma)
