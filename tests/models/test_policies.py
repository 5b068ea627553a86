"""Policies against torch.distributions, and their scores against torch's own differentiation."""

import numpy as np
import pytest
import torch
from torch.distributions import Categorical as TorchCategorical
from torch.distributions import Normal

from models.maths.mlp import MLP
from models.maths.policies import Categorical, Gaussian, log_softmax

RNG = np.random.default_rng(0)
DISCRETE = Categorical(MLP((4, 8, 3)))
CONTINUOUS = Gaussian(MLP((3, 8, 2)), bound=2.0)


def test_discrete_log_probabilities_and_entropies_are_torchs():
    logits = 5 * RNG.standard_normal((50, 3))
    action = RNG.integers(0, 3, 50)
    theirs = TorchCategorical(logits=torch.from_numpy(logits))
    ours = DISCRETE.log_prob(logits, action)
    assert np.abs(ours - theirs.log_prob(torch.from_numpy(action)).numpy()).max() < 1e-12
    assert np.abs(DISCRETE.entropy(logits) - theirs.entropy().numpy()).max() < 1e-12


def test_gaussian_log_probabilities_and_entropies_are_torchs():
    dist = RNG.standard_normal((50, 4))
    action = RNG.standard_normal((50, 2))
    mu, log_sigma = torch.from_numpy(dist).chunk(2, -1)
    theirs = Normal(mu, log_sigma.exp())
    ours = CONTINUOUS.log_prob(dist, action)
    assert np.abs(ours - theirs.log_prob(torch.from_numpy(action)).sum(-1).numpy()).max() < 1e-12
    assert np.abs(CONTINUOUS.entropy(dist) - theirs.entropy().sum(-1).numpy()).max() < 1e-12


@pytest.mark.parametrize("policy", [DISCRETE, CONTINUOUS])
def test_the_divergence_between_two_policies_is_torchs(policy):
    old, new = RNG.standard_normal((2, 50, 3 if policy is DISCRETE else 4))
    theirs = []
    for dist in map(torch.from_numpy, (old, new)):
        mu, log_sigma = dist[:, :2], dist[:, 2:]
        discrete = policy is DISCRETE
        theirs.append(TorchCategorical(logits=dist) if discrete else Normal(mu, log_sigma.exp()))
    expected = torch.distributions.kl_divergence(*theirs)
    expected = expected if policy is DISCRETE else expected.sum(-1)
    assert np.abs(policy.kl(old, new) - expected.numpy()).max() < 1e-12
    assert np.abs(policy.kl(old, old)).max() < 1e-12


def test_the_worked_example_of_the_gaussian_log_probability_comes_out():
    """Example gaussian-logprob of the catalogue: a, mu and sigma give -1.689729886."""
    dist = np.array([[0.0, -0.5, np.log(1.0), np.log(0.5)]])
    action = np.array([[0.3, -1.0]])
    assert abs(CONTINUOUS.log_prob(dist, action).item() + 1.689729886) < 1e-9


def test_log_probabilities_survive_huge_logits():
    log_p = log_softmax(np.array([[1e4, 0.0, -1e4]]))
    assert np.isfinite(log_p).all()
    assert log_p[0, 0] == 0.0


def scored(policy, theta, x, action, weight):
    """The gradient of sum weight log pi, by torch, with the nets written out once more."""
    theta = torch.tensor(theta, requires_grad=True)
    at, h = 0, torch.from_numpy(x)
    for depth, (i, o) in enumerate(zip(policy.net.sizes, policy.net.sizes[1:], strict=False)):
        weights = theta[at : at + i * o].reshape(i, o)
        h = h @ weights + theta[at + i * o : at + i * o + o]
        h = torch.tanh(h) if depth < len(policy.net.sizes) - 2 else h
        at += i * o + o
    if isinstance(policy, Categorical):
        log_p = TorchCategorical(logits=h).log_prob(torch.from_numpy(action))
    else:
        sigma = torch.exp(3 * torch.tanh(theta[at:] / 3))
        log_p = Normal(policy.bound * torch.tanh(h), sigma).log_prob(torch.from_numpy(action))
        log_p = log_p.sum(-1)
    (log_p * torch.from_numpy(weight)).sum().backward()
    return theta.grad.numpy()


@pytest.mark.parametrize("policy", [DISCRETE, CONTINUOUS])
def test_the_gradient_is_the_one_that_torch_finds(policy):
    rng = np.random.default_rng(1)
    theta = policy.init(rng, 2).astype(float) + 0.3 * rng.standard_normal((2, 1))
    x = rng.standard_normal((2, 20, policy.net.sizes[0]))
    action = policy.sample(policy(theta, x), rng)
    weight = rng.standard_normal((2, 20))
    ours = policy.gradient(theta, x, action, weight)
    for run in range(2):
        theirs = scored(policy, theta[run], x[run], action[run], weight[run])
        assert np.abs(ours[run] - theirs).max() < 1e-10


@pytest.mark.parametrize("policy", [DISCRETE, CONTINUOUS])
def test_the_score_is_zero_on_average(policy):
    """E[grad log pi] = 0, which is why a baseline costs nothing in the mean."""
    rng = np.random.default_rng(2)
    theta = policy.init(rng, 1)[0].astype(float)
    x = np.repeat(rng.standard_normal((1, policy.net.sizes[0])), 100_000, 0)
    dist = policy(theta, x)
    score = policy.score(dist, policy.sample(dist, rng))
    error = score.std(0) / np.sqrt(len(score))
    assert np.all(np.abs(score.mean(0)) < 4 * error)


def test_actions_come_as_often_as_their_probabilities_say():
    rng = np.random.default_rng(3)
    dist = np.broadcast_to([0.0, 1.0, -1.0], (100_000, 3))
    share = np.bincount(DISCRETE.sample(dist, rng)) / len(dist)
    assert np.abs(share - np.exp(log_softmax(dist))[0]).max() < 0.006


def test_a_fresh_policy_prefers_nothing():
    rng = np.random.default_rng(4)
    x = rng.standard_normal((5, 100, 4))
    entropy = DISCRETE.entropy(DISCRETE(DISCRETE.init(rng, 5), x))
    assert np.all(entropy > 0.99 * np.log(3))
    mean = CONTINUOUS(CONTINUOUS.init(rng, 5), x[..., :3])[..., :2]
    assert np.abs(mean).max() < 1


def test_sigma_starts_at_one_and_stays_within_e_to_the_three():
    theta = np.zeros((3, CONTINUOUS.net.size + 2))
    theta[1:, -2:] = [[100.0, 100.0], [-100.0, -100.0]]
    log_sigma = CONTINUOUS(theta, np.zeros((3, 1, 3)))[:, 0, 2:]
    assert np.allclose(log_sigma[:, 0], [0, 3, -3])
