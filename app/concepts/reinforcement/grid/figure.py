"""The cells with what they are believed to be worth, and below them how that came about."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from app.figures.scene import Board, Clock, Ramp, Scene
from models.worlds.grid import GROUNDS, WALL

from .charts import chances, errors, numbers, returns, rewards
from .compute import Frame
from .controls import JUDGE
from .methods import methods
from .state import Lane
from .trees import tree
from .world import brushes

Array = np.ndarray
LABELS = {"value": "V", "Q": "Q", "visits": "visits", "error": "|V − truth|"}


def draw(frame: Frame) -> Scene:
    """The world of one planner or learner, or of two side by side."""
    p, lanes = frame.params, frame.lanes
    names = ("world",) if len(lanes) == 1 else ("first", "second")
    boards = {name: board(frame, lane) for name, lane in zip(names, lanes, strict=True)}
    boards[names[0]] = replace(boards[names[0]], paint=p.brush, brushes=brushes())
    what = "sweep" if p.plans else "step" if p.pace == "steps" else "episode"
    done = p.episodes // 100 * lanes[0].done if what == "episode" else lanes[0].done
    clock = Clock(frame.index, float(done), what, "0")
    return {**boards, **beside(frame), "numbers": numbers(frame), "clock": clock}


def beside(frame: Frame) -> Scene:
    """What stands beside the world: one backup or the map of methods, with progress; or a path."""
    p = frame.params
    if p.beside == "path":
        return {"return": rewards(frame), "chance": chances(frame)}
    judged = p.plans or p.method in JUDGE
    return {
        "backup": methods(frame) if p.beside == "map" else tree(frame),
        "learn": errors(frame) if judged else returns(frame),
    }


def board(frame: Frame, lane: Lane) -> Board:
    """The floor: values, ways, the last trajectory, and what the cells are."""
    p, kinds = frame.params, frame.kinds
    flat = kinds.ravel()
    steps = len(lane.walk.reward)
    cell = lane.backup.cell if lane.backup else int(lane.walk.cells[-1])
    where = np.stack(np.divmod(lane.walk.cells, kinds.shape[1]), -1).astype(float)
    shown = Board(
        title=f"{lane.name}: {titles(p.look)}",
        says=f"{lane.name} on {p.world}: {lane.note or f'{steps} steps in the last episode'}; the start "
        f"is believed to be worth {believed(frame, lane):.3g}, with the best policy it is {lane.best:.3g}.",
        values=lane.v,
        value_label=LABELS[p.look],
        petals=lane.policy,
        blocked=kinds == WALL,
        bare=~frame.known.board.there.reshape(kinds.shape),
        signs=tuple(GROUNDS[kind].sign for kind in flat),
        path=where,
        notes={"V of the truth": lane.truth, "visits": lane.visits},
        cell=(cell // kinds.shape[1], cell % kinds.shape[1]),
        mark="cell",
    )
    return coloured(frame, lane, shown)


def titles(look: str) -> str:
    """What the colours are, in words."""
    return {
        "value": "V of each cell, and its ways",
        "Q": "Q of each way out of a cell",
        "visits": "how often each cell was met",
        "error": "how wrong V is of each cell",
    }[look]


def coloured(frame: Frame, lane: Lane, shown: Board) -> Board:
    """The board in the colours that were asked for; the window is that of the truth."""
    look, reach = frame.params.look, max(float(np.abs(lane.truth).max()), 1e-3)
    reach = float(f"{reach:.2g}")
    if look == "visits":
        return tinted(shown, lane.visits, max(float(lane.visits.max()), 1.0))
    if look == "error":
        return tinted(shown, np.abs(lane.v - lane.truth), reach)
    diverging: Ramp = "diverging"
    sides = lane.q if look == "Q" else None
    return replace(shown, low=-reach, high=reach, ramp=diverging, sides=sides)


def tinted(shown: Board, values: Float[Array, "h w"], high: float) -> Board:
    """The board with other numbers than values."""
    return replace(shown, values=values, low=0.0, high=high)


def believed(frame: Frame, lane: Lane) -> float:
    """What the start is thought to be worth."""
    return frame.known.at_start(lane.v.ravel())
