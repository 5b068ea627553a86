r"""Data drowned in noise, twice: $x_t = \sqrt{1 - \beta_t}\, x_{t-1} + \sqrt{\beta_t}\, z_t$ step by step, and at once
$x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon$. Two ways, one law at every t.
"""

from collections.abc import Iterator
from functools import cache
from math import log

import numpy as np
from jaxtyping import Float, Int

from models.maths.distances import noise_floor
from models.maths.noising import SCHEDULES, Noising
from models.maths.schedules import snr

from .frame import Noised, Still
from .world import World

Array = np.ndarray
SHOTS, SAME, STOPS = 100, 10, 9  # frames, points that are noised both ways, pictures of a strip
TICKS = np.linspace(-3.6, 3.6, 32)  # of the density


@cache
def noising_of(schedule: str, steps: int) -> Noising:
    """One of the schedules in T steps."""
    return Noising(SCHEDULES[schedule](steps))


def noised(world: World, schedule: str, steps: int, seed: int) -> Iterator[Noised]:
    """The forward process from data, t = 0, to noise, t = T."""
    noising, rng = noising_of(schedule, steps), np.random.default_rng((seed, 4))
    still, label = still_of(world, schedule, steps, rng), world.labels(world.particles)

    def perfect(n: int, rng: np.random.Generator) -> Float[Array, "n d"]:
        x_0 = world.data.of(world.labels(n), rng)
        return jumped(noising, x_0, rng.standard_normal(x_0.shape), t)

    walked, x_0 = (world.data.of(label, rng) for _ in range(2))
    x_0[:SAME] = walked[:SAME]
    eps, ways = rng.standard_normal(x_0.shape), []
    for t in range(steps + 1):
        if t:
            walked = noising.step(walked, rng.standard_normal(x_0.shape), t - 1)
        if t % max(1, steps // SHOTS) and t != steps:
            continue
        at_once = jumped(noising, x_0, eps, t)
        ways.append(np.stack([walked[:SAME, :2], at_once[:SAME, :2]]))
        yield Noised(
            still=still,
            t=t,
            steps=steps,
            schedule=schedule,
            walked=walked,
            jumped=at_once,
            ways=np.stack(ways, 2),
            density=density(world, noising, t),
            apart=world.distance(walked, at_once),
            floor=noise_floor(world.distance, perfect, len(walked), rng, repeats=4),
            variance=float(walked.var(0).mean()),
        )


def jumped(
    noising: Noising, x_0: Float[Array, "n d"], eps: Float[Array, "n d"], t: int
) -> Float[Array, "n d"]:
    """x_t at once; at t = 0 the data itself."""
    return noising.jump(x_0, eps, np.full(len(x_0), t - 1)) if t else x_0


def density(world: World, noising: Noising, t: int) -> Float[Array, "h w"]:
    """log p_t less its largest value on a grid of the plane; none for digits."""
    if world.net.d > 2:
        return np.empty((0, 0))
    x, y = np.meshgrid(TICKS, TICKS)
    alpha, sigma = (float(part[t - 1]) for part in noising.levels) if t else (1.0, 0.0)
    log_p = world.data.parts[0].log_prob(np.stack([x.ravel(), y.ravel()], -1), alpha, sigma)
    return np.asarray(log_p - log_p.max()).reshape(x.shape)


def still_of(world: World, schedule: str, steps: int, rng: np.random.Generator) -> Still:
    """The schedules side by side, and what is left of the data at the end."""
    noising = noising_of(schedule, steps)
    t = np.unique(np.linspace(1, steps, 100).astype(int))
    alpha, sigma = (part[t - 1] for part in noising.levels)
    ratios = [snr(noising_of(name, steps).alpha_bar[t - 1]) for name in SCHEDULES]
    stops = np.unique(np.linspace(0, steps, STOPS).astype(int))
    x_0 = world.data.draw(1000, rng)[0]
    return Still(
        data=world.data.means[:, :2],
        mix=np.stack([t.astype(float), alpha, sigma]),
        ratios=np.stack(ratios),
        stops=stops,
        strip=strip(world, stops, steps, rng),
        signal=float(noising.levels[0][-1]),
        prior=float(noising.prior(x_0).mean()) / log(2),
    )


def strip(
    world: World, stops: Int[Array, " k"], steps: int, rng: np.random.Generator
) -> Float[Array, "c k 64"]:
    """One digit with one noise at equal t in each schedule; none for the plane."""
    if world.net.d == 2:
        return np.empty((0, len(stops), 64))
    x_0 = world.data.of(np.array([3]), rng)
    eps = rng.standard_normal(x_0.shape)
    noisings = [noising_of(name, steps) for name in SCHEDULES]
    return np.array([[jumped(n, x_0, eps, int(t))[0] for t in stops] for n in noisings])
