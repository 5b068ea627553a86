"""One head matrix by matrix, several heads side by side, or scores that grow with their width."""

from dataclasses import replace

import numpy as np

from app.figures.scene import Bars, Clock, Number, Numbers, Scene, View, Wall

from . import examples as e
from . import growth, several
from .cases import printed_alike
from .compute import CROSS, LIBRARY, SEVEN, SIX, Board, Split
from .matrices import chain, output, printed, projected, reached, tokens, told, vectors
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
    case, p = board.case, board.p
    matrices = {} if p.example == LIBRARY else chain(board)
    views: dict[str, View] = {}
    if matrices:  # first: what it says is the stage in words
        views["weights"] = replace(matrices["weights"], says=told(board))
    views |= extra(board) | {name: view for name, view in matrices.items() if name not in views}
    if case.made:
        views |= tokens(board, case.made) | projected(board, case.made)
    elif case.q is not None:
        views |= vectors(board)
    if case.v is not None and p.example != LIBRARY:
        views["output"] = output(board, case.v)
    if board.plane and p.example == LIBRARY:
        views |= {"desk": space(board, board.plane), "blend": mix(board, board.plane)}
    elif board.plane:
        views["space"] = space(board, board.plane)
        views |= {"mix": mix(board, board.plane)} if p.example != CROSS else {}
    last = len(board.stages) - 1
    label = f"{board.stages[board.at]}, stage"
    ends = f"0 {board.stages[0]}", f"{last} {board.stages[-1]}"
    clock = Clock(board.at, float(board.at), label, *ends)
    return views | {"numbers": numbers(board), "clock": clock}


def extra(board: Board) -> dict[str, View]:
    """What one example alone shows."""
    case, example, ready = board.case, board.p.example, reached(board, "weights")
    row = board.it.weight[board.query] * ready
    if example in (LIBRARY, SIX):
        title = f"what “{case.rows[board.query]}” takes from each" + ", not computed yet" * (
            not ready
        )
        return {
            "shelf" if example == LIBRARY else "row": Bars(
                title, told(board), case.columns, row, ink="focus"
            )
        }
    if example == CROSS:
        tiles = board.it.weight.T.reshape(len(case.columns), -1, e.ACROSS) * ready
        best = case.rows[int(board.it.weight[:, 0].argmax())]
        says = f"The word “{case.columns[0]}” is looked at most by the patch “{best}”."
        title = (
            "which patches look at each word" if ready else "patches and words, not computed yet"
        )
        return {"maps": Wall(title, says, tiles, across=2, labels=case.columns)}
    return {"printed": printed(board)} if example == SEVEN else {}


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
    return Numbers(tuple(rows))
