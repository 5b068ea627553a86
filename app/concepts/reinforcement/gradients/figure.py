"""Eight runs that learn: how well each does, an episode of each, and the mind of one of them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from app.figures.scene import (
    Chart,
    Clock,
    Heat,
    Ink,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
    Shapes,
    Words,
)
from models.maths.credit import CREDITS, Credit
from models.worlds.bodies import bars, boxes

from .compute import RUNS, Frame, Params
from .looking import WINDOWS, Range

Array = np.ndarray
INKS: dict[Credit, Ink] = {
    "return": "noise",
    "to-go": "reward",
    "baseline": "model",
    "gae": "field",
}
SYMBOLS: dict[Credit, str] = {"return": "R(τ)", "to-go": "R̂ₜ", "baseline": "R̂ₜ−V", "gae": "GAE"}
NAMES: dict[Credit, str] = {
    "return": "full returns",
    "to-go": "rewards-to-go",
    "baseline": "a baseline",
    "gae": "generalised advantages",
}


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
    ),
}
LEAN = 3.0  # a cart's pole is drawn so many times as oblique: it fails at 12 degrees


def draw(frame: Frame) -> Scene:
    """The runs after some updates."""
    p, look = frame.params, LOOKS[frame.params.world]
    return {
        "returns": returns(frame, look),
        "policy": policy(frame, look),
        "value": value(frame, look),
        "episodes": episodes(frame, look),
        "credit": credit(frame, look),
        "noise": noise(frame),
        "numbers": numbers(frame, look),
        "clock": Clock(frame.update, float(frame.update), "update", "0", str(p.last)),
    }


def returns(frame: Frame, look: Look) -> Chart:
    """How well all runs do, update by update."""
    past, x = frame.history.returns, frame.history.update.astype(float)
    middle = np.median(past, -1)
    band = np.stack([past.min(-1), past.max(-1)], -1)
    run = frame.params.shown
    return Chart(
        f"Return of {RUNS} runs that differ by chance alone",
        f"After {frame.update} updates the median return is {middle[-1]:.0f}, from "
        f"{band[-1, 0]:.0f} to {band[-1, 1]:.0f}.",
        (
            Series(x, middle, "reward", "median, worst to best", spread=band),
            Series(x, past[:, run - 1], "model", f"run {run}"),
        ),
        (0.0, float(frame.params.last)),
        look.returns,
        "update",
        "return",
        floor=look.solved,
        floor_label="solved",
    )


def policy(frame: Frame, look: Look) -> Plane:
    """What the run shown would do, over angle and angular speed."""
    inside = frame.inside
    return state_plane(
        f"Policy of run {frame.params.shown}: {look.action_label}",
        f"Where run {frame.params.shown} has been; its entropy there is {inside.entropy:.2f} nats.",
        look,
        Heat(inside.policy, *WINDOWS[look.name], "diverging", *look.action, label=""),
        Points(inside.visited, "ink", 1.2, 0.35),
    )


def value(frame: Frame, look: Look) -> Plane:
    """What the run shown expects, over angle and angular speed."""
    inside = frame.inside
    low, high = (end * horizon(frame.params, look) for end in look.value)
    return state_plane(
        f"Value V of run {frame.params.shown}",
        f"V is wrong by {inside.error:.1f} on average over the states visited.",
        look,
        Heat(inside.value, *WINDOWS[look.name], "sequential", low, high),
        Points(inside.visited, "reward", 1.6, 0.6, values=inside.followed),
    )


def state_plane(title: str, says: str, look: Look, heat: Heat, points: Points) -> Plane:
    """A map over angle and angular speed."""
    x, y = WINDOWS[look.name]
    return Plane(title, says, x, y, (heat, points), "angle, rad", "rad/s", square=False)


def horizon(p: Params, look: Look) -> float:
    """The sum of gamma^t over an episode: what a reward of 1 a step adds up to."""
    n = float(look.steps)
    return n if p.gamma == 1 else (1 - p.gamma**n) / (1 - p.gamma)


def episodes(frame: Frame, look: Look) -> Plane:
    """An episode of each run as a strip: the pole, or the rod, every few steps."""
    strip = frame.strip
    every = np.arange(0, strip.state.shape[1], look.stride)
    run, index = np.nonzero(every < strip.steps[:, None])
    t = every[index].astype(float)
    state = strip.state[run, every[index]]
    floor = RUNS - 1.0 - run
    what = "pole, lean ×3; bar: failed" if look.name == "CartPole" else "rod, hung at first"
    return Plane(
        f"One episode of each run: the {what}",
        f"Runs 1 to {RUNS} last {', '.join(map(str, strip.steps))} steps.",
        (-0.13 * look.steps, 1.02 * look.steps),
        (-0.1, RUNS + 0.1),
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
    return (
        Shapes(boxes(hinge, 0.1 * look.span, 0.1), "soft"),
        Shapes(bars(hinge, angle, 0.44, 0.09, unit), "model"),
    )


def endings(frame: Frame, look: Look) -> tuple[Shapes, ...]:
    """A mark where an episode ended by failing."""
    fell = frame.strip.failed
    if not fell.any():
        return ()
    t = frame.strip.steps[fell].astype(float)
    floor = RUNS - 1.0 - np.flatnonzero(fell)
    marks = bars(np.stack([t, floor + 0.1], -1), np.zeros(len(t)), 0.8, 0.07, (look.span, 1.0))
    return (Shapes(marks, "error"),)


def lanes(frame: Frame, look: Look) -> tuple[Words, Words]:
    """The names of the lanes; the run shown stands out."""
    run = frame.params.shown - 1
    xy = np.stack([np.full(RUNS, -0.075 * look.steps), RUNS - 0.55 - np.arange(RUNS)], -1)
    others = [i for i in range(RUNS) if i != run]
    return (
        Words(xy[others], tuple(f"run {i + 1}" for i in others)),
        Words(xy[[run]], (f"run {run + 1}",), "model"),
    )


def credit(frame: Frame, look: Look) -> Chart:
    """What each action of one trajectory is credited with, by every rule."""
    psi = frame.trajectory.psi
    used = frame.settings.credit
    chosen = psi[CREDITS.index(used)]
    reach = horizon(frame.params, look)
    return Chart(
        "Credit ψ of each action",
        f"On one trajectory of run {frame.params.shown}, {NAMES[used]} give its actions credits "
        f"from {chosen.max():.1f} to {chosen.min():.1f}.",
        curves(frame, np.arange(psi.shape[1], dtype=float), psi.T),
        (0.0, float(look.window)),
        (look.credit[0] * reach, look.credit[1] * reach),
        "step",
        "ψ",
    )


def noise(frame: Frame) -> Chart:
    """How noisy the gradient would be by every rule, on the very same trajectories."""
    relative = relative_noise(frame)
    used = frame.settings.credit
    return Chart(
        "Noise of the gradient ĝ",
        f"On the same trajectories, {NAMES[used]} give ĝ {relative[-1, CREDITS.index(used)]:.3f} of "
        "the noise that full returns give it.",
        curves(frame, frame.history.update.astype(float), relative),
        (0.0, float(frame.params.last)),
        (0.003, 3.0),
        "update",
        "of R(τ)'s",
        log_y=True,
    )


def relative_noise(frame: Frame) -> Float[Array, "m credits"]:
    """The noise by every rule in units of that of full returns."""
    noise = frame.history.noise
    relative: Array = noise / np.maximum(noise[:, :1], 1e-12)
    return relative


def curves(frame: Frame, x: Array, y: Array) -> tuple[Series, ...]:
    """A curve for each rule, the one in force drawn whole."""
    used = frame.settings.credit
    return tuple(
        Series(x, y[:, i], INKS[c], SYMBOLS[c], dashed=c != used) for i, c in enumerate(CREDITS)
    )


def numbers(frame: Frame, look: Look) -> Numbers:
    """Where the runs stand."""
    p, inside, used = frame.params, frame.inside, CREDITS.index(frame.settings.credit)
    count = int(np.ceil(100 / p.episodes)) if look.name == "CartPole" else 10
    lately = frame.history.returns[-count:].mean(0)
    solved = (lately >= look.solved).sum() if len(frame.history.returns) >= count else 0
    noise = frame.history.noise[-1]
    weights = frame.training.theta.shape[1]
    rows = (
        Number("runs that solved it", float(solved), f"of {RUNS}", f"R̄ ≥ {look.solved:g} lately"),
        Number(
            "return lately, median run", float(np.median(lately)), "", "Σ r_t", "reward[run, n, t]"
        ),
        Number("noise of ĝ", noise[used], f"of {noise[0]:.3g}", "√(tr Cov(g_τ) / n)", "g[n, p]"),
        Number("error of V", inside.error, "", "√mean (V(s_t) − R̂_t)²", "v[run, n, t]"),
        Number("entropy of π", inside.entropy, "nats", "−Σ π log π", "dist[run, n, t]"),
        Number("weights of the policy", float(weights), "", "θ", "theta[run, p]"),
    )
    return Numbers(rows)
