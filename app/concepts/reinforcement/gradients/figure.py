"""Eight runs that learn: how well each does, an episode of each, and the mind of one of them."""

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
)
from models.maths.credit import CREDITS, Credit

from .compute import RUNS, Frame, Params
from .looking import WINDOWS
from .strips import LOOKS, Look, episodes

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
        f"After {frame.update} update{'s' * (frame.update != 1)} the median return is "
        f"{middle[-1]:.0f}, the worst {band[-1, 0]:.0f}, the best {band[-1, 1]:.0f}.",
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
    full = f"{noise[0]:.3g}".replace("e-0", "e−")
    weights = frame.training.theta.shape[1]
    rows = (
        Number("runs that solved it", float(solved), f"of {RUNS}", f"R̄ ≥ {look.solved:g} lately"),
        Number(
            "return lately, median run", float(np.median(lately)), "", "Σ r_t", "reward[run, n, t]"
        ),
        Number("noise of ĝ", noise[used], f"of {full}", "√(tr Cov(g_τ) / n)", "g[n, p]"),
        Number("error of V", inside.error, "", "√mean (V(s_t) − R̂_t)²", "v[run, n, t]"),
        Number("entropy of π", inside.entropy, "nats", "−Σ π log π", "dist[run, n, t]"),
        Number("weights of the policy", float(weights), "", "θ", "theta[run, p]"),
    )
    return Numbers(rows)
