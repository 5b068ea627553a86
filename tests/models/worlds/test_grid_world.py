"""Worlds of cells against gymnasium's, and what each kind of ground does."""

import gymnasium
import numpy as np
import pytest

from models.maths.mdp import evaluate, optimal
from models.worlds.grid import CLIFF, GROUNDS, PORTAL, START, WALL, WIND, WORLDS, board

TURNED = {"CliffWalking-v1": (0, 1, 2, 3), "FrozenLake-v1": (3, 2, 1, 0)}  # up, right, down, left


def known(table, states, turned):
    """P and expected rewards of gymnasium's table, with its actions in our order."""
    p, r = np.zeros((states, 4, states)), np.zeros((states, 4))
    for s in range(states):
        for a, theirs in enumerate(turned):
            for chance, to, reward, _ in table[s][theirs]:
                p[s, a, to] += chance
                r[s, a] += chance * reward
    return p, r


@pytest.mark.parametrize(
    ("name", "world", "slip"),
    [("CliffWalking-v1", "cliff", 0.0), ("FrozenLake-v1", "frozen lake", 2 / 3)],
)
def test_every_step_is_gymnasiums(name, world, slip):
    ours, theirs = WORLDS[world], gymnasium.make(name).unwrapped
    mdp, there = ours.mdp(slip), ours.there
    p, r = known(theirs.P, mdp.states, TURNED[name])
    assert np.allclose(mdp.transitions[there], p[there], atol=1e-12)
    assert np.allclose((mdp.chance * mdp.reward).sum(-1)[there], r[there], atol=1e-12)


def test_the_random_walk_is_worth_sixths():
    """Sutton and Barto (2018), example 6.2."""
    mdp = WORLDS["random walk"].mdp()
    v = evaluate(mdp, np.full((7, 2), 0.5), 1.0)
    assert np.allclose(v, [0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 0], atol=1e-12)


def test_the_best_path_along_the_cliff_has_thirteen_steps():
    world = WORLDS["cliff"]
    assert optimal(world.mdp(), 1.0).v[world.starts[0]] == pytest.approx(-13)


@pytest.mark.parametrize("slip", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("name", WORLDS)
def test_every_step_leads_somewhere_for_sure(name, slip):
    mdp = WORLDS[name].mdp(slip)
    assert np.allclose(mdp.transitions.sum(-1), 1)
    assert (mdp.transitions >= 0).all()


def step(drawn, place, way):
    """Where one action of a small world without slip leads, and its reward."""
    mdp = board(drawn, step=-0.5).mdp()
    return int(mdp.next[place, way, 0]), float(mdp.reward[place, way, 0])


def test_walls_and_edges_hold_and_grounds_pay_and_carry():
    assert step("S#.", 0, 1) == (0, -0.5)
    assert step("S..", 0, 3) == (0, -0.5)
    assert step("Sg.", 0, 1) == (1, 1.0)
    assert step("St.", 0, 1) == (1, -3.0)
    assert step("..c S..", 1, 1) == (3, -100.0)
    assert step("... Sw.", 4, 1) == (2, -0.5)  # carried up on leaving
    assert step("Sq. ..q", 0, 1) == (5, -0.5)
    assert step("S.. .xq", 2, 2) == (5, -0.5)  # a portal alone leads to itself


def test_paint_changes_the_ground_but_a_world_keeps_a_place_to_begin():
    small = board("S.g")
    assert small.painted(((1, WALL),)).kinds.tolist() == [[START, WALL, 4]]
    assert small.painted(((0, WALL), (1, WALL))).kinds.tolist() == small.kinds.tolist()
    assert small.painted(((1, START),)).starts.tolist() == [0, 1]


def test_brushes_are_told_apart():
    assert len({ground.name for ground in GROUNDS}) == len(GROUNDS)
    assert len({ground.letter for ground in GROUNDS}) == len(GROUNDS)
    named = [GROUNDS[kind].name.split()[0] for kind in (WALL, START, CLIFF, WIND, PORTAL)]
    assert named == ["wall", "start", "cliff", "wind", "portal"]
