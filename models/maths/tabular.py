r"""Learning from steps alone: $Q(s, a) \leftarrow Q(s, a) + \eta\,[r + \gamma \max_{a'} Q(s', a') - Q(s, a)]$.

That is Q-learning (Watkins and Dayan, 1992; doi:10.1007/BF00992698); SARSA, TD(0) and Monte Carlo
differ in the target alone. Many runs learn side by side, each from its own chance.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from models.maths.mdp import MDP, improve

Array = np.ndarray
Rule = Literal["Monte Carlo", "TD(0)", "SARSA", "Q-learning"]


@dataclass(frozen=True)
class Task:
    """What is learned, in which world, and how."""

    mdp: MDP
    starts: Int[Array, " n"]
    rule: Rule
    gamma: float
    rate: float  # eta; 0: one over the number of updates so far, the plain average
    epsilon: float  # share of the steps taken at random
    policy: Float[Array, "s a"] | None = None  # judged by Monte Carlo and TD(0), which follow it

    @property
    def judges(self) -> bool:
        """Whether a given policy is judged, rather than a better one sought."""
        return self.policy is not None


class Table(NamedTuple):
    """What each run believes: Q, or V in a single column; and how often it has changed each value."""

    q: Float[Array, "runs s a"]
    times: Int[Array, "runs s a"]


class Noise(NamedTuple):
    """All the chance of one episode, uniform in [0, 1): every rule that is given it has the same luck."""

    begin: Float[Array, " runs"]
    act: Float[Array, "t runs"]
    world: Float[Array, "t runs"]


class Step(NamedTuple):
    """One step of every run, and what was learned from it. Runs that are over stand still."""

    alive: Bool[Array, " runs"]
    s: Int[Array, " runs"]
    a: Int[Array, " runs"]
    reward: Float[Array, " runs"]
    next: Int[Array, " runs"]
    then: Int[Array, " runs"]  # the action chosen there
    likely: Float[Array, " runs"]  # pi(a | s)
    chance: Float[Array, " runs"]  # P(s' | s, a)
    seen: Float[Array, "runs a"]  # the table's row at s' that the target was made from
    old: Float[Array, " runs"]
    target: Float[Array, " runs"]
    new: Float[Array, " runs"]


def blank(task: Task, runs: int) -> Table:
    """Nothing is known: all values are 0."""
    shape = (runs, task.mdp.states, 1 if task.judges else task.mdp.actions)
    return Table(np.zeros(shape), np.zeros(shape, int))


def luck(seed: int, episode: int, steps: int, runs: int) -> Noise:
    """The chance of an episode of at most so many steps."""
    rng = np.random.default_rng([seed, episode])
    return Noise(rng.random(runs), rng.random((steps + 1, runs)), rng.random((steps, runs)))


def behaviour(task: Task, table: Table, s: Int[Array, " runs"]) -> Float[Array, "runs a"]:
    """pi(. | s) of each run: greedy but for epsilon, or the policy that is judged."""
    if task.policy is not None:
        return np.asarray(task.policy[s])
    greedy = improve(table.q[np.arange(len(s)), s])
    pi: Array = (1 - task.epsilon) * greedy + task.epsilon / greedy.shape[-1]
    return pi


def draw(chances: Float[Array, "runs n"], u: Float[Array, " runs"]) -> Int[Array, " runs"]:
    """The index on which u falls when the chances are laid end to end."""
    at: Array = (u[:, None] >= chances.cumsum(-1)[:, :-1]).sum(-1)
    return at


def episode(task: Task, table: Table, noise: Noise) -> Iterator[Step]:
    """Every step of one episode; `table` is changed in place, by Monte Carlo after the last step."""
    mdp, over, runs = task.mdp, task.mdp.ends, np.arange(len(noise.begin))
    s = task.starts[(noise.begin * len(task.starts)).astype(int)]
    pi = behaviour(task, table, s)
    a = draw(pi, noise.act[0])
    past: list[tuple[Array, Array]] = []
    for t in range(len(noise.world)):
        alive = ~over[s] | (t == 0)  # who is walled in at the start tries once
        if not alive.any():
            break
        k = draw(mdp.chance[s, a], noise.world[t])
        to, reward = mdp.next[s, a, k], mdp.reward[s, a, k]
        chance = mdp.odds[s, a, k]
        likely, seen = pi[runs, a], table.q[runs, to].copy()
        if task.rule == "SARSA":  # chooses before it learns
            pi = behaviour(task, table, to)
            then = draw(pi, noise.act[t + 1])
        if task.rule == "Monte Carlo":
            past.append((s, reward))
            old = target = new = table.q[runs, s, 0]  # learns when all is known
        else:
            ahead = seen[runs, then] if task.rule == "SARSA" else seen.max(-1)
            target = reward + task.gamma * ahead
            old, new = learn(task, table, s, np.zeros_like(a) if task.judges else a, target, alive)
        if task.rule != "SARSA":
            pi = behaviour(task, table, to)
            then = draw(pi, noise.act[t + 1])
        yield Step(alive, s, a, reward, to, then, likely, chance, seen, old, target, new)
        s, a = to, then
    if task.rule == "Monte Carlo":
        look_back(task, table, past, s)


def learn(
    task: Task, table: Table, s: Array, a: Array, target: Array, alive: Array
) -> tuple[Array, Array]:
    """Move the value of (s, a) towards its target; what it was and what it is."""
    runs = np.arange(len(s))
    table.times[runs, s, a] += alive
    old = table.q[runs, s, a]
    rate = task.rate or 1 / np.maximum(table.times[runs, s, a], 1)
    new: Array = np.where(alive, old + rate * (target - old), old)
    table.q[runs, s, a] = new
    return old, new


def look_back(task: Task, table: Table, past: list[tuple[Array, Array]], last: Array) -> None:
    """First-visit Monte Carlo (Sutton and Barto, 2018, section 5.1): towards the return that followed.

    An episode that was cut off goes on, for all one knows, with what its last state is worth.
    """
    runs = np.arange(len(last))
    follows, first = table.q[runs, last, 0], np.full(table.q.shape[:2], np.nan)
    for s, reward in reversed(past):
        follows = reward + task.gamma * follows
        first[runs, s] = follows  # an earlier visit comes later here, and stays
    first[:, task.mdp.ends] = np.nan
    visited = np.isfinite(first)
    table.times[..., 0] += visited
    rate = task.rate or 1 / np.maximum(table.times[..., 0], 1)
    table.q[..., 0] += np.where(visited, rate * (np.nan_to_num(first) - table.q[..., 0]), 0)


class Walk(NamedTuple):
    """One trajectory and how likely it was: P(tau) = p0(s0) prod pi(a | s) P(s' | s, a)."""

    cells: Int[Array, " k"]  # one more than steps
    reward: Float[Array, " t"]
    begin: float  # log p0(s0)
    likely: Float[Array, " t"]  # log pi(a | s)
    chance: Float[Array, " t"]  # log P(s' | s, a)

    @property
    def log_prob(self) -> Float[Array, " k"]:
        """log P of the trajectory up to each of its cells."""
        steps = np.concatenate([[self.begin], self.likely + self.chance])
        return np.asarray(steps.cumsum())


def recorded(starts: Int[Array, " n"], steps: list[Step], run: int = 0) -> Walk:
    """What one of the runs did in an episode; it has made at least one step."""
    own = [step for step in steps if step.alive[run]]
    return Walk(
        np.array([own[0].s[run], *(step.next[run] for step in own)]),
        np.array([step.reward[run] for step in own]),
        -float(np.log(len(starts))),
        np.log([step.likely[run] for step in own]),
        np.log([step.chance[run] for step in own]),
    )
