"""The stage and the mind of who acts on it: the map it acts by, its odds, what it looks at."""

import numpy as np

from app.figures.scene import Chart, Clock, Number, Numbers, Scene, Series
from models.worlds.pendulum import wrapped

from .bodies import stage
from .compute import MEMORY, Frame
from .maps import density, looks, odds, phase
from .mind import Mind, mind

Array = np.ndarray
BEST = {"cartpole": 50.0, "pendulum": 0.0}  # the most that any value can truly be
LEAN = 24 * np.pi / 360  # rad at which the cart's pole has failed


def draw(frame: Frame) -> Scene:
    """One moment of the play."""
    who = mind(frame.params.world, frame.params.teacher)
    steps = who.world.steps
    cart = frame.params.world == "cartpole"
    return {
        "stage": stage(frame),
        "map": phase(frame, who),
        "odds": odds(frame) if cart else density(frame),
        "trace": trace(frame, who),
        "value": value(frame, who),
        "looks": looks(frame, who),
        "numbers": numbers(frame, who),
        "clock": Clock(
            frame.step, frame.step * who.world.tau, "seconds", "0", f"{steps * who.world.tau:.0f}"
        ),
    }


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


def value(frame: Frame, who: Mind) -> Chart:
    """How much reward it expects from here on, and the most there can be."""
    best = BEST[frame.params.world]
    v = frame.told[:, 1]
    return Chart(
        "V(s): reward it expects",
        f"It expects {v[-1]:.1f} from here on; {best:g} is the most there can be.",
        (Series(ago(frame, who), v, "reward", "V"),),
        (-MEMORY * who.world.tau, 0.0),
        (0.0, 60.0) if frame.params.world == "cartpole" else (-240.0, 40.0),
        "s ago",
        floor=best,
        floor_label="the most there is",
    )


def numbers(frame: Frame, who: Mind) -> Numbers:
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
    most = "≤ " if frame.params.world == "cartpole" else ""
    rows = [
        Number("log π(a | s)", thought.log_prob, "nats", formula, source),
        Number("V(s)", thought.value, "", "E Σ γ^t r_t", "value[b]"),
        Number("reward so far", frame.total, "", "Σ r_t", "reward[t]"),
        Number("angle from upright", far, "°", "θ", "state[t, θ]"),
        Number("motor", frame.done, "N" if len(frame.state) == 4 else "N m", "", "action[t]"),
        Number("100 episodes, by its card", who.judged, "", "mean return without chance", who.graph),
        Number("learned from", who.learned_from / 1000, "thousand steps", f"{most}{who.learned_from:,}", who.graph),
    ]  # fmt: skip
    if frame.rival is not None:
        name = frame.params.beside
        them = mind(frame.params.world, name)
        rows += [
            Number(f"{name}: reward so far", frame.rival.total, "", "Σ r_t", "reward[t]"),
            Number(f"{name}: 100 episodes", them.judged, "", "mean return without chance", them.graph),
            Number(f"{name}: learned from", them.learned_from / 1000, "thousand steps", f"{most}{them.learned_from:,}", them.graph),
        ]  # fmt: skip
    return Numbers(tuple(rows))
