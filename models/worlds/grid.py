r"""Worlds of cells: what each kind of ground pays, and where a step leads.

A step goes the way it was meant with probability $1 - \text{slip}$, else to either side of it with
$\text{slip}/2$ each; before a wall or the edge one stays. Entering a cell pays what its ground pays.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Int

from models.maths.mdp import MDP

Array = np.ndarray
WAYS = np.array([[-1, 0], [0, 1], [1, 0], [0, -1]])  # up, right, down, left as (row, column)
ARROWS = "↑→↓←"


@dataclass(frozen=True)
class Ground:
    """A kind of cell: its sign on the board, what entering it pays, and what it does."""

    name: str
    sign: str
    letter: str  # in the maps below
    pays: float | None = None  # in place of the world's reward for a step
    ends: bool = False


GROUNDS = (
    Ground("floor", "", "."),
    Ground("wall", "", "#"),
    Ground("start", "S", "S"),
    Ground("end", "end", "x", ends=True),
    Ground("goal +1", "+1", "g", 1.0, True),
    Ground("goal +10", "+10", "G", 10.0, True),
    Ground("pit −1", "−1", "p", -1.0, True),
    Ground("cliff −100", "−100", "c", -100.0),  # and back to the start
    Ground("toll −3", "−3", "t", -3.0),
    Ground("coin +1", "coin", "o", 1.0),  # again each time it is entered
    Ground("wind", "wind", "w"),  # carries whoever leaves the cell one further up
    Ground("portal", "portal", "q"),  # to the next portal, in reading order
)
_FLOOR, WALL, START, _END, _, _, _, CLIFF, _, _, WIND, PORTAL = range(len(GROUNDS))


@dataclass(frozen=True)
class Board:
    """A world as it is drawn: the kind of each cell, and what a step pays."""

    kinds: Int[Array, "h w"]
    step: float = 0.0  # reward for entering plain ground
    ways: tuple[int, ...] = (0, 1, 2, 3)  # the actions there are, of WAYS

    @property
    def starts(self) -> Int[Array, " n"]:
        """The cells where episodes begin, one as likely as another: those marked, or any floor."""
        flat = self.kinds.ravel()
        marked = np.flatnonzero(flat == START)
        return marked if len(marked) else np.flatnonzero(flat == _FLOOR)

    @property
    def there(self) -> Bool[Array, " s"]:
        """Which cells one can stand on and act: no walls, no ends, no cliffs."""
        kinds = self.kinds.ravel()
        return np.array([k not in (WALL, CLIFF) and not GROUNDS[k].ends for k in kinds])

    def painted(self, edits: tuple[tuple[int, int], ...]) -> "Board":
        """The board with other ground (place, kind); without a place to begin all edits are off."""
        kinds = self.kinds.copy()
        for place, kind in edits:
            kinds.flat[place] = kind
        other = replace(self, kinds=kinds)
        return other if len(other.starts) else self

    def land(self, place: int, way: int) -> int:
        """Where a move in this way ends, before any cliff or portal acts."""
        for push in (way, 0) if self.kinds.flat[place] == WIND else (way,):
            row, column = np.array(divmod(place, self.kinds.shape[1])) + WAYS[push]
            inside = 0 <= row < self.kinds.shape[0] and 0 <= column < self.kinds.shape[1]
            if inside and self.kinds[row, column] != WALL:
                place = int(row * self.kinds.shape[1] + column)
        return place

    def enter(self, place: int) -> tuple[int, float]:
        """Where one is after entering a cell, and what that paid."""
        kind = self.kinds.flat[place]
        pays = GROUNDS[kind].pays
        if kind == CLIFF:
            place = int(self.starts[0])
        elif kind == PORTAL:
            portals = np.flatnonzero(self.kinds.ravel() == PORTAL)
            place = int(portals[(np.searchsorted(portals, place) + 1) % len(portals)])
        return place, self.step if pays is None else pays

    def mdp(self, slip: float = 0.0) -> MDP:
        """Every state, action and outcome; cells are numbered row by row. Lands: meant, left, right."""
        size, actions = self.kinds.size, len(self.ways)
        to = np.tile(np.arange(size)[:, None, None], (1, actions, 3))
        reward = np.zeros((size, actions, 3))
        chance = np.broadcast_to([1 - slip, slip / 2, slip / 2], reward.shape).copy()
        for place in np.flatnonzero(self.there):
            ways = [self.enter(self.land(int(place), way)) for way in range(4)]
            for a, way in enumerate(self.ways):
                for k, turn in enumerate((0, -1, 1)):
                    to[place, a, k], reward[place, a, k] = ways[(way + turn) % 4]
        return MDP(to, chance, reward)


def board(drawn: str, step: float = 0.0, ways: tuple[int, ...] = (0, 1, 2, 3)) -> Board:
    """A board from rows of letters."""
    letters = "".join(ground.letter for ground in GROUNDS)
    return Board(np.array([[letters.index(c) for c in row] for row in drawn.split()]), step, ways)


WORLDS = {
    "room": board(
        """
        .........
        .........
        ...##....
        S..#..p..
        ...#.....
        ....#...g
        .........
        """,
        step=-0.04,
    ),
    # Sutton and Barto (2018), example 6.6
    "cliff": board("............ ............ ............ Sccccccccccx", step=-1.0),
    # after Sutton, Precup and Singh (1999), figure 2; doi:10.1016/S0004-3702(99)00052-1
    "four rooms": board(
        """
        S....#.....
        .....#.....
        ...........
        .....#.....
        .....#.....
        #.####.....
        .....###.##
        .....#.....
        .....#.....
        ...........
        .....#....g
        """,
        step=-0.02,
    ),
    # Sutton and Barto (2018), example 6.2: true values 1/6 to 5/6 without discount
    "random walk": board("x..S..g", ways=(1, 3)),
    "two goals": board(
        """
        ...........
        ...........
        g.S.......G
        ...........
        ...........
        """
    ),
    # gymnasium's FrozenLake-v1; slip 2/3 is its ice
    "frozen lake": board("S... .x.x ...x x..g"),
}
