r"""One who knows the truth says what a generator and a discriminator are worth.

The best loss of all is that of $D^*(x) = p_\text{data}(x) / (p_\text{data}(x) + p_g(x))$.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from models.maths.adversarial_losses import Loss
from models.maths.cells import divergence, hit, optimal, shares_of_mixture, shares_of_points
from models.maths.distances import sliced_w2, sliced_w2_floor
from models.maths.mixtures import Mixture

Array = np.ndarray


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
        a, a_best = loss.answer(d), loss.answer(best)
        modes, good = hit(samples, self.truth)
        return Measures(
            step=step,
            loss_d=_mean(self.mass, loss.real.of(a)) + _mean(fake, loss.fake.of(a)),
            best_d=_mean(self.mass, loss.real.of(a_best)) + _mean(fake, loss.fake.of(a_best)),
            loss_g=_mean(fake, loss.generator.of(a)),
            real=_mean(self.mass, d),
            fake=_mean(fake, d),
            modes=modes,
            good=good,
            distance=sliced_w2(samples, self.data),
            pull=float(np.linalg.norm(slope, axis=-1).mean()),
            off=_mean((self.mass + fake) / 2, np.abs(d - best)),
            divergence=divergence(self.mass, fake),
        )

    def perfect(self, pushed: int, rng: np.random.Generator) -> Measures:
        """What the same measures read of a perfect generator and of D = 1/2: their floors."""
        half, still = np.full_like(self.mass, 0.5), np.zeros_like(self.data)
        draw, n = self.truth.sample(pushed, rng), len(self.data)
        read = self.read(0, half, shares_of_points(draw), draw[:n], still)
        floor = sliced_w2_floor(self.truth.sample, n, rng)
        modes, good = hit(draw, self.truth)
        return read._replace(modes=modes, good=good, distance=floor)


def _mean(mass: Array, values: Array) -> float:
    """The mean of values over cells that weigh mass."""
    return float((mass * values).sum())
