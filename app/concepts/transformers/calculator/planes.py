"""Queries, keys and values of two numbers as places in the plane, where they can be dragged."""

import numpy as np
from jaxtyping import Float

from app.figures.scene import Arrows, Handles, Heat, Layer, Lines, Plane, Points, Shapes, Words

from .choices import LIBRARY
from .compute import FIELD, WINDOW, Board
from .compute import Plane as Drawn
from .matrices import TYPED, reached

Array = np.ndarray
ROOM, LETTER = 0.42, 0.08  # from a place to the middle of its name, and more for each letter
AXES = {LIBRARY: ("computing", "physics")}  # what the two numbers of a key mean
THIN, THICK = 0.8, 6.0  # pixels of a line for weight 0 and 1


def space(board: Board, drawn: Drawn) -> Plane:
    """Queries and keys; the colour is the score that a key there would get from the query."""
    case = board.case
    assert case.q is not None and case.k is not None
    q, k, _ = TYPED[board.p.example]
    reach = max(1.0, float(np.abs(drawn.field).max()))
    who = case.rows[board.query]
    row = board.it.scaled[board.query]
    best = int(row.argmax())
    layers: tuple[Layer, ...] = (
        Heat(drawn.field, *FIELD, "diverging", -reach, reach, 0.35),
        Arrows(np.zeros_like(case.k), case.k, "data", 0.9),
        Arrows(np.zeros_like(case.q), case.q, "model", 0.9),
        Handles(k, case.k, "data", label="key"),
        Handles(q, case.q, "model", label="query"),
        Points(case.q[[board.query]], "focus", 4.0),
        Words(outward(case.k, case.columns), case.columns, "data"),
        Words(outward(case.q, case.rows), case.rows, "model"),
    )
    says = f"“{who}” scores highest with “{case.columns[best]}”: {row[best]:.3f}."
    title = f"queries, keys, score with “{who}”"
    axes = AXES.get(board.p.example, ("", ""))
    return Plane(title, says, *WINDOW, layers, *axes)


def outward(xy: Float[Array, "n 2"], names: tuple[str, ...]) -> Float[Array, "n 2"]:
    """Where the names stand: a bit beyond the tip of each vector, as seen from the origin."""
    length = np.linalg.norm(xy, axis=1, keepdims=True)
    away = np.where(length > 0, xy / np.where(length > 0, length, 1.0), [[0.0, 1.0]])
    names_at: Array = xy + away * [[ROOM + LETTER * len(name), ROOM] for name in names]
    return names_at


def mix(board: Board, drawn: Drawn) -> Plane:
    """Values, the region of all their mixtures, and the outputs inside it."""
    case, z = board.case, board.it.output
    assert case.v is not None
    v = TYPED[board.p.example][2]
    who = case.rows[board.query]
    layers: list[Layer] = [Shapes(drawn.hull[None], "soft", 0.12)]
    says = f"{len(case.v)} values; no mixture of them leaves the shaded region."
    if reached(board, "output"):
        layers += links(board, case.v, z[board.query])
        layers += [Points(z, "soft", 3.0, label="other outputs")] if len(z) > 1 else []
        layers += [Points(z[[board.query]], "focus", 7.0, label=f"output of “{who}”")]
        at = ", ".join(f"{value:z.2f}" for value in z[board.query])
        says = f"“{who}” receives ({at}), a mixture of {len(case.v)} values."
    layers += [
        Handles(v, case.v, "ink", label="value"),
        Words(outward(case.v, case.columns), case.columns, "ink"),
    ]
    return Plane("values; grey: all their mixtures", says, *WINDOW, tuple(layers))


def links(board: Board, v: Float[Array, "m 2"], z: Float[Array, "2"]) -> list[Layer]:
    """A line from each value to the output, as thick as its weight."""
    row = board.it.weight[board.query]
    return [
        Lines(np.stack([v[j], z])[None], "focus", THIN + (THICK - THIN) * float(row[j]), 0.75)
        for j in range(len(v))
        if row[j] > 0
    ]
