r"""Four ways from the same noise to data: $x_s = \alpha_s \hat x_0 + \sqrt{\sigma_s^2 - c^2}\, \hat\epsilon + c z$.

All ask one net for the noise $\hat\epsilon$ in $x_t = \alpha_t x_0 + \sigma_t \epsilon$; they differ in the new
noise $c z$ they add, in how often they look before a step, and in where they stop on the way.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from app import params
from models.catalogue import graph
from models.maths.distances import sliced_w2
from models.maths.levels import DATA, Level, Path, even_in_rho, even_in_s, even_in_t
from models.maths.mixtures import Mixture
from models.maths.posterior import Reverse, reverse
from models.maths.samplers import Eps, Sampler, clipped, ddim, ddpm, exact, flow, ode, race
from models.maths.schedules import cumulative, linear_betas
from models.maths.toys import grid, ring

Array = np.ndarray
ALPHA_BAR = cumulative(linear_betas())  # what the net of the digits was trained on
CUTS = {"t": even_in_t, "s": even_in_s, "edm": even_in_rho}
OWN = {"ddpm": "t", "ddim": "t", "ode": "t", "flow": "s"}  # where each stops if left alone
MIXTURES = {
    "ring": ring(),
    "grid": grid(4, 1.25, 0.12),
    "circle": ring(32, 2.0, 0.2),  # so near to each other that no gaps are left
}
CLOUD = 2000  # particles a lane
BUDGETS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)  # network calls, for distance against calls
MOST = 100  # moments shown; of a longer race every second, third, … and the last
TICKS = np.linspace(-4, 4, 48)  # of the density, beyond the window on every side


@dataclass(frozen=True)
class Params(params.Params):
    subject: str = params.choice("digits", "plane", label="Subject")
    sampler: str = params.choice("all", "ddpm", "ddim", "ode", "flow", label="Sampler")
    digit: int = params.slider(3, 0, 9, 1, "Digit", subject="digits")
    data: str = params.choice("ring", "grid", "circle", label="Data", subject="plane")
    steps: int = params.slider(25, 1, 250, 1, "Network calls", log=True)
    eta: float = params.slider(0.0, 0.0, 1.0, 0.05, "η of DDIM")
    solver: str = params.choice("heun", "euler", label="ODE solver")
    spacing: str = params.choice("own", "t", "s", "edm", label="Steps even in")
    clip: bool = params.toggle(True, "Clip x̂₀", subject="digits")
    start: tuple[params.Point, ...] = params.points(
        ((0.4, 1.1),), "Start", count=(1, 1), x=(-3.0, 3.0), y=(-3.0, 3.0), subject="plane"
    )
    seed: int = params.seed()


@dataclass(frozen=True)
class Lane:
    """One sampler at one moment of the race."""

    name: str
    at: Level  # where it stands; t = -1 is the clean data
    x_t: Array  # (1, 32, 32), or particles (n, 2), first the one that the user placed
    x_0: Array  # the clean data that the net sees in x_t; the sample itself at the end
    norm: Array  # ‖ε̂‖/√d at each call of the net so far
    snr: Array  # alpha² / sigma² at each call it will make, the same in every frame


@dataclass(frozen=True)
class Digits:
    """What is shown of pictures: moments that are kept, and how far the samplers are apart."""

    kept: Array  # x_t and x̂_0 of each lane (lanes, moments, 2, 32, 32); 0 before they come
    at: tuple[int, ...]  # the steps they are from
    apart: Array  # root mean square difference of x̂_0 to that of DDIM or the only lane (lanes,)


@dataclass(frozen=True)
class Plane:
    """What is shown of particles: exact densities, trails, and distances to the data."""

    log_density: Array  # log p_t less its largest, exact, at each lane's level (lanes, 48, 48)
    trails: tuple[Array, ...]  # of the first particles, a lane each (24, k, 2), k <= 32
    truth: Array  # samples of the data (2000, 2), the same in every frame
    distance: Array  # sliced W2 of each lane's particles to them (lanes,)
    floor: Array  # mean, least and most of perfect samples (3,), the same in every frame
    race: Array  # distances after BUDGETS calls, as far as run (k, 4)
    reverse: Reverse  # the next step of the placed particle in the first lane


@dataclass(frozen=True)
class Frame:
    step: int
    params: Params
    lanes: tuple[Lane, ...]
    shown: Digits | Plane


def compute(p: Params) -> Iterator[Frame]:
    """Yield the race, call by call of the net, from noise to the samples."""
    shown = digits(p) if p.subject == "digits" else plane(p)
    yield from shown


# --- the race ------------------------------------------------------------------------------------


class Entry(NamedTuple):
    """A sampler at the start, with the levels it will ask the net about."""

    name: str
    sampler: Sampler
    asks: Path


def entries(p: Params, x: Array) -> list[Entry]:
    """The samplers from x, each with p.steps calls of the net to spend."""
    return [entry(name, p, x) for name in (OWN if p.sampler == "all" else (p.sampler,))]


def entry(name: str, p: Params, x: Array) -> Entry:
    """One sampler; Heun's rule looks twice a step, but for the last, so it takes half the steps."""
    twice = name == "ode" and p.solver == "heun"
    cut = CUTS[OWN[name] if p.spacing == "own" else p.spacing]
    levels = cut((p.steps + 1) // 2 if twice else p.steps, ALPHA_BAR)
    asks = (levels[0], *(at for at in levels[1:-1] for _ in range(1 + twice)))
    rng = np.random.default_rng([p.seed, 1])  # the same new noise for all
    match name:
        case "ddpm":
            return Entry(name, ddpm(x, levels, rng), asks)
        case "ddim":
            return Entry(name, ddim(x, levels, rng, p.eta), asks)
        case "ode":
            return Entry(name, ode(x, levels, twice), asks)
        case _:
            return Entry(name, flow(x, levels), asks)


def lanes(field: list[Entry], eps: Eps) -> Iterator[tuple[int, tuple[Lane, ...]]]:
    """The moments of the race with their number, each lane with its history."""
    norms: list[list[float]] = [[] for _ in field]
    snr = [np.array([(at.alpha / at.sigma) ** 2 for at in entry.asks]) for entry in field]
    for step, stand in enumerate(race([entry.sampler for entry in field], eps)):
        for norm, now in zip(norms, stand, strict=True):
            if len(norm) < now.calls:
                norm.append(float(np.sqrt(np.square(now.eps).mean())))
        told = zip(field, stand, norms, snr, strict=True)
        yield (
            step,
            tuple(
                Lane(entry.name, now.at, now.x_t, now.x_0, np.array(norm), ratio)
                for entry, now, norm, ratio in told
            ),
        )


def worth_showing(step: int, last: int) -> bool:
    return step % -(-last // MOST) == 0 or step == last


# --- digits: the noise as a trained net tells it -------------------------------------------------


def digits(p: Params) -> Iterator[Frame]:
    """The race in pictures of one digit, all lanes in one batch of the U-Net."""
    unet = graph("unet_digits")

    def eps(x: Array, t: Array) -> Array:
        label = np.full(len(x), p.digit)
        return unet(x=x.astype(np.float32), t=t.astype(np.float32), label=label)["eps"]

    x_T = np.random.default_rng(p.seed).standard_normal((1, 32, 32))
    field = entries(p, x_T)
    last = max(len(entry.asks) for entry in field)
    shares = (0.125, 0.25, 0.5) if len(field) > 1 else (0, 0.15, 0.3, 0.45, 0.6, 0.8)
    at = tuple(sorted({round(share * last) for share in shares}))  # a short race has fewer
    kept = np.zeros((len(field), len(at), 2, 32, 32))
    for step, stand in lanes(field, clipped(eps, ALPHA_BAR) if p.clip else eps):
        pictures = np.stack([[lane.x_t[0], lane.x_0[0]] for lane in stand])  # (lanes, 2, 32, 32)
        kept = np.where((np.array(at) == step)[:, None, None, None], pictures[:, None], kept)
        if worth_showing(step, last):
            reference = pictures[min(1, len(stand) - 1), 1]
            apart = np.sqrt(np.square(pictures[:, 1] - reference).mean((1, 2)))
            yield Frame(step, p, stand, Digits(kept, at, apart))


# --- the plane: the noise in closed form ---------------------------------------------------------


def plane(p: Params) -> Iterator[Frame]:
    """The race of particles; beside it, one more budget of calls is raced for each moment shown."""
    data, (x_T, truth) = MIXTURES[p.data], clouds(p)
    field = entries(p, x_T)
    last, board = max(len(entry.asks) for entry in field), budgets(p)
    trails: list[dict[float, Array]] = [{} for _ in field]  # by time: Heun corrects its first try
    for step, stand in lanes(field, exact(data, ALPHA_BAR)):
        for trail, lane in zip(trails, stand, strict=True):
            trail[lane.at.t] = lane.x_t[:24]
        if not worth_showing(step, last):
            continue
        now = stand[0]
        if now.at != DATA:  # the samples have no next step; the last one stays in sight
            then = next(level for level in (*field[0].asks, DATA) if level.t < now.at.t)
            rng = np.random.default_rng([p.seed, 2, step])
            way = reverse(data, now.x_t[0], (now.at, then), rng)
        shown = Plane(
            np.stack([log_density(data, lane.at) for lane in stand]),
            tuple(thinned(list(trail.values())) for trail in trails),
            truth,
            np.array([sliced_w2(lane.x_t[1:], truth) for lane in stand]),
            floor(p.data),
            next(board),
            way,
        )
        yield Frame(step, p, stand, shown)
    while len(shown.race) < len(BUDGETS):
        shown = replace(shown, race=next(board))
        yield Frame(step, p, stand, shown)


def clouds(p: Params) -> tuple[Array, Array]:
    """The noise that all start from, first the placed particle's, and fresh samples of the data."""
    rng = np.random.default_rng(p.seed)
    x_T = np.concatenate([p.start, rng.standard_normal((CLOUD, 2))])
    return x_T, MIXTURES[p.data].sample(CLOUD, rng)


def log_density(data: Mixture, at: Level) -> Array:
    """log p_t less its largest value, on the grid (48, 48)."""
    x, y = np.meshgrid(TICKS, TICKS)
    log_p = data.log_prob(np.stack([x.ravel(), y.ravel()], -1), at.alpha, at.sigma)
    return np.asarray(log_p - log_p.max()).reshape(x.shape)


def thinned(trail: list[Array]) -> Array:
    """At most 32 of its moments, from first to last, as paths (24, k, 2)."""
    picked = np.unique(np.linspace(0, len(trail) - 1, 32).astype(int))
    return np.stack([trail[i] for i in picked], 1)


@lru_cache(64)
def floor(name: str) -> Array:
    """Mean, least and most distance of two clouds of perfect samples (3,)."""
    draw, rng = MIXTURES[name].sample, np.random.default_rng(0)
    drawn = [sliced_w2(draw(CLOUD, rng), draw(CLOUD, rng)) for _ in range(16)]
    return np.array([np.mean(drawn), min(drawn), max(drawn)])


def budgets(p: Params) -> Iterator[Array]:
    """Distances of every sampler for every budget run so far (k, 4), one more each time."""
    alike = replace(p, sampler="all", start=Params().start, digit=0, clip=True)
    rows: list[tuple[float, ...]] = []
    for n in BUDGETS:
        yield np.reshape(rows, (-1, len(OWN)))
        rows.append(distances(replace(alike, steps=n)))
    while True:
        yield np.array(rows)


@lru_cache(512)  # the same while only the steps, the start or the choice of lanes change
def distances(p: Params) -> tuple[float, ...]:
    """How far from the data each sampler ends."""
    x_T, truth = clouds(p)
    field = [entry.sampler for entry in entries(p, x_T)]
    *_, end = race(field, exact(MIXTURES[p.data], ALPHA_BAR))
    return tuple(sliced_w2(now.x_t[1:], truth) for now in end)
