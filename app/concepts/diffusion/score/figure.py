"""The plane with its arrows, and beside it what the numbers say: one drawing for each view."""

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Clock,
    Handles,
    Layer,
    Matrix,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
)

from . import lessons_figure, reversal_figure, walk_figure
from .compute import Field, Frame
from .lessons import Taught
from .look import WINDOW, capped, shade, worlds
from .walk import Walk
from .world import REACH

# How far an arrow leads, a unit of what it says.
SCALES = {"score": 0.2, "noise": 0.3, "clean": 0.3, "velocity": 0.15}
CALLED = {
    "score": "Score",
    "noise": "Noise ε̂ = −σ s",
    "clean": "Way to the clean point",
    "velocity": "Velocity",
}
ROWS = ("score s", "noise −σ s", "clean x + σ² s", "velocity x̂₀ − ε̂", "velocity from s")


def draw(frame: Frame) -> Scene:
    """One plane and two views beside it, whichever view of the score was chosen."""
    if isinstance(frame, Field):
        return field(frame)
    if isinstance(frame, Walk):
        return walk_figure.draw(frame)
    if isinstance(frame, Taught):
        return lessons_figure.draw(frame)
    return reversal_figure.draw(frame)


def field(frame: Field) -> Scene:
    """The exact field at one level, four names of it at the probe, and the score along a line."""
    p = frame.params
    return {
        "plane": plane(frame),
        "first": Matrix(
            "One vector, four names",
            f"At ({p.probe[0][0]:.2f}, {p.probe[0][1]:.2f}) the score is "
            f"({frame.probe[0, 0]:.3f}, {frame.probe[0, 1]:.3f}); the velocity comes out the same "
            "from the score and from the clean point less the noise.",
            frame.probe,
            -4.0,
            4.0,
            "diverging",
            ROWS,
            ("x", "y"),
            digits=3,
        ),
        "second": along(frame),
        "numbers": numbers(frame),
        "clock": Clock(0, p.sigma, "σ", "0 data", "noise"),
    }


def plane(frame: Field) -> Plane:
    """Density, arrows, handles."""
    p = frame.params
    layers: tuple[Layer, ...] = (
        shade(frame.density),
        Arrows(frame.at, capped(SCALES[p.arrows] * frame.arrows), "field", 0.9),
        Points(np.array(p.probe) + p.sigma**2 * frame.probe[:1], "exact", 5.0, label="x̂₀ of probe"),
        *worlds(p),
        Handles("probe", np.array(p.probe)),
    )
    top = int(frame.shares.argmax())
    says = (
        f"At noise {p.sigma:.2f} the probe was sent by component {top + 1} with probability "
        f"{frame.shares[top]:.0%}; long arrows are shortened."
    )
    return Plane(f"{CALLED[p.arrows]} at noise σ = {p.sigma:.2f}", says, WINDOW, WINDOW, layers)


def along(frame: Field) -> Chart:
    """The score on the line through two centres; beside it, that of the world with shares swapped."""
    p, (ways, score, other) = frame.params, frame.along.T
    top = 1.1 * float(np.abs(frame.along[:, 1:]).max())
    return Chart(
        "Score between two centres",
        f"With the shares {p.share:.0%} and {1 - p.share:.0%} swapped the score changes by "
        f"{frame.swapped:.3f} / σ only, root mean square over the noisy data.",
        (
            Series(ways, other, "noise", f"narrow one {1 - p.share:.0%}", dashed=True),
            Series(ways, score, "field", f"narrow one {p.share:.0%}"),
        ),
        (-REACH, REACH),
        (-top, top),
        "place on the line",
    )


def numbers(frame: Field) -> Numbers:
    """The probe's sizes, and what the score knows of the shares."""
    p = frame.params
    size = float(np.linalg.norm(frame.probe[0]))
    clash = float(np.abs(frame.probe[3] - frame.probe[4]).max())
    rows = (
        Number("score at the probe", size, "/ length", "‖∇ log p_σ‖", "s[2]"),
        Number("noise heard there", p.sigma * size, "", "σ ‖s‖", "eps[2]"),
        Number("way to the clean point", p.sigma**2 * size, "", "σ² ‖s‖", "x_0[2]"),
        Number("two velocities differ by", clash, "", "x̂₀ − ε̂ and from s", "u[2]", 0.0),
        Number("narrow one sent it", float(frame.shares[0]), "", "p(narrow | x)", "shares[k]"),
        Number(
            "score's change, shares swapped", frame.swapped, "", "σ rms |s_w − s_{1−w}|", "s[n, 2]"
        ),
    )
    return Numbers(rows)
