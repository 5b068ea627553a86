"""Several heads: their maps, their outputs side by side, and what W_O makes of them."""

from dataclasses import replace

import numpy as np

from app.figures.scene import Clock, Matrix, Number, Numbers, Scene, Wall

from .compute import Split
from .matrices import signed, waits

STAGES = ("heads", "side by side", "projected")


def draw(frame: Split) -> Scene:
    """Tokens, heads, strips side by side, output."""
    it, placed = frame.it, frame.p.place
    n, width = frame.x.shape
    h, _, d = it.query.shape
    wide = tuple(f"{i // d + 1}.{i % d + 1}" for i in range(width))
    each = f"{d} numbers" if d > 1 else "one number"
    words = f"{h} heads of {each}" if h > 1 else f"one head of {each}"
    x = signed("X + P: the tokens" if placed else "X: the tokens", told(frame, words), frame.x, 3.0)
    concat = signed("heads side by side (head.number)", f"{words} beside each other.", it.concat)
    w_o = signed("W_O mixes the heads", f"{width} × {width} numbers.", frame.w.w_o)
    output = signed("output: side by side times W_O", f"{n} tokens of {width} numbers.", it.output)
    output = replace(output, row_vectors=it.concat, column_vectors=frame.w.w_o.T.copy())
    return {
        "tokens": replace(x, rows=frame.names, value_label="X", edit="" if placed else "many"),
        "wall": Wall(
            f"weights of {words}",
            f"{words}; {frame.entropy.mean():.2f} bits a row on average.",
            it.each.weight,
            across=2 if h == 4 else min(h, 4),
            labels=tuple(f"head {i + 1}" for i in range(h)),
            selected=frame.head,
            select="head",
        ),
        "head": head(frame),
        "concat": waits(
            replace(concat, rows=frame.names, columns=wide, value_label="head output"), frame.at > 0
        ),
        "wo": replace(w_o, rows=wide, value_label="W_O"),
        "z": waits(replace(output, rows=frame.names, value_label="Z"), frame.at > 1),
        "numbers": numbers(frame),
        "clock": Clock(
            frame.at, float(frame.at), f"{STAGES[frame.at]}, stage", "0 heads", "2 projected"
        ),
    }


def told(frame: Split, words: str) -> str:
    """The stage in words."""
    who, row = frame.names[frame.query], frame.it.each.weight[frame.head, frame.query]
    z = frame.it.output[frame.query]
    return (
        f"{words}: in head {frame.head + 1} “{who}” looks most at "
        f"“{frame.names[int(row.argmax())]}”, {row.max():.3f}.",
        f"Side by side they give “{who}” {len(z)} numbers again.",
        f"W_O mixes them: the first number of “{who}” becomes {z[0]:.3f}.",
    )[frame.at]


def head(frame: Split) -> Matrix:
    """The weights of the head shown, with its own short queries and keys."""
    it, i = frame.it, frame.head
    weight, row = it.each.weight[i], it.each.weight[i, frame.query]
    best = int(row.argmax())
    return Matrix(
        f"head {i + 1} of {len(it.query)}: who looks at whom",
        f"In head {i + 1} “{frame.names[frame.query]}” looks most at “{frame.names[best]}”, {row[best]:.3f}.",
        weight, rows=frame.names, columns=frame.names, row_label="query", column_label="key",
        value_label="weight", hidden=~it.each.allowed, blank="0", lit=frame.query, pick="query",
        notes={"score": it.each.raw[i], "scaled": it.each.scaled[i]},
        row_vectors=it.query[i], column_vectors=it.key[i],
    )  # fmt: skip


def numbers(frame: Split) -> Numbers:
    """What stays the same however many heads there are, and what does not."""
    it = frame.it
    d = it.query.shape[-1]
    apart = float(np.abs(it.each.weight - it.each.weight.mean(0)).max())
    return Numbers(
        (
            Number("numbers of a head, d_h", float(d), "", "d_e / h", "Q_i"),
            Number("weights to learn", float(frame.w.count), "", "4 d_e², for every h", "W"),
            Number("scores computed", float(it.each.raw.size), "", "h n²", "S"),
            Number("spread, mean", float(frame.entropy.mean()), "bits", "−Σ A log₂ A", "A"),
            Number("heads apart, largest", apart, "", "max |A − mean over heads|", "A"),
            Number("moved by reversing the order", frame.moved, "", "max |Z reversed − Z|", "Z"),
        )
    )
