"""Samples and what the net says at one noise level; its loss over the training, and by noise level."""

import numpy as np

from app.figures.scene import (
    Arrows,
    Clock,
    Film,
    Handles,
    Layer,
    Numbers,
    Plane,
    Points,
    Scene,
    View,
)

from . import forward_figure
from .charts import levels, losses, nets, numbers, past
from .frame import Field, Noised, Pictures, Trained

Array = np.ndarray
WINDOW = (-2.9, 2.9)
LONGEST = 0.36  # no arrow of the field is longer
SIDE = 8  # pixels


def draw(frame: Trained | Noised) -> Scene:
    """A training at a snapshot, or the forward process at one time."""
    if isinstance(frame, Noised):
        return forward_figure.draw(frame)
    seen = (
        digits(frame, frame.look) if isinstance(frame.look, Pictures) else plane(frame, frame.look)
    )
    return {
        **seen,
        "loss": losses(frame),
        "levels": levels(frame),
        "numbers": Numbers(numbers(frame)),
        "clock": Clock(frame.step, float(frame.step), "iteration", "untrained 0", f"{frame.last}"),
    }


# --- the plane -----------------------------------------------------------------------------------


def plane(frame: Trained, look: Field) -> dict[str, View]:
    """The samples beside the data, and the field at one noise level."""
    return {"samples": samples(frame), "look": arrows(frame, look)}


def samples(frame: Trained) -> Plane:
    """What the net makes of always the same noise."""
    far = past(frame)[3][0, -1]
    drawn = frame.shown.drawn
    untold = [Points(x, "ink", 1.8, 0.5, label="not told t") for x in frame.samples[1:]]
    layers: tuple[Layer, ...] = (
        *((Handles("yours", frame.shown.data, "data", grow=True),) if drawn else ()),
        Points(frame.shown.new, "data", 1.8, 0.6, label="new data"),
        *untold,
        Points(frame.samples[0], "model", 1.8, 0.75, label="samples"),
    )
    return Plane(
        "Samples, 25 calls each",
        f"After {frame.step} iterations {len(frame.samples[0])} samples are {far:.3f} from the data; "
        f"perfect ones {frame.shown.distance_floor:.3f}.",
        WINDOW,
        WINDOW,
        layers,
    )


def arrows(frame: Trained, look: Field) -> Plane:
    """The learned score over the exact one, and examples of what the net is told."""
    place = look.probe[:1]
    exact, learned = look.probe[1], look.probe[2]
    layers = (
        Points(frame.shown.data, "data", 2.0, 0.4),
        Arrows(look.told[:, 0], look.told[:, 1], "noise", 0.8, label="told: −σ ε"),
        Arrows(look.grid, held(look.best), "exact", 0.75, label="σ² score"),
        Arrows(look.grid, held(look.learned), "field", 0.85, label="net: −σ ε̂"),
        Arrows(place, look.probe[1:2], "exact", 1.0),
        Arrows(place, look.probe[2:], "field", 1.0),
        Handles("probe", place),
    )
    return Plane(
        f"Noise is score: t = {look.t} of {frame.steps}",
        f"At the probe the net's −σ ε̂ is ({learned[0]:.2f}, {learned[1]:.2f}), the exact σ² score "
        f"({exact[0]:.2f}, {exact[1]:.2f}).",
        WINDOW,
        WINDOW,
        layers,
    )


def held(arrow: Array) -> Array:
    """Arrows to scale where short, held below LONGEST where long."""
    length = np.linalg.norm(arrow, axis=-1, keepdims=True)
    return np.asarray(arrow / np.sqrt(1 + (length / LONGEST) ** 2))


# --- digits --------------------------------------------------------------------------------------


def digits(frame: Trained, look: Pictures) -> dict[str, View]:
    """Samples of every class, and one training step in pictures."""
    return {"digits": made(frame), "examples": examples(frame, look)}


def made(frame: Trained) -> Film:
    """From the same noise: this net, the one not told t, the shipped graph, a net without error."""
    rows = {"this net": frame.samples[0, :10], "other noise": frame.samples[0, 10:20]}
    if nets(frame) > 1:
        rows["not told t"] = frame.samples[1, :10]
    if len(frame.shown.graph):
        rows["shipped graph"] = frame.shown.graph
    rows["no error"] = frame.shown.perfect
    return Film(
        "Digits from noise, 25 calls each; recorded: the shipped graph",
        f"After {frame.step} iterations {frame.read:.0%} of 100 samples are read as the digit asked "
        f"for, of new digits {frame.shown.read_floor:.0%}.",
        np.stack([row.reshape(10, SIDE, SIDE) for row in rows.values()]),
        row_labels=tuple(rows),
        column_labels=tuple(map(str, range(10))),
    )


def examples(frame: Trained, look: Pictures) -> Film:
    """What goes into a training step, and what comes out."""
    return Film(
        f"Training examples at t = {look.t} of {frame.steps}",
        f"Digits x₀ and noise ε are mixed to x_t at t = {look.t}; the net names the noise ε̂ and so a "
        f"clean x̂₀.",
        look.rows,
        low=-1.2,
        high=1.2,
        column_labels=look.columns,
    )
