"""The stage and the mind of who acts on it: the map it acts by, its odds, what it looks at."""

import numpy as np

from app.figures.scene import (
    Bars,
    Chart,
    Clock,
    Handles,
    Heat,
    Lines,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
)
from models.worlds.pendulum import wrapped

from .bodies import stage
from .compute import MEMORY, Frame
from .mind import Mind, mind

Array = np.ndarray
SIGHTS = {
    "cartpole": ("place", "speed", "angle", "turning"),
    "pendulum": ("cos θ", "sin θ", "turning"),
}
BEST = {"cartpole": 50.0, "pendulum": 0.0}  # the most that any value can truly be
LEAN = 24 * np.pi / 360  # rad at which the cart's pole has failed
NORMAL = float(np.sqrt(2 * np.pi))


def draw(frame: Frame) -> Scene:
    """One moment of the play."""
    who = mind(frame.params.world)
    steps = who.world.steps
    cart = frame.params.world == "cartpole"
    return {
        "stage": stage(frame),
        "map": phase(frame, who),
        "odds": odds(frame) if cart else density(frame),
        "trace": trace(frame, who),
        "value": value(frame),
        "looks": looks(frame, who),
        "numbers": numbers(frame),
        "clock": Clock(
            frame.step, frame.step * who.world.tau, "seconds", "0", f"{steps * who.world.tau:.0f}"
        ),
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
            Points(trail[-1:], "ink", 5.0),
            Handles("lean" if cart else "swing", np.array(start)),
        ),
        "angle, rad",
        "rad/s",
        square=False,
    )


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
    top = 1 / (NORMAL * sigma)
    heights = top * np.exp(-0.5 * ((np.append(x, a) - mean) / sigma) ** 2)
    return Chart(
        "π(a | s), and the torque drawn",
        f"A Gaussian about {mean:.2f} N m, {sigma:.2f} wide; drawn {a:.2f}, of which ±2 arrive.",
        (
            Series(x, heights[:-1], "model", "density"),
            Series(np.array([a]), heights[-1:], "focus", "drawn", style="points"),
        ),
        (-3.0, 3.0),
        (0.0, 1.15 * top),
        "N m",
    )


def ago(frame: Frame, who: Mind) -> Array:
    """Seconds before now of the remembered moments."""
    times: Array = (np.arange(len(frame.trail)) - len(frame.trail) + 1) * who.world.tau
    return times


def trace(frame: Frame, who: Mind) -> Chart:
    """The last moments, in units of where a cart fails, or of half a turn and the strongest torque."""
    t, trail, cart = ago(frame, who), frame.trail, frame.params.world == "cartpole"
    tendency = frame.told[:, 0]
    pushed = np.abs(frame.told[:, 2]) > 0
    marks = Series(t[pushed], np.sign(frame.told[pushed, 2]), "focus", "push", style="points")
    lines: tuple[Series, ...] = (
        Series(t, tendency / who.strongest, "noise", "torque ÷ 2 N m"),
        Series(t, wrapped(trail[:, 0]) / np.pi, "model", "half turns"),
    )
    if cart:
        lines = (
            Series(t, 2 * tendency - 1, "noise", "2 P(right) − 1"),
            Series(t, trail[:, 0] / 2.4, "data", "place"),
            Series(t, trail[:, 2] / LEAN, "model", "angle"),
        )
    return Chart(
        f"The last {MEMORY * who.world.tau:.1f} s" + ("; at ±1 it fails" if cart else ""),
        f"The angle is {np.degrees(wrapped(trail[-1:, -2]))[0]:.1f}° from upright; "
        f"{pushed.sum()} pushes in this time.",
        (*lines, marks),
        (-MEMORY * who.world.tau, 0.0),
        (-1.1, 1.1),
        "s ago",
    )


def value(frame: Frame) -> Chart:
    """How much reward it expects from here on, and the most there can be."""
    who = mind(frame.params.world)
    best = BEST[frame.params.world]
    v = frame.told[:, 1]
    return Chart(
        "V(s): reward it expects",
        f"It expects {v[-1]:.1f} from here on; {best:g} is the most there can be.",
        (Series(ago(frame, who), v, "reward", "V"),),
        (-MEMORY * who.world.tau, 0.0),
        (0.0, 60.0) if frame.params.world == "cartpole" else (-200.0, 20.0),
        "s ago",
        floor=best,
        floor_label="the most there is",
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


def numbers(frame: Frame) -> Numbers:
    """The likelihood of what it did, what it expects and how it has done."""
    thought = frame.thought
    if frame.params.world == "cartpole":
        left, right = thought.dist
        a = int(thought.action)
        formula = f"l_a − log Σ e^l = {thought.dist[a]:.2f} − log(e^{left:.2f} + e^{right:.2f})"
        source = "logits[b, a]"
    else:
        mean, log_sigma = thought.dist
        z = (thought.action - mean) / np.exp(log_sigma)
        formula = f"−½ (z² + 2 log σ + log 2π), z = {z:.2f}, log σ = {log_sigma:.2f}"
        source = "mean[b, k], sigma[b, k]"
    far = np.degrees(wrapped(frame.state[-2:-1]))[0]
    return Numbers(
        (
            Number("log π(a | s)", thought.log_prob, "nats", formula, source),
            Number("V(s)", thought.value, "", "E Σ γ^t r_t", "value[b]"),
            Number("reward so far", frame.total, "", "Σ r_t", "reward[t]"),
            Number("angle from upright", far, "°", "θ", "state[t, θ]"),
            Number("motor", frame.done, "N" if len(frame.state) == 4 else "N m", "", "action[t]"),
        )
    )
