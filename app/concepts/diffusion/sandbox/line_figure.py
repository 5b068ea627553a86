"""x against t: paths in long steps beside the true ones on the same noise; beside them density and error."""

import numpy as np

from app.figures.scene import (
    Chart,
    Clock,
    Handles,
    Layer,
    Lines,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
)

from .line import GRID, PARTICLES, RATES, SPAN, Line
from .order import Order
from .world import MOST

Array = np.ndarray
DRIFTS = {
    "Brownian": "",
    "Ornstein-Uhlenbeck": "−2x dt",
    "geometric": "½ x dt",
    "root": "3 sgn(x) √|x| dt",
    "square": "x² dt",
}


def draw(frame: Line) -> Scene:
    """Paths, density, and what the step or the field costs."""
    return {
        "main": paths(frame),
        "first": density(frame),
        "second": measure(frame),
        "numbers": numbers(frame),
        "clock": Clock(frame.step, frame.t, "t", "start 0", f"{SPAN:g} end"),
    }


def paths(frame: Line) -> Plane:
    still, p = frame.still, frame.still.params
    now = np.column_stack([np.full(PARTICLES, frame.t), frame.particles])
    layers: list[Layer] = []
    if len(still.others):
        layers.append(
            Lines(curves(still.times, still.others), "exact", 1.5, 0.8, True, "solutions from 0")
        )
    layers += [
        Lines(
            curves(still.times, still.truth),
            "exact" if still.known else "noise",
            1.4,
            0.9,
            label="exact" if still.known else f"{2**MOST} steps",
        ),
        Lines(walked(frame), "model", 2.0, 0.9, label=f"{2**p.halvings} steps"),
        Points(now, "model", 2.0, 0.35),
        Handles("start", np.array(p.start), grow=True, label="start"),
    ]
    grows = " x" if p.motion == "geometric" else ""
    noise = f"{p.sigma:g}{grows} dW".removeprefix("1 ") if p.sigma else ""
    equation = " + ".join(filter(None, (DRIFTS[p.motion], noise))) or "0"
    steps = "step" if p.halvings == 0 else "steps"
    mean = float(np.clip(frame.particles, -99, 99).mean())
    return Plane(
        f"dx = {equation}: in {2**p.halvings} {steps} and "
        + ("exactly" if still.known else f"in {2**MOST}"),
        f"At t = {frame.t:.2f} the {PARTICLES} particles have mean {mean:.2f} and variance "
        f"{frame.variances[-1, 0]:.3f}.",
        (-0.05, SPAN + 0.05),
        (-4.0, 4.0),
        tuple(layers),
        "t",
        "x",
        square=False,
    )


def curves(t: Array, x: Array) -> Array:
    """Paths in the plane of t and x, cut where they leave it for good."""
    return np.stack([np.broadcast_to(t, x.shape), np.clip(x, -9, 9)], -1)


def walked(frame: Line) -> Array:
    """The solver's paths up to now."""
    still = frame.still
    t = np.minimum(still.stops, frame.t)
    x = np.stack([np.interp(t, still.stops, walk) for walk in still.walks])
    return curves(t, x)


def density(frame: Line) -> Chart:
    still = frame.still
    at, width = (still.edges[1:] + still.edges[:-1]) / 2, float(np.diff(still.edges)[0])
    series = [
        Series(at, frame.seen / width, "model", "particles", "bars"),
        Series(at, frame.solved / width, "field", "grid"),
    ]
    if frame.exact is not None:
        series.append(Series(at, frame.exact / width, "exact", "exact", dashed=True))
    return Chart(
        f"Density at t = {frame.t:.2f}",
        f"Particles and grid differ by {frame.gap:.1%} of the mass, perfect draws by {frame.floor:.1%}.",
        tuple(series),
        (-4.0, 4.0),
        (0.0, 1.6),
        "x",
    )


def measure(frame: Line) -> Chart:
    still = frame.still
    if still.order:
        return errors(still.order, 2**still.params.halvings)
    if still.params.motion == "Brownian":
        return variances(frame)
    return steepness(frame)


def errors(order: Order, steps: int) -> Chart:
    """Errors at the end against the step, with a line of the slope that theory gives."""
    h, now = order.h, SPAN / steps
    guide = order.strong[-1] * (h / h[-1]) ** order.known
    values = np.concatenate([order.strong, order.weak])
    low = max(1e-9, float(values[values > 1e-12].min(initial=1e-3)) / 2)
    return Chart(
        f"Error by step: order {order.known:g}",
        f"With {steps} steps a path is {np.interp(now, h[::-1], order.strong[::-1]):.2g} off in the mean; "
        f"the slope is {order.seen:.2f}, theory says {order.known:g}.",
        (
            Series(h[::-1], guide[::-1], "exact", f"h^{order.known:g}", dashed=True),
            Series(h[::-1], order.weak[::-1], "field", "of E x²"),
            Series(h[::-1], order.strong[::-1], "model", "of a path", "points"),
        ),
        (float(h[-1]) / 1.2, float(h[0]) * 1.2),
        (low, 10.0),
        "step h",
        log_x=True,
        log_y=True,
        cursor=now,
    )


def variances(frame: Line) -> Chart:
    """Of the particles so far, with the exact line and how far chance may lead from it."""
    seen, exact = frame.variances.T
    t = np.linspace(0, frame.t, len(seen))
    start, end = exact[0], exact[0] + frame.still.params.sigma**2 * SPAN
    whole = np.linspace(0, SPAN, 65)
    line = start + (end - start) * whole / SPAN
    chance = 2 * line * np.sqrt(2 / PARTICLES)
    return Chart(
        "Variance of the particles: σ² t",
        f"At t = {frame.t:.2f} it is {seen[-1]:.3f}; exactly {exact[-1]:.3f}.",
        (
            Series(
                whole,
                line,
                "exact",
                "exact, ± 2 sd",
                spread=np.stack([line - chance, line + chance], -1),
            ),
            Series(t, seen, "model", "particles"),
        ),
        (0.0, SPAN),
        (0.0, 1.3 * max(float(end), 0.05)),
        "t",
        cursor=frame.t,
    )


def steepness(frame: Line) -> Chart:
    """|u'|: a Lipschitz constant would be a height that it never exceeds."""
    root = frame.still.params.motion == "root"
    x = np.linspace(-4, 4, 201)[np.arange(201) != 100]
    slope = 1.5 / np.sqrt(np.abs(x)) if root else 2 * np.abs(x)
    where = "without bound at 0" if root else "without bound far out"
    start = frame.still.params.start[0][1]
    here = "infinite" if root and start == 0 else f"{np.interp(start, x, slope):.2f}"
    return Chart(
        "Steepness |u′(x)|",
        f"At the start it is {here}; no constant bounds it, for it grows {where}.",
        (Series(x, slope, "field"),),
        (-4.0, 4.0),
        (0.0, 8.0),
        "x",
        cursor=start,
    )


def numbers(frame: Line) -> Numbers:
    still, p = frame.still, frame.still.params
    spread, exact = frame.variances[-1]
    rows = [Number("particles to grid", frame.gap, "", "½ Σ |n_i/n − p_i|", "x[n]", frame.floor)]
    if p.motion in RATES:
        rows.append(Number("variance", float(spread), "", "Var x_t", "x[n]"))
        rows.append(Number("variance, exact", float(exact), "", "Var x_t"))
    if still.order:
        k = p.halvings
        rows.append(
            Number("a path is off by", float(still.order.strong[k]), "", "E |x_h − x|", "x[n]")
        )
        rows.append(Number("E x² is off by", float(still.order.weak[k]), "", "|E x_h² − E x²|"))
        rows.append(
            Number("slope of a path's error", still.order.seen, "", "d log E|x_h − x| / d log h")
        )
    gone = float((np.abs(frame.particles) > GRID.high).mean())
    rows.append(Number("particles out of sight", gone, "", "|x| > 4.1", "x[n]"))
    rows.append(Number("mass off the grid", round(frame.lost, 15), "", "∫ J dt", "J[x]"))
    rows.append(Number("mass, with what left", frame.mass, "", "Σ p Δx + lost", "p[x]"))
    return Numbers(tuple(rows))
