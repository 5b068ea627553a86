r"""One who knows the truth: $D^*(x) = p_\text{data}(x) / (p_\text{data}(x) + p_g(x))$, cell by cell.

The window is cut into cells. The data's share of a cell is exact; the generator's is the share of
evenly spread latent points that it sends there. D* is then the best of all discriminators that may
only know the cell, for any generator: invertible, folded, or collapsed to a line without a density.
"""

from dataclasses import dataclass
from math import erf, inf
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from models.maths.distances import sliced_w2, sliced_w2_floor
from models.maths.mixtures import Mixture

from .losses import Loss

Array = np.ndarray
REACH, CELLS = 3.0, 40
EDGES = np.linspace(-REACH, REACH, CELLS + 1)
TICKS = (EDGES[1:] + EDGES[:-1]) / 2
CENTRES = np.stack(np.meshgrid(TICKS, TICKS), -1).reshape(-1, 2).astype(np.float32)
GOOD = 3.0  # standard deviations from the nearest mode within which a sample counts as good
FAIR = 0.2  # a mode is hit when it holds this part of its fair share of good samples


class Measures(NamedTuple):
    """What is read at one moment of the training; all of it drawn as curves or written as numbers."""

    step: float
    loss_d: float  # of the learned discriminator, nats (or squared score) on the cells
    best_d: float  # the lowest loss any discriminator of cells could have against this generator
    loss_g: float
    real: float  # mean score of the data
    fake: float  # mean score of the samples
    modes: float  # number of modes hit
    good: float  # share of samples within GOOD standard deviations of a mode
    distance: float  # sliced W2 from samples to data
    pull: float  # mean length of the gradient that the samples feel
    off: float  # mean |D - D*| where data or samples are
    divergence: float  # Jensen-Shannon divergence of the shares, nats


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
    data: Float[Array, "y x"], fake: Float[Array, "y x"], prior: float = 0.0
) -> Float[Array, "y x"]:
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


@dataclass(frozen=True)
class Judge:
    """The truth about the data, and what it says of a generator and a discriminator."""

    truth: Mixture
    loss: Loss
    data: Float[Array, "n 2"]  # points of the truth, to look at and to measure against
    mass: Float[Array, "y x"]  # the truth's share of each cell

    @classmethod
    def of(cls, truth: Mixture, loss: Loss, n: int, rng: np.random.Generator) -> "Judge":
        return cls(truth, loss, truth.sample(n, rng), shares_of_mixture(truth))

    def read(
        self,
        step: int,
        d: Float[Array, "y x"],
        fake: Float[Array, "y x"],
        samples: Float[Array, "n 2"],
        slope: Float[Array, "n 2"],
    ) -> Measures:
        """All measures: of the scores d and the generator's shares of the cells, and of samples."""
        loss, best = self.loss, optimal(self.mass, fake)
        modes, good = self.hit(samples)
        return Measures(
            step=step,
            loss_d=_mean(self.mass, loss.real(d)) + _mean(fake, loss.fake(d)),
            best_d=_mean(self.mass, loss.real(best)) + _mean(fake, loss.fake(best)),
            loss_g=_mean(fake, loss.generator(d)),
            real=_mean(self.mass, d),
            fake=_mean(fake, d),
            modes=modes,
            good=good,
            distance=sliced_w2(samples, self.data),
            pull=float(np.linalg.norm(slope, axis=-1).mean()),
            off=_mean((self.mass + fake) / 2, np.abs(d - best)),
            divergence=divergence(self.mass, fake),
        )

    def hit(self, samples: Float[Array, "n 2"]) -> tuple[int, float]:
        """How many modes hold their part of good samples, and the share of good samples."""
        far = np.linalg.norm(samples[:, None] - self.truth.means, axis=-1)
        good = far.min(-1) <= GOOD * self.truth.std
        held = np.bincount(far.argmin(-1)[good], minlength=len(self.truth.means))
        fair = FAIR * len(samples) * self.truth.shares
        return int((held >= fair).sum()), float(good.mean())

    def perfect(self, pushed: int, rng: np.random.Generator) -> Measures:
        """What the same measures read of a perfect generator and of D = 1/2: their floors."""
        half, still = np.full_like(self.mass, 0.5), np.zeros_like(self.data)
        draw, n = self.truth.sample(pushed, rng), len(self.data)
        read = self.read(0, half, shares_of_points(draw), draw[:n], still)
        floor = sliced_w2_floor(self.truth.sample, n, rng)
        modes, good = self.hit(draw)
        return read._replace(modes=modes, good=good, distance=floor)


def _mean(mass: Array, values: Array) -> float:
    """The mean of values over cells that weigh mass."""
    return float((mass * values).sum())
