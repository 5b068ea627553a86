"""The particles over the density that the grid has; beside them a map, and the balance at the probe."""

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Clock,
    Handles,
    Heat,
    Layer,
    Lines,
    Matrix,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
)

from . import bridge_figure, line_figure, net_figure
from .bridge import Bridge
from .compute import GRID, Cloud, Frame
from .line import Line
from .net import Learned

Array = np.ndarray
WINDOW = (-3.2, 3.2)
FIELD = (GRID.low, GRID.high)
LONGEST = 0.42  # of an arrow
AIMS = {"exact": "exact density", "at rest": "the law at rest", "the flow's": "the flow's density"}
TERMS = ("−p ∇·u", "−u·∇p", "½σ² Δp", "their sum", "∂p/∂t")


def draw(frame: Frame) -> Scene:
    """One large view, two beside it, whichever world was chosen."""
    if isinstance(frame, Line):
        return line_figure.draw(frame)
    if isinstance(frame, Learned):
        return net_figure.draw(frame)
    if isinstance(frame, Bridge):
        return bridge_figure.draw(frame)
    return {
        "main": plane(frame),
        "first": distance(frame) if frame.params.beside == "distance" else mapped(frame),
        "second": balanced(frame),
        "numbers": numbers(frame),
        "clock": clock(frame),
    }


def clock(frame: Cloud) -> Clock:
    m, still = frame.moment, frame.moment.still
    if frame.params.field == "flow to data":
        return Clock(m.step, m.t, "t", "noise 0", "1 data")
    return Clock(m.step, m.t, "t", "start 0", f"{still.span:.3g} end")


def plane(frame: Cloud) -> Plane:
    m, p = frame.moment, frame.params
    top = max(float(m.density.p.max()), 1e-9)
    gap = m.history[-1, 1]
    noise = f" + {p.sigma:g} dW".replace(" 1 dW", " dW") if p.sigma else ""
    return Plane(
        f"dx = u dt{noise}, particles over the grid's density, t = {m.t:.2f}",
        f"{len(m.particles)} particles in {2**p.halvings} steps; they differ from the density that "
        f"the grid has by {gap:.0%} of the mass, perfect draws by {m.history[-1, 2]:.0%}.",
        WINDOW,
        WINDOW,
        (
            Heat(m.density.p / top, FIELD, FIELD, "sequential", 0.0, 1.0, 0.4),
            Arrows(m.still.at, capped(0.3 * m.arrows), "field", 0.7, label="u"),
            Points(m.particles, "model", 1.6, 0.55, label="particles"),
            *walks(frame),
            *handles(frame),
        ),
    )


def walks(frame: Cloud) -> tuple[Layer, ...]:
    """From each start: where no noise and the finest steps lead, and where the walks are by now."""
    still, step = frame.moment.still, frame.moment.step
    so_far = still.tracks[:, : 2 * step + 1]
    held = np.repeat(so_far[:, -1:], still.tracks.shape[1] - so_far.shape[1], 1)
    return (
        Lines(still.ways, "exact", 2.0, 0.9, label="no noise, fine steps"),
        Lines(np.concatenate([so_far, held], 1), "model", 1.4, 0.75, label="walks"),
    )


def handles(frame: Cloud) -> tuple[Layer, ...]:
    p = frame.params
    goal = (Handles("modes", np.array(p.modes), "data", grow=True, label="modes"),)
    return (
        *(goal if p.field in ("flow to data", "Langevin") else ()),
        Handles("starts", np.array(p.starts), "exact", grow=True, label="starts"),
        Handles("probe", np.array(p.probe), label="probe"),
    )


def capped(uv: Array) -> Array:
    """Arrows to scale where short, held below LONGEST where long."""
    length = np.linalg.norm(uv, axis=-1, keepdims=True)
    return np.asarray(uv / np.sqrt(1 + (length / LONGEST) ** 2))


def mapped(frame: Cloud) -> Plane:
    """What makes the density change, in every cell."""
    p, values = frame.params, frame.map
    top = max(float(np.abs(values).max()), 1e-9)
    here = float(values[cell(frame)])
    name = {"divergence of u": "∇·u", "Laplacian of p": "Δp", "change of p": "∂p/∂t"}[p.beside]
    return Plane(
        f"{name}, up to ±{top:.2g}" if values.any() else f"{name} = 0 everywhere",
        f"At the probe it is {here:.3f}; the largest anywhere is {np.abs(values).max():.2g}.",
        WINDOW,
        WINDOW,
        (
            Heat(values / top, FIELD, FIELD, "diverging", -1.0, 1.0, 0.85),
            Handles("probe", np.array(p.probe)),
        ),
    )


def cell(frame: Cloud) -> tuple[int, int]:
    x, y = (frame.balance.place - GRID.low) / GRID.width
    return int(y), int(x)


def distance(frame: Cloud) -> Chart:
    m = frame.moment
    t, seen, floor, own = m.history.T
    series = (
        Series(t, floor, "soft", "perfect draws", dashed=True),
        Series(t, own, "exact", f"grid, {m.aimed}"),
        Series(t, seen, "model", "particles, grid"),
    )
    top = 1.1 * max(0.3, float(m.history[:, 1:].max()))
    return Chart(
        "Mass that lies elsewhere",
        f"Particles and grid differ by {seen[-1]:.1%}, perfect draws by {floor[-1]:.1%}.",
        series,
        (0.0, m.still.span),
        (0.0, top),
        "t",
        cursor=m.t,
    )


def balanced(frame: Cloud) -> Matrix:
    b = frame.balance
    top = float(f"{1.5 * max(0.05, float(np.abs(b.terms).max())):.1g}")  # a round number above
    x, y = b.place
    return Matrix(
        "Why p changes at the probe",
        f"At ({x:.2f}, {y:.2f}) the three terms add up to {b.terms[3, 0]:.4f} on the grid, and p "
        f"changes at the rate {b.terms[4, 0]:.4f}.",
        b.terms,
        -top,
        top,
        "diverging",
        TERMS,
        ("grid", "exact"),
        hidden=b.hidden,
        blank="?",
        digits=4,
    )


def numbers(frame: Cloud) -> Numbers:
    m = frame.moment
    _, seen, floor, own = m.history[-1]
    return Numbers(
        (
            Number(
                "particles to grid", float(seen), "", "½ Σ |n_i/n − p_i|", "x[n, 2]", float(floor)
            ),
            Number(f"grid to {AIMS[m.aimed]}", float(own), "", "½ ∫ |p − q|", "p[y, x]", 0.0),
            Number("mass, with what left", m.mass, "", "Σ p Δx² + lost", "p[y, x]"),
            Number("lowest density", float(m.density.p.min()), "", "min p", "p[y, x]"),
            Number("solver's error, no noise", m.still.error, "", "rms at the end", "x[s, 2]"),
            Number("part of the longest step", m.part, "", "Δt / Δt_max", ""),
            Number("mass off the grid", m.lost, "", "∫∫ J·n dt", "J[y, x]"),
        )
    )
