r"""Bellman's equation (1957): $V^*(s) = \max_a \sum_{s'} P(s' \mid s, a)\,[\,r + \gamma V^*(s')\,]$.

Planners know P and solve it by sweeps (planning.py); learners know nothing, walk, and move each value
towards what a step has shown (learning.py). Both are drawn over the same cells (world.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from models.maths.mdp import backup, evaluate, improve, judge, sweep
from models.maths.tabular import Task, Walk, blank, episode, luck, recorded

from .controls import Params
from .learning import Habit, Life, after, live, task, truth
from .planning import Sweep, policy_iteration, value_iteration
from .state import Ahead, Backup, Lane
from .world import Known, place

Array = np.ndarray
PICTURES = 100  # of a run of episodes
STEPS = 160  # shown one by one
TENS = 10  # episodes that may go by unseen
SHOWN = 40  # steps of a planner's trajectory


@dataclass(frozen=True)
class Frame:
    """The world, and what each planner or learner believes of it."""

    params: Params
    known: Known
    kinds: Int[Array, "h w"]
    truth: Float[Array, "h w"]  # V of the best policy
    lanes: tuple[Lane, ...]
    index: int


def compute(p: Params) -> Iterator[Frame]:
    """Yield the values after every sweep, every few episodes, or every step."""
    known = place(p.place, p.gamma, p.alpha if p.plans else 0.0)
    lanes = planned(p, known) if p.plans else learned(p, known)
    kinds, v = known.board.kinds, known.picture(known.best.v)
    for index, now in enumerate(lanes):
        yield Frame(p, known, kinds, v, now, index)


def selected(p: Params, known: Known) -> int | None:
    """The cell a person has picked, if one can stand there."""
    height, width = known.board.kinds.shape
    row, column = p.cell[0] if p.cell else (height, 0)
    cell = row * width + column
    inside = row < height and column < width
    return cell if inside and known.board.there[cell] else None


def planned(p: Params, known: Known) -> Iterator[tuple[Lane]]:
    """A planner, sweep by sweep."""
    sweeps = (
        value_iteration(known.mdp, p.gamma, p.alpha, p.order)
        if p.method == "value iteration"
        else policy_iteration(known.mdp, p.gamma, p.alpha, p.sweeps)
    )
    far, worst = np.abs(known.best.v).max(), np.empty((0, 3))
    for done, now in enumerate(sweeps):
        backups = now.backups[known.board.there].mean()  # of a cell
        error = np.abs(now.v - known.best.v).max()
        worst = np.concatenate([worst, [[backups, error, far * p.gamma**done]]])
        yield (plan(p, known, now, worst, done),)


def plan(p: Params, known: Known, now: Sweep, history: Float[Array, "t 3"], done: int) -> Lane:
    """What a planner believes after a sweep."""
    q = backup(known.mdp, now.v, p.gamma)
    if p.method == "value iteration":
        new = sweep(known.mdp, now.v, p.gamma, p.alpha)
    else:
        new = judge(known.mdp, now.policy, now.v, p.gamma, p.alpha)
    cell = selected(p, known)
    most = int(np.abs(np.where(known.board.there, new - now.v, 0)).argmax())
    start = int(known.board.starts[0])
    shown = most if abs(new[most] - now.v[most]) > 0 else start
    greedy = improve(q, p.alpha)
    worth = evaluate(known.mdp, now.policy, p.gamma, p.alpha)
    return Lane(
        p.method,
        known.picture(now.v),
        known.sides(q),
        known.sides(now.policy),
        known.picture(now.backups),
        known.picture(known.best.v),
        ahead(known, now, q, new, shown if cell is None else cell),
        wander(known, now.policy, p.gamma, p.seed),
        history,
        float(np.abs(new - now.v).max()),
        known.at_start(worth),
        known.at_start(evaluate(known.mdp, greedy, p.gamma, p.alpha)),
        known.at_start(known.best.v),
        done,
        now.note,
    )


def ahead(known: Known, now: Sweep, q: Array, new: Array, cell: int) -> Ahead:
    """Every action and outcome of a cell, those that lead to the same place added up."""
    mdp = known.mdp
    odds: dict[tuple[int, float], Array] = {}  # by place and reward, for each action
    for a, row in enumerate(mdp.chance[cell]):
        for k in np.flatnonzero(row):
            key = int(mdp.next[cell, a, k]), float(mdp.reward[cell, a, k])
            odds.setdefault(key, np.zeros(mdp.actions))[a] += row[k]
    keys = sorted(odds, key=lambda key: float(odds[key] @ np.arange(mdp.actions) / odds[key].sum()))
    lands, pays = np.array([to for to, _ in keys]), np.array([reward for _, reward in keys])
    chance = np.stack([odds[key] for key in keys], -1)
    old, worth = float(now.v[cell]), now.v[lands]
    return Ahead(cell, old, float(new[cell]), q[cell], now.policy[cell], lands, pays, worth, chance)


def wander(known: Known, policy: Float[Array, "s a"], gamma: float, seed: int) -> Walk:
    """A trajectory of a policy; the same luck in every frame, so that it changes with the policy."""
    here = Task(known.mdp, known.board.starts, "TD(0)", gamma, 0.0, 0.0, policy)
    steps = list(episode(here, blank(here, 1), luck(seed, 0, SHOWN, 1)))
    return recorded(known.board.starts, steps)


def learned(p: Params, known: Known) -> Iterator[tuple[Lane, ...]]:
    """One or two learners, with the same luck."""
    runs = [lives(p, p.habit(rule)) for rule in p.rules]
    for done, both in enumerate(zip(*runs, strict=True)):
        yield tuple(
            lane(p, known, p.habit(rule), life, done)
            for rule, life in zip(p.rules, both, strict=True)
        )


def lives(p: Params, habit: Habit) -> Iterator[Life]:
    """The moments of a life that are shown."""
    if p.pace == "episodes":
        stride = p.episodes // PICTURES
        yield from (after(habit, e, stride) for e in range(0, p.episodes + 1, stride))
    else:
        yield (life := after(habit, p.skip - p.skip % TENS, TENS))
        yield from live(habit, life, STEPS)


def lane(p: Params, known: Known, habit: Habit, life: Life, done: int) -> Lane:
    """What the run shown believes."""
    here, believed = task(habit), life.table.q[0]
    v = believed.max(-1)
    q = backup(known.mdp, v, p.gamma) if here.judges else believed
    greedy = improve(q)
    followed = here.policy
    if followed is None:
        followed = (1 - p.epsilon) * greedy + p.epsilon / greedy.shape[-1]
    cell = selected(p, known)
    return Lane(
        habit.rule,
        known.picture(v),
        known.sides(q),
        known.sides(followed),
        known.picture(life.visits),
        known.picture(truth(habit)),
        taught(p, life, cell),
        life.walk or wander(known, followed, p.gamma, p.seed),
        life.history,
        life.regret,
        known.at_start(evaluate(known.mdp, followed, p.gamma)),
        known.at_start(evaluate(known.mdp, greedy, p.gamma)),
        known.at_start(known.best.v),
        done,
    )


def taught(p: Params, life: Life, cell: int | None) -> Backup | None:
    """The last update of the cell picked; else the last of all, or the episode's greatest surprise."""
    if cell is not None:
        return next((update for update in life.updates if update.cell == cell), None)
    if not p.surprises or not life.walk:
        return life.updates[-1] if life.updates else None
    last = [update for update in life.updates if update.cell in life.walk.cells]
    return max(last, key=lambda update: abs(update.target - update.old))
