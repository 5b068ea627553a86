"""One head matrix by matrix, several heads side by side, or scores that grow with their width."""

from dataclasses import replace

import numpy as np

from app.figures.scene import Bars, Clock, Matrix, Number, Numbers, Plane, Scene, Wall

from . import growth, several
from .cases import printed_alike
from .choices import CROSS, LIBRARY, SEVEN
from .compute import Board, Split
from .extras import extra, told
from .matrices import chain, output, projected, tokens, vectors
from .planes import mix, space
from .root import Sweep


def draw(frame: Board | Split | Sweep) -> Scene:
    """The scene of whichever example is shown."""
    if isinstance(frame, Sweep):
        return growth.draw(frame)
    if isinstance(frame, Split):
        return several.draw(frame)
    return head(frame)


def head(board: Board) -> Scene:
    """The matrices of one head, its planes, and what else the example asks for."""
    views = reading(board)
    first = next(iter(views))  # what it says is read out: the stage in words
    views[first] = replace(views[first], says=told(board))
    last = len(board.stages) - 1
    label = f"{board.stages[board.at]}, stage"
    ends = f"0 {board.stages[0]}", f"{last} {board.stages[-1]}"
    clock = Clock(board.at, float(board.at), label, *ends)
    return views | {"numbers": numbers(board), "clock": clock}


def reading(board: Board) -> dict[str, Plane | Matrix | Bars | Wall]:
    """The views in the order in which they are read."""
    case, drawn, example = board.case, board.plane, board.p.example
    if drawn and example == LIBRARY:
        planes = {"desk": space(board, drawn), "blend": mix(board, drawn)}
        return {**planes, **vectors(board), **extra(board)}
    views: dict[str, Plane | Matrix | Bars | Wall] = {}
    if case.made:
        views |= tokens(board, case.made) | projected(board, case.made)
    elif case.v is not None:
        views |= vectors(board)
    views |= chain(board)
    if case.v is not None:
        views["output"] = output(board, case.v)
    if drawn:
        views["space"] = space(board, drawn)
    if drawn and example != CROSS:
        views["mix"] = mix(board, drawn)
    return {**views, **extra(board)}


def numbers(board: Board) -> Numbers:
    """What must hold, and what the query followed does."""
    it, i = board.it, board.query
    who, row = board.case.rows[i], it.weight[i]
    off = float(np.abs(it.weight.sum(-1) - it.allowed.any(-1)).max())
    rows = [
        Number("divisor of the scores", board.divisor, "", "√d_k, or 1", "Q K^T"),
        Number(f"largest weight of “{who}”", float(row.max()), "", "max_j A_ij", "A"),
        Number(f"spread of “{who}”", float(board.entropy[i]), "bits", "−Σ A_ij log₂ A_ij", "A"),
        Number(
            "spread, mean of all rows", float(board.entropy.mean()), "bits", "of every row", "A"
        ),
        Number("row sums, largest error", off, "", "max |Σ_j A_ij − 1|", "A"),
    ]
    if board.leak is not None:
        formula = "max |ΔZ_i|, i before the last, if its scores and value grow by 1"
        rows.append(Number("last token moves earlier ones by", board.leak, "", formula, "Z"))
    if board.moved is not None:
        formula = "max |Z of the reversed text, reversed − Z|"
        rows.append(Number("moved by reversing the order", board.moved, "", formula, "Z"))
    if board.p.example == SEVEN:
        alike = float(printed_alike(it.weight))
        rows.append(
            Number(
                "printed digits that agree", alike, f"of {it.weight.size}", "⌊1000 A⌋ / 1000", "A"
            )
        )
    if board.case.own is not None:
        off = float(np.abs(it.weight - board.case.own).max())
        rows.append(Number("off the network's own weights", off, "", "max |A − attention|", "A"))
    return Numbers(tuple(rows))
