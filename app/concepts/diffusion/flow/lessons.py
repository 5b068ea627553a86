"""A net learns the field from single pairs: what it says at one time, and where that leads."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from models.maths.distances import sliced_w2
from models.maths.flow_matching import BATCH, Flow, Lesson, learned, train
from models.maths.integrators import RULES, Velocity, evenly, solve
from models.tape import Tape

from .frame import Moment, Progress
from .still import NOWHERE, TAUGHT, still_of
from .world import PARTICLES, Params, flow_of, rms

Array = np.ndarray
SHOTS = 48  # snapshots of a training
CLOCKS = np.linspace(0.0, 1.0, 11)  # times at which the error is read


def training(p: Params) -> Iterator[Moment]:
    """A net on its way to the field: what it says at one time, and where it leads."""
    flow, t = flow_of(p), np.array(p.time)
    still, draws = still_of(p, flow), flow.pairs(2000, np.random.default_rng((p.seed, 3)))
    exact, right = flow.velocity(still.grid, t), flow.velocity(draws.x_t, draws.t)
    seen = flow.mix(still.fresh, still.noise, np.full(PARTICLES, t)).x_t  # drawn from p_t
    crowded = flow.density(still.grid, t) > TAUGHT
    floor = float(flow.disagreement(draws.x_t, draws.t).mean())
    check, told = clocked(flow, still.fresh, still.noise)
    past: list[tuple[float, float, float, float]] = []
    course = course_of(p)
    even = lessons(replace(course, times="uniform")) if p.times != "uniform" else ()
    for shot, lesson in enumerate(lessons(course)):
        velocity = learned(lesson.theta)
        *_, x = solve(velocity, still.noise, evenly(8, PARTICLES, 0.0, p.time), RULES["midpoint"])
        *_, end = solve(velocity, x, evenly(8, PARTICLES, p.time, 1.0), RULES["midpoint"])
        gap = rms(velocity(draws.x_t, draws.t) - right)
        past.append((lesson.step, float(lesson.loss), gap**2, sliced_w2(end, still.fresh)))
        at, losses, gaps, distances = np.array(past).T
        beside = by_time(learned(even.item(shot).theta), check, told) if even else NONE
        yield Moment(
            still,
            lesson.step,
            p.time,
            x,
            velocity(still.grid, t),
            exact,
            crowded,
            distances,
            gap=rms(velocity(seen, t) - flow.velocity(seen, t)),
            tube=NOWHERE,
            theta=lesson.theta,
            progress=Progress(
                at, losses, gaps, floor, p.iterations, by_time(velocity, check, told), beside
            ),
        )


NONE = np.empty((0, 2))


def clocked(flow: Flow, fresh: Array, noise: Array) -> tuple[Float[Array, "c n 2"], Array]:
    """Places drawn from p_t at each of the CLOCKS, and the exact velocities there."""
    places = np.stack([flow.mix(fresh, noise, np.full(len(fresh), t)).x_t[::3] for t in CLOCKS])
    return places, np.stack([flow.velocity(x, t) for x, t in zip(places, CLOCKS, strict=True)])


def by_time(net: Velocity, places: Array, exact: Array) -> Float[Array, "c 2"]:
    """How far a net is from the exact field at each of the CLOCKS, rms."""
    times = np.repeat(CLOCKS, places.shape[1])
    said = net(places.reshape(-1, 2), times).reshape(exact.shape)
    gaps = np.sqrt(np.square(said - exact).sum(-1).mean(-1))
    return np.stack([CLOCKS, gaps], -1)


def course_of(p: Params) -> Params:
    """The same, less all that a training does not depend on."""
    keep = ("data", "yours", "width", "schedule", "alpha", "beta", "iterations", "times", "seed")
    return Params(field="training", **{name: getattr(p, name) for name in keep})


@lru_cache(maxsize=12)
def lessons(course: Params) -> Tape[Lesson]:
    """A training at its snapshots, close at first; each loss is the mean since the one before."""

    def taught() -> Iterator[Lesson]:
        flow = flow_of(course)
        shots = {round(course.iterations * (shot / SHOTS) ** 2) for shot in range(SHOTS + 1)}
        losses: list[Array] = []
        rng = np.random.default_rng((course.seed, 2))
        for lesson in train(lambda rng: flow.pairs(BATCH, rng, course.times), rng):
            losses.append(lesson.loss)
            if lesson.step in shots:
                yield lesson._replace(loss=np.mean(losses, axis=0))
                losses = []
            if lesson.step == course.iterations:
                return

    return Tape(taught())
