"""One cell of a map taken apart, and a query dragged among the keys."""

from typing import Literal, NamedTuple

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Handles,
    Ink,
    Matrix,
    Number,
    Plane,
    Points,
    Scene,
    Series,
    Words,
)

from .chain import Chain
from .compute import Frame
from .heads import name

NAMED = 6  # keys with the largest weights, written above their points
TOPS = (0.05, 0.1, 0.25, 0.5, 1.0)
STRONG, WEAK = 0.2, 0.02  # weights from which a key's point is drawn larger


class Bar(NamedTuple):
    """A value for each key of a row, 0 where it belongs to another group."""

    values: np.ndarray
    ink: Ink
    label: str
    style: Literal["bars", "points"] = "bars"


def chain(frame: Frame) -> Scene:
    """The chain of one weight: products, scores of the row, weights of the row, values."""
    it = frame.chain
    assert it is not None
    pieces = frame.reading.pieces
    reader, other = f"“{pieces[it.row]}”", f"“{pieces[it.column]}”"
    d = it.terms.shape[1]
    masked = "" if it.seen[it.column] else ", masked"
    weight = it.weight[it.column]
    here = np.arange(len(it.weight)) == it.column
    return {
        "terms": Matrix(
            f"q · k = {it.score:.3g}: {d} products",
            f"The query of {reader} times the key of {other}, term by term; sum {it.score:.4f}.",
            it.terms,
            low=-bound(it.terms),
            high=bound(it.terms),
            ramp="diverging",
            rows=(f"q {pieces[it.row]}", f"k {pieces[it.column]}", "q × k"),
        ),
        "scores": bars(
            f"÷ √{d} = {it.scaled[it.column]:.3g}{masked}; its row",
            f"Scaled scores of {reader} with every key; grey ones are masked to −∞.",
            (
                Bar(np.where(it.seen, 0, it.scaled), "noise", "masked"),
                Bar(np.where(it.seen & ~here, it.scaled, 0), "data", ""),
                Bar(np.where(here, it.scaled, 0), "focus", "this cell"),
            ),
            (float(min(0, it.scaled.min())), float(max(0, it.scaled.max()))),
            "score",
        ),
        "weights": bars(
            f"softmax {it.power:.3g} ÷ {it.total:.3g} = {weight:.3f}",
            f"The softmax of the row: {reader} gives {other} the weight {weight:.4f}.",
            (
                Bar(np.where(here, 0, it.weight), "model", ""),
                Bar(np.where(here, it.weight, 0), "focus", ""),
            ),
            (0.0, top(it.weight)),
            "weight",
        ),
        "values": Matrix(
            f"{weight:.3f} × value; the row's sum",
            f"The value of {other}, times its weight {weight:.4f}, and the sum over all keys.",
            it.values,
            low=-bound(it.values),
            high=bound(it.values),
            ramp="diverging",
            rows=("value v", "A × v", "Σ A × v"),
        ),
    }


def bound(values: np.ndarray) -> float:
    """The largest size, both ways alike, so that the middle of the ramp is 0."""
    return float(np.abs(values).max(initial=1e-9))


def top(weight: np.ndarray) -> float:
    """The end of an axis for weights: one of a few, so that it seldom jumps."""
    return next(end for end in TOPS if end >= weight.max() or end == 1)


def bars(
    title: str, says: str, groups: tuple[Bar, ...], y: tuple[float, float], label: str
) -> Chart:
    """Bars over the keys of a row, in groups of a meaning each."""
    n = len(groups[0].values)
    at = np.arange(n, dtype=float)
    series = tuple(
        Series(at, group.values, group.ink, group.label, group.style) for group in groups
    )
    return Chart(title, says, series, (-0.5, n - 0.5), y, "key, place in the text", label)


def chained(it: Chain) -> tuple[Number, ...]:
    """The steps from a dot product to what it brings, each with its formula."""
    d, j = it.terms.shape[1], it.column
    value, brought, whole = np.linalg.norm(it.values, axis=1)
    return (
        Number("dot product", it.score, "", "Σ_c q_c k_c", "query, key"),
        Number("scaled", float(it.scaled[j]), "", f"q·k / √{d}", "query, key"),
        Number("may be seen", float(it.seen[j]), "", "1, or 0 where M = −∞", "allowed"),
        Number("exponential", it.power, "", "e^(s − max s), 0 if masked", "query, key"),
        Number("sum of the row", it.total, "", "Σⱼ e^(sⱼ − max s)", "query, key"),
        Number("weight", float(it.weight[j]), "", "exponential / sum", "attention[b, l, h, i, j]"),
        Number("length of the value", float(value), "", "‖vⱼ‖", "value[b, l, h, j]"),
        Number("length of what it adds", float(brought), "", "‖Aᵢⱼ vⱼ‖", "value"),
        Number("length of the whole", float(whole), "", "‖Σⱼ Aᵢⱼ vⱼ‖", "value"),
        Number("from the graph's weights", it.apart, "", "max |Aᵢⱼ − graph's|", "attention"),
    )


def plane(frame: Frame) -> Plane:
    """The keys as points, the query as a handle."""
    it, reading = frame.plane, frame.reading
    assert it is not None
    best = np.argsort(-it.weight, kind="stable")[:NAMED]
    ends = np.stack([it.home, it.place])
    reach = 1.25 * max(bound(it.keys), bound(ends))
    strong, some = it.weight >= STRONG, (it.weight < STRONG) & (it.weight >= WEAK)
    faint = ~strong & ~some
    most = int(it.weight.argmax())
    return Plane(
        f"head {name(reading.p.head)}: drag the query of “{reading.pieces[frame.t]}”",
        f"It looks most at “{reading.pieces[most]}”, weight {it.weight[most]:.3f}; before the move "
        f"{it.before[most]:.3f}. The plane holds {it.share:.0%} of the keys' variance.",
        (-reach, reach),
        (-reach, reach),
        (
            Arrows(np.zeros((1, 2)), it.home[None], "noise", label="as it was"),
            Arrows(np.zeros((1, 2)), it.place[None], "focus", 0.9),
            Points(it.keys[faint], "data", 2.5, 0.5, "keys", it.weight[faint]),
            Points(it.keys[some], "data", 5.0, 0.8, "", it.weight[some]),
            Points(it.keys[strong], "model", 7.5, 0.9, "", it.weight[strong]),
            Words(it.keys[best] + [0, 0.06 * reach], tuple(reading.pieces[i] for i in best), "ink"),
            Handles("pull", it.place[None], label="query"),
        ),
        "first axis of the keys",
        "2nd",
    )


def moved(frame: Frame) -> Chart:
    """The reader's row, before the query was moved and now."""
    it = frame.plane
    assert it is not None
    most = int(it.weight.argmax())
    return bars(
        "its weights, before and now",
        f"Largest now {it.weight[most]:.3f} at {most}; there before {it.before[most]:.3f}.",
        (Bar(it.weight, "model", "now"), Bar(it.before, "noise", "before", "points")),
        (0.0, max(top(it.weight), top(it.before))),
        "weight",
    )
