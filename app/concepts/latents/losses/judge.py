r"""What a race is judged by, and the exact answers in one dimension.

$W_1(p, q) = \int |F_p - F_q|\,dx = \sup_{|f'| \le 1} E_p[f] - E_q[f]$: the sup is a critic's task,
and its best answer has $f' = \operatorname{sign}(F_q - F_p)$.
"""

from dataclasses import dataclass
from math import erf
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from models.maths.adversarial_losses import Loss, sigmoid
from models.maths.adversaries import Player, judged, steepness
from models.maths.cells import REACH, hit, nearest, optimal
from models.maths.distances import mmd, noise_floor, sliced_w2
from models.maths.mixtures import Mixture

Array = np.ndarray
SAMPLES, PUSHED = 256, 2**13  # points: shown and compared, pushed to weigh a generator on a line
BINS = 120  # of a line's window
EDGES = np.linspace(-REACH, REACH, BINS + 1)[1:-1]  # between bins
LINE = (np.arange(BINS) + 0.5) / BINS * 2 * REACH - REACH
BANDWIDTH = 0.5  # of MMD's kernel, in units of the plane


class Measures(NamedTuple):
    """What is read of one lane at one moment."""

    step: float
    modes: float  # hit
    spurious: float  # share of samples beyond 3 standard deviations of every mode
    distance: float  # in the plane sliced W2 to data, on a line W1 to the density
    mmd: float
    pull: float  # mean length of the gradient that the samples feel
    hopped: float  # share of samples nearest to another mode than one picture ago
    own: float  # the number that belongs to this loss
    proved: float  # W1 that D proves: its lead over its own greatest steepness


@dataclass(frozen=True)
class Judge:
    """The truth about the data, as points and, on a line, as quantiles."""

    truth: Mixture
    data: Float[Array, "n d"]
    quantiles: Float[Array, " q"]  # of the data, evenly likely; none in the plane

    @classmethod
    def of(cls, truth: Mixture, rng: np.random.Generator) -> "Judge":
        line = truth.means.shape[1] == 1
        return cls(truth, truth.sample(SAMPLES, rng), quantiles(truth) if line else np.empty(0))

    def bins(self) -> Float[Array, " b"]:
        """The data's share of each bin of a line; the outermost reach to infinity."""
        return np.diff(below(self.truth, EDGES), prepend=0.0, append=1.0)

    def distance(self, samples: Float[Array, "n d"], pushed: Float[Array, "m d"]) -> float:
        """Sliced W2 from samples to data; on a line W1 by sorting all that was pushed."""
        if len(self.quantiles):
            return float(np.abs(np.sort(pushed[:, 0]) - self.quantiles).mean())
        return sliced_w2(samples, self.data)

    def read(
        self, samples: Float[Array, "n d"], before: Float[Array, "n d"], pushed: Array
    ) -> dict[str, float]:
        """What is asked of samples, whatever the loss that made them."""
        modes, good = hit(samples, self.truth)
        now, was = (nearest(x, self.truth)[0] for x in (samples, before))
        return {
            "modes": float(modes),
            "spurious": 1 - good,
            "distance": self.distance(samples, pushed),
            "mmd": mmd(samples, self.data, BANDWIDTH),
            "hopped": float((now != was).mean()),
        }

    def perfect(self, rng: np.random.Generator) -> dict[str, float]:
        """What a perfect generator reads at as many random points."""
        draw = self.truth.sample(PUSHED, rng)
        modes, good = hit(draw, self.truth)
        n, source = SAMPLES, self.truth.sample
        apart = noise_floor(sliced_w2, source, n, rng) if not len(self.quantiles) else None
        return {
            "modes": float(modes),
            "spurious": 1 - good,
            "distance": self.distance(draw, draw) if apart is None else apart,
            "mmd": noise_floor(lambda a, b: mmd(a, b, BANDWIDTH), source, n, rng),
        }


def below(truth: Mixture, x: Float[Array, " n"]) -> Float[Array, " n"]:
    """F(x), the share of a line's mixture below each x."""
    z = (x[:, None] - truth.means[:, 0]) / (np.sqrt(2) * np.asarray(truth.std))
    share: Array = (np.vectorize(erf)(z) + 1) / 2 @ truth.shares
    return share


def binned(x: Float[Array, " n"]) -> Float[Array, " b"]:
    """The share of points in each bin; what lies outside counts for the nearest one."""
    counts = np.bincount(np.searchsorted(EDGES, x), minlength=BINS)
    shares: Array = counts / len(x)
    return shares


def quantiles(truth: Mixture, n: int = PUSHED) -> Float[Array, " n"]:
    """n evenly likely points of a line's mixture, rising."""
    fine = np.linspace(-2 * REACH, 2 * REACH, 4001)
    return np.interp((np.arange(n) + 0.5) / n, below(truth, fine), fine)


def potential(data: Float[Array, " b"], fake: Float[Array, " b"]) -> Float[Array, " b"]:
    """The best critic of steepness 1 between two histograms on LINE (Villani, 2003, theorem 1.14).

    Flat where neither has more below; as high on average on both together as 0.
    """
    slope = np.sign(np.cumsum(fake) - np.cumsum(data)) * (np.abs(np.cumsum(fake - data)) > 1e-12)
    height = np.concatenate([[0.0], np.cumsum(slope[:-1])]) * (2 * REACH / BINS)
    centred: Array = height - (data + fake) @ height / 2
    return centred


@dataclass(frozen=True)
class Opinion:
    """A critic as it is drawn: its output in units that mean something, and the best there is."""

    shown: Float[Array, " c"]  # at the places asked about
    ends: tuple[float, float]  # what stands for real, what for fake
    lead: float  # E a(x) - E a(G(z))
    steep: float  # the greatest |da/dx| found


def opinion(
    d: Player, loss: Loss, places: Float[Array, "c d"], real: Array, fake: Array
) -> Opinion:
    """What D thinks of places, given points of both kinds.

    A score stays one, and a margin is put between 0 and 1; of pairs only differences count, so the
    middle is 1/2; a Wasserstein critic is divided by its steepness; an energy stays one.
    """
    a, on_real, on_fake = (judged(d, loss, x)[1][:, 0] for x in (places, real, fake))
    middle, lead = (on_real.mean() + on_fake.mean()) / 2, float(on_real.mean() - on_fake.mean())
    if loss.kind == "energy":
        return Opinion(a.astype(float), (0.0, max(2 * float(middle), 1e-3)), lead, 0.0)
    steep = float(np.linalg.norm(steepness(d, places), axis=-1).max())
    if loss.kind == "critic":
        return Opinion((a - middle).astype(float) / max(steep, 1e-9), (1.0, -1.0), lead, steep)
    score = sigmoid(a - middle) if loss.kind == "pair" else loss.score(a)
    return Opinion(score.astype(float), (1.0, 0.0), lead, steep)


def best(loss: Loss, data: Float[Array, " b"], fake: Float[Array, " b"]) -> Float[Array, " o"]:
    """The optimal critic on a line in the same units; empty where no formula is known.

    In pairs it is log p_data / p_g but for a constant, as for single points (Bayes' rule for which
    of two is the real one); a margin only asks which density is higher (Lim and Ye, 2017, section 4).
    """
    if loss.kind == "energy":
        return np.empty(0)
    if loss.kind == "critic":
        return potential(data, fake)
    score = optimal(data, fake)
    return (1 + np.sign(score - 0.5)) / 2 if loss.kind == "margin" else score
