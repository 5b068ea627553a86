"""What is learned: points in the plane, or digits on 8 × 8 pixels, and how far samples are from them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int

from models.maths.denoiser import Denoiser
from models.maths.distances import Distance, sliced_w2
from models.maths.labelled import Labelled
from models.maths.toys import dataset, ring
from models.recipes import denoiser_8x8
from models.worlds import digits8

Array = np.ndarray
WIDTH = 0.1  # of a point, before all is brought to variance 1
DRAWN = 0.07  # of a point drawn by hand


@dataclass(frozen=True, eq=False)
class World:
    """Data with its exact noise, the net that is to learn it, and a measure of success."""

    data: Labelled
    net: Denoiser
    rate: float
    particles: int  # samples that are drawn at each snapshot
    distance: Distance
    new: Callable[[int, np.random.Generator], Array]  # perfect samples, balanced over the classes
    largest: float  # of any number of the data: samplers keep to it

    def labels(self, n: int) -> Int[Array, " n"]:
        """The classes asked for, in turn."""
        return np.arange(n) % self.net.classes


@lru_cache(16)
def plane(name: str, yours: tuple[tuple[float, float], ...], seed: int) -> World:
    """Points of one width: a preset, brought to mean 0 and variance 1, or those drawn by hand."""
    if name == "yours":
        means, std = np.array(yours, float), DRAWN
    else:
        clusters = ring()
        means, std = clusters.means, float(clusters.std)
        if name != "ring":
            means, std = dataset(name, 160, np.random.default_rng((seed, 0))), WIDTH
        means = means - means.mean(0)
        size = float(np.sqrt(means.var(0).mean() + std**2))
        means, std = means / size, std / size
    data = Labelled(means, std, np.zeros(len(means), int))
    net = Denoiser(2, 1, (64, 64, 64))
    return World(data, net, 6e-3, 400, sliced_w2, lambda n, rng: data.draw(n, rng)[0], np.inf)


@lru_cache(1)
def digits() -> World:
    """The 1,000 digits of the recipe; perfect samples are digits that nobody has seen."""
    net = denoiser_8x8.NET

    def new(n: int, rng: np.random.Generator) -> Float[Array, "n 64"]:
        return denoiser_8x8.held_out(np.arange(n) % digits8.CLASSES, rng)

    rate = denoiser_8x8.CONFIG.rate
    return World(denoiser_8x8.data(), net, rate, 100, denoiser_8x8.apart, new, 1.0)
