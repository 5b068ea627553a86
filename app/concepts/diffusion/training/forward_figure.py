"""The forward process: two clouds of one law, and the schedule that drives them."""

import numpy as np

from app.figures.scene import (
    Chart,
    Clock,
    Contour,
    Film,
    Ink,
    Lines,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
    View,
)
from models.maths.noising import SCHEDULES

from .forward import TICKS
from .frame import Noised

WINDOW = (-2.9, 2.9)
GROUND = (float(TICKS[0]), float(TICKS[-1]))
SIDE, TRAILS = 8, 5


def draw(frame: Noised) -> Scene:
    """Step by step and in one jump, at one time."""
    seen: dict[str, View]
    if frame.density.size:
        seen = {
            "walked": cloud(frame, 0, "Step by step"),
            "jumped": cloud(frame, 1, "In one jump"),
        }
    else:
        seen = {"pair": pair(frame), "strip": strip(frame)}
    return {
        **seen,
        "mix": mix(frame),
        "snr": ratio(frame),
        "numbers": Numbers(numbers(frame)),
        "clock": Clock(frame.t, float(frame.t), "t", "data 0", f"{frame.steps} noise"),
    }


def cloud(frame: Noised, way: int, name: str) -> Plane:
    """The points at time t, the ways of some, and the exact density."""
    x = (frame.walked, frame.jumped)[way]
    ink: Ink = "noise" if frame.t else "data"
    return Plane(
        f"{name}: x_t at t = {frame.t}",
        f"{len(x)} points at t = {frame.t} of {frame.steps}; the two clouds are {frame.apart:.3f} apart, "
        f"perfect ones {frame.floor:.3f}.",
        WINDOW,
        WINDOW,
        (
            Points(frame.still.data, "data", 2.0, 0.5, label="data"),
            Contour(frame.density, GROUND, GROUND, (-3.0, -0.7), width=1.0, label="exact p_t"),
            Points(x, ink, 1.8, 0.7, label="x_t"),
            Lines(frame.ways[way, :TRAILS], "focus", 1.2, 0.8, label="five of them"),
            Points(x[:TRAILS], "focus", 3.5),
        ),
    )


def pair(frame: Noised) -> Film:
    """Ten digits at time t, both ways."""
    rows = np.stack([frame.walked[:10], frame.jumped[:10]]).reshape(2, 10, SIDE, SIDE)
    return Film(
        f"Ten digits at t = {frame.t}",
        f"The same digits at t = {frame.t} of {frame.steps}, step by step above, in one jump below; as "
        f"clouds {frame.apart:.3f} apart, perfect ones {frame.floor:.3f}.",
        rows,
        low=-1.5,
        high=1.5,
        row_labels=("step by step", "in one jump"),
    )


def strip(frame: Noised) -> Film:
    """One digit at equal t in each schedule."""
    still = frame.still
    return Film(
        "One digit, one noise, three schedules at equal t",
        f"From data at t = 0 to noise at t = {frame.steps}, in each of the schedules.",
        still.strip.reshape(*still.strip.shape[:2], SIDE, SIDE),
        low=-1.5,
        high=1.5,
        row_labels=tuple(SCHEDULES),
        column_labels=tuple(f"t = {t}" for t in still.stops),
    )


def mix(frame: Noised) -> Chart:
    """How much of data and noise there is in x_t."""
    t, alpha, sigma = frame.still.mix
    a, b = (float(np.interp(frame.t, t, part)) for part in (alpha, sigma))
    return Chart(
        "x_t = α_t x₀ + σ_t ε",
        f"At t = {frame.t} the mix holds {a:.3f} of the data and {b:.3f} of noise.",
        (Series(t, alpha, "data", "α_t = √ᾱ_t"), Series(t, sigma, "noise", "σ_t")),
        (0.0, float(frame.steps)),
        (0.0, 1.05),
        "data … t … noise",
        cursor=float(frame.t),
    )


def ratio(frame: Noised) -> Chart:
    """Signal to noise of the schedule chosen, beside the others."""
    t, names = frame.still.mix[0], list(SCHEDULES)
    now = frame.still.ratios[names.index(frame.schedule)]
    others = [
        Series(t, row, "soft", name, dashed=True)
        for name, row in zip(names, frame.still.ratios, strict=True)
        if name != frame.schedule
    ]
    return Chart(
        "Signal to noise",
        f"The {frame.schedule} schedule ends at {now[-1]:.2g}, so {frame.still.signal:.1%} of the data "
        "is left.",
        (*others, Series(t, now, "ink", frame.schedule)),
        (0.0, float(frame.steps)),
        (1e-6, 1e5),
        "data … t … noise",
        "ᾱ_t / (1 − ᾱ_t)",
        log_y=True,
        cursor=float(frame.t),
    )


def numbers(frame: Noised) -> tuple[Number, ...]:
    """The two clouds, and the end of the schedule."""
    measure = "sliced W₂" if frame.density.size else "MMD, width 5"
    return (
        Number("step by step − one jump", frame.apart, "", measure, "x[n, d]", frame.floor),
        Number(
            "variance of a number of x_t", frame.variance, "", "ᾱ_t Var x₀ + 1 − ᾱ_t", "x[n, d]"
        ),
        Number("signal left at T", 100 * frame.still.signal, "%", "√ᾱ_T", "alpha_bar[T]"),
        Number("x_T still tells of x₀", frame.still.prior, "bits", "KL(q(x_T | x₀) ‖ N(0, I))"),
    )
