r"""Why waves: a straight line bends to no data, but a sum of waves of the same place does.

$\hat y(x) = w \cdot \gamma(x)$ with $\gamma(x) = (1, \sin 2\pi b_k x, \cos 2\pi b_k x)_k$ is linear in $w$, so the best one is
exact: $w = (\Gamma^\top \Gamma + \lambda I)^{-1} \Gamma^\top y$ (Fourier features: Tancik et al., 2020; arXiv:2006.10739). What
each point would have been predicted without it is exact too: $e_i / (1 - H_{ii})$.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.positions import sinusoidal

Array = np.ndarray
BANKS = ("harmonics", "geometric", "random")
MOST = 16  # frequencies
SPREAD = 6.0  # of random frequencies, waves in the window
FINE = 400  # points at which a fit is drawn
DATA = (
    (0.02, -0.5), (0.09, -0.82), (0.16, -0.6), (0.22, 0.1), (0.28, 0.75), (0.34, 0.95),
    (0.41, 0.6), (0.47, 0.2), (0.53, 0.32), (0.59, 0.8), (0.66, 0.9), (0.72, 0.2),
    (0.79, -0.65), (0.86, -0.95), (0.92, -0.5), (0.98, 0.15),
)  # fmt: skip


@dataclass(frozen=True)
class Fit:
    """The best weights for some features, and what they are worth."""

    curve: Float[Array, " x"]
    inside: float  # root mean square error at the data
    outside: float  # the same where each point is predicted from the others alone
    weight: Float[Array, " f"]


@dataclass(frozen=True)
class Frame:
    """The fit with `count` frequencies, beside the straight line."""

    count: int
    bank: str
    data: Float[Array, "n 2"]
    x: Float[Array, " x"]
    line: Fit
    waves: Fit
    frequency: Float[Array, " k"]  # all there are, in waves over the window, slowest first
    errors: Float[Array, "counts 2"]  # inside and outside, by the number of frequencies
    kernel: Float[Array, " x"]  # γ(x)·γ(1/2) in parts of γ·γ: how far one point's word carries


def fits(
    data: tuple[tuple[float, float], ...], bank: str, ridge: float, seed: int
) -> Iterator[Frame]:
    """Yield the fit with no wave, one, two, …"""
    points, x = np.array(data), np.linspace(0, 1, FINE + 1)
    waves = frequencies(bank, np.random.default_rng(seed))
    line = fit(np.stack([0 * points[:, 0] + 1, points[:, 0]], -1), points[:, 1], ridge)
    straight = with_curve(line, np.stack([0 * x + 1, x], -1))
    every = [fit(features(points[:, 0], waves[:k]), points[:, 1], ridge) for k in range(MOST + 1)]
    errors = np.array([(one.inside, one.outside) for one in every])
    for count, one in enumerate(every):
        gamma = features(x, waves[:count])
        kernel = gamma @ gamma[FINE // 2] / (count + 1)
        now = with_curve(one, gamma)
        yield Frame(count, bank, points, x, straight, now, waves, errors, kernel)


def frequencies(bank: str, rng: np.random.Generator) -> Float[Array, " k"]:
    """Waves over the window, slowest first: 1, 2, 3, …; or each √2 times the last; or at random."""
    k = np.arange(float(MOST))
    if bank == "harmonics":
        return k + 1
    if bank == "geometric":  # as in the codes of positions, and in NeRF (arXiv:2003.08934, eq. 4)
        return np.asarray(0.5 * 2 ** (k / 2))
    return np.sort(np.abs(rng.normal(0, SPREAD, MOST)))


def features(x: Float[Array, " n"], frequency: Float[Array, " k"]) -> Float[Array, "n f"]:
    """A one, and sine and cosine of each wave: the code of a position, for real positions."""
    return np.concatenate([np.ones((len(x), 1)), sinusoidal(x, 2 * np.pi * frequency)], -1)


def fit(gamma: Float[Array, "n f"], y: Float[Array, " n"], ridge: float) -> Fit:
    """Ridge regression, and its leave-one-out errors without leaving any out."""
    inverse = np.linalg.inv(gamma.T @ gamma + ridge * np.eye(gamma.shape[1]))
    weight = inverse @ gamma.T @ y
    error, seen = y - gamma @ weight, ((gamma @ inverse) * gamma).sum(-1)  # seen: H_ii < 1
    left_out = error / (1 - seen)
    return Fit(np.empty(0), rms(error), rms(left_out), weight)


def with_curve(one: Fit, gamma: Float[Array, "x f"]) -> Fit:
    """The same fit with its curve over the window."""
    return Fit(gamma @ one.weight, one.inside, one.outside, one.weight)


def rms(error: Float[Array, " n"]) -> float:
    """Root mean square."""
    return float(np.sqrt((error**2).mean()))
