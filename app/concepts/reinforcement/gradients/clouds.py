"""The estimator seen at work: trajectories that push, returns set by hand, the noise of each credit."""

import numpy as np
from jaxtyping import Float

from app.figures.scene import (
    Arrows,
    Bars,
    Chart,
    Handles,
    Ink,
    Lines,
    Number,
    Numbers,
    Plane,
    Points,
    Series,
    View,
)
from models.maths.credit import CREDITS, Credit

from .compute import Estimator, Frame
from .strips import Look, horizon

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
BY_HAND = np.linspace(-1.0, 3.0, 81)  # constant baselines, in units of the mean reward-to-go


def the_estimator(frame: Frame, look: Look) -> dict[str, View]:
    """How good the gradient of the next update is."""
    seen = frame.estimator
    assert seen is not None  # this look always has one
    return {
        "walk": pushes(frame, seen),
        "hands": hands(frame, look),
        "constant": constants(frame, seen),
        "noise": noise(frame),
        "agrees": agrees(frame, seen),
        "numbers": numbers(frame, seen),
    }


def used(frame: Frame) -> Credit:
    """The credit in force."""
    return frame.lap.made_by.credit


def pushes(frame: Frame, seen: Estimator) -> Plane:
    """The sum that is the estimate: one arrow a trajectory, tip to tail."""
    walk, usual = seen.changed.places, seen.walk
    zero = np.zeros((1, 2))
    what = "the exact ∇J" if seen.reference.exact else f"ḡ, of {seen.reference.count} more"
    return Plane(
        f"ĝ, the sum of {len(walk) - 1} trajectories, and {what}",
        f"In units of its noise, ĝ ends at {walk[-1, 0]:.2f} along and {walk[-1, 1]:.2f} across "
        f"the reference, which is {usual.goal[0]:.2f} long.",
        (-1.6, 4.8),
        (-1.7, 1.7),
        (
            Lines(usual.circle[None], "exact", 1.2, 0.8, True, label="± noise"),
            Lines(usual.places[None], "soft", 1.0, 0.6, True),
            Arrows(walk[:-1], np.diff(walk, axis=0), INKS[used(frame)], 0.65, label="one τ each"),
            Arrows(zero, usual.goal[None], "exact", 1.0, label="reference"),
            Arrows(zero, walk[-1:], "ink", 1.0, label="ĝ"),
        ),
        "along the reference, × noise",
        "across",
    )


def hands(frame: Frame, look: Look) -> Plane:
    """What each trajectory brought, and what you say it brought."""
    found, p = frame.lap.estimates.returns, frame.params
    reach = horizon(p.gamma, look.window)
    n = len(found)
    x = np.arange(1.0, n + 1)
    stems = np.stack([np.stack([x, 0 * x], -1), np.stack([x, found], -1)], 1)
    told = np.array(p.returns, float).reshape(-1, 2)
    return Plane(
        "R(τ) of each; click to set it",
        f"The returns run from {found.min():.3g} to {found.max():.3g}; {len(told)} set by hand.",
        (0.0, n + 1.0),
        (look.outcome[0] * reach, look.outcome[1] * reach),
        (
            Lines(stems, "data", 1.5, 0.6),
            Points(stems[:, 1], "data", 3.0, values=found),
            Handles("returns", told, "focus", grow=True),
        ),
        "trajectory",
        "R(τ)",
        square=False,
    )


def constants(frame: Frame, seen: Estimator) -> Chart:
    """The noise with any constant for a baseline: the root of a parabola."""
    it, found = seen.constant, frame.lap.estimates
    flat = it.noise(np.zeros(1))
    own = it.noise(np.array([frame.params.by_hand * found.mean])) / flat
    least, best = it.noise(np.array([it.best])) / flat, np.array([it.best / found.mean])
    net = found.noise[CREDITS.index("baseline")] / flat[0]
    return Chart(
        "Noise of ĝ with a constant baseline b",
        f"With b at {frame.params.by_hand:.2f} of the mean the noise is {own[0]:.3g} of that without; "
        f"least at {best[0]:.2f}, {least[0]:.3g}; the net V has {net:.3g}.",
        (
            Series(BY_HAND, it.noise(BY_HAND * found.mean) / flat, "exact", "b × mean R̂"),
            Series(np.array([frame.params.by_hand]), own, "focus", "yours", style="points"),
            Series(best, least, "exact", "b*", style="points"),
        ),
        (-1.0, 3.0),
        (0.01, 5.0),
        "b ÷ mean R̂",
        "of b = 0",
        log_y=True,
        floor=float(net),
        floor_label="V(s)",
    )


def noise(frame: Frame) -> Chart:
    """How noisy the gradient would be by every rule, on the very same trajectories."""
    relative = relative_noise(frame)
    credit, past = used(frame), frame.lap.history.update.astype(float)
    return Chart(
        "Noise of ĝ by each credit, same trajectories",
        f"On the same trajectories, {NAMES[credit]} give ĝ "
        f"{relative[-1, CREDITS.index(credit)]:.3f} of the noise that full returns give it.",
        curves(frame, past, relative),
        (0.0, float(frame.lap.course.updates)),
        (0.003, 3.0),
        "update",
        "of R(τ)'s",
        log_y=True,
    )


def relative_noise(frame: Frame) -> Float[Array, "m credits"]:
    """The noise by every rule in units of that of full returns."""
    noise = frame.lap.history.marks[:, : len(CREDITS)]
    relative: Array = noise / np.maximum(noise[:, :1], 1e-12)
    return relative


def curves(frame: Frame, x: Array, y: Array) -> tuple[Series, ...]:
    """A curve for each rule, the one in force drawn whole."""
    return tuple(
        Series(x, y[:, i], INKS[c], SYMBOLS[c], dashed=c != used(frame))
        for i, c in enumerate(CREDITS)
    )


def agrees(frame: Frame, seen: Estimator) -> Bars:
    """How well the estimate by every credit points along the reference."""
    told = ", ".join(f"{SYMBOLS[c]} {x:.2f}" for c, x in zip(CREDITS, seen.agrees, strict=True))
    return Bars(
        "cos(ĝ, reference)",
        f"One is the same direction, zero none in common: {told}.",
        tuple(SYMBOLS[c] for c in CREDITS),
        seen.agrees,
        lit=CREDITS.index(used(frame)),
    )


def numbers(frame: Frame, seen: Estimator) -> Numbers:
    """How much is signal and how much is noise."""
    found, many, it = frame.lap.estimates, seen.reference, seen.constant
    credit, mean = used(frame), frame.lap.estimates.mean
    stray, n = found.noise[CREDITS.index(credit)], len(found.returns)
    far = float(np.linalg.norm(many.gradient))
    own = float(it.noise(np.array([frame.params.by_hand * mean]))[0])
    b = frame.params.by_hand * mean
    rows = [
        Number("noise of ĝ", float(stray), "", f"√(tr Cov(g_τ) / {n})", "g[n, p]"),
        Number("signal ÷ noise", far / max(stray, 1e-12), "", f"|ḡ| / noise = {far:.3g} / {stray:.3g}", "g[n, p]"),
        Number("cos(ĝ, reference)", float(seen.agrees[CREDITS.index(credit)]), "", "ĝ·ḡ / |ĝ| |ḡ|", "g[n, p]"),
        Number("best constant b*", it.best, f"= {it.best / mean if mean else 0:.2f} × mean", "tr Cov(u, w) / tr Var(w)", "score[n, p]"),
        Number("noise with your b", own, "", f"√(tr Var(u − {b:.3g} w) / {n})", "score[n, p]"),
        Number("E[∇log π V], in its noise", many.idle, "", f"|mean of Σ_t ∇log π V| / its error, {many.count} more", "g[n, p]", floor=1.0),
    ]  # fmt: skip
    if many.exact is not None:
        off = float(np.linalg.norm(many.mean - many.gradient))
        rows += [
            Number(f"mean of {many.count} − exact", off / many.error, "× its error", f"{off:.3g} / {many.error:.3g}", "g[n, p]", floor=1.0),
            Number("J, all 64 ways counted", many.exact.value, "", "Σ_τ P(τ) R(τ)", "p[n]"),
        ]  # fmt: skip
    return Numbers(tuple(rows))
