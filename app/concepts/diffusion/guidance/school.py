"""A net that learns both answers: without label, with it, and where guiding by them leads."""

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Clock,
    Handles,
    Number,
    Numbers,
    Plane,
    Points,
    Series,
    View,
    Words,
)

from .dropped import Dropped
from .state import CLASSES, LABELS, Params

Array = np.ndarray
SIDE = (-3.2, 3.2)
REACH, FAINT = 0.22, 2e-3  # of an arrow of length 1; p_t below which none is drawn


def draw(p: Params, shown: Dropped) -> dict[str, View]:
    """The views of one snapshot, less omega(t)."""
    return {
        "null": arrows(p, shown, "no label", shown.null, shown.null_exact, 1),
        "cond": arrows(p, shown, f"label {p.target}", shown.cond, shown.cond_exact, 2),
        "end": end(p, shown),
        "errors": errors(shown, p),
        "numbers": numbers(shown),
        "clock": Clock(
            shown.iteration, float(shown.iteration), "iteration", "untrained 0", f"{p.iterations}"
        ),
    }


def arrows(p: Params, shown: Dropped, name: str, said: Array, right: Array, column: int) -> Plane:
    """The net's answer at every place, over the exact one."""
    where = (shown.crowded > FAINT)[:, None]
    return Plane(
        f"−ε̂ with {name}",
        f"At t = {shown.at.t:.0f}, with {name}, the net's noise is off by "
        f"{shown.past[-1, column]:.2f} over all levels.",
        SIDE,
        SIDE,
        (
            Arrows(shown.grid, REACH * right * where, "exact", 0.7, label="exact"),
            Arrows(shown.grid, REACH * said * where, "model", 0.9, label="net"),
        ),
    )


def end(p: Params, shown: Dropped) -> Plane:
    """Samples guided by the net and by the exact answers, from the same noise."""
    means = np.array(p.means)
    return Plane(
        f"Samples, ω = {p.omega:g}",
        f"Guided by the net the samples are {shown.past[-1, 3]:.2f} from those of exact guidance.",
        SIDE,
        SIDE,
        (
            Points(shown.x_exact, "exact", 1.6, 0.6, label="exact"),
            Points(shown.x, "model", 1.8, 0.7, label="net"),
            Handles("means", means, "data"),
            Words(means + np.array([0.0, 0.42]), tuple(CLASSES[i] for i in LABELS), "ink"),
        ),
    )


def errors(shown: Dropped, p: Params) -> Chart:
    """How wrong both answers are, as training goes on."""
    at, null, cond, _ = shown.past.T
    return Chart(
        "Error of the net's two answers",
        f"After {shown.iteration} iterations the noise is wrong by {null[-1]:.2f} without label and "
        f"by {cond[-1]:.2f} with it.",
        (
            Series(at, null, "ink", "no label"),
            Series(at, cond, "model", "label"),
        ),
        (0.0, float(p.iterations)),
        (0.02, 2.0),
        "iterations",
        "rms |ε̂ − ε*|",
        log_y=True,
    )


def numbers(shown: Dropped) -> Numbers:
    _, null, cond, far = shown.past[-1]
    rms = "√mean |ε̂ − E[ε | x_t]|²"
    return Numbers(
        (
            Number("wrong without label", float(null), "", rms, "eps[1000, 2]", 0.0),
            Number("wrong with label", float(cond), "", rms, "eps[1000, 2]", 0.0),
            Number(
                "net's samples to exact ones",
                float(far),
                "units",
                "sliced W₂",
                "x[n, 2]",
                0.0,
            ),
        )
    )
