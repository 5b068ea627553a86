"""Surrogate, clip and trust region against torch's automatic derivatives and dense linear algebra."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch

from models.maths.mlp import MLP
from models.maths.policies import Categorical
from models.maths.proximal import Proximal, clipped, flows, gradient, ppo, priced
from models.maths.surrogate import ascent_of, batch, categorical, normalised, ratio, surrogate
from models.maths.trust_region import (
    Region,
    conjugate_gradients,
    fisher,
    full_step,
    search,
    trpo,
)
from models.maths.vpg import Settings, Task, begin, policy_gradient, train
from models.worlds.cartpole import CartPole

NET = MLP((4, 6, 2))
POLICY = Categorical(NET)
TASK = Task(CartPole(), POLICY, MLP((4, 6, 1)), 2, 6, 500)
MOMENT = next(train(TASK, lambda _: Settings("gae"), begin(TASK, 0), 0))
WHOLE = batch(TASK, MOMENT, 10_000, np.random.default_rng(0))
OLD = MOMENT.training.theta.astype(float)
NEW = OLD + np.random.default_rng(1).standard_normal(OLD.shape)


def logits(theta, x):
    """The same net in torch, for one run."""
    weights, at, h = [], 0, torch.tensor(x, dtype=torch.float64)
    for i, o in ((4, 6), (6, 2)):
        weights.append((theta[at : at + i * o].reshape(i, o), theta[at + i * o : at + i * o + o]))
        at += i * o + o
    (w, b), (v, c) = weights
    return torch.tanh(h @ w + b) @ v + c


def torch_parts(run):
    """Functions of theta in torch: the ratios and the KL of every moment of a run."""
    old = torch.log_softmax(torch.tensor(WHOLE.logits[run], dtype=torch.float64), -1)
    action = torch.tensor(WHOLE.action[run])[:, None]

    def ratios(theta):
        new = torch.log_softmax(logits(theta, WHOLE.x[run]), -1)
        return (new - old).gather(-1, action)[:, 0].exp()

    def kl(theta):
        new = torch.log_softmax(logits(theta, WHOLE.x[run]), -1)
        return (old.exp() * (old - new)).sum(-1)

    return ratios, kl, torch.tensor(WHOLE.weight[run]), torch.tensor(WHOLE.advantage[run])


@pytest.mark.parametrize("run", [0, 1])
def test_surrogate_and_kl_are_torchs(run):
    ratios, kl, weight, advantage = torch_parts(run)
    theta = torch.tensor(NEW[run])
    gain, far = surrogate(POLICY, NEW, WHOLE)
    assert np.isclose(gain[run], float((weight * ratios(theta) * advantage).sum()), atol=1e-6)
    assert np.isclose(far[run], float((weight * kl(theta)).sum()), atol=1e-6)


def test_at_the_old_policy_the_surrogates_gradient_is_the_policy_gradient():
    """Both per moment: VPG's sum over trajectories differs by the number of moments alone."""
    made, psi = MOMENT.made, MOMENT.psi["gae"]
    alive = made.alive.reshape(2, -1)
    even = normalised(psi.reshape(2, -1), alive / alive.sum(-1, keepdims=True))
    by_theorem = policy_gradient(TASK, MOMENT.training.theta, made, even.reshape(psi.shape))
    scale = (psi.shape[1] / alive.sum(-1))[:, None]
    ours = ascent_of(POLICY, MOMENT.training.theta, WHOLE)
    assert np.allclose(ours, scale * by_theorem, atol=1e-5)


def test_advantages_have_mean_zero_and_variance_one_and_padding_none():
    assert np.allclose((WHOLE.weight * WHOLE.advantage).sum(-1), 0, atol=1e-9)
    assert np.allclose((WHOLE.weight * WHOLE.advantage**2).sum(-1), 1, atol=1e-6)
    assert np.allclose(WHOLE.weight.sum(-1), 1)
    assert (WHOLE.weight == 0).any() and not WHOLE.advantage[WHOLE.weight == 0].any()


# --- PPO -----------------------------------------------------------------------------------------


def test_the_worked_example_of_the_clip():
    """Example ppo-clip of the catalogue."""
    r = np.array([0.5, 0.8, 1.0, 1.2, 1.5])
    assert np.allclose(clipped(r, np.ones(5), 0.2), [0.5, 0.8, 1, 1.2, 1.2])
    assert np.allclose(clipped(r, -np.ones(5), 0.2), [-0.8, -0.8, -1, -1.2, -1.5])


@pytest.mark.parametrize(
    ("r", "advantage", "open_"),
    [
        (0.7, 1.0, True),
        (1.1, 1.0, True),
        (1.3, 1.0, False),
        (0.7, -1.0, False),
        (0.9, -1.0, True),
        (1.3, -1.0, True),
    ],
)
def test_of_the_six_cases_two_have_no_gradient(r, advantage, open_):
    given = torch.tensor(r, dtype=torch.float64, requires_grad=True)
    torch.min(given * advantage, given.clamp(0.8, 1.2) * advantage).backward()
    assert (float(given.grad) != 0) == open_
    assert bool(flows(np.array([r]), np.array([advantage]), 0.2)[0]) == open_


@pytest.mark.parametrize("run", [0, 1])
@pytest.mark.parametrize("target", [None, 0.01])
def test_the_gradient_of_ppos_objectives_is_autograds(run, target):
    ratios, kl, weight, advantage = torch_parts(run)
    theta, beta = torch.tensor(NEW[run], requires_grad=True), np.array([0.7, 3.0])
    r = ratios(theta)
    if target is None:
        loss = torch.min(r * advantage, r.clamp(0.9, 1.1) * advantage)
        outside = (WHOLE.weight[run] > 0) & (np.abs(r.detach().numpy() - 1) > 0.1)
        assert outside.sum() > 20
    else:
        loss = r * advantage - beta[run] * kl(theta)
    (weight * loss).sum().backward()
    how = Proximal(epsilon=0.1, target=target)
    assert np.allclose(gradient(POLICY, NEW, WHOLE, how, beta)[run], theta.grad, atol=1e-6)


def test_minibatches_are_a_partition_of_the_batch():
    parts = [WHOLE.part(offset, 3) for offset in range(3)]
    assert sum(part.weight.shape[-1] for part in parts) == WHOLE.weight.shape[-1]
    assert all(np.allclose(part.weight.sum(-1), 1) for part in parts)
    share = [WHOLE.weight[:, k::3].sum(-1)[:, None] for k in range(3)]
    pieces = zip(share, parts, strict=True)
    whole = sum(s * ascent_of(POLICY, NEW, part) for s, part in pieces)
    assert np.allclose(whole, ascent_of(POLICY, NEW, WHOLE))


def test_the_price_doubles_beyond_one_and_a_half_targets_and_halves_below_two_thirds():
    kl = np.array([0.016, 0.0149, 0.0068, 0.0066])
    assert np.array_equal(priced(np.ones(4), kl, 0.01), [2, 1, 1, 0.5])


# --- TRPO ----------------------------------------------------------------------------------------


def dense(run):
    """The Hessian of the mean KL at the old policy, by torch."""
    _, kl, weight, _ = torch_parts(run)
    return torch.autograd.functional.hessian(
        lambda theta: (weight * kl(theta)).sum(), torch.tensor(OLD[run])
    ).numpy()


def test_the_fisher_products_are_the_hessian_of_the_kl():
    v = np.random.default_rng(2).standard_normal(OLD.shape)
    ours = fisher(POLICY, OLD, WHOLE)(v)
    for run in range(2):
        assert np.allclose(ours[run], dense(run) @ v[run], atol=1e-6)


def test_the_hessian_is_singular_as_logits_may_all_rise_together():
    eigenvalues = np.linalg.eigvalsh(dense(0))
    assert eigenvalues.min() > -1e-6  # float32 logits
    assert (np.abs(eigenvalues) < 1e-6 * eigenvalues.max()).sum() >= 7  # 6 weights and a bias


def test_conjugate_gradients_solve_what_a_dense_solver_solves_and_say_how_far_off_they_are():
    g = ascent_of(POLICY, OLD, WHOLE)
    product = fisher(POLICY, OLD, WHOLE, damping=0.01)
    iterates = list(conjugate_gradients(product, g, 44))
    for run in range(2):
        exact = np.linalg.solve(dense(run) + 0.01 * np.eye(NET.size), g[run])
        assert np.allclose(iterates[-1].x[run], exact, atol=1e-4 * np.abs(exact).max())
    for iterate in iterates[:10]:
        off = np.linalg.norm(g - product(iterate.x), axis=-1)
        assert np.allclose(off, iterate.residual, atol=1e-9)


def test_the_worked_example_of_the_full_step():
    """Example trpo-step of the catalogue: half the square of the step in H is delta."""
    h, g = np.diag([2.0, 1.0]), np.array([[1.0, 2.0]])
    product = lambda v: v @ h  # noqa: E731
    *_, last = conjugate_gradients(product, g, 2)
    step = full_step(product, last.x, 0.01)[0]
    assert np.allclose(step, [0.033333, 0.133333], atol=1e-6)
    assert np.isclose(step @ h @ step / 2, 0.01)


def test_no_step_of_the_same_kl_gains_more_to_first_order_than_the_natural_one():
    g, product = ascent_of(POLICY, OLD, WHOLE), fisher(POLICY, OLD, WHOLE, 0.01)
    *_, last = conjugate_gradients(product, g, 44)
    best = (g * full_step(product, last.x, 0.01)).sum(-1)
    rng = np.random.default_rng(3)
    for other in (g, *(g + rng.standard_normal(g.shape) for _ in range(20))):
        assert ((g * full_step(product, other, 0.01)).sum(-1) <= best + 1e-9).all()


def test_the_first_accepted_candidate_gains_and_keeps_to_the_region():
    g, product = ascent_of(POLICY, OLD, WHOLE), fisher(POLICY, OLD, WHOLE, 0.1)
    *_, last = conjugate_gradients(product, g, 10)
    region = Region(delta=0.5)
    tried = list(search(POLICY, OLD, full_step(product, last.x, 0.5), WHOLE, region))
    assert len(tried) == 11
    for one in tried:
        assert np.array_equal(one.accepted, (one.gain > 0) & (one.kl <= 0.5))
    moved = trpo(replace(region, most=10_000))(TASK, MOMENT, np.random.default_rng(0))
    for run in range(2):
        first = next(one for one in tried if one.accepted[run])
        assert np.allclose(moved.theta[run], first.theta[run], atol=1e-3)


def test_where_no_candidate_is_accepted_the_policy_stays():
    stayed = []
    for delta in (0.01, 0.1, 1.0, 10.0):
        still = trpo(Region(delta=delta, damping=0.001, tries=1, most=10_000))
        moved = still(TASK, MOMENT, np.random.default_rng(0))
        kl = surrogate(POLICY, moved.theta, WHOLE)[1]
        stayed.extend((moved.theta == MOMENT.training.theta).all(-1))
        assert (kl <= delta).all()
    assert any(stayed) and not all(stayed)


# --- training ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ascent", [ppo(Proximal(epochs=2)), ppo(Proximal(target=0.01)), trpo(Region())]
)
def test_a_training_goes_on_from_any_moment_as_if_never_interrupted(ascent):
    settings = lambda _: Settings("gae")  # noqa: E731
    whole = list(islice(train(TASK, settings, begin(TASK, 7), 7, ascent), 4))
    again = train(TASK, settings, whole[2].training, 7, ascent)
    for moment in whole[2:]:
        other = next(again)
        assert np.array_equal(other.training.theta, moment.training.theta)
        assert np.array_equal(other.training.beta, moment.training.beta)
    assert not np.array_equal(whole[0].training.theta, whole[1].training.theta)


def test_trpo_stays_near_the_old_policy_and_ppo_may_leave_its_interval():
    region = trpo(Region(delta=0.01, most=10_000))(TASK, MOMENT, np.random.default_rng(0))
    assert (surrogate(POLICY, region.theta, WHOLE)[1] <= 0.01).all()
    free = ppo(Proximal(rate=0.05, epochs=10, most=10_000))
    far = free(TASK, MOMENT, np.random.default_rng(0))
    assert (np.abs(ratio(POLICY, far.theta, WHOLE) - 1) > 0.2).any()


def test_a_policy_of_no_few_actions_is_refused_in_words():
    from models.maths.policies import Gaussian

    with pytest.raises(TypeError, match="Gaussian: expected a Categorical"):
        categorical(replace(TASK, policy=Gaussian(MLP((4, 6, 1)))))
