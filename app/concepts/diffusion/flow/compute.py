r"""Flow matching: $\dot x = u_t(x)$ carries noise at $t = 0$ to data at $t = 1$.

The field is the mean of simple ones, $u_t(x) = \mathbb E[u_t(x \mid z) \mid x_t = x]$, and a net finds
that mean by regression on single draws:
$\min_\theta\, \mathbb E\, \|u_\theta(x_t, t) - (\dot\alpha_t x_1 + \dot\beta_t \epsilon)\|^2$,
$x_t = \alpha_t x_1 + \beta_t \epsilon$.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice

import numpy as np
from jaxtyping import Float

from models.maths.distances import between_shadows, shadows
from models.maths.flow_matching import Flow, learned, learned_jacobian
from models.maths.integrators import Velocity
from models.tape import Tape

from .couplings import couplings
from .density import Inked, Jacobian, drops, inked
from .frame import Frame, Moment, Shown, Still
from .lessons import course_of, lessons, training
from .probe import Probe, look, through
from .solvers import solved, walk
from .still import EXACT, NOWHERE, TAUGHT, still_of
from .world import EXAMPLES, PARTICLES, TICKS, Params, flow_of, rms

__all__ = ["Params", "around", "compute"]

Array = np.ndarray
WATCHED = 2  # one in so many snapshots of a training is shown before its net carries
RULE, STEPS = "midpoint", 40  # where one looks at something else than solvers
SOLVED = 48  # particles whose errors are measured
Sights = tuple[Callable[[int], Probe], Callable[[int], Inked] | None]


def compute(p: Params) -> Iterator[Shown]:
    """The flow from noise to data tick by tick, or a training snapshot by snapshot."""
    return (frame for _, frame in around(p, 0))


def around(p: Params, first: int) -> Iterator[tuple[int, Shown]]:
    """The frames with their numbers: from the one that is looked at on, then those before it."""
    if p.view == "couplings" and p.field != "training":
        yield from enumerate(couplings(p))
        return
    flow, place = flow_of(p), np.array(p.probe)
    moments = kept(replace(p, probe=Params.probe, held=Params.held, draws=Params.draws))
    along: Sights | None = None
    for number, moment in moments.around(first):
        if moment.progress:
            velocity = field_of(flow, moment.theta)
            way = through(velocity, place, p.time, 24)
            yield number, Frame(moment, look(flow, velocity, way, np.array([p.time]))(0))
            continue
        probe, ink = along = along or sights(p, flow, moment.theta)
        yield number, Frame(moment, probe(moment.step), ink(moment.step) if ink else None)


def sights(p: Params, flow: Flow, theta: Array | None) -> Sights:
    """The particle on its way at each tick and, where one looks at that, its density."""
    velocity, ticks = field_of(flow, theta), np.arange(TICKS + 1) / TICKS
    place, inking = np.array(p.probe), p.view == "log-density"
    way = (drops if inking else through)(velocity, place, p.held)
    ink = inked(p, flow, slopes_of(flow, theta), way) if inking else None
    return look(flow, velocity, way, ticks), ink


@lru_cache(maxsize=12)
def kept(p: Params) -> Tape[Moment]:
    """The run without its probe: dragging the probe computes nothing of it again."""
    return Tape(training(p) if p.field == "training" else flight(p))


def field_of(flow: Flow, theta: Array | None) -> Velocity:
    """The field that carries the particles: the net's, if there is one."""
    return flow.velocity if theta is None else learned(theta)


def slopes_of(flow: Flow, theta: Array | None) -> Jacobian:
    """How that field changes from place to place."""
    if theta is None:
        return flow.jacobian
    return lambda x, t: learned_jacobian(theta, x, t)


def flight(p: Params) -> Iterator[Moment]:
    """The particles on their way from noise to data, along the exact field or the learned one.

    A net that has yet to learn it is first seen learning.
    """
    flow, theta = flow_of(p), None
    if p.field == "learned":
        course = course_of(p)
        yield from islice(kept(course), 0, None, WATCHED)
        theta = list(lessons(course))[-1].theta
    velocity, still = field_of(flow, theta), still_of(p, flow)
    if p.view != "solvers":
        p = replace(p, solver=RULE, steps=STEPS)
    measured = solved(p, velocity, still.noise[:SOLVED]) if p.view == "solvers" else None
    ways = np.stack([x for x, _ in walk(p, velocity, still.noise[:EXAMPLES])], 1)
    still = replace(still, ways=ways)
    truth, distances = shadows(still.fresh), list[float]()
    for step, (x, _) in enumerate(walk(p, velocity, still.noise)):
        t = np.array(step / TICKS)
        distances.append(between_shadows(shadows(x), truth))
        exact, density = flow.seen(still.grid, t)
        yield Moment(
            still,
            step,
            float(t),
            x,
            exact if theta is None else velocity(still.grid, t),
            exact,
            density > (EXACT if theta is None else TAUGHT),
            np.array(distances),
            gap=0.0 if theta is None else gap(flow, velocity, still, t),
            tube=flow.tube(t) if still.aimed else NOWHERE,
            theta=theta,
            solved=next(measured) if measured else None,
        )


def gap(flow: Flow, velocity: Velocity, still: Still, t: Float[Array, ""]) -> float:
    """How far a field is from the exact one at places drawn from p_t, rms."""
    x = flow.mix(still.fresh, still.noise, np.full(PARTICLES, t)).x_t
    return rms(velocity(x, t) - flow.velocity(x, t))
