"""The mind of who plays: the map it acts by, its odds just now, and what drives it."""

import numpy as np

from app.figures.scene import Bars, Chart, Handles, Heat, Lines, Plane, Points, Series
from models.worlds.pendulum import wrapped

from .compute import Frame
from .mind import Mind

Array = np.ndarray
SIGHTS = {
    "cartpole": ("place", "speed", "angle", "turning"),
    "pendulum": ("cos θ", "sin θ", "turning"),
}


def phase(frame: Frame, who: Mind) -> Plane:
    """The policy over angle and angular speed, where the state has been, and where it is."""
    cart = frame.params.world == "cartpole"
    x, y = who.window
    trail = frame.trail[:, -2:].copy()
    if not cart:
        trail[:, 0] = wrapped(trail[:, 0])
    start = frame.params.lean if cart else frame.params.swing
    low, high = (0.0, 1.0) if cart else (-who.strongest, who.strongest)
    return Plane(
        "What it would do: left … right" if cart else "Torque it would give: − … +",
        f"The state is at {trail[-1, 0]:.3f} rad and {trail[-1, 1]:.2f} rad/s; drag the ring to "
        "begin elsewhere.",
        x,
        y,
        (
            Heat(frame.thought.map, x, y, "diverging", low, high),
            Lines(
                frame.thought.border[None], "exact", 2.0, 1.0, dashed=True, label="linear control"
            ),
            Points(trail[:-1], "ink", 1.5, 0.5),
            *beside(frame, who),
            Points(trail[-1:], "ink", 5.0),
            Handles("lean" if cart else "swing", np.array(start)),
        ),
        "angle, rad",
        "rad/s",
        square=False,
    )


def beside(frame: Frame, who: Mind) -> tuple[Points, ...]:
    """Where the other one is, on the map of the first."""
    if frame.rival is None:
        return ()
    at = frame.rival.state[-2:][None].copy()
    if frame.params.world == "pendulum":
        at[:, 0] = wrapped(at[:, 0])
    return (Points(at, "data", 5.0, label=frame.params.beside),)


def odds(frame: Frame) -> Bars:
    """The two actions and how likely they are; which one was taken."""
    right = frame.thought.tendency
    taken = ("left", "right")[int(frame.thought.action)]
    return Bars(
        "π(a | s), and the action taken",
        f"Left {1 - right:.1%}, right {right:.1%}; it goes {taken}.",
        tuple(f"{name} ◂" if name == taken else name for name in ("left", "right")),
        np.array([1 - right, right]),
    )


def density(frame: Frame) -> Chart:
    """The Gaussian that the torque is drawn from, and the torque."""
    mean, log_sigma = frame.thought.dist
    sigma, a = float(np.exp(log_sigma)), frame.thought.action
    x = np.unique(np.append(np.linspace(-3, 3, 61), mean + sigma * np.linspace(-3, 3, 31)))
    z = (np.append(x, a) - mean) / sigma
    share = np.exp(-0.5 * z * z)
    return Chart(
        "π(a | s), and the torque drawn",
        f"A Gaussian about {mean:.2f} N m, {sigma:.3g} wide; drawn {a:.2f}, of which ±2 arrive.",
        (
            Series(x, share[:-1], "model", "density ÷ peak"),
            Series(np.array([a]), share[-1:], "focus", "drawn", style="points"),
        ),
        (-3.0, 3.0),
        (0.0, 1.15),
        "N m",
    )


def looks(frame: Frame, who: Mind) -> Bars:
    """How strongly each observed number drives the action just now, beside the linear control's."""
    learned = frame.thought.looks
    linear = who.gain
    if frame.params.world == "cartpole":  # one drives log-odds, the other newtons
        linear = linear * np.linalg.norm(learned) / np.linalg.norm(linear)
    names = SIGHTS[frame.params.world]
    told = ", ".join(f"{name} {x:+.1f}" for name, x in zip(names, learned, strict=True))
    return Bars(
        "What drives the action",
        f"Change of the {'log-odds' if len(names) == 4 else 'torque'} for a usual amount: {told}.",
        names,
        np.abs(learned),
        np.abs(linear),
        high=15.0 if len(names) == 4 else 45.0,
        before_label="linear control",
    )
