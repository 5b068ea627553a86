"""Langevin particles on their ladder, and the mass that each mode ends up with."""

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Clock,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
)

from .look import WINDOW, capped, shade, worlds
from .walk import Walk
from .world import CLOUD


def draw(frame: Walk) -> Scene:
    """The plane, the ladder, the masses and the numbers."""
    return {
        "plane": plane(frame),
        "first": ladder(frame),
        "second": mass(frame),
        "numbers": numbers(frame),
        "clock": Clock(frame.step, float(frame.step), "step", "0 start", f"{frame.last} end"),
    }


def plane(frame: Walk) -> Plane:
    """Density and score of the level, particles, handles."""
    where = "denoised" if frame.denoised else f"at noise σ = {frame.sigma:.3g}"
    return Plane(
        f"{CLOUD} Langevin particles {where}",
        f"After {frame.step} steps {frame.history[-1, 1]:.0%} of the mass is in the narrow mode, "
        f"where {frame.params.share:.0%} belong.",
        WINDOW,
        WINDOW,
        (
            shade(frame.density),
            Arrows(frame.at, capped(0.2 * frame.arrows), "field", 0.5, label="score"),
            Points(frame.particles, "model", 1.8, 0.8, label="particles"),
            *worlds(frame.params),
        ),
    )


def ladder(frame: Walk) -> Chart:
    """The noise level of every step."""
    steps = np.arange(1.0, len(frame.ladder) + 1)
    top, bottom = float(frame.ladder.max()), float(frame.ladder.min())
    return Chart(
        "The ladder of noise levels",
        f"{len(np.unique(frame.ladder))} levels from {top:.3g} to {bottom:.3g}; the particles are "
        f"at {frame.sigma:.3g}.",
        (Series(steps, frame.ladder, "noise"),),
        (0.0, float(frame.last)),
        (bottom / 1.5, top * 1.5),
        "step",
        "σ",
        log_y=True,
        cursor=float(frame.step),
    )


def mass(frame: Walk) -> Chart:
    """The narrow mode's mass so far, and the truth with what chance leaves open."""
    step, found, _ = frame.history.T
    true, chance = frame.params.share, frame.chance
    ends = np.array([0.0, float(frame.last)])
    truth = np.array([true, true])
    band = np.column_stack([truth - 2 * chance, truth + 2 * chance])
    return Chart(
        "Mass of the narrow mode",
        f"Now {found[-1]:.3f}; the truth is {true:.3f}, and perfect draws scatter by {chance:.3f}.",
        (
            Series(ends, truth, "exact", "truth ± 2 sd", dashed=True, spread=band),
            Series(step, found, "model", "particles"),
        ),
        (0.0, float(frame.last)),
        (0.0, 1.0),
        "step",
        cursor=float(frame.step),
    )


def numbers(frame: Walk) -> Numbers:
    """Where the mass is, and what a step is made of."""
    p = frame.params
    rows = (
        Number(
            "mass off by",
            abs(float(frame.history[-1, 1]) - p.share),
            "",
            "|mean p(narrow | x) − share|",
            "p(k | x)[n]",
            0.8 * frame.chance,
        ),
        Number(
            "sliced W₂ to the data", float(frame.history[-1, 2]), "", "", "x[n, 2]", frame.floor
        ),
        Number("narrow mode's width", frame.width, f"of {p.narrow:g}", "√Var[x | narrow]"),
        Number("drift to noise", frame.drift, "", "rms ‖a s / 2‖ / √(2a)", "s[n, 2]"),
    )
    return Numbers(rows)
