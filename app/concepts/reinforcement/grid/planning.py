r"""Planning: the world is known, so $V(s) \leftarrow \max_a \sum_{s'} P\,[r + \gamma V(s')]$ needs no step.

Value iteration in three orders, and policy iteration (Sutton and Barto, 2018, sections 4.3 to 4.5).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from models.maths.mdp import MDP, backup, best, improve, judge, sweep

Array = np.ndarray
ENOUGH = 1e-6  # of the largest value: smaller changes are the end
MOST = 200  # sweeps


class Sweep(NamedTuple):
    """Where planning stands after a sweep."""

    v: Float[Array, " s"]
    policy: Float[Array, "s a"]
    backups: Float[Array, " s"]  # that each cell has had
    note: str


def value_iteration(mdp: MDP, gamma: float, alpha: float, order: str) -> Iterator[Sweep]:
    """Back up every cell, again and again, until nothing changes."""
    again = {"all at once": at_once, "in place": in_place, "by priority": by_priority}[order]
    v, count = np.zeros(mdp.states), np.zeros(mdp.states)
    for k in range(MOST + 1):
        policy = improve(backup(mdp, v, gamma), alpha)
        yield Sweep(v.copy(), policy, count.copy(), f"sweep {k}" if k else "nothing known")
        if settled(v, sweep(mdp, v, gamma, alpha)):
            return
        v = again(mdp, v, gamma, alpha, count)


def at_once(mdp: MDP, v: Array, gamma: float, alpha: float, count: Array) -> Array:
    """Every cell from the old values of all."""
    count += 1
    return sweep(mdp, v, gamma, alpha)


def in_place(mdp: MDP, v: Array, gamma: float, alpha: float, count: Array) -> Array:
    """Cell after cell, row by row, each already from the new values of those before it."""
    v = v.copy()
    for s in range(mdp.states):
        v[s] = one(mdp, s, v, gamma, alpha)
    count += 1
    return v


def by_priority(mdp: MDP, v: Array, gamma: float, alpha: float, count: Array) -> Array:
    """The cell that would change most, then a look at those it can be reached from.

    Those looks are backups too and are counted (Moore and Atkeson, 1993; doi:10.1007/BF00993104).
    """
    v, goal = v.copy(), count.sum() + mdp.states
    leads = ((mdp.next[..., None] == np.arange(mdp.states)) & (mdp.chance[..., None] > 0)).any(
        (1, 2)
    )
    change = sweep(mdp, v, gamma, alpha) - v
    if not count.any():
        count += 1  # the queue had to be filled once
        goal += mdp.states
    while count.sum() < goal and np.abs(change).max() > 0:
        s = int(np.abs(change).argmax())
        v[s] += change[s]
        change[s] = 0.0
        for before in np.flatnonzero(leads[:, s]):
            change[before] = one(mdp, int(before), v, gamma, alpha) - v[before]
            count[before] += 1
    return v


def one(mdp: MDP, s: int, v: Array, gamma: float, alpha: float) -> float:
    """The backup of a single cell."""
    if mdp.ends[s]:
        return 0.0
    q = (mdp.chance[s] * (mdp.reward[s] + gamma * v[mdp.next[s]])).sum(-1)
    return float(best(q[None], alpha)[0])


def policy_iteration(mdp: MDP, gamma: float, alpha: float, sweeps: int) -> Iterator[Sweep]:
    """Judge a policy for some sweeps, make it greedy, judge that one: until neither changes."""
    v, count = np.zeros(mdp.states), np.zeros(mdp.states)
    policy = np.full((mdp.states, mdp.actions), 1 / mdp.actions)
    yield Sweep(v, policy, count.copy(), "every action alike, nothing known")
    judged = 0  # sweeps of this round
    while count.max() < MOST:
        new = judge(mdp, policy, v, gamma, alpha)
        if judged < sweeps and not settled(v, new):
            v, judged = new, judged + 1
            note = f"judged, sweep {judged} of {sweeps}"
        else:
            better = improve(backup(mdp, v, gamma), alpha)
            changed = (np.abs(better - policy) > 1e-6).any(-1) & ~mdp.ends
            policy, judged, note = better, 0, f"improved in {changed.sum()} cells"
        count = count + 1
        yield Sweep(v, policy, count, note)
        if not judged and settled(v, sweep(mdp, v, gamma, alpha)):
            return


def settled(v: Array, new: Array) -> bool:
    """Whether another sweep would change next to nothing."""
    return bool(np.abs(new - v).max() <= ENOUGH * max(np.abs(new).max(), ENOUGH))
