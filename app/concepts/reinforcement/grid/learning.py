r"""Learning: the world is not known, so it is tried: $V(s) \leftarrow V(s) + \eta\,[\text{target} - V(s)]$."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from models.maths.mdp import evaluate
from models.maths.tabular import Rule, Step, Table, Task, Walk, blank, episode, luck, recorded

from .state import Update
from .world import Place, place

Array = np.ndarray
RUNS = 8  # learn side by side; the first is shown
LONGEST = 200  # steps of an episode


class Habit(NamedTuple):
    """All that a learner's life depends on; two states with the same one share what is kept."""

    place: Place
    rule: Rule
    gamma: float
    rate: float
    epsilon: float
    seed: int


@dataclass(frozen=True)
class Life:
    """What has come of some episodes."""

    episodes: int
    table: Table
    visits: Int[Array, " s"]  # of the run shown
    updates: tuple[Update, ...]  # its last one at each cell, the latest at the end
    walk: Walk | None  # its last episode
    history: Float[Array, "e c"]  # after each episode the error of every run, then its return
    regret: float  # sum over episodes of what the best policy is worth, less the mean return

    @property
    def steps(self) -> int:
        return int(self.visits.sum())


@lru_cache(maxsize=64)
def task(habit: Habit) -> Task:
    """What is learned: a better policy, or how good the best one with slips of its own is."""
    known = place(habit.place, habit.gamma)
    policy = None
    if habit.rule in ("Monte Carlo", "TD(0)"):
        policy = (1 - habit.epsilon) * known.best.policy + habit.epsilon / known.mdp.actions
    starts, rate = known.board.starts, habit.rate
    return Task(known.mdp, starts, habit.rule, habit.gamma, rate, habit.epsilon, policy)


def newborn(habit: Habit) -> Life:
    """Before the first episode."""
    here = task(habit)
    table = blank(here, RUNS)
    empty = np.zeros((0, 2 * RUNS))
    return Life(0, table, np.zeros(here.mdp.states, int), (), None, empty, 0.0)


@lru_cache(maxsize=400)  # some whole runs: another look at the same life lives nothing anew
def after(habit: Habit, episodes: int, stride: int) -> Life:
    """The life after so many episodes, kept every `stride` of them."""
    if episodes <= 0:
        return newborn(habit)
    life = after(habit, episodes - stride, stride)
    here = task(habit)
    for number in range(life.episodes, episodes):
        table = Table(life.table.q.copy(), life.table.times.copy())
        steps = list(episode(here, table, luck(habit.seed, number, LONGEST, RUNS)))
        life = grown(habit, life, table, steps)
    return life


def live(habit: Habit, life: Life, most: int) -> Iterator[Life]:
    """The next steps of the run shown, one by one; the other runs end their episodes meanwhile."""
    here = task(habit)
    while most > 0:
        table = Table(life.table.q.copy(), life.table.times.copy())
        steps: list[Step] = []
        for step in episode(here, table, luck(habit.seed, life.episodes, LONGEST, RUNS)):
            steps.append(step)
            if step.alive[0] and most > 0:
                most -= 1
                yield so_far(here, life, table, steps)
        life = grown(habit, life, table, steps)
        if here.rule == "Monte Carlo":  # which learns only now
            yield life


def so_far(here: Task, life: Life, table: Table, steps: list[Step]) -> Life:
    """The life in the middle of an episode."""
    known = Table(table.q.copy(), table.times.copy())
    taught = life.updates  # Monte Carlo waits for the end
    if here.rule != "Monte Carlo":
        taught = known_since(taught, updates(here, life.table, known, steps))
    walk = recorded(here.starts, steps)
    return replace(life, table=known, visits=visited(life, steps), updates=taught, walk=walk)


def grown(habit: Habit, life: Life, table: Table, steps: list[Step]) -> Life:
    """The life after one more episode, with one more row of history."""
    here, known = task(habit), place(habit.place, habit.gamma)
    discount = habit.gamma ** np.arange(len(steps))
    gained = discount @ np.array([step.reward for step in steps])
    gap = table.q.max(-1)[:, known.board.there] - truth(habit)[known.board.there]
    error = np.sqrt((gap**2).mean(-1)) if here.judges else np.abs(gap).max(-1)
    return Life(
        life.episodes + 1,
        table,
        visited(life, steps),
        known_since(life.updates, updates(here, life.table, table, steps)),
        recorded(here.starts, steps),
        np.concatenate([life.history, [np.concatenate([error, gained])]]),
        life.regret + known.at_start(known.best.v) - float(gained.mean()),
    )


@lru_cache(maxsize=64)
def truth(habit: Habit) -> Float[Array, " s"]:
    """What is to be learned: V of the policy that is judged, or of the best one."""
    here = task(habit)
    if here.policy is None:
        return place(habit.place, habit.gamma).best.v
    return evaluate(here.mdp, here.policy, habit.gamma)


def visited(life: Life, steps: list[Step]) -> Int[Array, " s"]:
    """How often the run shown has stood on each cell."""
    cells = [step.s[0] for step in steps if step.alive[0]]
    total: Array = life.visits + np.bincount(cells, minlength=len(life.visits))
    return total


def known_since(known: tuple[Update, ...], new: Iterator[Update]) -> tuple[Update, ...]:
    """The last update of each cell, the latest of all at the end."""
    by_cell = {update.cell: update for update in known}
    for update in new:
        by_cell.pop(update.cell, None)
        by_cell[update.cell] = update
    return tuple(by_cell.values())


def updates(here: Task, before: Table, table: Table, steps: list[Step]) -> Iterator[Update]:
    """What each step taught the run shown."""
    own = [step for step in steps if step.alive[0]]
    if here.rule == "Monte Carlo":
        yield from in_hindsight(here, before, table, own)
        return
    for x in own:
        a = 0 if here.judges else x.a[0]
        times = int(table.times[0, x.s[0], a])
        yield Update(
            *moved(x), x.seen[0], float(x.old[0]), float(x.target[0]), float(x.new[0]), times
        )


def in_hindsight(here: Task, before: Table, table: Table, own: list[Step]) -> Iterator[Update]:
    """What an episode of Monte Carlo taught, from its last step to its first."""
    follows = float(before.q[0, own[-1].next[0], 0])
    found = []
    for x in reversed(own):
        after, follows = follows, float(x.reward[0]) + here.gamma * follows
        old, new = (float(q[0, x.s[0], 0]) for q in (before.q, table.q))
        times = int(table.times[0, x.s[0], 0])
        found.append(Update(*moved(x), np.array([after]), old, follows, new, times))
    yield from found


def moved(x: Step) -> tuple[int, int, float, int, int]:
    """State, action, reward, next state and next action of the run shown."""
    return int(x.s[0]), int(x.a[0]), float(x.reward[0]), int(x.next[0]), int(x.then[0])
