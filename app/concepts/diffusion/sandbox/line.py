r"""One dimension, all to be seen: $x$ against $t$, the same noise in long steps, in short ones, and exactly.

Brownian motion $dx = \sigma\, dW$, Ornstein-Uhlenbeck $dx = -2x\, dt + \sigma\, dW$, geometric
$dx = \tfrac12 x\, dt + \sigma x\, dW$, and two fields that are not Lipschitz: $u = 3\, \mathrm{sgn}(x) \sqrt{|x|}$
has many solutions from 0, and $u = x^2$ has none after the time $1 / x_0$.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import erf

import numpy as np
from jaxtyping import Float

from models.maths import pde
from models.maths.integrators import between
from models.maths.pde import Grid
from models.maths.sde import SCHEMES, SDE, brownian, constant, geometric, ornstein_uhlenbeck, walk
from models.tape import Tape

from .balance import variation
from .order import Order, order_of
from .world import MOST, TICKS, Params

Array = np.ndarray
SPAN = 1.0
GRID = Grid(-4.1, 4.1, 205, axes=1)  # 0 lies in the middle of a cell
PARTICLES = 1000
SHOWN = 6
FAR = 30.0  # who is further out is held there: nobody sees it, and numbers stay finite
RATES = {"Brownian": 0.0, "Ornstein-Uhlenbeck": -2.0, "geometric": 0.5}  # u = rate x
DRIFTS: dict[str, Callable[[Array], Array]] = {
    "Brownian": np.zeros_like,
    "Ornstein-Uhlenbeck": lambda x: -2 * x,
    "geometric": lambda x: x / 2,
    "root": lambda x: 3 * np.sign(x) * np.sqrt(np.abs(x)),
    "square": lambda x: np.where(np.abs(x) < FAR, x * x, 0.0),
}


@dataclass(frozen=True)
class Still:
    """What all frames of a run share."""

    params: Params
    edges: Float[Array, " e"]  # of the cells in which particles are counted
    stops: Float[Array, " k"]  # the times of the solver's stops
    walks: Float[Array, "s k"]  # some particles at these
    times: Float[Array, " f"]
    truth: Float[Array, "s f"]  # the same particles exactly, or in the finest steps
    known: bool  # exactly
    others: Float[Array, "m f"]  # more solutions from a place where there are many
    order: Order | None  # the error against the step


@dataclass(frozen=True)
class Line:
    """All particles at one time, and the densities."""

    still: Still
    step: int
    t: float
    particles: Float[Array, " n"]
    seen: Float[Array, " b"]  # shares of the particles, of the grid's mass, and exact ones
    solved: Float[Array, " b"]
    exact: Float[Array, " b"] | None
    variances: Float[Array, "s 2"]  # of the particles so far, and exactly (0 where unknown)
    gap: float  # total variation of seen and solved, and what perfect draws read
    floor: float
    mass: float
    lost: float


def line(p: Params) -> Iterator[Line]:
    """The particles tick by tick, and the grid beside them."""
    return iter(kept(p))


@lru_cache(maxsize=12)
def kept(p: Params) -> Tape[Line]:
    """A run is computed once."""
    return Tape(moments(p))


def sde_of(p: Params) -> SDE:
    """The equation; only geometric motion has noise that grows with x."""
    drift = DRIFTS[p.motion]
    if p.motion == "geometric":
        return SDE(lambda x, t: drift(x), lambda x: p.sigma * x, p.sigma)
    return SDE(lambda x, t: drift(x), constant(p.sigma))


def moments(p: Params) -> Iterator[Line]:
    rng, chance = np.random.default_rng((p.seed, 0)), np.random.default_rng((p.seed, 1))
    x = np.resize([[y] for _, y in p.start], (PARTICLES, 1)).astype(float)
    fine = brownian(PARTICLES, 1, 2**MOST, SPAN, rng)
    w = fine[:: 2 ** (MOST - p.halvings)]
    places = list(walk(sde_of(p), x, w, SPAN, SCHEMES[p.solver]))
    truth = truth_of(p, x, fine, rng)
    some = slice(SHOWN)
    still = Still(
        params=p,
        edges=np.linspace(GRID.low, GRID.high, GRID.cells // 5 + 1),
        stops=np.linspace(0, SPAN, len(w)),
        walks=np.stack([place[some, 0] for place in places], 1),
        times=np.linspace(0, SPAN, 129),
        truth=truth[:: 2 ** (MOST - 7), some, 0].T,
        known=p.motion in RATES or p.sigma == 0,
        others=others_of(p),
        order=order_of(p, sde_of(p), RATES[p.motion], x, fine, truth[-1], SPAN)
        if p.motion in ("Ornstein-Uhlenbeck", "geometric")
        else None,
    )
    variances: list[tuple[float, float]] = []
    lost = 0.0
    walkers = between(iter(places), len(w) - 1, TICKS)
    for step, (x, (mass, gone)) in enumerate(zip(walkers, spreading(p), strict=True)):
        t, lost = SPAN * step / TICKS, lost + gone
        gap, floor = variation(GRID.counted(x), mass, PARTICLES, chance)
        variances.append((float(x.var()), variance(p, t)))
        yield Line(
            still,
            step,
            t,
            x[:, 0],
            GRID.counted(x).reshape(-1, 5).sum(1),
            mass.reshape(-1, 5).sum(1),
            np.diff(cumulated(p, still.edges, t)) if p.motion in RATES else None,
            np.array(variances),
            gap,
            floor,
            float(mass.sum()) + lost,
            lost,
        )


def truth_of(p: Params, x: Array, w: Array, rng: np.random.Generator) -> Float[Array, "k n 1"]:
    """The particles on their noise: exactly where that is known, else in the finest steps."""
    times = np.linspace(0, SPAN, len(w))[:, None, None]
    match p.motion:
        case "Brownian":
            return x + p.sigma * w
        case "Ornstein-Uhlenbeck":
            return ornstein_uhlenbeck(x, w, 2.0, p.sigma, SPAN, rng)
        case "geometric":
            return geometric(x, w, 0.5, p.sigma, SPAN)
        case "root" if p.sigma == 0:
            return np.asarray(np.sign(x) * np.square(np.sqrt(np.abs(x)) + 1.5 * times))
        case "square" if p.sigma == 0:
            left = 1 - x * times  # at 0 the solution ends
            return np.asarray(np.where(left > x / FAR, x / np.where(left > 0, left, 1), FAR))
        case _:
            return np.stack(list(walk(sde_of(p), x, w, SPAN, SCHEMES["RK4"])))


def others_of(p: Params) -> Float[Array, "m f"]:
    """From 0, x = ±(3 (t - c) / 2)² after any wait c solves x' = 3 sgn(x) √|x|; so does x = 0."""
    if p.motion != "root":
        return np.empty((0, 129))
    t = np.linspace(0, SPAN, 129)
    waits = np.array([0.0, 0.2, 0.4, 0.6])[:, None]
    up = np.square(1.5 * np.maximum(t - waits, 0))
    return np.concatenate([up, -up])


def spreading(p: Params) -> Iterator[tuple[Float[Array, " g"], float]]:
    """The mass in every cell at every tick, and what left since the last.

    Noise that grows with x drifts, too: J = u p - (D p)' = (u - D') p - D p'.
    """
    mass = GRID.counted(np.array([[y] for _, y in p.start]))
    at = GRID.faces(0)[:, 0]
    grows = p.motion == "geometric"
    diffusion = p.sigma**2 / 2 * (at * at if grows else np.ones_like(at))
    u = (DRIFTS[p.motion](at) - (p.sigma**2 * at if grows else 0.0),)
    density, tick = mass / GRID.width, SPAN / TICKS
    steps = int(np.ceil(tick / pde.longest_step(u, diffusion, GRID.width)))
    yield mass, 0.0
    for _ in range(TICKS):
        gone = 0.0
        for _ in range(steps):
            density, left = pde.step(density, u, u, diffusion, GRID.width, tick / steps)
            gone += left
        yield density * GRID.width, gone


def variance(p: Params, t: float) -> float:
    """Of the exact law, starts and noise together; 0 where it is not known."""
    x = np.array([y for _, y in p.start])
    rate, s2 = RATES.get(p.motion), p.sigma**2
    if rate is None:
        return 0.0
    if p.motion == "geometric":
        grown = np.square(x).mean() * np.exp((2 * rate + s2) * t)
        return float(grown - (x.mean() * np.exp(rate * t)) ** 2)
    noise = s2 * (t if rate == 0 else np.expm1(2 * rate * t) / (2 * rate))
    return float(x.var() * np.exp(2 * rate * t) + noise)


def cumulated(p: Params, edges: Float[Array, " e"], t: float) -> Float[Array, " e"]:
    """The exact probability to be left of each edge."""
    total, rate = np.zeros(len(edges)), RATES[p.motion]
    for _, x in p.start:
        if p.motion == "geometric":  # ln |x| is Gaussian; 0 stays where it is
            log = np.log(np.maximum(edges * np.sign(x), 1e-300))
            middle = np.log(max(abs(x), 1e-300)) + (rate - p.sigma**2 / 2) * t
            below = normal(log, middle, p.sigma * np.sqrt(t))
            total += below if x > 0 else 1 - below if x < 0 else edges > 0
        else:
            noise = t if rate == 0 else np.expm1(2 * rate * t) / (2 * rate)
            total += normal(edges, x * np.exp(rate * t), p.sigma * np.sqrt(noise))
    return total / len(p.start)


def normal(edges: Float[Array, " e"], mean: float, std: float) -> Float[Array, " e"]:
    """The probability of N(mean, std²) left of each edge; a step where std is 0."""
    if std == 0:
        return (edges >= mean).astype(float)
    return np.array([0.5 * (1 + erf(z)) for z in (edges - mean) / std / np.sqrt(2)])
