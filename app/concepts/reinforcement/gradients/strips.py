"""An episode of each run as a strip, and what differs between the worlds when they are drawn."""

from dataclasses import dataclass

import numpy as np

from app.figures.scene import Ink, Plane, Shapes, Words
from models.worlds.bodies import bars, boxes

from .compute import Frame
from .looking import LANES, Range

Array = np.ndarray


@dataclass(frozen=True)
class Look:
    """How one world is drawn."""

    name: str
    returns: Range
    solved: float
    steps: int  # of an episode
    stride: int  # steps between two pictures of an episode
    span: float  # steps as long as a lane is high
    window: int  # steps of a trajectory
    value: Range  # in units of the sum of gamma^t over an episode
    credit: Range  # likewise
    action: Range
    action_label: str
    axes: tuple[str, str]  # of the maps
    outcome: Range  # of a trajectory's return, likewise in units
    what: str  # is drawn of an episode
    end: Ink = "error"  # of a mark where an episode was over early


LOOKS = {
    "cartpole": Look(
        name="CartPole",
        returns=(0.0, 500.0),
        solved=475.0,
        steps=500,
        stride=20,
        span=32.0,
        window=500,
        value=(0.0, 1.0),
        credit=(-0.6, 1.1),
        action=(0.0, 1.0),
        action_label="P(right)",
        axes=("angle, rad", "rad/s"),
        outcome=(-0.1, 1.1),
        what="pole, lean ×3; bar: failed",
    ),
    "pendulum": Look(
        name="Pendulum",
        returns=(-1600.0, 0.0),
        solved=-200.0,
        steps=200,
        stride=6,
        span=13.0,
        window=32,
        value=(-8.0, 0.0),
        credit=(-6.0, 3.0),
        action=(-2.0, 2.0),
        action_label="torque",
        axes=("angle, rad", "rad/s"),
        outcome=(-14.0, 2.0),
        what="rod, hung at first",
    ),
    "corridor": Look(
        name="Corridor",
        returns=(-1.5, 4.0),
        solved=3.0,
        steps=6,
        stride=1,
        span=0.385,
        window=6,
        value=(-0.2, 0.65),
        credit=(-0.7, 0.8),
        action=(0.0, 1.0),
        action_label="P(right)",
        axes=("place", "steps"),
        outcome=(-0.55, 0.8),
        what="place, right is up; bar: over",
        end="soft",
    ),
}
LEAN = 3.0  # a cart's pole is drawn so many times as oblique: it fails at 12 degrees


def episodes(frame: Frame, look: Look) -> Plane:
    """An episode of each run as a strip: the pole, or the rod, every few steps."""
    strip = frame.lap.strip
    every = np.arange(0, strip.state.shape[1], look.stride)
    run, index = np.nonzero(every < strip.steps[:, None])
    t = every[index].astype(float)
    state = strip.state[run, every[index]]
    floor = LANES - 1.0 - run
    return Plane(
        f"One episode of {LANES} runs: the {look.what}",
        f"Runs 1 to {LANES} last {', '.join(map(str, strip.steps))} steps.",
        (-0.13 * look.steps, 1.02 * look.steps),
        (-0.1, LANES + 0.1),
        (*bodies(look, t, floor, state), *endings(frame, look), *lanes(frame, look)),
        "step",
        square=False,
    )


def bodies(look: Look, t: Array, floor: Array, state: Array) -> tuple[Shapes, Shapes]:
    """Carts with their poles, or hinges with their rods, along a strip."""
    angle, unit = state[:, -2], (look.span, 1.0)
    if look.name == "CartPole":
        carts = boxes(np.stack([t, floor + 0.14], -1), 0.34 * look.span, 0.14)
        poles = bars(np.stack([t, floor + 0.2], -1), LEAN * angle, 0.62, 0.08, unit)
        return Shapes(carts, "soft"), Shapes(poles, "model")
    hinge = np.stack([t, floor + 0.5], -1)
    if look.name == "Corridor":
        walker = np.stack([t, floor + 0.42 + 0.2 * state[:, 0]], -1)
        return Shapes(boxes(hinge, 0.24, 0.02), "soft"), Shapes(boxes(walker, 0.24, 0.2), "model")
    return (
        Shapes(boxes(hinge, 0.1 * look.span, 0.1), "soft"),
        Shapes(bars(hinge, angle, 0.44, 0.09, unit), "model"),
    )


def endings(frame: Frame, look: Look) -> tuple[Shapes, ...]:
    """A mark where an episode ended by failing."""
    fell = frame.lap.strip.failed
    if not fell.any():
        return ()
    t = frame.lap.strip.steps[fell].astype(float)
    floor = LANES - 1.0 - np.flatnonzero(fell)
    marks = bars(np.stack([t, floor + 0.1], -1), np.zeros(len(t)), 0.8, 0.07, (look.span, 1.0))
    return (Shapes(marks, look.end),)


def lanes(frame: Frame, look: Look) -> tuple[Words, Words]:
    """The names of the lanes; the run shown stands out."""
    run = frame.params.shown - 1
    xy = np.stack([np.full(LANES, -0.075 * look.steps), LANES - 0.55 - np.arange(LANES)], -1)
    others = [i for i in range(LANES) if i != run]
    return (
        Words(xy[others], tuple(f"run {i + 1}" for i in others)),
        Words(xy[[run]], (f"run {run + 1}",), "model"),
    )


def horizon(gamma: float, steps: int) -> float:
    """The sum of gamma^t over so many steps: what a reward of 1 a step adds up to."""
    return float(steps) if gamma == 1 else (1 - gamma**steps) / (1 - gamma)
