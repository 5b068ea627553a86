r"""What is to be learned: mixtures of round Gaussians, so that $\log p$ and the entropy are exact.

No flow has a lower $-\mathbb E \log p_\theta$ than the entropy $H(p)$; and none that preserves volume
has a lower one than
$$\log 2\pi + \tfrac12 \mathbb E |z^\star|^2,$$
where $z^\star$ packs the densest parts of $p$ round the origin, area for area.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from models.maths import toys
from models.maths.mixtures import Mixture

Array = np.ndarray
DATA = ("moons", "ring", "grid", "yours")
REACH, CELLS = 3.2, 48  # of the window, and of the density's picture
FAR, FINE = 4.2, 150  # of the grid that integrals are taken on: a third of a width a cell
TICKS = (np.arange(CELLS) + 0.5) * (2 * REACH / CELLS) - REACH
CENTRES = np.stack(np.meshgrid(TICKS, TICKS), -1).reshape(-1, 2)
EDGE = 2.8  # of the grid that is warped
SHOWN, TESTED = 500, 2048  # points drawn, and points that the likelihood is measured on


@dataclass(frozen=True, eq=False)
class World:
    """A distribution with what is exactly known of it."""

    truth: Mixture
    data: Float[Array, "n 2"]
    test: Float[Array, "t 2"]
    log_p: Float[Array, " t"]  # of the test points
    entropy: float  # nats
    packed: float  # the lowest mean -log p of any flow that preserves volume, nats
    peak: float  # the highest density in the picture


@lru_cache(16)
def world(data: str, clusters: tuple[tuple[float, float], ...], seed: int) -> World:
    """The world of a data set; `clusters` are the person's own."""
    truth, rng = mixture(data, clusters), np.random.default_rng((seed, 1))
    shown, test = truth.sample(SHOWN, rng), truth.sample(TESTED, rng)
    entropy, packed, peak = integrals(data, clusters)
    return World(truth, shown, test, truth.log_prob(test), entropy, packed, peak)


def mixture(data: str, clusters: tuple[tuple[float, float], ...]) -> Mixture:
    """The mixture of a data set."""
    match data:
        case "ring":
            return toys.ring(std=0.2)
        case "grid":
            return toys.grid(3, spacing=1.7, std=0.2)
        case "moons":
            return Mixture(toys.dataset("moons", 48, np.random.default_rng(0)), 0.15)
        case _:
            return Mixture(np.array(clusters), 0.2)


@lru_cache(16)
def integrals(data: str, clusters: tuple[tuple[float, float], ...]) -> tuple[float, float, float]:
    """H(p), and the best that preserves volume, by sums over a fine grid, in nats; and the peak of p.

    A map that preserves area can at best carry the cells, densest first, onto discs round the
    origin: the i-th cell then lies where |z|² = (area so far) / pi (rearrangement; Hardy,
    Littlewood and Pólya, 1934, ch. 10).
    """
    ticks = (np.arange(FINE) + 0.5) * (2 * FAR / FINE) - FAR
    log_p = mixture(data, clusters).log_prob(np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2))
    area = (2 * FAR / FINE) ** 2
    mass = np.exp(log_p) * area
    square = (np.arange(FINE**2) + 0.5) * area / np.pi  # |z|² of the cells, densest first
    packed = np.log(2 * np.pi) + 0.5 * np.sort(mass)[::-1] @ square
    return -float(mass @ log_p), float(packed), float(np.exp(log_p.max()))


def net(lines: int, dots: int) -> Float[Array, "l d 2"]:
    """A square grid as chains of places, first its level lines, then the upright ones."""
    across, along = np.linspace(-EDGE, EDGE, lines), np.linspace(-EDGE, EDGE, dots)
    u, v = np.meshgrid(along, across)
    return np.concatenate([np.stack([u, v], -1), np.stack([v, u], -1)])
