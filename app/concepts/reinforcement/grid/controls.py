"""What can be set: the world, who finds out what it is worth, and how."""

from dataclasses import dataclass
from typing import Any, cast

from app import params
from models.maths.tabular import Rule
from models.worlds.grid import GROUNDS, WORLDS

from .learning import Habit
from .world import Place

PLAN = "value iteration|policy iteration"
JUDGE = ("Monte Carlo", "TD(0)")
PAIR = "SARSA and Q-learning"
LEARN = f"Monte Carlo|TD(0)|SARSA|Q-learning|{PAIR}"
ROWS, COLUMNS = (max(board.kinds.shape[i] for board in WORLDS.values()) for i in (0, 1))


def painted(world: str) -> Any:
    """The ground that a person paints over one of the maps."""
    return params.edits("Painted", WORLDS[world].kinds.size - 1, len(GROUNDS), world=world)


@dataclass(frozen=True)
class Params(params.Params):
    world: str = params.choice(*WORLDS, label="World", anew=True)
    method: str = params.choice(
        *PLAN.split("|"), *LEARN.split("|"), label="Method", default="value iteration", anew=True
    )
    order: str = params.choice(
        "all at once", "in place", "by priority", label="Order", method="value iteration"
    )
    sweeps: int = params.slider(5, 1, 20, 1, "Sweeps a round", method="policy iteration")
    gamma: float = params.slider(0.95, 0.5, 0.999, 0.001, "Discount γ")
    slip: float = params.slider(0.1, 0.0, 1.0, 0.05, "Slip")
    cost: float = params.slider(0.0, 0.0, 1.0, 0.01, "Cost of a step")
    alpha: float = params.slider(0.0, 0.0, 1.0, 0.01, "Temperature α", method=PLAN)
    epsilon: float = params.slider(0.1, 0.0, 1.0, 0.01, "Exploration ε", method=LEARN)
    rate: float = params.slider(0.5, 0.0, 1.0, 0.01, "Step size η", method=LEARN)
    pace: str = params.choice("episodes", "steps", label="A frame is", anew=True, method=LEARN)
    episodes: int = params.slider(200, 100, 500, 100, "Episodes", method=LEARN, pace="episodes")
    skip: int = params.slider(0, 0, 500, 10, "After episode", method=LEARN, pace="steps")
    look: str = params.choice("value", "Q", "visits", "error", label="Cells show")
    beside: str = params.choice("backup", "path", "map", label="Beside it")
    cell: tuple[tuple[int, int], ...] = params.spots("Cell", ROWS, COLUMNS, 1)
    seed: int = params.seed()
    room: tuple[tuple[int, int], ...] = painted("room")
    cliff: tuple[tuple[int, int], ...] = painted("cliff")
    rooms: tuple[tuple[int, int], ...] = painted("four rooms")
    walk: tuple[tuple[int, int], ...] = painted("random walk")
    goals: tuple[tuple[int, int], ...] = painted("two goals")
    lake: tuple[tuple[int, int], ...] = painted("frozen lake")

    @property
    def brush(self) -> str:
        """The parameter that holds what is painted over the present map."""
        return dict(zip(WORLDS, ("room", "cliff", "rooms", "walk", "goals", "lake"), strict=True))[
            self.world
        ]

    @property
    def plans(self) -> bool:
        return self.method in PLAN.split("|")

    @property
    def place(self) -> Place:
        return Place(self.world, getattr(self, self.brush), self.slip, self.cost)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The learners side by side."""
        return cast(tuple[Rule, ...], tuple(self.method.split(" and ")))

    @property
    def surprises(self) -> bool:
        """Whether of an episode's updates the greatest is shown, none being asked for."""
        return self.pace == "episodes" and not self.cell

    def habit(self, rule: Rule) -> Habit:
        return Habit(self.place, rule, self.gamma, self.rate, self.epsilon, self.seed)
