"""Policy gradients: what the theory promises of the page's own frames."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from app.concepts.reinforcement.gradients.compute import (
    EVENTS,
    RUNS,
    Params,
    compute,
    returns,
    settings,
    task,
)
from app.concepts.reinforcement.gradients.figure import draw, relative_noise
from app.concepts.reinforcement.gradients.looking import SIDE, lattice
from app.figures.scene import Chart, Numbers, Plane
from models.maths.credit import CREDITS, credits
from models.maths.mlp import MLP
from models.maths.vpg import seen

SMALL = Params(episodes=4, updates=6)
SWING = Params(world="pendulum", windows=4, credit="gae", rounds=50)


def frames(p, count=None, start=None):
    return list(islice(compute(p, start=start), count))


def alike(a, b):
    """Whether two frames show the same and would go on the same."""
    same = [
        np.array_equal(a.training.theta, b.training.theta),
        np.array_equal(a.training.phi, b.training.phi),
        np.array_equal(a.training.phi_moments.v, b.training.phi_moments.v),
        np.array_equal(a.history.returns, b.history.returns),
        np.array_equal(a.history.noise, b.history.noise),
        np.array_equal(a.strip.state, b.strip.state),
        np.array_equal(a.trajectory.psi, b.trajectory.psi),
        np.array_equal(a.inside.policy, b.inside.policy),
        a.settings == b.settings,
    ]
    return all(same)


@pytest.mark.parametrize("p", [SMALL, SWING])
def test_a_change_of_mind_keeps_all_that_was_before_it(p):
    """compute(p) is the kept frames of another timeline up to the event, and what goes on from them."""
    at = 3 if p is SMALL else 10
    meddled = replace(p, events=((at, "return"), (at, "faster")))
    every = 1 if p is SMALL else 5
    plain, whole = frames(p, 5), frames(meddled, 5)
    shared = at // every + 1
    assert all(alike(a, b) for a, b in zip(plain[:shared], whole[:shared], strict=True))
    onwards = frames(meddled, 5 - shared, start=plain[shared - 1])
    assert all(alike(a, b) for a, b in zip(onwards, whole[shared:], strict=True))
    assert not alike(plain[shared], whole[shared])


def test_the_same_parameters_give_the_same_frames():
    assert all(alike(a, b) for a, b in zip(frames(SMALL, 3), frames(SMALL, 3), strict=True))


def test_every_event_changes_what_its_button_says_from_its_update_on():
    for action in EVENTS:
        p = Params(credit="gae" if action != "gae" else "return", events=((4, action),))
        before, after = settings(p, 3), settings(p, 4)
        if action in CREDITS:
            assert (before.credit, after.credit) == (p.credit, action)
        else:
            assert after.rate / before.rate == {"faster": 2, "slower": 0.5}[action]


def test_the_page_counts_the_226_weights_of_the_slides_net():
    """Example spinup-mlp of the catalogue: 4-32-2 has 226 weights, 4-64-64-2 has 4,610."""
    frame = frames(SMALL, 1)[0]
    assert frame.training.theta.shape == (RUNS, 226)
    assert MLP((4, 64, 64, 2)).size == 4610
    rows = {row.name: row.value for row in draw(frame)["numbers"].rows}
    assert rows["weights of the policy"] == 226


def test_the_worked_example_of_the_theory_comes_out():
    psi = credits(
        np.array([[1.0, 2.0, 4.0]]),
        np.ones((1, 3), bool),
        np.array([[3.0, 5.0, 9.0]]),
        np.array([8.0]),
        0.5,
        0.0,
    )
    assert np.array_equal(psi["baseline"], [[1, 1, -1]])
    assert np.array_equal(psi["gae"], [[0.5, 1.5, -1]])


def test_the_noise_falls_from_full_returns_to_rewards_to_go_to_a_baseline():
    relative = relative_noise(frames(Params(updates=6), 7)[-1])
    full, to_go, baseline, gae = np.median(relative[2:], 0)
    assert full == 1 and gae < baseline < to_go < 1


def test_lambda_one_is_the_baseline_and_its_runs_are_the_same_runs():
    one = frames(replace(SMALL, credit="gae", lam=1.0), 3)
    other = frames(replace(SMALL, credit="baseline"), 3)
    assert np.allclose(one[-1].trajectory.psi[3], one[-1].trajectory.psi[2])
    assert np.allclose(one[-1].training.theta, other[-1].training.theta, atol=1e-3)


def test_a_full_return_credits_all_actions_alike_and_rewards_to_go_fall_to_the_last_reward():
    psi = frames(SMALL, 1)[0].trajectory.psi
    assert np.ptp(psi[0]) == 0
    assert psi[1, 0] == psi[0, 0] and psi[1, -1] == 1.0 and np.all(np.diff(psi[1]) < 0)


@pytest.mark.parametrize("p", [SMALL, SWING])
def test_the_maps_are_the_nets_of_the_run_shown(p):
    p = replace(p, shown=3)
    frame, where = frames(p, 2)[-1], task(p)
    x = seen(where.world, lattice(where))
    logits = where.policy.net(frame.training.theta[2][: where.policy.net.size], x)
    if p.world == "cartpole":
        expected = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
        assert np.array_equal(lattice(where)[:, :2], np.zeros((SIDE**2, 2)))
    else:
        expected = 2 * np.tanh(logits[:, 0])
    assert np.allclose(frame.inside.policy.ravel(), expected, atol=1e-5)
    assert frame.inside.value.shape == (SIDE, SIDE)


def test_strips_end_where_poles_fall():
    frame = frames(SMALL, 1)[0]
    world = task(SMALL).world
    for run in range(RUNS):
        steps = frame.strip.steps[run]
        assert frame.strip.failed[run] and steps < 500
        standing = frame.strip.state[run, :steps]
        assert not world.failed(standing).any()
        assert np.abs(standing[-1, 2]) > 0.1  # about to fall


def test_returns_of_windows_count_as_whole_episodes():
    from models.maths.vpg import begin, train

    where = task(SWING)
    moment = next(train(where, lambda k: settings(SWING, k), begin(where, 0), 0))
    mean = moment.made.reward.mean((1, 2))
    assert np.allclose(returns(where, moment), 200 * mean)


def test_scenes_say_the_run_that_is_shown_and_keep_their_windows():
    first, *_, last = frames(replace(SMALL, shown=5), 4)
    one, other = draw(first), draw(last)
    assert "run 5" in one["policy"].title
    for name, view in one.items():
        if isinstance(view, (Chart, Plane)):
            assert (view.x, view.y) == (other[name].x, other[name].y), name
    assert isinstance(one["numbers"], Numbers) and len(one["numbers"].rows) == 6
    assert one["returns"].series[0].y.shape == (1,) and other["returns"].series[0].y.shape == (4,)
