"""Token plus position, with the slides' numbers, and what two words then make of each other."""

import numpy as np

from app.figures.scene import Clock, Matrix, Number, Numbers, Scene

from .adding import PRINTED, Frame

HIGH = 2.0  # of the colours


def draw(frame: Frame) -> Scene:
    """The sum, read row by row."""
    last = len(frame.words) - 1
    return {
        "sum": total(frame),  # first: it says what has changed
        "token": token(frame),
        "position": position(frame),
        "alike": alike(frame),
        "change": change(frame),
        "numbers": numbers(frame),
        "clock": Clock(frame.at, float(frame.at), "place", "first word 0", f"{last} last word"),
    }


def token(frame: Frame) -> Matrix:
    """The slides' token vectors, in the order of the sentence."""
    return Matrix(
        "what it says: X_tok",
        f"Place {frame.at} holds “{frame.words[frame.at]}”: {spelt(frame.token[frame.at])}.",
        frame.token,
        -HIGH,
        HIGH,
        "diverging",
        digits=3,
        rows=frame.words,
        lit=frame.at,
    )


def position(frame: Frame) -> Matrix:
    """What is added, with the printed cells that are wrong struck out."""
    table = "as printed; wrong: struck out" if frame.printed else "where it stands: X_pos"
    count = int(frame.wrong.sum())
    return Matrix(
        table if frame.added else "no position is added",
        f"Of {frame.wrong.size} printed cells {count} are wrong; place {frame.at} should read "
        f"{spelt(frame.exact[frame.at])}.",
        frame.position,
        -HIGH,
        HIGH,
        "diverging",
        digits=3,
        rows=tuple(str(i) for i in range(len(frame.words))),
        notes={"printed": PRINTED, "formula": frame.exact},
        crossed=frame.wrong if frame.printed and frame.added else None,
        lit=frame.at,
    )


def total(frame: Frame) -> Matrix:
    """What the first layer reads."""
    at = frame.at
    return Matrix(
        "their sum: X = X_tok + X_pos",
        f"“{frame.words[at]}” at place {at}: {spelt(frame.token[at])} plus "
        f"{spelt(frame.position[at])} is {spelt(frame.sum[at])}.",
        frame.sum,
        -HIGH,
        HIGH,
        "diverging",
        digits=3,
        rows=frame.words,
        lit=at,
    )


def alike(frame: Frame) -> Matrix:
    """The dot product of every two words, term by term on a click."""
    return Matrix(
        "how alike two words are: x·x′",
        f"“{frame.words[frame.at]}” with itself {frame.alike[frame.at, frame.at]:.2f}, with the first "
        f"word {frame.alike[frame.at, 0]:.2f}.",
        frame.alike,
        -6.0,
        6.0,
        "diverging",
        digits=3,
        rows=frame.words,
        columns=frame.words,
        value_label="x·x′",
        row_vectors=frame.sum,
        column_vectors=frame.sum,
        lit=frame.at,
    )


def change(frame: Frame) -> Matrix:
    """How each pair of words changes when cat and mat change places."""
    return Matrix(
        "what swapping cat and mat changes in it",
        f"The largest change of any pair of words is {frame.reordered:.3g}.",
        frame.change,
        -1.5,
        1.5,
        "diverging",
        digits=3,
        rows=frame.words,
        columns=frame.words,
        value_label="change of x·x′",
        lit=frame.at,
    )


def numbers(frame: Frame) -> Numbers:
    """What positions are for, and how much of the printed table is right."""
    right = float((~frame.wrong).sum())
    return Numbers(
        (
            Number("“The” to “the”", frame.the, "", "|x₀ − x₄|", "X"),
            Number("Change by the swap", frame.reordered, "", "max |x·x′ − its other|", "X Xᵀ"),
            Number("Printed cells right", right, f"of {frame.wrong.size}", "rounded or cut off", "slides"),
            Number("Largest error printed", float(np.abs(PRINTED - frame.exact).max()), "", "max |printed − PE|"),
        )
    )  # fmt: skip


def spelt(row: np.ndarray) -> str:
    """A vector in words."""
    return "(" + ", ".join(f"{x:.3f}".rstrip("0").rstrip(".") for x in row + 0.0) + ")"  # no −0
