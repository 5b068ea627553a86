"""TRPO's update as it is seen: the trusted region, the way to its edge, and promises beside truth."""

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Clock,
    Contour,
    Handles,
    Heat,
    Layer,
    Lines,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
)

from .race_figure import race
from .region import Frame
from .slices import MAPPED, WINDOW

Array = np.ndarray


def draw(frame: Frame) -> Scene:
    """The update after some iterations and candidates."""
    stage = frame.iteration + len(frame.tried)
    return {
        "slice": plane(frame),
        "race": race(frame.race, len(frame.race.clip)),
        "promise": promise(frame),
        "distance": distance(frame),
        "residual": residual(frame),
        "numbers": numbers(frame),
        "clock": Clock(stage, float(stage), "stage", "0 θ_old", "line search"),
    }


def plane(frame: Frame) -> Plane:
    """L, the true region and its ellipse, iterates, candidates, and the person's own step."""
    seen, delta = frame.slice, frame.params.delta
    most = max(float(np.abs(seen.gain).max()), 1e-9)
    way = seen.iterates[: frame.iteration + 1]
    layers: tuple[Layer, ...] = (
        Heat(seen.gain, MAPPED, MAPPED, "diverging", -most, most, 0.55, label="L"),
        Contour(seen.kl, MAPPED, MAPPED, (delta,), "exact", 2.0, "KL = δ"),
        Lines(seen.ellipse[None], "exact", 1.5, 0.9, True, "½ d′Hd = δ"),
        Lines(way[None], "ink", 1.0, 0.5),
        Points(way, "ink", 3.0, 0.9, "iterates"),
        Arrows(np.zeros((1, 2)), seen.uphill[None], "field", 1.0, "gradient"),
        *candidates(frame),
        Handles("step", np.array(frame.params.step), label="yours"),
    )
    says = (
        f"After {frame.iteration} iterations and {len(frame.tried)} candidates"
        f"{', of which the last is accepted' if frame.accepted else ''}; your step gains "
        f"{frame.yours.gain:.4f} at {frame.yours.kl:.4f} nats."
    )
    enlarged = f", uphill ×{seen.stretch:.0f}" if seen.stretch > 1.05 else ""
    title = f"The trusted region around θ_old{enlarged}"
    return Plane(title, says, WINDOW, WINDOW, layers, "along the step", "uphill")


def candidates(frame: Frame) -> tuple[Points, ...]:
    """Candidates so far: rejected, and the one accepted."""
    places = np.array([one.at for one in frame.tried]).reshape(-1, 2)
    failed = places[:-1] if frame.accepted else places
    taken = places[-1:] if frame.accepted else places[:0]
    return (
        Points(failed, "error", 4.0, 0.9, "rejected"),
        Points(taken, "model", 6.0, 1.0, "accepted"),
    )


def dots(frame: Frame, name: str) -> Series:
    """The candidates so far on a chart."""
    x = np.array([one.at[0] for one in frame.tried])
    y = np.array([getattr(one, name) for one in frame.tried])
    return Series(x, y, "model", "tried", "points")


def promise(frame: Frame) -> Chart:
    """L on the way along the step."""
    along = frame.along
    top = 1.1 * float(along.gain.max())
    low = min(float(along.gain.min()), 0.0)
    return Chart(
        "L along the step",
        f"At the full step L is {at(along.gain, along.s):.4f}; the gradient promised "
        f"{at(along.linear, along.s):.4f}.",
        (
            Series(along.s, along.linear, "field", "g·d", dashed=True),
            Series(along.s, along.gain, "ink", "L"),
            dots(frame, "gain"),
        ),
        (0.0, WINDOW[1]),
        (1.1 * low, max(top, 1.1 * at(along.linear, along.s), 1e-6)),
        "full steps",
        "L",
    )


def at(values: Array, s: Array) -> float:
    """The value at the full step."""
    return float(values[int(np.argmin(np.abs(s - 1)))])


def distance(frame: Frame) -> Chart:
    """KL on the way along the step."""
    along, delta = frame.along, frame.params.delta
    high = max(at(along.kl, along.s), at(along.quadratic, along.s), delta)
    return Chart(
        "KL along the step",
        f"At the full step the KL is {at(along.kl, along.s):.4f} nats; the quadratic model says "
        f"{at(along.quadratic, along.s):.4f}; δ is {delta:g}.",
        (
            Series(along.s, along.quadratic, "field", "½d′Hd", dashed=True),
            Series(along.s, along.kl, "exact", "KL"),
            dots(frame, "kl"),
        ),
        (0.0, WINDOW[1]),
        (0.0, 2.0 * high),
        "full steps",
        "nats",
        floor=delta,
        floor_label="δ",
    )


def residual(frame: Frame) -> Chart:
    """How far conjugate gradients are from solving H x = g."""
    past = np.maximum(frame.residual[: frame.iteration + 1], 1e-12)
    return Chart(
        "Unsolved |g − Hx|",
        f"After {frame.iteration} iterations {past[-1] / past[0]:.2e} of the gradient is unexplained.",
        (Series(np.arange(len(past), dtype=float), past / past[0], "ink", "of |g|"),),
        (0.0, float(frame.params.iterations)),
        (1e-7, 10.0),
        "iteration",
        "of |g|",
        log_y=True,
        cursor=float(frame.iteration),
    )


def numbers(frame: Frame) -> Numbers:
    """Promises beside the truth."""
    full, last = frame.along, frame.tried[-1] if frame.accepted else None
    tries = len(frame.tried)
    rows = (
        Number("δ", frame.params.delta, "nats", "mean KL ≤ δ", "delta"),
        Number("KL promised", at(full.quadratic, full.s), "nats", "½ d′Hd", "H·d by J′FJ"),
        Number(
            "KL true, full step", at(full.kl, full.s), "nats", "mean KL(π_old‖π)", "logits[m, a]"
        ),
        Number(
            "KL accepted",
            last.kl if last else 0.0,
            "nats",
            "first with KL ≤ δ, L > 0",
            "logits[m, a]",
        ),
        Number("L gained", last.gain if last else 0.0, "", "mean r Â", "r[m], Â[m]"),
        Number("shortened", float(max(tries - 1, 0)), "times", "αʲ, α = 0.8", "j"),
        Number("cos(step, g)", frame.slice.cosine, "", "g·d / |g||d|", "theta[p]"),
        Number("your L", frame.yours.gain, "", "mean r Â", "r[m], Â[m]"),
        Number("your KL", frame.yours.kl, "nats", "mean KL(π_old‖π)", "logits[m, a]"),
    )
    return Numbers(rows)
