"""The world as it stands on the page: a map, what was painted over it, and the best one can do in it."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Real

from models.maths.mdp import MDP, Solution, optimal
from models.worlds.grid import GROUNDS, WORLDS, Board

Array = np.ndarray


class Place(NamedTuple):
    """What a world depends on."""

    name: str
    painted: tuple[tuple[int, int], ...]  # (cell, ground) in place of the map's
    slip: float
    cost: float  # what a step costs beside what the map says


@dataclass(frozen=True)
class Known:
    """A world with its solution."""

    board: Board
    mdp: MDP
    best: Solution

    def at_start(self, v: Float[Array, " s"]) -> float:
        """What values promise where episodes begin."""
        return float(v[self.board.starts].mean())

    def picture(self, values: Real[Array, " s"]) -> Float[Array, "h w"]:
        """A value of each cell, as the cells lie."""
        return values.reshape(self.board.kinds.shape).astype(float)

    def sides(self, values: Float[Array, "s a"]) -> Float[Array, "h w 4"]:
        """A value of each action, in the order up, right, down, left."""
        four = np.zeros((len(values), 4))
        four[:, list(self.board.ways)] = values * self.board.there[:, None]
        return four.reshape(*self.board.kinds.shape, 4)


@lru_cache(maxsize=64)
def place(where: Place, gamma: float, alpha: float = 0.0) -> Known:
    """The world, and its exact solution."""
    board = WORLDS[where.name].painted(where.painted)
    board = replace(board, step=board.step - where.cost)
    mdp = board.mdp(where.slip)
    return Known(board, mdp, optimal(mdp, gamma, alpha))


def brushes() -> tuple[str, ...]:
    """What can be painted, in the order of its numbers."""
    return tuple(ground.sign if len(ground.sign) > 1 else ground.name for ground in GROUNDS)
