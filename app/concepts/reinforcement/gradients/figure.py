"""Runs that learn by the gradient of luck: how well they do, how good the estimate is, one decision."""

import numpy as np

from app.figures.scene import (
    Chart,
    Clock,
    Heat,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
    View,
)

from .chain import one_step
from .clouds import the_estimator
from .compute import Frame
from .looking import WINDOWS
from .strips import LOOKS, Look, episodes, horizon

Array = np.ndarray


def draw(frame: Frame) -> Scene:
    """The runs after some updates."""
    p, look = frame.params, LOOKS[frame.params.world]
    views = {"learning": learning, "the estimator": the_estimator, "one step": one_step}
    clock = Clock(frame.update, float(frame.update), "update", "0", str(frame.lap.course.updates))
    return {**views[p.look](frame, look), "clock": clock}


def learning(frame: Frame, look: Look) -> dict[str, View]:
    """All runs, the mind of one of them, and what a log would say of it."""
    return {
        "returns": returns(frame, look),
        "policy": policy(frame, look),
        "value": value(frame, look),
        "episodes": episodes(frame, look),
        "kl": kl(frame),
        "explained": explained(frame),
        "numbers": numbers(frame, look),
    }


def returns(frame: Frame, look: Look) -> Chart:
    """How well all runs do, update by update."""
    past, x = frame.lap.history.returns, frame.lap.history.update.astype(float)
    middle = np.median(past, -1)
    band = np.quantile(past, (0.1, 0.9), -1).T
    run, count = frame.params.shown, past.shape[1]
    singles = tuple(Series(x, past[:, i], "noise", faint=True) for i in range(count))
    return Chart(
        f"Return of {count} runs that differ by chance alone",
        f"After {frame.update} update{'s' * (frame.update != 1)} the median return is "
        f"{middle[-1]:.4g}, the worst {past[-1].min():.4g}, the best {past[-1].max():.4g}.",
        (
            *singles,
            Series(x, middle, "reward", "median, 80 % of the runs", spread=band),
            Series(x, past[:, run - 1], "model", f"run {run}"),
        ),
        (0.0, float(frame.lap.course.updates)),
        look.returns,
        "update",
        "return",
        floor=look.solved,
        floor_label="solved",
    )


def policy(frame: Frame, look: Look) -> Plane:
    """What the run shown would do, over angle and angular speed."""
    inside = frame.lap.inside
    return state_plane(
        f"Policy of run {frame.params.shown}: {look.action_label}",
        f"Where run {frame.params.shown} has been; its entropy there is {inside.entropy:.2f} nats.",
        look,
        Heat(inside.policy, *WINDOWS[look.name], "diverging", *look.action, label=""),
        Points(inside.visited, "ink", 1.2, 0.35),
    )


def value(frame: Frame, look: Look) -> Plane:
    """What the run shown expects, over angle and angular speed."""
    inside = frame.lap.inside
    low, high = (end * horizon(frame.params.gamma, look.steps) for end in look.value)
    return state_plane(
        f"Value V of run {frame.params.shown}",
        f"V is wrong by {inside.error:.3g} on average over the states visited.",
        look,
        Heat(inside.value, *WINDOWS[look.name], "sequential", low, high),
        Points(inside.visited, "reward", 1.6, 0.6, values=inside.followed),
    )


def state_plane(title: str, says: str, look: Look, heat: Heat, points: Points) -> Plane:
    """A map over angle and angular speed, or over place and steps."""
    x, y = WINDOWS[look.name]
    return Plane(title, says, x, y, (heat, points), *look.axes, square=False)


def kl(frame: Frame) -> Chart:
    """How far each update moved the policy."""
    past = frame.lap.history
    moved = past.of("kl")
    return Chart(
        "KL of each update",
        f"The last update moved run {frame.params.shown} by {moved[-1]:.2g} nats, the mean over "
        f"the states it had just seen.",
        (Series(past.update.astype(float), moved, "model", "KL(old ‖ new)"),),
        (0.0, float(frame.lap.course.updates)),
        (1e-5, 3.0),
        "update",
        "nats",
        log_y=True,
    )


def explained(frame: Frame) -> Chart:
    """How much of what follows the value net foretells, and how certain the policy is."""
    past, p = frame.lap.history, frame.params
    known, still = past.of("explained"), past.of("entropy")
    share = still / np.log(2) if p.world != "pendulum" else still
    unit = "entropy, bits" if p.world != "pendulum" else "entropy, nats"
    x = past.update.astype(float)
    return Chart(
        "V explains; π's entropy",
        f"V explains {known[-1]:.0%} of the variance of what follows; the entropy of π is "
        f"{still[-1]:.3f} nats.",
        (Series(x, known, "reward", "explained"), Series(x, share, "noise", unit)),
        (0.0, float(frame.lap.course.updates)),
        (-1.0, 1.5),
        "update",
    )


def numbers(frame: Frame, look: Look) -> Numbers:
    """Where the runs stand, as a log would say it, each with its formula and present values."""
    lap = frame.lap
    inside, found, many = lap.inside, lap.estimates, lap.course.many
    now, (low, high), runs = lap.history.returns[-1], frame.lucky, lap.course.runs
    kl_now = float(lap.history.of("kl")[-1])
    fresh = f"Wilson 95 %: {frame.solved} of {runs} runs, so {low:.0%} to {high:.0%} of all"
    middle = f"median of {runs}: {now.min():.4g} to {now.max():.4g}"
    rows = (
        Number("runs that solved it", float(frame.solved), f"of {runs}", f"R̄ ≥ {look.solved:g} lately"),
        Number("was it luck? a fresh run solves it", 100 * low, f"to {100 * high:.0f} %", fresh, "returns[m, run]"),
        Number("return, median run", float(np.median(now)), "", f"Σ r_t; {middle}", "reward[run, n, t]"),
        Number("|ĝ|", found.norm, "", f"|Σ_τ g_τ / {many}|", "g[n, p]"),
        Number("KL of the last update", kl_now, "nats", f"mean of Σ π log π/π′ over the states = {kl_now:.2g}", "dist[run, n, t]"),
        Number("entropy of π", inside.entropy, "nats", "−Σ π log π, mean over the states", "dist[run, n, t]"),
        Number("explained variance of V", inside.explained, "", "1 − Var(R̂_t − V) / Var(R̂_t)", "v[run, n, t]"),
        Number("weights of the policy", float(lap.training.theta.shape[1]), "", "θ", "theta[run, p]"),
    )  # fmt: skip
    return Numbers(rows)
