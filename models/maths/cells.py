r"""Counting instead of densities: $D^*(x) = p_\text{data}(x) / (p_\text{data}(x) + p_g(x))$, cell by cell.

The window is cut into cells. The data's share of a cell is exact; the generator's is the share of
evenly spread latent points that it sends there. D* is then the best of all discriminators that may
only know the cell, for any generator: invertible, folded, or collapsed to a line without a density.
"""

from math import erf, inf

import numpy as np
from jaxtyping import Float

from models.maths.mixtures import Mixture

Array = np.ndarray
REACH, CELLS = 3.0, 40
EDGES = np.linspace(-REACH, REACH, CELLS + 1)
TICKS = (EDGES[1:] + EDGES[:-1]) / 2
CENTRES = np.stack(np.meshgrid(TICKS, TICKS), -1).reshape(-1, 2).astype(np.float32)
GOOD = 3.0  # standard deviations from the nearest mode within which a sample counts as good
FAIR = 0.2  # a mode is hit when it holds this part of its fair share of good samples


def shares_of_mixture(truth: Mixture) -> Float[Array, "y x"]:
    """The exact mass of Gaussians of one std in each cell; the outermost reach to infinity."""
    edges = np.concatenate([[-inf], EDGES[1:-1], [inf]])
    z = (edges[:, None, None] - truth.means) / (np.sqrt(2) * truth.std)  # (edges, k, 2)
    within = np.diff(np.vectorize(erf)(z), axis=0) / 2  # (cells, k, 2)
    mass: Array = np.einsum("k,yk,xk->yx", truth.shares, within[..., 1], within[..., 0])
    return mass


def shares_of_points(points: Float[Array, "n 2"]) -> Float[Array, "y x"]:
    """The share of the points in each cell; what lies outside counts for the nearest cell."""
    column, row = np.clip((points + REACH) * (CELLS / (2 * REACH)), 0, CELLS - 1).astype(int).T
    counts = np.bincount(row * CELLS + column, minlength=CELLS * CELLS)
    return counts.reshape(CELLS, CELLS) / len(points)


def optimal(
    data: Float[Array, "*cells"], fake: Float[Array, "*cells"], prior: float = 0.0
) -> Float[Array, "*cells"]:
    """D* = p_data / (p_data + p_g) (Goodfellow et al., 2014, eq. 2; arXiv:1406.2661).

    `prior` is a mass of real and of fake believed to be in every cell beforehand: with a little of
    it D* fades to 1/2 where nobody is. Without it 1/2 stands only where both shares are 0.
    """
    both = data + fake + 2 * prior
    score: Array = np.where(both > 0, (data + prior) / np.where(both > 0, both, 1), 0.5)
    return score


def divergence(data: Float[Array, "y x"], fake: Float[Array, "y x"]) -> float:
    """The Jensen-Shannon divergence in nats: 0 when equal, log 2 when apart."""
    best = optimal(data, fake)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(data > 0, data * np.log(2 * best), 0)
        terms += np.where(fake > 0, fake * np.log(2 * (1 - best)), 0)
    return float(terms.sum() / 2)


def nearest(samples: Float[Array, "n d"], truth: Mixture) -> tuple[Array, Array]:
    """The mode nearest to each sample (n,), and whether it is good: within GOOD deviations of it."""
    far = np.linalg.norm(samples[:, None] - truth.means, axis=-1)
    return far.argmin(-1), far.min(-1) <= GOOD * truth.std


def hit(samples: Float[Array, "n d"], truth: Mixture) -> tuple[int, float]:
    """How many modes hold their part of good samples, and the share of good samples."""
    mode, good = nearest(samples, truth)
    held = np.bincount(mode[good], minlength=len(truth.means))
    fair = FAIR * len(samples) * truth.shares
    return int((held >= fair).sum()), float(good.mean())
