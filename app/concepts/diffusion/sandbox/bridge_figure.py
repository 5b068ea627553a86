"""Walkers on their way from one crowd to the other; beside them who goes where, and how that was found."""

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Clock,
    Handles,
    Lines,
    Matrix,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
)

from .bridge import Bridge

WINDOW = (-3.2, 3.2)


def draw(frame: Bridge) -> Scene:
    """The walkers, the pairs, the rounds."""
    return {
        "main": plane(frame),
        "first": pairs(frame),
        "second": rounds(frame),
        "numbers": numbers(frame),
        "clock": Clock(frame.step, frame.t, "t", "start 0", "1 end"),
    }


def plane(frame: Bridge) -> Plane:
    p, c = frame.params, frame.coupling
    uv = 0.2 * frame.arrows
    uv = uv / np.sqrt(1 + (np.linalg.norm(uv, axis=-1, keepdims=True) / 0.42) ** 2)
    return Plane(
        f"The bridge from one crowd to the other, σ = {p.shake:g}, t = {frame.t:.2f}",
        f"{len(frame.walkers)} walkers; a start has {c.partners:.1f} ends to choose from, and the mean "
        f"squared way is {c.cost:.2f}.",
        WINDOW,
        WINDOW,
        (
            Points(c.x, "noise", 2.2, 0.7, label="starts"),
            Points(c.y, "data", 2.2, 0.7, label="ends"),
            Arrows(frame.at, uv, "field", 0.6, label="drift"),
            Lines(frame.ways, "model", 1.0, 0.4),
            Points(frame.drawn, "exact", 1.5, 0.5, label="by pairs"),
            Points(frame.walkers, "model", 1.7, 0.7, label="by drift"),
            Handles("origins", np.array(p.origins), "noise", grow=True),
            Handles("clusters", np.array(p.clusters), "data", grow=True),
        ),
    )


def pairs(frame: Bridge) -> Matrix:
    c = frame.coupling
    rows = c.pi * len(c.pi)
    return Matrix(
        "Who goes where",
        f"Starts and ends from left to right; on average a start has {c.partners:.1f} ends.",
        rows,
        0.0,
        min(1.0, float(f"{1.5 * rows.max():.1g}")),
        row_label="start",
        column_label="end",
        value_label="share",
    )


def rounds(frame: Bridge) -> Chart:
    errors = np.maximum(frame.coupling.errors, 1e-16)
    return Chart(
        "Mass at the wrong end",
        f"After {len(errors)} rounds {errors[-1]:.2g} of the mass is at the wrong end.",
        (Series(np.arange(1.0, len(errors) + 1), errors, "model"),),
        (0.9, float(max(2, len(errors)))),
        (min(1e-3, float(errors.min()) / 2), 1.0),
        "rounds",
        log_x=True,
        log_y=True,
    )


def numbers(frame: Bridge) -> Numbers:
    c = frame.coupling
    return Numbers(
        (
            Number("mean squared way", c.cost, "", "Σ π |y − x|²", "pi[i, j]", c.least),
            Number("without a thought", c.apart, "", "mean |y − x|²"),
            Number("ends of a start", c.partners, "", "exp H(π_i)", "pi[i, j]"),
            Number(
                "mass at the wrong end", float(c.errors[-1]), "", "½ Σ |Σ_i π_ij − 1/n|", "", 0.0
            ),
            Number("by drift to by pairs", frame.gap, "", "sliced W₂", "x[n, 2]", frame.floor),
        )
    )
