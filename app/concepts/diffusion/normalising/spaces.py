"""What a walk and a training have in common: the two ends, and the account of stretches."""

import numpy as np

from app.figures.scene import (
    Chart,
    Handles,
    Heat,
    Layer,
    Lines,
    Number,
    Plane,
    Points,
    Series,
)

from .frame import Frame, Params
from .world import REACH

Array = np.ndarray
REACHES = (0.75, 1.5, 3.0, 6.0, 12.0, 25.0, 50.0)  # of the bars: few, so that it seldom jumps
WINDOW = (-REACH, REACH)
TURN = np.linspace(0, 2 * np.pi, 65)
CIRCLES = np.array([1.0, 2.0, 3.0])[:, None, None] * np.stack([np.cos(TURN), np.sin(TURN)], -1)


def data(frame: Frame, extra: tuple[Layer, ...]) -> Plane:
    """What the flow has learned, over what it should have learned."""
    handles: tuple[Layer, ...] = ()
    if frame.params.data == "yours":
        handles = (Handles("clusters", np.array(frame.params.clusters), "data", grow=True),)
    high = float(frame.reading.density.max())
    return Plane(
        "Learned p, data",
        f"The density rises to {high:.2f} in the picture, the data's own to {frame.world.peak:.2f}.",
        WINDOW,
        WINDOW,
        (
            Heat(frame.reading.density, WINDOW, WINDOW, "sequential", 0.0, frame.world.peak),
            Points(frame.world.data, "data", 1.3, 0.35),
            *handles,
            *extra,
        ),
        x_label="x₁",
        y_label="x₂",
    )


def latent(frame: Frame, extra: tuple[Layer, ...]) -> Plane:
    """Where f takes the data; a Gaussian has its share within each circle."""
    z = frame.reading.latents
    inner = float(np.mean(np.linalg.norm(z, axis=-1) < 1))
    return Plane(
        "f(x), aim: N(0, I)",
        f"{inner:.0%} of the data lies within the circle of one σ, of a Gaussian 39%.",
        WINDOW,
        WINDOW,
        (Lines(CIRCLES, "noise", 1.2, 0.8), Points(z, "data", 1.6, 0.7), *extra),
        x_label="z₁",
        y_label="z₂",
    )


def dets(log_dets: Array, passed: tuple[int, int], where: str) -> Chart:
    """What each layer adds, and the sum of those passed."""
    number = np.arange(1, len(log_dets) + 1)
    some = slice(*passed)
    order = -1 if passed[0] else 1  # on the way back the last layer comes first
    total = float(log_dets[some].sum())
    running = np.cumsum(log_dets[some][::order])[::order]
    sums = np.cumsum(log_dets), np.cumsum(log_dets[::-1])
    most = 1.1 * max(float(np.abs(part).max()) for part in (log_dets, *sums))
    reach = next(end for end in REACHES if end >= min(most, REACHES[-1]))
    return Chart(
        f"log|det| {where}",
        f"The layers passed add {total:.3f} nats to log p.",
        (
            Series(number[some].astype(float), log_dets[some], "field", "layer", "bars"),
            Series(number[some].astype(float), running, "exact", "sum so far"),
        ),
        (0.4, len(log_dets) + 0.6),
        (-reach, reach),
        "layer",
    )


def fit(frame: Frame) -> tuple[Number, ...]:
    now, world = frame.reading, frame.world
    best = world.packed - world.entropy if preserves(frame.params) else 0.0
    return (
        Number("−log p, fresh data", now.nll, "nats", "mean of 2,048", "", world.entropy),
        Number(
            "KL(data ‖ flow)", now.kl, f"± {now.spread:.3f} nats", "mean log p − log p_θ", "", best
        ),
    )


def costs(frame: Frame) -> tuple[Number, ...]:
    density, sample = frame.flow.rounds
    return (
        Number(
            "a sample takes",
            float(sample),
            f"rounds, a density {density}",
            "each waits for the last",
        ),
        Number("there and back", frame.reading.back, "", "max |x − f⁻¹(f(x))|", "x[n, 2]"),
    )


def preserves(p: Params) -> bool:
    """Whether no layer can change a volume."""
    return p.rising == "additive" and not p.mixing
