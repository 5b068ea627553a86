"""The race of particles: the noise in closed form, so that every error is the sampler's."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, product

import numpy as np

from models.maths.distances import between_shadows, shadows
from models.maths.levels import DATA, Level
from models.maths.mixtures import Mixture
from models.maths.posterior import reverse
from models.maths.samplers import exact, race
from models.maths.toys import grid, ring

from .frame import Lane, Params, Plane
from .starts import levels, schedule, starting

Array = np.ndarray
MIXTURES = {
    "ring": ring(),
    "grid": grid(4, 1.25, 0.12),
    "circle": ring(32, 2.0, 0.2),  # so near to each other that no gaps are left
    "corner": Mixture(ring(5, 0.7).means + 1.2, 0.12),  # its mean is not that of the noise
}
CLOUD = 2000  # particles a lane
BUDGETS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)  # network calls, for distance against calls
PORTION = 32  # of the race of budgets, run for each moment shown
TICKS = np.linspace(-4, 4, 48)  # of the density, beyond the window on every side


class Particles:
    """The race of particles; beside it, all budgets of calls are raced, some for each moment shown."""

    def __init__(self, p: Params, alpha_bar: Array) -> None:
        self.p, self.data = p, MIXTURES[p.data]
        self.x_T, self.truth = clouds(p)
        self.eps = exact(self.data, alpha_bar)
        self.board = budgets(p)
        self.off = off(p.data, levels(p, p.lanes[0][0], alpha_bar)[0], p.seed)
        self.trails: list[dict[float, Array]] = []

    def watch(self, step: int, lanes: tuple[Lane, ...]) -> None:
        """Lay the trails, by time: Heun corrects its first try."""
        self.step, self.lanes = step, lanes
        self.trails = self.trails or [{} for _ in lanes]
        for trail, lane in zip(self.trails, lanes, strict=True):
            trail[lane.at.t] = lane.x_t[:24]

    def shown(self) -> Plane:
        """Densities, trails, distances; and the placed particle's next step as it truly is."""
        now = self.lanes[0]
        if now.at != DATA:  # the samples have no next step; the last one stays in sight
            then = next(level for level in (*now.asks, DATA) if level.t < now.at.t)
            rng = np.random.default_rng([self.p.seed, 2, self.step])
            self.way = reverse(self.data, now.x_t[0], (now.at, then), rng)
        self.last = Plane(
            np.stack([log_density(self.data, lane.at) for lane in self.lanes]),
            np.stack([arrow(lane, self.p.view) for lane in self.lanes]),
            tuple(thinned(list(trail.values())) for trail in self.trails),
            self.truth,
            np.array([to_data(self.p, lane.x_t) for lane in self.lanes]),
            floor(self.p.data),
            self.off,
            next(self.board),
            self.way,
        )
        return self.last

    def rest(self) -> Iterator[Plane]:
        """The budgets that a short race left."""
        while len(self.last.race[-1]) < len(BUDGETS):
            self.last = replace(self.last, race=next(self.board))
            yield self.last


def clouds(p: Params) -> tuple[Array, Array]:
    """The noise that all start from, first the placed particle's, and fresh samples of the data."""
    rng = np.random.default_rng(p.seed)
    x_T = np.concatenate([p.start, rng.standard_normal((CLOUD, 2))])
    return x_T, MIXTURES[p.data].sample(CLOUD, rng)


def to_data(p: Params, x: Array) -> float:
    """Sliced W2 of particles, but for the placed one, to the samples of the data."""
    return between_shadows(shadows(x[1:]), shadow_of_data(p.data, p.seed))


@lru_cache(16)
def shadow_of_data(name: str, seed: int) -> Array:
    """The data's samples seen from all sides, for every distance to them."""
    _, truth = clouds(replace(Params(), data=name, seed=seed))
    return shadows(truth)


def log_density(data: Mixture, at: Level) -> Array:
    """log p_t less its largest value, on the grid (48, 48)."""
    x, y = np.meshgrid(TICKS, TICKS)
    log_p = data.log_prob(np.stack([x.ravel(), y.ravel()], -1), at.alpha, at.sigma)
    return np.asarray(log_p - log_p.max()).reshape(x.shape)


def arrow(lane: Lane, view: str) -> Array:
    """What the net says at the placed particle, as an arrow (2,) in the plane.

    From there to x̂_0; or the noise; or the velocity; or sigma² times the score, which leads to
    alpha x̂_0 (Efron, 2011, eq. 1.4).
    """
    told = np.asarray(lane.answer[0])
    if view == "x0":
        return np.asarray(told - lane.x_t[0])
    return np.asarray(told * lane.latest.sigma**2) if view == "score" else told


def thinned(trail: list[Array]) -> Array:
    """At most 32 of its moments, from first to last, as paths (24, k, 2)."""
    picked = np.unique(np.linspace(0, len(trail) - 1, 32).astype(int))
    return np.stack([trail[i] for i in picked], 1)


# --- distances, with what perfect samples read ---------------------------------------------------


@lru_cache(64)
def floor(name: str) -> Array:
    """Mean, least and most distance between clouds of perfect samples (3,)."""
    rng = np.random.default_rng(0)
    between = pairs([shadows(MIXTURES[name].sample(CLOUD, rng)) for _ in range(8)])
    return np.array([between.mean(), between.min(), between.max()])


@lru_cache(64)
def off(name: str, at: Level, seed: int) -> Array:
    """How far N(0, I) is from p_t at the level where the samplers start, and the floor of that (2,)."""
    rng = np.random.default_rng([seed, 3])
    pure = shadows(rng.standard_normal((CLOUD, 2)))
    noisy = [
        shadows(
            at.alpha * MIXTURES[name].sample(CLOUD, rng)
            + at.sigma * rng.standard_normal((CLOUD, 2))
        )
        for _ in range(4)
    ]
    return np.array([between_shadows(pure, noisy[0]), pairs(noisy).mean()])


def pairs(clouds: list[Array]) -> Array:
    """The distances of all pairs of clouds, given their shadows."""
    return np.array([between_shadows(a, b) for a, b in combinations(clouds, 2)])


def budgets(p: Params) -> Iterator[tuple[Array, ...]]:
    """Distances of each lane for every budget run so far, a few more each time."""
    spacing = "own" if p.spacing == "pins" else p.spacing  # pins are one budget, not many
    alike = replace(Params(), subject="plane", data=p.data, schedule=p.schedule, bend=p.bend)
    found: list[list[float]] = [[] for _ in p.lanes]
    work = PORTION  # the first frame waits for none
    for n, (pick, mine) in product(BUDGETS, list(zip(p.lanes, found, strict=True))):
        if work >= PORTION:
            yield tuple(map(np.array, found))
            work = 0
        one = replace(alike, seed=p.seed, spacing=spacing, steps=n, lanes=(pick,))
        mine.append(distance(one))
        work += n + 8  # calls, and the distance itself
    while True:
        yield tuple(map(np.array, found))


@lru_cache(2048)  # the same while only the steps, the start or the other lanes change
def distance(p: Params) -> float:
    """How far from the data the one lane of these parameters ends."""
    x_T, _ = clouds(p)
    alpha_bar = schedule(p)
    field = [one.sampler for one in starting(p, x_T, alpha_bar)]
    *_, (end,) = race(field, exact(MIXTURES[p.data], alpha_bar))
    return to_data(p, end.x_t)
