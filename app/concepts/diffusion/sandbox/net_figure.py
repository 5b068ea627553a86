"""The density that the net carries, over the data; beside it the likelihood, and how log p is added up."""

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Clock,
    Contour,
    Handles,
    Heat,
    Lines,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
)

from .net import MAP, Learned

WINDOW = (-3.2, 3.2)
FIELD = (MAP.low, MAP.high)
SLICED = "sliced W₂"


def draw(frame: Learned) -> Scene:
    """Density, likelihood, and one way to its log-density."""
    p = frame.params
    return {
        "main": plane(frame),
        "first": loss(frame),
        "second": log_density(frame),
        "numbers": numbers(frame),
        "clock": Clock(
            frame.shot.step, float(frame.shot.step), "iteration", "untrained 0", f"{p.iterations}"
        ),
    }


def plane(frame: Learned) -> Plane:
    p = frame.params
    top = max(float(frame.shot.density.max()), 1e-9)
    peak = float(frame.shot.target.max())
    uv = 0.25 * frame.shot.arrows
    uv = uv / np.sqrt(1 + (np.linalg.norm(uv, axis=-1, keepdims=True) / 0.42) ** 2)
    return Plane(
        f"The density that the net carries, t = {p.time:.2f}",
        f"After {frame.shot.step} iterations the net's density holds {frame.shot.mass:.3f} of its mass on the "
        f"map; the data need {frame.shot.floor:.2f} nats, the net {frame.shot.history[-1, 1]:.2f}.",
        WINDOW,
        WINDOW,
        (
            Heat(frame.shot.density / top, FIELD, FIELD, "sequential", 0.0, 1.0, 0.55),
            Contour(
                frame.shot.target,
                FIELD,
                FIELD,
                (0.1 * peak, 0.5 * peak),
                "exact",
                1.2,
                "exact, at t = 1",
            ),
            Arrows(frame.shot.at, uv, "field", 0.7, label="u"),
            Points(frame.shot.data, "data", 1.8, 0.5, label="data"),
            Points(frame.shot.samples, "model", 1.6, 0.6, label="samples"),
            Lines(frame.way, "focus", 2.0, 0.9, label="way to the point"),
            Points(frame.stops, "focus", 3.5, 1.0, label="stops"),
            Handles("clusters", np.array(p.clusters), "data", grow=True),
            Handles("aim", np.array(p.aim)),
        ),
    )


def loss(frame: Learned) -> Chart:
    steps, nats = frame.shot.history.T
    start = max(float(frame.shot.history[0, 1]), frame.shot.floor + 0.5)
    return Chart(
        "What the data cost: −E log p₁",
        f"{nats[-1]:.3f} nats a point after {frame.shot.step} iterations; no density needs less than "
        f"{frame.shot.floor:.3f}.",
        (Series(steps, nats, "model"),),
        (0.0, float(max(1, frame.params.iterations))),
        (frame.shot.floor - 0.1, min(start, frame.shot.floor + 2.5) + 0.1),
        "iterations",
        "nats",
        floor=frame.shot.floor,
        floor_label="entropy of the data",
        cursor=float(frame.shot.step),
    )


def log_density(frame: Learned) -> Chart:
    """Along the way to the probe; Hutchinson's one draw ends on one of the two dashed lines."""
    t, told, miss = frame.t, frame.told, frame.miss
    values = np.concatenate([told - miss, told + miss, [frame.truth]])
    low, high = float(values.min()), float(values.max())
    return Chart(
        "log p on the way to the point",
        f"It ends at {told[-1]:.2f}, one draw of Hutchinson's estimate at {told[-1] - miss[-1]:.2f} or "
        f"{told[-1] + miss[-1]:.2f}; the data's own is {frame.truth:.2f}.",
        (
            Series(t, told - miss, "focus", "one draw", dashed=True),
            Series(t, told + miss, "focus", dashed=True),
            Series(t, told, "model", "exact ∇·u"),
        ),
        (0.0, 1.0),
        (min(low, -5.5) - 0.5, max(high, 0.5) + 0.5),
        "t",
        floor=frame.truth,
        floor_label="data",
    )


def numbers(frame: Learned) -> Numbers:
    nats, told = float(frame.shot.history[-1, 1]), float(frame.told[-1])
    return Numbers(
        (
            Number("data cost", nats, "nats", "−E log p₁(x)", "x[n, 2]", frame.shot.floor),
            Number("above the least", nats - frame.shot.floor, "nats", "E log q − log p₁", "", 0.0),
            Number(
                "samples to data", frame.shot.apart, "", SLICED, "x[300, 2]", frame.shot.perfect
            ),
            Number("mass on the map", frame.shot.mass, "", "Σ p_t Δx²", "p[y, x]"),
            Number("log p at the point", told, "nats", "log N(x₀) − ∫ ∇·u dt"),
            Number("of the data there", frame.truth, "nats", "log q(x)"),
            Number("one draw misses by", float(frame.miss[-1]), "nats", "|∫ (J₁₂ + J₂₁) dt|"),
            Number("calls on that way", float(frame.asked), "", "Dormand-Prince 5(4)"),
            Number("it ends off by", frame.astray, "", "|x₁ − point|"),
            Number("calls of the net so far", float(frame.shot.calls), "an example"),
        )
    )
