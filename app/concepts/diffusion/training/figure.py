"""Samples and what the net says at one noise level; its loss over the training, and by noise level."""

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Clock,
    Film,
    Handles,
    Ink,
    Layer,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
    View,
)

from . import forward_figure
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


def nets(frame: Trained) -> int:
    """One net, or two with the one that is not told t."""
    return len(frame.samples)


def past(frame: Trained) -> tuple[Array, Array, Array, Array]:
    """Iterations (s,), and of each net losses, errors and distances (nets, s)."""
    at, rest = frame.past[:, 0], frame.past[:, 1:].T
    losses, errors, distances = rest.reshape(3, nets(frame), -1)
    return at, losses, errors, distances


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


# --- the charts ----------------------------------------------------------------------------------


def losses(frame: Trained) -> Chart:
    """Loss and true error over the training."""
    at, loss, error, _ = past(frame)
    shown = frame.shown
    told = [
        Series(at, loss[0], "model", "loss"),
        Series(at, error[0], "field", "true error"),
    ]
    if nets(frame) > 1:
        told.append(Series(at, loss[1], "ink", "untold"))
        told.append(level(frame, shown.untold, "untold floor"))
    if shown.graph_error >= 0:
        told.append(level(frame, shown.graph_error, "shipped", "soft"))
    return Chart(
        "Loss and true error",
        f"After {frame.step} iterations the loss is {loss[0, -1]:.3f}, of which {shown.floor:.3f} is "
        f"nobody's fault; the true error is {error[0, -1]:.4f}.",
        tuple(told),
        (0.0, float(max(1, frame.last))),
        (0.5 * min(shown.floor, max(0.004, shown.graph_error)), 2.0),
        "iterations",
        log_y=True,
        floor=shown.floor,
        floor_label="floor",
    )


def level(frame: Trained, height: float, label: str, ink: Ink = "exact") -> Series:
    """A level across the chart."""
    across = np.array([0.0, max(1, frame.last)])
    return Series(across, np.full(2, height), ink, label, dashed=True)


TITLES = {
    "loss": ("Loss by noise level", "E(ε − ε̂)²"),
    "bits": ("Terms L_t of the bound", "bits"),
    "score": ("Error of the score", "‖ε̂ − ε*‖ / ‖ε*‖"),
}


def levels(frame: Trained) -> Chart:
    """One quantity at all noise levels."""
    curves, bits = frame.curves, frame.against == "bits"
    title, unit = TITLES[frame.against]
    told = [Series(curves.t, curves.nets[0], "model", "this net")]
    if curves.best is not None:
        told.insert(0, Series(curves.t, curves.best, "exact", "no error"))
    if curves.untold is not None:
        told.append(Series(curves.t, curves.nets[1], "ink", "untold"))
        told.append(Series(curves.t, curves.untold, "exact", "untold floor", dashed=True))
    if curves.weight is not None:
        told.append(Series(curves.t, curves.weight, "soft", "weight λ_t", dashed=True))
    worst = int(curves.nets[0].argmax())
    return Chart(
        title,
        f"Largest at t = {curves.t[worst]:.0f}, where it is {curves.nets[0, worst]:.3g}, and at the "
        f"noisiest {curves.nets[0, -1]:.3g}.",
        tuple(told),
        (2.0 if bits else 1.0, float(frame.steps)),
        WINDOWS[frame.against],
        "data … t … noise",
        unit,
        log_x=bits,
        log_y=frame.against != "loss",
        cursor=float(frame.look.t),
    )


WINDOWS = {"loss": (0.0, 1.25), "bits": (1e-5, 100.0), "score": (0.003, 3.0)}


def numbers(frame: Trained) -> tuple[Number, ...]:
    """Loss, error, samples and bound, each with what a net without error would read."""
    _, loss, error, distance = past(frame)
    shown = frame.shown
    plane = isinstance(frame.look, Field)
    far = "sliced W₂" if plane else "MMD, width 5"
    rows = [
        Number("loss", float(loss[0, -1]), "", "E(ε − ε̂)²", "loss[t]", shown.floor),
        Number(
            "off the best answer", float(error[0, -1]), "", "E(ε̂ − E[ε | x_t])²", "eps[n, d]", 0.0
        ),
        Number(
            "samples to new data", float(distance[0, -1]), "", far, "x[n, d]", shown.distance_floor
        ),
        Number(
            "bound above entropy",
            float(frame.bits[0]),
            "bits",
            "Σ_t L_t − H(x₀)",
            "L[t]",
            frame.best_bits,
        ),
    ]
    if nets(frame) > 1:
        rows.append(
            Number("loss, not told t", float(loss[1, -1]), "", "E(ε − ε̂)²", "loss[t]", shown.untold)
        )
        rows.append(
            Number(
                "samples, not told t",
                float(distance[1, -1]),
                "",
                far,
                "x[n, d]",
                shown.distance_floor,
            )
        )
        rows.append(
            Number(
                "bound, not told t",
                float(frame.bits[1]),
                "bits",
                "Σ_t L_t − H(x₀)",
                "L[t]",
                frame.best_bits,
            )
        )
    if isinstance(frame.look, Field):
        spread = Number("spread of ε at the probe", frame.look.spread, "", "√Var[ε | x_t]")
        rows.append(spread)
    else:
        share = Number(
            "read as asked",
            100 * frame.read,
            "%",
            "nearest known digit",
            "x[100, 64]",
            100 * shown.read_floor,
        )
        rows.append(share)
    signal = Number("signal left at T", 100 * shown.signal, "%", "√ᾱ_T", "alpha_bar[T]")
    entropy = Number("entropy H(x₀)", shown.entropy, "bits", "H(k) + H(x | k) − H(k | x)")
    rows += [signal, entropy]
    return tuple(rows)
