"""Policy gradients: what the theory promises of the page's own frames."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from app.concepts.reinforcement.gradients.clouds import relative_noise
from app.concepts.reinforcement.gradients.compute import (
    EVENTS,
    Params,
    around,
    compute,
    course,
    net,
)
from app.concepts.reinforcement.gradients.course import returns
from app.concepts.reinforcement.gradients.figure import draw
from app.concepts.reinforcement.gradients.looking import SIDE, lattice
from app.figures.scene import Chart, Numbers, Plane
from models.maths.credit import CREDITS, credits
from models.maths.mlp import MLP
from models.maths.vpg import begin, policy_gradient, seen, train
from models.worlds.corridor import Corridor

SMALL = Params(episodes=4, updates=6)
SWING = Params(world="pendulum", windows=4, credit="gae", rounds=50)
COUNTED = Params(look="the estimator", world="corridor", gamma=1.0, rate=0.005, updates=6)


def frames(p, count=None, start=None):
    return list(islice(compute(p, start=start), count))


def alike(a, b):
    """Whether two frames show the same and would go on the same."""
    a, b = a.lap, b.lap
    same = [
        np.array_equal(a.training.theta, b.training.theta),
        np.array_equal(a.training.phi, b.training.phi),
        np.array_equal(a.training.phi_moments.v, b.training.phi_moments.v),
        np.array_equal(a.history.returns, b.history.returns),
        np.array_equal(a.history.marks, b.history.marks),
        np.array_equal(a.strip.state, b.strip.state),
        np.array_equal(a.decisions.psi, b.decisions.psi),
        np.array_equal(a.inside.policy, b.inside.policy),
        a.made_by == b.made_by,
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
        before, after = course(p).settings(3), course(p).settings(4)
        if action in CREDITS:
            assert (before.credit, after.credit) == (p.credit, action)
        else:
            assert after.rate / before.rate == {"faster": 2, "slower": 0.5}[action]


def test_the_page_counts_the_226_weights_of_the_slides_net():
    """Example spinup-mlp of the catalogue: 4-32-2 has 226 weights, 4-64-64-2 has 4,610."""
    frame = frames(SMALL, 1)[0]
    assert frame.lap.training.theta.shape == (8, 226)
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
    relative = relative_noise(frames(Params(look="the estimator", updates=6), 7)[-1])
    full, to_go, baseline, gae = np.median(relative[2:], 0)
    assert full == 1 and gae < baseline < to_go < 1


def test_lambda_one_is_the_baseline_and_its_runs_are_the_same_runs():
    one = frames(replace(SMALL, credit="gae", lam=1.0), 3)
    other = frames(replace(SMALL, credit="baseline"), 3)
    assert np.allclose(one[-1].lap.decisions.psi[3], one[-1].lap.decisions.psi[2])
    assert np.allclose(one[-1].lap.training.theta, other[-1].lap.training.theta, atol=1e-3)


def test_a_full_return_credits_all_actions_alike_and_rewards_to_go_fall_to_the_last_reward():
    psi = frames(SMALL, 1)[0].lap.decisions.psi
    assert np.ptp(psi[0]) == 0
    assert psi[1, 0] == psi[0, 0] and psi[1, -1] == 1.0 and np.all(np.diff(psi[1]) < 0)


@pytest.mark.parametrize("p", [SMALL, SWING])
def test_the_maps_are_the_nets_of_the_run_shown(p):
    p = replace(p, shown=3)
    frame, where = frames(p, 2)[-1].lap, course(p).task
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
    frame = frames(SMALL, 1)[0].lap
    world = course(SMALL).task.world
    for run in range(8):
        steps = frame.strip.steps[run]
        assert frame.strip.failed[run] and steps < 500
        standing = frame.strip.state[run, :steps]
        assert not world.failed(standing).any()
        assert np.abs(standing[-1, 2]) > 0.1  # about to fall


def test_returns_of_windows_count_as_whole_episodes():
    it = course(SWING)
    moment = next(train(it.task, it.settings, begin(it.task, 0), 0))
    mean = moment.made.reward.mean((1, 2))
    assert np.allclose(returns(it.task, moment), 200 * mean)


def test_scenes_say_the_run_that_is_shown_and_keep_their_windows():
    first, *_, last = frames(replace(SMALL, shown=5), 4)
    one, other = draw(first), draw(last)
    assert "run 5" in one["policy"].title
    for name, view in one.items():
        if isinstance(view, (Chart, Plane)):
            assert (view.x, view.y) == (other[name].x, other[name].y), name
    assert isinstance(one["numbers"], Numbers) and len(one["numbers"].rows) == 8
    assert one["returns"].series[0].y.shape == (1,) and other["returns"].series[0].y.shape == (4,)


def test_all_ways_through_the_corridor_are_counted_and_their_chances_sum_to_one():
    exact = frames(COUNTED, 1)[0].estimator.reference.exact
    assert len(exact.p) == 64 and np.isclose(exact.p.sum(), 1)
    assert 0.5 < exact.value < 1.5  # a coin: the right end pays 4, the left 1, each step costs


def test_the_exact_gradient_is_what_differentiating_the_expected_return_gives():
    """J = sum P(tau) R(tau) written out in torch for every sequence of actions, then autograd."""
    lap = frames(COUNTED, 3)[-1].lap
    policy, world = lap.course.task.policy, Corridor()
    theta = torch.tensor(lap.training.theta[0].astype(float), requires_grad=True)
    w1, b1, w2, b2 = torch.split(theta, [64, 32, 64, 2])

    def log_pi(state):
        x = torch.tensor(state / np.array(world.usual)).float().double()
        return torch.log_softmax(torch.tanh(x @ w1.view(2, 32) + b1) @ w2.view(32, 2) + b2, -1)

    def value(state, over):
        if over:
            return torch.tensor(0.0, dtype=torch.float64)
        total = torch.tensor(0.0, dtype=torch.float64)
        for action in (0, 1):
            moved, reward, ends = world.step(state[None], np.array([action]))
            later = value(moved[0], ends.item())
            total = total + torch.exp(log_pi(state)[action]) * (reward.item() + later)
        return total

    j = value(np.zeros(2), False)
    j.backward()
    exact = lap.reference.exact
    assert np.isclose(exact.value, j.item()) and policy.net.size == 162
    for credit in CREDITS[:3]:  # at gamma = 1; the generalised one has lambda < 1
        assert np.allclose(exact.mean(credit), theta.grad.numpy(), atol=1e-6), credit
    assert not np.allclose(exact.mean("gae"), theta.grad.numpy(), atol=1e-3)


def test_rewards_to_go_are_noisier_than_full_returns_in_the_corridor():
    """As the theory says: 1.24 times at first, exactly; no law makes them calmer."""
    exact = frames(COUNTED, 1)[0].estimator.reference.exact
    assert np.isclose(exact.noise("to-go", 16) / exact.noise("return", 16), 1.24, atol=0.01)


def test_the_sampled_mean_is_the_exact_gradient_within_its_error_and_a_baseline_adds_nothing():
    off, idle = [], []
    for frame in frames(COUNTED, 7):
        many = frame.estimator.reference
        off.append(np.linalg.norm(many.mean - many.gradient) / many.error)
        idle.append(many.idle)
    assert 0.5 < np.sqrt(np.mean(np.square(off))) < 1.6  # 2,000 trajectories each; 1 is expected
    assert 0.5 < np.sqrt(np.mean(np.square(idle))) < 1.6


def test_the_exact_noise_is_that_of_fresh_estimates():
    lap = frames(COUNTED, 1)[0].lap
    what = replace(lap.course, runs=400)
    training = begin(what.task, 0)
    alike = replace(training, theta=np.repeat(lap.training.theta[:1], 400, 0),
                    phi=np.repeat(lap.training.phi[:1], 400, 0))  # fmt: skip
    moment = next(train(what.task, what.settings, alike, 5))
    for credit in CREDITS:
        g = policy_gradient(what.task, alike.theta, moment.made, moment.psi[credit])
        scatter = np.sqrt(g.var(0, ddof=1).sum())
        assert np.isclose(scatter, lap.reference.exact.noise(credit, what.many), rtol=0.08), credit


def test_the_parabola_is_the_noise_with_that_baseline_and_none_lies_below_its_best():
    frame = frames(Params(look="the estimator", episodes=8, updates=2), 2)[-1]
    it, found = frame.estimator.constant, frame.lap.estimates
    for b in (0.0, 3.0, it.best, -2.0):
        g = found.by("to-go") - b * found.score
        direct = np.sqrt(g.astype(float).var(0, ddof=1).sum() / len(g))
        assert np.isclose(it.noise(np.array([b]))[0], direct, rtol=1e-4)
        assert it.noise(np.array([b]))[0] >= it.noise(np.array([it.best]))[0]
    assert it.best != pytest.approx(found.mean, rel=0.02)  # not the mean return


def test_a_return_set_by_hand_moves_its_own_arrow_and_no_other():
    p = Params(look="the estimator", credit="return", episodes=6, updates=1)
    calm = frames(p, 1)[0].estimator
    told = frames(replace(p, returns=((3.2, 40.0),)), 1)[0].estimator
    before, after = (np.diff(e.changed.places, axis=0) for e in (calm, told))
    moved = np.abs(after - before).max(-1) > 1e-6
    assert list(moved) == [False, False, True, False, False, False]
    mine = frames(p, 1)[0].lap.estimates.returns[2]
    assert np.allclose(after[2], before[2] * 40.0 / mine, atol=1e-5)  # full returns: in proportion
    gone = frames(replace(p, returns=((3.0, 0.0),)), 1)[0].estimator
    assert np.allclose(np.diff(gone.changed.places, axis=0)[2], 0, atol=1e-6)
    assert np.array_equal(gone.walk.places, calm.walk.places)


@pytest.mark.parametrize("p", [SMALL, SWING])
def test_the_arrows_end_at_the_gradient_and_lie_along_the_reference(p):
    frame = frames(replace(p, look="the estimator"), 1)[0]
    seen_, lap = frame.estimator, frame.lap
    g = lap.estimates.by(p.credit).mean(0)
    unit = lap.estimates.noise[CREDITS.index(p.credit)]
    way = seen_.reference.gradient / np.linalg.norm(seen_.reference.gradient)
    assert np.isclose(seen_.walk.places[-1, 0], g @ way / unit, atol=1e-4)
    assert np.linalg.norm(seen_.walk.places[-1]) <= np.linalg.norm(g) / unit + 1e-4
    assert np.allclose(
        seen_.agrees[CREDITS.index(p.credit)], g @ way / np.linalg.norm(g), atol=1e-4
    )


def test_one_decision_is_written_out_as_torch_has_it():
    cart = frames(replace(SMALL, look="one step", step=3), 2)[-1].decision
    logits = torch.tensor(cart.logits, requires_grad=True)
    log_prob = torch.distributions.Categorical(logits=logits).log_prob(torch.tensor(cart.taken))
    log_prob.backward()
    assert np.isclose(cart.log_prob, log_prob.item()) and np.allclose(cart.score, logits.grad)
    assert np.isclose(cart.log_prob, np.log(cart.powers[cart.taken] / cart.powers.sum()))
    rod = frames(replace(SWING, look="one step", step=3), 2)[-1].decision
    mu, log_sigma = (torch.tensor(x, requires_grad=True) for x in (rod.mu, np.log(rod.sigma)))
    log_prob = torch.distributions.Normal(mu, log_sigma.exp()).log_prob(torch.tensor(rod.action))
    log_prob.backward()
    assert np.isclose(rod.log_prob, log_prob.item()) and np.isclose(sum(rod.terms), rod.log_prob)
    assert np.allclose(rod.score, [mu.grad.item(), log_sigma.grad.item()])


def test_the_divergence_of_an_update_is_the_mean_over_the_states_it_learned_from():
    it = course(SMALL)
    moments = list(islice(train(it.task, it.settings, begin(it.task, 0), 0), 3))
    lap = frames(SMALL, 3)[-1].lap
    x = moments[1].made.seen[0][moments[1].made.alive[0]]
    old, new = (
        torch.distributions.Categorical(logits=torch.tensor(it.task.policy(m.training.theta[0], x)))
        for m in moments[1:]
    )
    mean = torch.distributions.kl_divergence(old, new).mean().item()
    assert np.isclose(lap.history.of("kl")[-1], mean, rtol=1e-3) and mean > 0


def test_the_interval_of_luck_holds_the_shares_that_would_not_surprise():
    """Wilson's, against the roots of its own equation: 8 of 8 prove 68 %, none of 8 at most 32 %."""
    frame = frames(replace(SMALL, updates=1), 1)[0]
    low, high = frame.lucky
    assert (frame.solved, low) == (0, 0.0) and np.isclose(high, 1.96**2 / (8 + 1.96**2))


def test_more_runs_are_more_curves_and_the_first_eight_are_shown_as_strips():
    frame = frames(replace(SMALL, runs=32), 1)[0]
    scene = draw(frame)
    assert frame.lap.training.theta.shape[0] == 32 and len(frame.lap.strip.steps) == 8
    assert sum(series.faint for series in scene["returns"].series) == 32


@pytest.mark.parametrize("world", ["cartpole", "pendulum", "corridor"])
@pytest.mark.parametrize("look", ["the estimator", "one step"])
def test_every_look_at_every_world_keeps_its_windows_and_its_numbers(look, world):
    p = Params(look=look, world=world, episodes=4, windows=4, updates=4, rounds=50)
    one, *_, other = (draw(frame) for frame in frames(p, 3))
    for name, view in one.items():
        if isinstance(view, (Chart, Plane)):
            assert (view.x, view.y) == (other[name].x, other[name].y), name
    assert len(one["numbers"].rows) == len(other["numbers"].rows)


def test_a_look_at_a_late_update_begins_there_and_shows_the_same():
    whole = frames(COUNTED)
    numbers, found = zip(*around(replace(COUNTED, by_hand=0.5), 4), strict=True)
    assert numbers == (4, 5, 6, 0, 1, 2, 3)
    assert all(frame.lap is whole[number].lap for number, frame in zip(numbers, found, strict=True))


@pytest.mark.parametrize("p", [SMALL, SWING])
def test_the_policy_can_be_taken_along_as_a_graph(p):
    frame = frames(replace(p, shown=2), 2)[-1]
    told, policy = ReferenceEvaluator(net(frame)), frame.lap.course.task.policy
    x = np.random.default_rng(0).standard_normal((5, policy.net.sizes[0])).astype(np.float32)
    (y,) = told.run(None, {"observation": x})
    dist = policy(frame.lap.training.theta[1], x)
    expected = dist if p is SMALL else np.arctanh(dist[:, :1] / 2)
    assert np.allclose(y, expected, atol=1e-4)


def test_another_look_trains_nothing_anew():
    calm = frames(COUNTED, 3)[-1]
    for look in (replace(COUNTED, by_hand=2.0), replace(COUNTED, look="one step", step=2)):
        assert frames(look, 3)[-1].lap is calm.lap
