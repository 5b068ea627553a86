"""Bellman's equation: its solutions against scipy, its sweeps against its theorems."""

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.special import logsumexp, softmax

from models.maths.mdp import MDP, backup, best, entropy, evaluate, improve, judge, optimal, sweep

GAMMA = 0.9


def world(seed=0, states=7, actions=3, outcomes=4):
    """Some states that lead anywhere; the last one is an end."""
    rng = np.random.default_rng(seed)
    to = rng.integers(0, states, (states, actions, outcomes))
    reward = rng.normal(size=to.shape)
    to[-1], reward[-1] = states - 1, 0.0
    return MDP(to, rng.dirichlet(np.ones(outcomes), (states, actions)), reward)


def some_policy(mdp, seed=1):
    return np.random.default_rng(seed).dirichlet(np.ones(mdp.actions), mdp.states)


def chain(mdp, policy):
    """P and R of a policy, summed one by one."""
    p, r = np.zeros((mdp.states, mdp.states)), np.zeros(mdp.states)
    for s, a, k in np.ndindex(mdp.next.shape):
        weight = policy[s, a] * mdp.chance[s, a, k]
        p[s, mdp.next[s, a, k]] += weight
        r[s] += weight * mdp.reward[s, a, k]
    return p, r


def test_transitions_are_distributions():
    assert np.allclose(world().transitions.sum(-1), 1)


def test_the_value_of_a_policy_solves_its_linear_equation():
    mdp = world()
    p, r = chain(mdp, some_policy(mdp))
    direct = np.linalg.solve(np.eye(mdp.states) - GAMMA * p, r)
    assert np.allclose(evaluate(mdp, some_policy(mdp), GAMMA), direct, atol=1e-12)


def test_the_best_values_solve_the_linear_programme():
    """min sum V subject to V >= r + gamma P V for every action (Puterman, 1994, section 6.9)."""
    mdp = world()
    pay = (mdp.chance * mdp.reward).sum(-1)
    p = mdp.transitions.reshape(-1, mdp.states)
    left = GAMMA * p - np.repeat(np.eye(mdp.states), mdp.actions, 0)
    free = [(None, None)] * mdp.states
    known = linprog(np.ones(mdp.states), left, -pay.ravel(), bounds=free)
    assert np.allclose(optimal(mdp, GAMMA).v, known.x, atol=1e-7)


@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_a_sweep_leaves_the_best_values_and_draws_others_closer_by_gamma(alpha):
    mdp, rng = world(), np.random.default_rng(4)
    star = optimal(mdp, GAMMA, alpha).v
    assert np.allclose(sweep(mdp, star, GAMMA, alpha), star, atol=1e-10)
    for _ in range(50):
        v, w = 5 * rng.normal(size=(2, mdp.states)) * ~mdp.ends
        apart = np.abs(sweep(mdp, v, GAMMA, alpha) - sweep(mdp, w, GAMMA, alpha)).max()
        assert apart <= GAMMA * np.abs(v - w).max() + 1e-12


def test_no_policy_is_worth_more_than_the_best():
    mdp = world()
    star = optimal(mdp, GAMMA)
    assert np.allclose(evaluate(mdp, star.policy, GAMMA), star.v)
    for seed in range(30):
        assert (evaluate(mdp, some_policy(mdp, seed), GAMMA) <= star.v + 1e-12).all()


def test_soft_values_are_those_of_scipy_and_of_their_own_policy():
    mdp, alpha = world(), 0.5
    q = backup(mdp, np.arange(7.0), GAMMA)
    assert np.allclose(best(q, alpha), alpha * logsumexp(q / alpha, -1))
    assert np.allclose(improve(q, alpha), softmax(q / alpha, -1))
    pi = improve(q, alpha)
    assert np.allclose((pi * q).sum(-1) + alpha * entropy(pi), best(q, alpha))
    star = optimal(mdp, GAMMA, alpha)
    assert np.allclose(judge(mdp, star.policy, star.v, GAMMA, alpha), star.v)


def test_a_small_temperature_is_nearly_none():
    mdp = world()
    gap = optimal(mdp, GAMMA, 1e-3).v - optimal(mdp, GAMMA).v
    assert (gap >= -1e-9).all()
    assert gap.max() <= 1e-3 * np.log(mdp.actions) / (1 - GAMMA)


def test_equally_good_actions_share():
    assert improve(np.array([[1.0, 0.0, 1.0]])).tolist() == [[0.5, 0.0, 0.5]]


def test_what_an_end_is_worth_is_nothing_even_where_entropy_pays():
    assert optimal(world(), GAMMA, 1.0).v[-1] == 0
