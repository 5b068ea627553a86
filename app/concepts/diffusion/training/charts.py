"""What a training comes to: loss over the iterations, one quantity at all noise levels, and numbers."""

import numpy as np

from app.figures.scene import Chart, Ink, Number, Series

from .frame import Field, Trained

Array = np.ndarray


def nets(frame: Trained) -> int:
    """One net, or two with the one that is not told t."""
    return len(frame.samples)


def past(frame: Trained) -> tuple[Array, Array, Array, Array]:
    """Iterations (s,), and of each net losses, errors and distances (nets, s)."""
    at, rest = frame.past[:, 0], frame.past[:, 1:].T
    losses, errors, distances = rest.reshape(3, nets(frame), -1)
    return at, losses, errors, distances


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
    error, shown = past(frame)[2], frame.shown
    signal = Number("signal left at T", 100 * shown.signal, "%", "√ᾱ_T", "alpha_bar[T]")
    entropy = Number("entropy H(x₀)", shown.entropy, "bits", "H(k) + H(x | k) − H(k | x)")
    off = float(error[0, -1])
    told = outcome(frame, 0, "loss", "samples to new data", "bound above entropy", shown.floor)
    told.insert(1, Number("off the best answer", off, "", "E(ε̂ − E[ε | x_t])²", "eps[n, d]", 0.0))
    if nets(frame) > 1:
        names = "loss, not told t", "samples, not told t", "bound, not told t"
        told += outcome(frame, 1, *names, shown.untold)
    return (*told, looked_at(frame), signal, entropy)


def outcome(
    frame: Trained, net: int, loss: str, samples: str, bound: str, floor: float
) -> list[Number]:
    """What one net's training has come to, under these three names."""
    _, losses, _, distances = past(frame)
    far = "sliced W₂" if isinstance(frame.look, Field) else "MMD, width 5"
    distance, bits = float(distances[net, -1]), float(frame.bits[net])
    best = frame.shown.distance_floor, frame.best_bits
    return [
        Number(loss, float(losses[net, -1]), "", "E(ε − ε̂)²", "loss[t]", floor),
        Number(samples, distance, "", far, "x[n, d]", best[0]),
        Number(bound, bits, "bits", "Σ_t L_t − H(x₀)", "L[t]", best[1]),
    ]


def looked_at(frame: Trained) -> Number:
    """The number that belongs to what is shown beside: the probe of the plane, or the digits."""
    if isinstance(frame.look, Field):
        return Number("spread of ε at the probe", frame.look.spread, "", "√Var[ε | x_t]")
    read, best = 100 * frame.read, 100 * frame.shown.read_floor
    return Number("read as asked", read, "%", "nearest known digit", "x[100, 64]", best)
