"""How far to step: the page's own frames against stable-baselines3, exact algebra and its own words."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.logger import configure
from stable_baselines3.common.utils import explained_variance

from app.concepts.reinforcement.trust import clip, learners, region
from app.concepts.reinforcement.trust.figure import draw
from app.concepts.reinforcement.trust.learners import RUNS, Lane
from app.concepts.reinforcement.trust.metrics import Metrics, explained, metrics
from app.concepts.reinforcement.trust.slices import MAPPED, sliced
from app.concepts.reinforcement.trust.study import MOST, Params, study, task
from app.figures.scene import Chart, Plane
from models.learner import layers
from models.maths.proximal import Proximal, steps
from models.maths.surrogate import ascent_of
from models.maths.vpg import begin, train
from tests.grids import leaves

CLIP = Params()
REGION = Params(watch="region")


@pytest.fixture(scope="module")
def clipping():
    return list(clip.compute(CLIP))


@pytest.fixture(scope="module")
def trusting():
    return list(region.compute(REGION))


def given(p):
    return study(p.before, p.settings, p.seed)


# --- clip ----------------------------------------------------------------------------------------


def test_before_the_first_step_all_ratios_are_one_and_nothing_is_gained(clipping):
    first = clipping[0]
    assert np.allclose(first.r, 1, atol=1e-6) and first.flows.all()
    assert abs(first.now.kl) < 1e-9 and abs(first.now.gain) < 1e-6
    assert len(clipping) == 1 + CLIP.epochs * CLIP.minibatches


def test_dots_creep_past_the_interval_and_those_let_go_are_two_cases_of_six(clipping):
    """Of 512 moments about 96 are past 1 ± 0.2 in the end, and about 66 of them have no gradient."""
    last = clipping[-1]
    assert last.cases.sum() == MOST == len(last.r)
    assert last.cases[1, 2] + last.cases[0, 0] == (~last.flows).sum()
    assert 50 < (~last.flows).sum() < 80
    assert last.cases[:, ::2].sum() == round(last.now.outside * MOST)
    assert 80 < last.cases[:, ::2].sum() < 110
    by_hand = (last.advantage >= 0) & (last.r > 1.2) | (last.advantage < 0) & (last.r < 0.8)
    assert np.array_equal(~last.flows, by_hand)


def test_a_clip_is_no_wall_almost_half_go_past_it():
    *_, last = clip.compute(replace(CLIP, rate=0.1, epochs=20))
    assert max(row[Metrics._fields.index("outside")] for row in last.whole) > 0.5
    assert 0.3 < last.now.outside < 0.6 and last.now.stopped < last.now.outside


@pytest.mark.parametrize(
    ("r", "a", "counts", "slope"),
    [(1.5, 1.0, 1.2, 0.0), (0.5, 1.0, 0.5, 1.0), (0.5, -1.0, -0.8, 0.0), (1.5, -1.0, -1.5, -1.0)],
)
def test_the_ring_counts_what_the_worked_example_says(r, a, counts, slope):
    found = clip.spot(Params(spot=((r, a),)))
    assert np.allclose((found.objective, found.slope), (counts, slope))


def test_the_drawn_curve_is_the_one_the_moments_lie_on(clipping):
    last = clipping[-1]
    good, bad = last.hinges
    on = np.where(last.advantage >= 0, np.interp(last.r, *good.T), np.interp(last.r, *bad.T))
    assert np.allclose(last.counted, on)


def stable_baselines(p, theta):
    """What its PPO logs for the batch if the policy is theta."""
    whole, old = given(p).batch, given(p).policy
    net = {"pi": [32], "vf": [32]}
    model = PPO(
        "MlpPolicy",
        "CartPole-v1",
        n_steps=MOST,
        batch_size=MOST,
        n_epochs=1,
        learning_rate=0.0,
        clip_range=p.epsilon,
        normalize_advantage=False,
        policy_kwargs={"net_arch": net, "activation_fn": torch.nn.Tanh},
        device="cpu",
    )
    mine = {name: torch.from_numpy(w.copy()) for name, w in layers("", old.net, theta[0]).items()}
    names = ("mlp_extractor.policy_net.0", "action_net")
    state = model.policy.state_dict()
    for name, mine_ in zip(names, (".0", ".2"), strict=True):
        for part in ("weight", "bias"):
            state[f"{name}.{part}"] = mine[f"{mine_}.{part}"]
    model.policy.load_state_dict(state)
    buffer = model.rollout_buffer
    buffer.observations = whole.x.reshape(MOST, 1, 4)
    buffer.actions = whole.action.reshape(MOST, 1, 1).astype(np.float32)
    buffer.log_probs = old.log_prob(whole.logits, whole.action).reshape(MOST, 1).astype(np.float32)
    buffer.advantages = whole.advantage.reshape(MOST, 1).astype(np.float32)
    buffer.full = True
    model.set_logger(configure(None, []))
    model.train()
    return model.logger.name_to_value


def test_the_logs_are_those_of_stable_baselines_on_the_same_batch(clipping):
    *_, (theta, _) = steps(
        given(CLIP).policy, given(CLIP).moment.training, given(CLIP).batch, CLIP.proximal
    )
    theirs, now = stable_baselines(CLIP, theta), clipping[-1].now
    assert np.isclose(-now.objective, theirs["train/policy_gradient_loss"], atol=1e-5)
    assert np.isclose(now.outside, theirs["train/clip_fraction"])
    assert np.isclose(now.k3, theirs["train/approx_kl"], atol=1e-6)
    assert np.isclose(-now.entropy, theirs["train/entropy_loss"], atol=1e-5)
    moment = given(CLIP).moment
    alive = moment.made.alive
    v, r = moment.v[alive], (moment.psi["gae"] + moment.v)[alive]
    assert np.isclose(explained(moment), explained_variance(v, r))


def test_k1_can_be_negative_and_k3_cannot_and_both_aim_at_the_kl():
    whole = np.array([frame.now for frame in clip.compute(replace(CLIP, before=0))])
    k1, k3, kl = (whole[:, Metrics._fields.index(name)] for name in ("k1", "k3", "kl"))
    assert k1.min() < 0 <= k3.min() + 1e-12
    assert np.abs(k3 - kl).max() < np.abs(k1 - kl).max()


def test_k1_k2_and_k3_are_what_their_expectations_are_on_all_actions():
    """Over a made batch with every action as often as the old policy takes it."""
    some = given(CLIP)
    p = np.array([0.25, 0.75])
    x = np.repeat(some.batch.x[:, :1], 4, 1)
    whole = replace(
        some.batch,
        x=x,
        action=np.array([[0, 1, 1, 1]]),
        advantage=np.zeros((1, 4)),
        logits=np.tile(np.log(p), (1, 4, 1)),
        weight=np.full((1, 4), 0.25),
    )
    theta = some.moment.training.theta
    logits = some.policy(theta, x)[0, 0].astype(float)
    q = np.exp(logits) / np.exp(logits).sum()
    found = metrics(some.policy, theta, whole, 0.2)
    assert np.isclose(found.kl, (p * np.log(p / q)).sum(), atol=1e-6)
    assert np.isclose(found.k1, found.kl) and np.isclose(found.k3, found.kl, atol=1e-6)
    assert np.isclose(found.k2, (p * np.log(p / q) ** 2).sum() / 2, atol=1e-6)


# --- race ----------------------------------------------------------------------------------------


def test_for_the_same_kl_the_natural_ray_gains_at_least_what_the_gradient_does(trusting):
    """To leading order, with hardly any damping; the rays are parted from the start."""
    frame = next(region.compute(replace(REGION, damping=1e-3, iterations=20)))
    near = np.linspace(0, 0.0005, 20)[1:]
    natural, plain = (np.interp(near, *ray.T) for ray in (frame.race.natural, frame.race.gradient))
    assert (natural > plain).all()


def test_the_race_ends_where_the_closer_looks_end(clipping, trusting):
    run, last = clipping[-1].race, trusting[-1]
    assert np.allclose(run.clip[-1], (clipping[-1].now.kl, clipping[-1].now.gain), atol=1e-6)
    assert np.allclose(last.race.trpo[0], (last.tried[-1].kl, last.tried[-1].gain))
    assert len(run.clip) == len(run.penalty) == len(clipping)


# --- region --------------------------------------------------------------------------------------


def test_the_first_iterate_points_along_the_gradient_and_the_last_is_the_step(trusting):
    seen = trusting[0].slice
    assert np.allclose(seen.iterates[0], 0) and np.allclose(seen.iterates[-1], (1, 0), atol=1e-9)
    assert np.isclose(np.cross([*seen.iterates[1], 0], [*seen.uphill, 0])[2], 0, atol=1e-9)
    assert 0.8 < seen.cosine < 0.9


def test_on_the_ellipse_the_quadratic_model_says_delta(trusting):
    plane = sliced(REGION, given(REGION))
    assert np.allclose(plane.square(trusting[0].slice.ellipse), REGION.delta)
    change = plane.step + 0.5 * plane.across
    direct = (change * plane.product(change)).sum() / 2
    assert np.isclose(plane.square(np.array([[1.0, 0.5]]))[0], direct)


def test_the_edge_of_the_region_is_where_the_kl_is_delta(trusting):
    """Also where the plane is enlarged forty times and the KL bends within a cell."""
    p = replace(REGION, damping=1e-4, before=0)
    for given_to, most in ((REGION, 0.005), (p, 0.05)):
        plane = sliced(given_to, given(given_to))
        kl = plane.seen().kl
        cells = np.linspace(*MAPPED, len(kl))
        row, left = np.nonzero(np.diff(kl < given_to.delta, axis=1))
        low, high = kl[row, left], kl[row, left + 1]
        share = (given_to.delta - low) / (high - low)
        at = np.stack([cells[left] + share * (cells[1] - cells[0]), cells[row]], -1)
        ratio = plane.judged(at)[1] / given_to.delta
        assert len(at) > 50
        assert np.median(np.abs(ratio - 1)) < most, given_to


def test_near_the_old_policy_the_models_tell_the_truth(trusting):
    plane = sliced(REGION, given(REGION))
    at = np.array([[0.05, 0.05], [0.05, -0.02], [-0.04, 0.01]])
    gain, kl = plane.judged(at)
    g = ascent_of(given(REGION).policy, plane.theta, given(REGION).batch)
    change = at[:, :1] * plane.step + at[:, 1:] * plane.across
    assert np.allclose(kl, plane.square(at), rtol=0.05)
    assert np.allclose(gain, (change * g).sum(-1), rtol=0.1, atol=2e-5)


def test_the_step_that_is_taken_is_in_the_region_and_gains(trusting):
    last = trusting[-1]
    assert last.accepted and last.tried[-1].kl <= REGION.delta and last.tried[-1].gain > 0
    assert len(trusting) == REGION.iterations + 1 + len(last.tried)
    assert last.residual[-1] < 1e-9 * last.residual[0]


def test_without_damping_the_promise_is_far_from_the_truth_until_some_candidates_failed():
    *_, last = region.compute(replace(REGION, damping=1e-4))
    first = last.tried[0]
    assert first.quadratic < 0.01 and first.kl > 10 * first.quadratic
    assert 4 <= len(last.tried) <= 6 and last.accepted
    assert all(one.kl > REGION.delta for one in last.tried[:-1])
    damped = list(region.compute(REGION))[-1].tried[-1]
    assert last.tried[-1].gain < damped.gain / 2


def test_the_step_can_be_dragged_to_where_truth_and_promise_are_read():
    p = replace(REGION, step=((1.0, 0.0),))
    frame = list(region.compute(p))[-1]
    assert np.isclose(frame.yours.kl, frame.tried[0].kl)
    assert np.isclose(frame.yours.quadratic, frame.tried[0].quadratic)


# --- training ------------------------------------------------------------------------------------


def test_all_learners_begin_alike_and_vpgs_lane_is_vpg():
    p = Params(watch="training", lanes=(("vpg", 0.02), ("penalty", 0.01)), updates=2)
    *_, last = learners.compute(p)
    vpg, penalty = last.lanes
    assert np.array_equal(vpg.returns[0], penalty.returns[0])
    settings = replace(p.settings, rate=0.02)
    moments = train(task(RUNS), lambda _: settings, begin(task(RUNS), 0), 0)
    for k in range(3):
        assert np.array_equal(next(moments).made.reward.sum(-1).mean(-1), vpg.returns[k])
    assert vpg.kl.shape == (2, RUNS) and (vpg.kl > 0).all()
    factor = penalty.beta[1:] / penalty.beta[:-1]
    assert set(np.unique(factor)) <= {0.5, 1.0, 2.0} and (vpg.beta == 1).all()


def test_each_learner_has_its_turn():
    p = Params(watch="training", lanes=(("vpg", 0.02), ("trpo", 0.01)), updates=1)
    turns = [
        (f.update, f.turn, *(len(one.returns) for one in f.lanes)) for f in learners.compute(p)
    ]
    assert turns == [(0, 0, 1, 1), (1, 1, 2, 1), (1, 2, 2, 2)]


def test_a_run_has_fallen_when_it_lately_returns_less_than_half_of_its_best():
    rising = np.linspace(20, 500, 10)
    falling = np.array([20, 100, 400, 400, 400, 300, 200, 100, 90, 80])
    returns = np.stack([rising, falling] + [np.full(10, 30.0)] * (RUNS - 2), -1)
    lane = Lane("vpg", 0.1, returns, np.zeros((9, RUNS)), np.ones((10, RUNS)))
    assert lane.collapsed.tolist() == [False, True] + [False] * (RUNS - 2)
    assert np.isclose(lane.lately[1], 90)


FAR = """
from app.concepts.reinforcement.trust import learners
from app.concepts.reinforcement.trust.study import Params
import numpy as np, sys
p = Params.from_query(sys.argv[1])
*_, last = learners.compute(p)
for lane in last.lanes:
    print(np.median(lane.kl[0]), np.median(lane.lately))
"""


def trained(query):
    """Median KL of the first update and median return lately, lane by lane; without shape checks."""
    done = subprocess.run(
        [sys.executable, "-c", FAR, query], capture_output=True, text=True, check=True
    )
    return np.array([line.split() for line in done.stdout.splitlines()], float)


def test_without_its_clip_ppo_falls_at_once_at_a_rate_thirty_times_too_large():
    found = trained("watch=training&lanes=clip:0.2;clip:5&rate=0.1&updates=9")
    (clipped, high), (free, low) = found
    assert clipped < 0.05 and free > 5
    assert high > 100 > low


def test_vpgs_step_grows_with_its_rate_until_it_ruins_the_policy():
    found = trained("watch=training&lanes=vpg:0.02;vpg:0.05;vpg:0.2;vpg:0.5&updates=8")
    assert (np.diff(found[:, 0]) > 0).all() and found[3, 0] > 1
    assert found[1, 1] > found[0, 1] > found[2, 1] > found[3, 1]


def test_windows_keep_still_while_frames_arrive(clipping, trusting):
    short = list(learners.compute(Params(watch="training", lanes=(("trpo", 0.01),), updates=2)))
    for frames in (clipping, trusting, short):
        one, other = draw(frames[0]), draw(frames[-1])
        assert len(one["numbers"].rows) == len(other["numbers"].rows)
        for name, view in one.items():
            if isinstance(view, (Chart, Plane)):
                assert (view.x, view.y) == (other[name].x, other[name].y), name


ENDS = ("delta", "damping", "iterations", "lam", "step", "seed")


@pytest.mark.parametrize("name", ENDS)
def test_the_region_can_be_drawn_at_every_end_of_its_controls(name):
    """The laws try each control alone, which is with the clip in view."""
    for end in Params.controls()[name].ends(getattr(REGION, name)):
        *_, last = region.compute(replace(REGION, **{name: end}))
        assert all(np.isfinite(leaf).all() for leaf in leaves(dict(draw(last)))), end


def test_learners_can_be_drawn_at_every_end_of_their_settings():
    for lanes in Params.controls()["lanes"].ends(()):
        *_, last = learners.compute(Params(watch="training", lanes=lanes, updates=1))
        assert all(np.isfinite(leaf).all() for leaf in leaves(dict(draw(last)))), lanes


def test_the_policy_before_is_trained_by_the_settings_that_stay_fixed():
    """Dragging ε or the rate must not change the batch that is looked at."""
    assert given(replace(CLIP, epsilon=0.5, rate=0.1)) is given(CLIP)
    assert Proximal().rate == 0.003
