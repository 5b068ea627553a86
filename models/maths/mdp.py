r"""What a state is worth if one knows the world: $V(s) = \max_a \sum_{s'} P(s' \mid s, a)\,[r + \gamma V(s')]$.

With a temperature $\alpha > 0$ entropy is rewarded too, and max becomes $\alpha \log \sum_a e^{Q/\alpha}$
(Haarnoja et al., 2017, eqs. 2 and 5; arXiv:1702.08165). $\alpha = 0$ is the plain problem.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

Array = np.ndarray
TIE = 1e-9  # values so close, in units of the largest, are equally good


@dataclass(frozen=True)
class MDP:
    """Of every state and action: where it leads, how likely, and what that pays.

    A state that ends the episode leads to itself and pays nothing, so its value stays 0.
    """

    next: Int[Array, "s a k"]
    chance: Float[Array, "s a k"]  # sums to 1 over k
    reward: Float[Array, "s a k"]

    @property
    def states(self) -> int:
        return int(self.next.shape[0])

    @property
    def actions(self) -> int:
        return int(self.next.shape[1])

    @cached_property
    def ends(self) -> Bool[Array, " s"]:
        """Which states lead nowhere else and pay nothing: their value is 0."""
        stays: Array = (self.next == np.arange(self.states)[:, None, None]).all((1, 2))
        stays &= (self.reward == 0).all((1, 2))
        return stays

    @cached_property
    def odds(self) -> Float[Array, "s a k"]:
        """P(s' | s, a) of where each outcome leads; two outcomes may lead to the same place."""
        same = self.next[..., None, :] == self.next[..., :, None]
        p: Array = (self.chance[..., None, :] * same).sum(-1)
        return p

    @cached_property
    def transitions(self) -> Float[Array, "s a s"]:
        """P(s' | s, a) written out."""
        p = np.zeros((self.states, self.actions, self.states))
        s, a, _ = np.indices(self.next.shape)
        np.add.at(p, (s, a, self.next), self.chance)
        return p


class Solution(NamedTuple):
    """A policy that nothing improves, and its values."""

    v: Float[Array, " s"]
    policy: Float[Array, "s a"]


def backup(mdp: MDP, v: Float[Array, " s"], gamma: float) -> Float[Array, "s a"]:
    """Q(s, a) = sum over s' of P (r + gamma V(s')): one step, then V."""
    q: Array = (mdp.chance * (mdp.reward + gamma * v[mdp.next])).sum(-1)
    return q


def best(q: Float[Array, "*n a"], alpha: float = 0.0) -> Float[Array, "*n"]:
    """max_a Q, or with a temperature alpha log sum exp(Q / alpha)."""
    top = q.max(-1, keepdims=True)
    if alpha > 0:
        top = top + alpha * np.log(np.exp((q - top) / alpha).sum(-1, keepdims=True))
    value: Array = top[..., 0]
    return value


def sweep(mdp: MDP, v: Float[Array, " s"], gamma: float, alpha: float = 0.0) -> Float[Array, " s"]:
    """One backup of every state at once: the operator that draws any two V closer by gamma."""
    new: Array = np.where(mdp.ends, 0.0, best(backup(mdp, v, gamma), alpha))
    return new


def improve(q: Float[Array, "*n a"], alpha: float = 0.0) -> Float[Array, "*n a"]:
    """The policy that is best for Q: equal shares of the best actions, or exp(Q / alpha) / sum."""
    top = q.max(-1, keepdims=True)
    if alpha > 0:
        weight = np.exp((q - top) / alpha)
    else:
        weight = (q >= top - TIE * np.maximum(np.abs(top), 1)).astype(float)
    policy: Array = weight / weight.sum(-1, keepdims=True)
    return policy


def entropy(policy: Float[Array, "*n a"]) -> Float[Array, "*n"]:
    """-sum pi log pi, in nats."""
    nats: Array = -(policy * np.log(np.where(policy > 0, policy, 1))).sum(-1)
    return nats


def judge(
    mdp: MDP,
    policy: Float[Array, "s a"],
    v: Float[Array, " s"],
    gamma: float,
    alpha: float = 0.0,
) -> Float[Array, " s"]:
    """One backup of every state under a policy: sum_a pi Q + alpha H(pi)."""
    worth = (policy * backup(mdp, v, gamma)).sum(-1) + alpha * entropy(policy)
    new: Array = np.where(mdp.ends, 0.0, worth)
    return new


def evaluate(
    mdp: MDP, policy: Float[Array, "s a"], gamma: float, alpha: float = 0.0
) -> Float[Array, " s"]:
    """V of a policy, exactly: (I - gamma P) V = R (Sutton and Barto, 2018, eq. 4.4).

    A policy turns the MDP into a Markov chain with matrix P. States that end are left out of the
    equations, so that gamma = 1 is allowed if the policy always comes to an end.
    """
    chain = np.einsum("sa,sat->st", policy, mdp.transitions)
    pay = judge(mdp, policy, np.zeros(mdp.states), gamma, alpha)
    goes = ~mdp.ends
    v = np.zeros(mdp.states)
    system = np.eye(int(goes.sum())) - gamma * chain[np.ix_(goes, goes)]
    v[goes] = np.linalg.solve(system, pay[goes])
    return v


def optimal(mdp: MDP, gamma: float, alpha: float = 0.0) -> Solution:
    """The best there is, by policy iteration: evaluate, improve, until nothing changes."""
    v = np.zeros(mdp.states)
    policy = improve(backup(mdp, v, gamma), alpha)
    for _ in range(mdp.states * mdp.actions):
        better = evaluate(mdp, policy, gamma, alpha)
        policy = improve(backup(mdp, better, gamma), alpha)
        if np.abs(better - v).max() <= 1e-12 * max(1.0, np.abs(better).max()):
            break
        v = better
    return Solution(better, policy)
