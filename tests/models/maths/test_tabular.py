"""Learning from steps: one update by hand, what the targets converge to, and the same luck for all."""

from itertools import islice

import jaxtyping
import numpy as np
import pytest

from models.maths.mdp import evaluate, optimal
from models.maths.tabular import Task, behaviour, blank, draw, episode, luck, recorded
from models.worlds.grid import WORLDS, board


@pytest.fixture(autouse=True)
def unchecked():
    """Long runs; shapes are checked by the page's own short ones."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def learned(task, episodes, runs=16, steps=300, seed=0):
    table = blank(task, runs)
    for number in range(episodes):
        for _ in episode(task, table, luck(seed, number, steps, runs)):
            pass
    return table


def walk(rule, rate, gamma=1.0):
    world = WORLDS["random walk"]
    return Task(world.mdp(), world.starts, rule, gamma, rate, 1.0, np.full((7, 2), 0.5))


def control(rule, world, slip=0.0, rate=0.0, epsilon=0.5, gamma=0.9):
    return Task(world.mdp(slip), world.starts, rule, gamma, rate, epsilon)


def test_monte_carlo_averages_to_the_solution():
    task = walk("Monte Carlo", 0.0)
    guesses = learned(task, 400).q[..., 0]
    spread = guesses.std(0) / np.sqrt(len(guesses))
    truth = evaluate(task.mdp, task.policy, 1.0)
    assert (np.abs(guesses.mean(0) - truth) <= 4 * spread + 1e-9).all()


def test_td_comes_to_the_solution_with_small_steps():
    task = walk("TD(0)", 0.03)
    guesses = learned(task, 500).q[..., 0]
    assert np.abs(guesses.mean(0) - evaluate(task.mdp, task.policy, 1.0)).max() < 0.04


def test_first_visits_alone_count():
    """S.g with a bump: the return from the start is that of its first visit."""
    world = board("S.g", step=-1.0, ways=(1, 3))
    policy = np.full((3, 2), 0.5)
    task = Task(world.mdp(), world.starts, "Monte Carlo", 0.5, 1.0, 0.0, policy)
    table = blank(task, 1)
    steps = list(episode(task, table, luck(3, 0, 100, 1)))
    follows = {}
    g = 0.0
    for s in reversed(steps):
        g = float(s.reward[0]) + 0.5 * g
        follows[int(s.s[0])] = g
    assert len(steps) > len(follows)
    assert {s: pytest.approx(table.q[0, s, 0]) for s in follows} == follows
    assert table.times[0, :, 0].max() == 1


@pytest.mark.parametrize("rule", ["SARSA", "Q-learning"])
def test_each_update_is_the_formula(rule):
    task = control(rule, WORLDS["frozen lake"], 0.3, rate=0.25)
    table = blank(task, 4)
    rng = np.random.default_rng(0)
    table.q[:, ~task.mdp.ends] = rng.normal(size=table.q[:, ~task.mdp.ends].shape)
    before = table.q.copy()
    for x in islice(episode(task, table, luck(1, 0, 50, 4)), 20):
        for run in range(4):
            s, a, to = x.s[run], x.a[run], x.next[run]
            row = before[run, to]
            ahead = row[x.then[run]] if rule == "SARSA" else row.max()
            wanted = before[run, s, a] + 0.25 * (x.reward[run] + 0.9 * ahead - before[run, s, a])
            if x.alive[run]:
                before[run, s, a] = wanted
        assert np.allclose(table.q, before)


def test_q_learning_finds_the_best_policy_whatever_it_follows():
    world = board("S.. .#p ..g", step=-0.1)
    task = control("Q-learning", world, epsilon=1.0, rate=1.0)
    star = optimal(task.mdp, 0.9)
    assert np.allclose(learned(task, 200, 4).q.max(-1), star.v, atol=1e-6)


def test_with_chance_and_small_steps_q_learning_comes_close():
    world = board("S.. .#p ..g", step=-0.1)
    task = control("Q-learning", world, slip=0.2, epsilon=1.0, rate=0.05)
    star = optimal(task.mdp, 0.9)
    guesses = learned(task, 250, 16, 60).q.max(-1)
    assert np.abs(guesses.mean(0) - star.v)[world.there].max() < 0.1


def test_the_same_luck_gives_the_same_first_episode_step():
    """Before anything is learned, every rule does the same with the same luck."""
    world = WORLDS["cliff"]
    first = [
        next(episode(task, blank(task, 8), luck(5, 0, 50, 8)))
        for task in (control(rule, world, 0.2) for rule in ("SARSA", "Q-learning"))
    ]
    assert np.array_equal(first[0].a, first[1].a)
    assert np.array_equal(first[0].next, first[1].next)


def test_actions_are_drawn_as_often_as_the_policy_says():
    u = np.random.default_rng(0).random(20_000)
    chances = np.array([0.1, 0.0, 0.6, 0.3])
    drawn = draw(np.broadcast_to(chances, (len(u), 4)), u)
    assert np.allclose(np.bincount(drawn, minlength=4) / len(u), chances, atol=0.015)
    task = control("SARSA", WORLDS["cliff"], epsilon=0.2)
    pi = behaviour(task, blank(task, 3), np.array([0, 1, 2]))
    assert np.allclose(pi, 0.25)


def test_the_probability_of_a_path_is_the_product_along_it():
    world = board("S.S ... ..g")
    policy = np.full((9, 4), 0.25)
    task = Task(world.mdp(0.4), world.starts, "TD(0)", 0.9, 0.1, 0.0, policy)
    walked = recorded(task.starts, list(episode(task, blank(task, 2), luck(0, 0, 60, 2))), 1)
    p = task.mdp.transitions
    product = 0.5
    for s, to, likely, chance in zip(
        walked.cells[:-1], walked.cells[1:], walked.likely, walked.chance, strict=True
    ):
        assert np.exp(likely) == pytest.approx(0.25)
        assert any(np.exp(chance) == pytest.approx(p[s, a, to]) for a in range(4))
        product *= np.exp(likely + chance)
    assert np.exp(walked.log_prob[-1]) == pytest.approx(product)


def test_a_cut_episode_goes_on_with_what_its_last_state_is_worth():
    world = board("S........g", ways=(1, 3))
    task = Task(
        world.mdp(), world.starts, "Monte Carlo", 0.9, 1.0, 0.0, np.tile([1.0, 0.0], (10, 1))
    )
    table = blank(task, 1)
    table.q[0, 4, 0] = 7.0
    list(episode(task, table, luck(0, 0, 4, 1)))
    assert table.q[0, 0, 0] == pytest.approx(0.9**4 * 7)
