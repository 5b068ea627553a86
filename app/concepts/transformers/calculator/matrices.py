"""The matrices of one head in reading order, each waiting until its stage has come."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float

from app.figures.scene import Matrix

from .cases import Projections
from .choices import CROSS, HAND, LIBRARY, REACH, SEVEN, SIX
from .compute import Board

Array = np.ndarray
WAITING, NEVER = "…", "−∞"
# Which parameters hold the queries, keys and values, or the scores, of an example.
TYPED = {
    HAND: ("q", "k", "v"),
    LIBRARY: ("wish", "labels", "contents"),
    CROSS: ("patches", "words", "meanings"),
}
SCORES = {SIX: "six", SEVEN: "seven"}


def reached(board: Board, stage: str) -> bool:
    """Whether the computation has come so far."""
    return stage not in board.stages or board.stages.index(stage) <= board.at


def numbered(count: int) -> tuple[str, ...]:
    """Names of columns that have none."""
    return tuple(str(i + 1) for i in range(count))


def signed(title: str, says: str, values: Float[Array, "n m"], reach: float = 0.0) -> Matrix:
    """Numbers of both signs on a ramp that is as long both ways."""
    reach = reach or max(1.0, float(np.ceil(10 * np.abs(values).max()) / 10))
    return Matrix(
        title, says, values, -reach, reach, "diverging", columns=numbered(values.shape[1])
    )


def waits(view: Matrix, ready: bool) -> Matrix:
    """The view as it is, or its cells not yet computed."""
    if ready:
        return view
    cells = np.ones(view.values.shape, bool)
    says = f"{view.value_label.capitalize()}: not computed yet at this stage."
    return replace(view, says=says, hidden=cells, blank=WAITING, notes={})


def tokens(board: Board, made: Projections) -> dict[str, Matrix]:
    """The tokens and their three projections."""
    n, width = made.x.shape
    x = signed("X: the tokens", f"{n} tokens of {width} numbers.", made.x, REACH)
    notes = {"position P": made.place} if board.p.place else {}
    views = {
        "x": replace(
            x, rows=board.case.rows, value_label="X", lit=board.query, edit="x", notes=notes
        )
    }
    for view, name, w in (
        ("wq", "W_Q", made.w_q),
        ("wk", "W_K", made.w_k),
        ("wv", "W_V", made.w_v),
    ):
        says = f"{name} makes {w.shape[1]} numbers of {width}."
        views[view] = replace(
            signed(name, says, w, REACH), rows=numbered(width), value_label=name, edit=name.lower()
        )
    return views


def vectors(board: Board) -> dict[str, Matrix]:
    """Queries, keys and values: typed by hand."""
    case, names = board.case, TYPED[board.p.example]
    if case.q is None or case.k is None or case.v is None:
        return {}
    what = (
        ("Q", "what it asks", case.q, case.rows),
        ("K", "what it offers", case.k, case.columns),
        ("V", "what it gives", case.v, case.columns),
    )
    views = {}
    for param, (name, role, values, rows) in zip(names, what, strict=True):
        says = f"{name}, {role}: {len(rows)} tokens of {values.shape[1]} numbers."
        views[name.lower()] = replace(
            signed(f"{name}: {role}", says, values, REACH),
            rows=rows, value_label=name, edit=param, lit=board.query if name == "Q" and len(rows) > 1 else -1,
        )  # fmt: skip
    return views


def projected(board: Board, made: Projections) -> dict[str, Matrix]:
    """Queries, keys and values: made from the tokens."""
    case, x = board.case, made.x + made.place
    of = "(X+P)" if board.p.place else "X "
    views = {}
    for name, values, w in (
        ("Q", case.q, made.w_q),
        ("K", case.k, made.w_k),
        ("V", case.v, made.w_v),
    ):
        says = f"{name} = {of}W_{name}: {len(x)} tokens of {w.shape[1]} numbers."
        view = replace(
            signed(f"{name} = {of}W_{name}", says, np.asarray(values)),
            rows=case.rows, value_label=name, row_vectors=x, column_vectors=w.T.copy(),
            lit=board.query if name == "Q" else -1, pick="query" if name == "Q" else "",
        )  # fmt: skip
        views[name.lower()] = waits(view, reached(board, "vectors"))
    return views


def chain(board: Board) -> dict[str, Matrix]:
    """From raw scores to weights."""
    case, it, p = board.case, board.it, board.p
    by = "not divided" if board.divisor == 1 else f"÷ √{case.d_k} = {board.divisor:.3g}"
    blocked = ~it.allowed
    total = np.broadcast_to(it.power.sum(-1, keepdims=True), it.power.shape)
    notes = {"e^(s − row's largest)": it.power, "sum of the row": total}
    notes |= {} if case.own is None else {"the network's own": case.own}
    raw = scores(board, "raw scores Q Kᵀ" if case.q is not None else "raw scores S", it.raw)
    weights = Matrix("weights A: softmax", "Each row sums to one.", it.weight, value_label="weight")
    views = {
        "raw": replace(
            raw, value_label="score", row_vectors=case.q, column_vectors=case.k,
            edit=SCORES.get(p.example, ""), pick="" if p.example in SCORES else "query",
        ),
        "scaled": replace(scores(board, f"scaled: {by}", it.scaled), notes={"raw": it.raw}),
        "masked": masked(board, it.scaled, blocked),
        "weights": replace(
            weights, hidden=blocked, blank="0", pick="query", lit=board.query,
            digits=3 if p.example == SEVEN else 2,
            rows=case.rows, columns=case.columns, row_label="query", column_label="key",
            notes=notes,
        ),
    }  # fmt: skip
    stages = {"raw": "raw scores"}
    return {
        name: waits(view, reached(board, stages.get(name, name))) for name, view in views.items()
    }


def scores(board: Board, title: str, values: Float[Array, "n m"]) -> Matrix:
    """How well each query fits each key."""
    best = int(values[board.query].argmax())
    says = (
        f"“{board.case.rows[board.query]}” scores highest with “{board.case.columns[best]}”: "
        f"{values[board.query, best]:.3f}."
    )
    return replace(
        signed(title, says, values), rows=board.case.rows, columns=board.case.columns,
        row_label="query", column_label="key", value_label="score", lit=board.query, pick="query",
    )  # fmt: skip


def masked(board: Board, values: Float[Array, "n m"], blocked: Bool[Array, "n m"]) -> Matrix:
    """The scores that may count; the others are −∞."""
    says = f"{int(blocked.sum())} of {blocked.size} cells are blocked, with a score of −∞."
    paint = "blocked" if board.p.mask == "painted" else ""
    view = scores(board, "+ M: drag to paint" if paint else "masked: + M", values)
    return replace(
        view, says=says, hidden=blocked, blank=NEVER, paint=paint, pick="" if paint else "query"
    )


def output(board: Board, v: Float[Array, "m d"]) -> Matrix:
    """What every query receives."""
    z = board.it.output
    parts = ", ".join(f"{value:z.3f}" for value in z[board.query])
    view = signed("output Z = A V", f"“{board.case.rows[board.query]}” receives ({parts}).", z)
    view = replace(
        view, rows=board.case.rows, value_label="Z", lit=board.query, pick="query",
        row_vectors=board.it.weight, column_vectors=v.T.copy(),
    )  # fmt: skip
    return waits(view, reached(board, "output"))
