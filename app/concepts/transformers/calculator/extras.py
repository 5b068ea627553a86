"""What one example alone shows, and each stage in words."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from app.figures.scene import Bars, Matrix, Wall

from . import examples as e
from .choices import CROSS, LIBRARY, SEVEN, SIX, TRAINED
from .compute import Board
from .matrices import reached, signed


def extra(board: Board) -> Mapping[str, Matrix | Bars | Wall]:
    """What one example alone shows."""
    example = board.p.example
    if example in (LIBRARY, SIX):
        return {"shelf" if example == LIBRARY else "row": taken(board)}
    if example == CROSS:
        return {"maps": maps(board)}
    if example == TRAINED:
        return trained(board)
    return {"printed": printed(board)} if example == SEVEN else {}


def taken(board: Board) -> Bars:
    """The weights of the query followed."""
    ready = reached(board, "weights")
    which = "from each" if ready else "is not known yet"
    title = f"what “{board.case.rows[board.query]}” takes {which}"
    row = board.it.weight[board.query] * ready
    return Bars(title, told(board), board.case.columns, row, ink="focus")


def maps(board: Board) -> Wall:
    """Each word's column of weights, its patches in the places that they have in the picture."""
    words, ready = board.case.columns, reached(board, "weights")
    best = board.case.rows[int(board.it.weight[:, 0].argmax())]
    return Wall(
        "which patches look at each word" if ready else "patches and words, not computed yet",
        f"The word “{words[0]}” is looked at most by the patch “{best}”.",
        board.it.weight.T.reshape(len(words), -1, e.ACROSS) * ready,
        across=2,
        labels=words,
    )


def printed(board: Board) -> Matrix:
    """The slide's weights as they stand there."""
    values = np.array(e.PRINTED)
    sums = values.sum(-1)
    return Matrix(
        "the slide's weights, cut to 3 digits",
        f"As printed, rows sum to {sums.min():.3f} to {sums.max():.3f}.",
        values, rows=board.case.rows, columns=board.case.columns, row_label="query",
        column_label="key", value_label="printed weight", lit=board.query,
        hidden=values == 0, blank="0", notes={"computed": board.it.weight}, digits=3,
    )  # fmt: skip


def trained(board: Board) -> dict[str, Matrix]:
    """Queries and keys of a trained head, too many numbers to write."""
    case = board.case
    assert case.q is not None
    assert case.k is not None
    views: dict[str, Matrix] = {}
    for view, name, values in (("asks", "Q", case.q), ("offers", "K", case.k)):
        says = f"{name} of head {case.head}: {values.shape[0]} tokens of {values.shape[1]} numbers."
        views[view] = replace(
            signed(f"{name} of head {case.head}", says, values),
            rows=case.rows, columns=(), value_label=name, lit=board.query, pick="query",
        )  # fmt: skip
    return views


def told(board: Board) -> str:
    """What this stage does to the query followed, in words."""
    case, it, i = board.case, board.it, board.query
    row, m = it.weight[i], len(case.columns)
    best = int(row.argmax())
    who, whom = case.rows[i], case.columns[best]
    seen = int(it.allowed[i].sum())
    asking = f"{len(case.rows)} queries" if len(case.rows) > 1 else "One query"
    bits = f"{board.entropy[i]:z.2f} bits of at most {np.log2(max(seen, 1)):.2f}"
    sentences = {
        "tokens": f"{len(case.rows)} tokens, the same {m} to ask and to be asked.",
        "vectors": f"{asking} and {m} keys of {case.d_k} numbers each.",
        "raw scores": f"“{who}” with “{whom}” scores {it.raw[i, best]:.4g}.",
        "scaled": f"“{who}” with “{whom}”: {it.raw[i, best]:.4g} / {board.divisor:.4g} = "
        f"{it.scaled[i, best]:.4g}.",
        "masked": f"“{who}” may look at {seen} of {m}.",
        "weights": f"“{who}” gives “{whom}” most, {row[best]:.3f}; its row spreads over {bits}.",
        "output": f"“{who}” receives {row[best]:.3f} of the value of “{whom}” and the rest of others.",
    }
    return sentences[board.stages[board.at]]
