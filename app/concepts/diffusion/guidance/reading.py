r"""Which law do guided samples follow? Their distance to $p(x \mid y)$ and to $p(x)\, p(y \mid x)^\omega$.

The second is known cell by cell on a grid, so its samples, its class share and its spread are exact.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from models.maths.distances import sliced_w2, sliced_w2_floor
from models.maths.guidance import Labelled, Tabled, places
from models.maths.levels import Level
from models.maths.mixtures import Mixture

from .state import CLOUD, LABELS, STD, Params

Array = np.ndarray
GROUND = np.linspace(-5, 5, 49)  # cells of the densities at a level
TICKS = np.linspace(-5.5, 5.5, 111)  # cells of the tilted law


class Reading(NamedTuple):
    """How far samples are from the two laws, and what they are."""

    to_class: float  # sliced W2 to draws of p(x | y)
    to_tilted: float  # and to draws of p(x) p(y | x)^omega
    hit: float  # mean of p(y | x)
    spread: float  # root of the total variance, in units of that of p(x | y)
    tilted_hit: float  # the same of the tilted law itself, summed over its cells
    tilted_spread: float


class Truth(NamedTuple):
    """The two laws for one omega."""

    own: Float[Array, "n 2"]  # draws of p(x | y)
    tilted: Float[Array, "n 2"]  # draws of p(x) p(y | x)^omega
    width: float  # root of the total variance of p(x | y)
    hit: float
    spread: float


def world(p: Params) -> Labelled:
    """The six clusters with their three classes."""
    return Labelled(Mixture(np.array(p.means), STD), LABELS)


@lru_cache(256)
def truth(p: Params) -> Truth:
    """What the samples of p.omega are held against."""
    law, rng = world(p), np.random.default_rng([p.seed, 1])
    own, cells = law.of(p.y), places(TICKS)
    tilted = Tabled.of(law.log_tilted(cells, p.y, p.omega), TICKS)
    wide = np.sqrt(2 * STD**2 + own.means.var(0).sum())
    return Truth(
        own.sample(CLOUD, rng),
        tilted.sample(CLOUD, rng),
        float(wide),
        tilted.mean(np.exp(law.log_posterior(cells, p.y))),
        float(np.sqrt(tilted.variance())) / float(wide),
    )


@lru_cache(64)
def floor(p: Params) -> float:
    """What two perfect clouds of the class read: mean sliced W2, over draws alike for all seeds."""
    own = world(p).of(p.y)
    return sliced_w2_floor(own.sample, CLOUD, np.random.default_rng(1))


def read(p: Params, x: Float[Array, "n 2"]) -> Reading:
    """Samples x held against both laws."""
    known = truth(p)
    return Reading(
        sliced_w2(x, known.own),
        sliced_w2(x, known.tilted),
        float(np.exp(world(p).log_posterior(x, p.y)).mean()),
        float(np.sqrt(x.var(0).sum())) / known.width,
        known.hit,
        known.spread,
    )


def grounds(law: Labelled, y: int, w: float, at: Level) -> tuple[Array, Array, Array]:
    """On the cells of GROUND: p_t(y | x), and the two log densities less their largest."""
    cells, noise = places(GROUND), (at.alpha, at.sigma)
    posterior = np.exp(law.log_posterior(cells, y, *noise))
    own, tilted = law.of(y).log_prob(cells, *noise), law.log_tilted(cells, y, w, *noise)
    one, other, third = (
        part.reshape(len(GROUND), -1)
        for part in (posterior, own - own.max(), tilted - tilted.max())
    )
    return one, other, third
