r"""$dx = u_t(x)\, dt + \sigma\, dW_t$: one equation, followed particle by particle and as a density.

What particles do on the average, the density does for certain:
$$\frac{\partial p_t}{\partial t} = -\nabla \cdot (p_t\, u_t) + \frac{\sigma^2}{2}\, \Delta p_t$$
(Fokker and Planck; with $\sigma = 0$ the continuity equation). In the plane (this file) a grid solves
it beside a thousand particles; `line.py` looks at single paths and at how far a
step leads astray; in `net.py` the field is a net that learns, in `bridge.py` both ends are given.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from models.maths import pde
from models.maths.integrators import between
from models.maths.pde import Faces, Grid
from models.maths.sde import SCHEMES, SDE, brownian, constant, walk
from models.tape import Tape

from .balance import Balance, Density, balance, maps, variation
from .bridge import Bridge, bridge
from .line import Line, line
from .net import Learned, net
from .world import MOST, TICKS, Law, Params, law_of

__all__ = ["Cloud", "Params", "compute"]

Array = np.ndarray
GRID = Grid(-4.8, 4.8, 65)
PARTICLES = 1000
TRACKS = 4  # walks that are drawn from each start, where there is noise


@dataclass(frozen=True)
class Still:
    """What all frames of a run share."""

    params: Params
    at: Float[Array, "g 2"]  # where arrows are drawn
    ways: Float[Array, "s k 2"]  # from the starts without noise, in the finest steps
    tracks: Float[Array, "w k 2"]  # from the starts, with the steps and the noise in use
    error: float  # without noise: rms distance of the ends of these
    span: float


@dataclass(frozen=True)
class Moment:
    """Particles and density at one time, and how far they are apart."""

    still: Still
    step: int
    t: float
    particles: Float[Array, "n 2"]
    arrows: Float[Array, "g 2"]
    density: Density
    aimed: str  # what the grid is held against
    history: Float[Array, "s 4"]  # t; particles to grid, its floor; grid to its aim
    mass: float  # on the grid and gone over its edge
    lost: float
    part: float  # of the longest step that keeps p ≥ 0


@dataclass(frozen=True)
class Cloud:
    """A moment, a map of what makes the density change, and the balance at the probe."""

    params: Params
    moment: Moment
    map: Float[Array, "h w"]
    balance: Balance


Frame = Cloud | Line | Learned | Bridge


def compute(p: Params) -> Iterator[Frame]:
    """A walk tick by tick, or a training snapshot by snapshot."""
    views: dict[str, Callable[[Params], Iterator[Frame]]] = {
        "plane": plane,
        "line": line,
        "net": net,
        "bridge": bridge,
    }
    yield from views[p.view](p)


def plane(p: Params) -> Iterator[Cloud]:
    """Particles over the grid's density, and what is looked at besides."""
    law = law_of(p)
    for moment in kept(replace(p, probe=Params.probe, beside=Params.beside)):
        density = moment.density
        yield Cloud(p, moment, maps(p.beside, density, law), balance(density, law, p.probe[0]))


@lru_cache(maxsize=8)
def kept(p: Params) -> Tape[Moment]:
    """The run without its probe: dragging the probe computes nothing of it again."""
    return Tape(moments(p))


def moments(p: Params) -> Iterator[Moment]:
    """Particles and grid, side by side from the same start."""
    law, still = law_of(p), still_of(p)
    rng = np.random.default_rng((p.seed, 0))
    x, w = law.first.sample(PARTICLES, rng), noise(p, PARTICLES, law, rng)
    walkers = between(walk(sde_of(p, law), x, w, law.span, SCHEMES[p.solver]), len(w) - 1, TICKS)
    chance = np.random.default_rng((p.seed, 1))
    history: list[tuple[float, float, float, float]] = []
    lost = 0.0
    for step, (x, (p_t, gone, part)) in enumerate(zip(walkers, spreading(p, law), strict=True)):
        t, lost = law.span * step / TICKS, lost + gone
        aim = law.aim(t).density(GRID.centres).reshape(p_t.shape)
        gap, floor = variation(GRID.counted(x), p_t * GRID.width**2, PARTICLES, chance)
        own = float(np.abs(p_t - aim).sum() * GRID.width**2 / 2)
        history.append((t, gap, floor, own))
        yield Moment(
            still,
            step,
            t,
            x,
            law.drift(still.at, np.full(len(still.at), t)),
            Density(GRID, p_t, faces(law, t), p.sigma, t, law.exact is not None),
            law.aimed,
            np.array(history),
            float(p_t.sum() * GRID.width**2) + lost,
            lost,
            part,
        )


def spreading(p: Params, law: Law) -> Iterator[tuple[Array, float, float]]:
    """The density at every tick, the mass that left since the last, the share of the longest step."""
    p_t = law.first.density(GRID.centres).reshape(GRID.cells, GRID.cells)
    p_t = p_t / p_t.sum() / GRID.width**2
    now, diffusion, tick = faces(law, 0.0), p.sigma**2 / 2, law.span / TICKS
    yield p_t, 0.0, 0.0
    for start in tick * np.arange(TICKS):
        longest = [
            pde.longest_step(u, diffusion, GRID.width) for u in (now, faces(law, start + tick))
        ]
        steps = int(np.ceil(tick / min(longest)))
        gone, dt = 0.0, tick / steps
        for i in range(steps):
            then = now if law.steady else faces(law, start + (i + 1) * dt)
            p_t, left = pde.step(p_t, now, then, diffusion, GRID.width, dt)
            now, gone = then, gone + left
        yield p_t, gone, dt / min(longest)


def faces(law: Law, t: float) -> Faces:
    """The drift through every face of the grid: that along y, then that along x."""
    parts = []
    for axis in range(2):
        at = GRID.faces(axis)
        parts.append(law.drift(at, np.full(len(at), t))[:, 1 - axis].reshape(GRID.across(axis)))
    return tuple(parts)


def sde_of(p: Params, law: Law) -> SDE:
    return SDE(law.drift, constant(p.sigma))


def noise(p: Params, n: int, law: Law, rng: np.random.Generator) -> Float[Array, "k n 2"]:
    """Brownian paths at the stops of the solver; longer steps see the same ones more seldom."""
    return brownian(n, 2, 2**MOST, law.span, rng)[:: 2 ** (MOST - p.halvings)]


def still_of(p: Params) -> Still:
    """The walks from the starts, and where no step would lead astray."""
    law, starts = law_of(p), np.array(p.starts)
    rng = np.random.default_rng((p.seed, 2))
    ode, rest = SDE(law.drift, constant(0.0)), np.zeros((2**MOST + 1, len(starts), 2))
    fine = np.stack(list(walk(ode, starts, rest[:: 2**2], law.span, SCHEMES["RK4"])), 1)
    coarse = rest[:: 2 ** (MOST - p.halvings)]
    *_, end = walk(ode, starts, coarse, law.span, SCHEMES[p.solver])
    many = np.repeat(starts, TRACKS if p.sigma else 1, 0)
    w = noise(p, len(many), law, rng)
    walks = walk(sde_of(p, law), many, w, law.span, SCHEMES[p.solver])
    line = np.linspace(-3.5, 3.5, 15)
    return Still(
        params=p,
        at=np.stack(np.meshgrid(line, line), -1).reshape(-1, 2),
        ways=fine,
        tracks=np.stack(list(between(walks, len(w) - 1, 2 * TICKS)), 1),
        error=float(np.sqrt(np.square(end - fine[:, -1]).sum(-1).mean())),
        span=law.span,
    )
