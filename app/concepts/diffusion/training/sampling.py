"""Samples from always the same noise: of the nets in training, of a perfect net, of the shipped graph."""

import numpy as np
from jaxtyping import Float

from models.catalogue import graph
from models.maths.denoiser import Told, seen
from models.maths.levels import even_in_t
from models.maths.noising import Noising
from models.maths.samplers import Eps, clipped, ddim, race
from models.recipes import denoiser_8x8

from .exam import Exam
from .world import World

Array = np.ndarray
CALLS = 25  # of the net, for a sample


def sampled(
    eps: Eps, world: World, noising: Noising, x_T: Float[Array, "nets n d"]
) -> Float[Array, "nets n d"]:
    """DDIM without chance, all nets side by side (Song et al., 2021, eq. 12; arXiv:2010.02502)."""
    path, none = even_in_t(CALLS, noising.alpha_bar), np.random.default_rng(0)
    *_, last = race(
        [ddim(x, path, none) for x in x_T], clipped(eps, noising.alpha_bar, world.largest)
    )
    return np.stack([lane.x_t for lane in last])


def by_nets(
    theta: Float[Array, "nets p"],
    told: Told,
    world: World,
    noising: Noising,
    noise: Float[Array, "n d"],
) -> Float[Array, "nets n d"]:
    """What the nets make of the noise."""
    label = world.labels(len(noise))

    def eps(x: Array, t: Array) -> Array:
        asked = seen(noising, x, np.full(len(noise), int(t[0])), label)
        return np.asarray(world.net(theta, asked, told), float)

    return sampled(eps, world, noising, np.repeat(noise[None], len(told), 0))


def by_heart(world: World, noising: Noising, noise: Float[Array, "n d"]) -> Float[Array, "n d"]:
    """What a net without error makes of it."""
    label = world.labels(len(noise))

    def eps(x: Array, t: Array) -> Array:
        alpha, sigma = noising.at(np.full(len(noise), int(t[0])))
        return world.data.noise(x[0], label, alpha, sigma)[None]

    samples: Array = sampled(eps, world, noising, noise[None])[0]
    return samples


def ships(world: World, noising: Noising) -> bool:
    """Whether there is a graph that was trained on this data with this schedule."""
    same = np.array_equal(noising.betas, denoiser_8x8.NOISING.betas)
    return world.data is denoiser_8x8.data() and same


def by_graph(world: World, noise: Float[Array, "n 64"]) -> Float[Array, "n 64"]:
    """What the shipped graph makes of it."""
    run = graph("denoiser_8x8")
    return denoiser_8x8.sample(run, noise, world.labels(len(noise)), CALLS)


def graph_error(exam: Exam) -> float:
    """E|eps^ - best|² of the shipped graph, a number."""
    run, d = graph("denoiser_8x8"), exam.world.net.d
    said = denoiser_8x8.noise(run, exam.x_t, exam.t.astype(float), exam.label)
    return float(exam.off(np.asarray(said, float)).mean() / d)
