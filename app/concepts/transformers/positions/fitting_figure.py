"""Data to be dragged, a straight line and a sum of waves through them, and when waves are too many."""

import numpy as np

from app.figures.scene import (
    Chart,
    Clock,
    Handles,
    Lines,
    Number,
    Numbers,
    Plane,
    Scene,
    Series,
)

from .fitting import MOST, Frame

TALLEST = 1.0  # of the errors shown


def draw(frame: Frame) -> Scene:
    """The fit with so many waves."""
    return {
        "fit": fit(frame),
        "errors": errors(frame),
        "kernel": kernel(frame),
        "weights": weights(frame),
        "numbers": numbers(frame),
        "clock": Clock(
            frame.count, float(frame.count), "frequencies", "0 none", f"{MOST} all of them"
        ),
    }


def fit(frame: Frame) -> Plane:
    """The data, as handles, and both fits."""
    line, waves = (np.stack([frame.x, one.curve], -1)[None] for one in (frame.line, frame.waves))
    layers = (
        Lines(line, "noise", 2.0, 0.9, label="from x itself"),
        Lines(waves, "model", 2.2, 1.0, label="from its waves"),
        Handles("data", frame.data, "data", grow=True, label="data"),
    )
    return Plane(
        f"one number guessed from x: {frame.count} frequencies; drag the data",
        f"With {frame.count} frequencies the {len(frame.data)} points are missed by {frame.waves.inside:.3f}, each "
        f"predicted from the others alone by {frame.waves.outside:.3g}. A straight line: {frame.line.inside:.3f}.",
        (0.0, 1.0),
        (-1.5, 1.5),
        layers,
        "x",
        "y",
        square=False,
    )


def errors(frame: Frame) -> Chart:
    """Error at the data and error at data left out, by the number of frequencies."""
    count = np.arange(MOST + 1.0)
    best = int(frame.errors[:, 1].argmin())
    return Chart(
        "error, by number of frequencies",
        f"A point left out is predicted best with {best} frequencies: {frame.errors[best, 1]:.3f}.",
        (
            Series(count, frame.errors[:, 0], "soft", "at the data"),
            Series(count, frame.errors[:, 1], "model", "left out"),
        ),
        (0.0, float(MOST)),
        (0.0, TALLEST),
        "frequencies",
        cursor=float(frame.count),
    )


def kernel(frame: Frame) -> Chart:
    """How alike the features of x = 1/2 and of any x are."""
    wide = float((frame.kernel > 0.5).mean())
    return Chart(
        "likeness to the middle: γ(x)·γ(½)",
        f"Over {wide:.0%} of the window the features are more than half alike to those of ½.",
        (Series(frame.x, frame.kernel, "exact"),),
        (0.0, 1.0),
        (-1.0, 1.1),
        "x",
    )


def weights(frame: Frame) -> Chart:
    """How much of each wave is used."""
    k = frame.count
    size = np.hypot(*frame.waves.weight[1:].reshape(k, 2).T) if k else np.zeros(0)
    strongest = f"{frame.frequency[int(size.argmax())]:.3g}" if k else "none yet"
    return Chart(
        "size of each wave",
        f"The strongest of {k} waves: {strongest} over the window.",
        (Series(frame.frequency[:k], size, "model", style="bars"),),
        (0.0, float(frame.frequency[-1]) + 1),
        (0.0, 1.5),
        "waves over the window",
    )


def numbers(frame: Frame) -> Numbers:
    """Both fits, and how many numbers they have to play with."""
    rows = (
        Number("Error, straight line", frame.line.inside, "", "√ mean e²", "ŷ"),
        Number("Error, waves", frame.waves.inside, "", "√ mean e²", "ŷ"),
        Number("Left out, straight line", frame.line.outside, "", "√ mean (e/(1 − H))²", "ŷ, H"),
        Number("Left out, waves", frame.waves.outside, "", "√ mean (e/(1 − H))²", "ŷ, H"),
        Number(
            "Weights", float(len(frame.waves.weight)), f"for {len(frame.data)} points", "1 + 2K"
        ),
    )
    return Numbers(rows)
