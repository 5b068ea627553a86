"""Noising against diffusers' scheduler and torch's distributions."""

import numpy as np
import pytest
import torch
from diffusers import DDPMScheduler

from models.maths.noising import SCHEDULES, Noising

LINEAR = Noising(SCHEDULES["linear"](1000))
EVERY = pytest.mark.parametrize("name", SCHEDULES)


def theirs(**given):
    return DDPMScheduler(num_train_timesteps=1000, clip_sample=False, **given)


@pytest.mark.parametrize(("name", "beta"), [("linear", "linear"), ("cosine", "squaredcos_cap_v2")])
def test_alpha_bar_and_both_variances_are_diffusers(name, beta):
    noising = Noising(SCHEDULES[name](1000))
    small, large = (
        theirs(beta_schedule=beta, variance_type=f"fixed_{v}") for v in ("small", "large")
    )
    np.testing.assert_allclose(noising.alpha_bar, small.alphas_cumprod, rtol=2e-3, atol=1e-7)
    for t in (1, 5, 300, 998):
        assert noising.beta_tilde[t] == pytest.approx(float(small._get_variance(t)), rel=2e-3)
        assert noising.reverse_variance(False)[t] == pytest.approx(
            float(large._get_variance(t)), rel=2e-3
        )


def test_the_jump_is_what_diffusers_adds():
    rng = np.random.default_rng(0)
    x_0, eps, t = (
        rng.normal(size=(6, 4)),
        rng.normal(size=(6, 4)),
        np.array([0, 1, 10, 99, 500, 999]),
    )
    wanted = theirs().add_noise(*(torch.from_numpy(part) for part in (x_0, eps, t)))
    np.testing.assert_allclose(LINEAR.jump(x_0, eps, t), wanted, atol=1e-5)


@EVERY
def test_many_steps_have_the_mean_and_the_variance_of_one_jump(name):
    noising, mean, variance = Noising(SCHEDULES[name](200)), 1.0, 0.0
    for t in range(200):
        mean *= float(noising.step(np.ones((1, 1)), np.zeros((1, 1)), t)[0, 0])
        beta = float(noising.step(np.zeros((1, 1)), np.ones((1, 1)), t)[0, 0]) ** 2
        variance = (1 - beta) * variance + beta
        alpha, sigma = noising.at(np.array([t]))
        assert (mean, variance) == pytest.approx((alpha[0, 0], sigma[0, 0] ** 2))


def test_the_scaled_schedule_ends_in_noise_however_few_the_steps():
    left = {steps: [Noising(SCHEDULES[n](steps)).levels[0][-1] for n in ("linear", "scaled linear")] for steps in (50, 100, 250, 1000)}  # fmt: skip
    assert [round(100 * left[n][0], 1) for n in left] == [77.6, 60.3, 28.2, 0.6]
    assert max(scaled for _, scaled in left.values()) < 0.007


@pytest.mark.parametrize("posterior", [False, True])
@pytest.mark.parametrize("t", [2, 30, 700])
def test_a_term_of_the_bound_is_torchs_divergence_of_the_two_steps(t, posterior):
    """The exact posterior from x_0, against the reverse step from a wrong guess of the noise."""
    rng, a = np.random.default_rng(t), LINEAR.alpha_bar
    x_0, eps, wrong = rng.normal(size=(3, 5))
    x_t, beta = LINEAR.jump(x_0[None], eps[None], np.array([t]))[0], LINEAR.betas[t]

    def mean(x_0):
        first = np.sqrt(a[t - 1]) * beta / (1 - a[t])
        return first * x_0 + np.sqrt(1 - beta) * (1 - a[t - 1]) / (1 - a[t]) * x_t

    guess = (x_t - np.sqrt(1 - a[t]) * wrong) / np.sqrt(a[t])
    std = np.sqrt([LINEAR.beta_tilde[t], LINEAR.reverse_variance(posterior)[t]])
    q, p = (
        torch.distributions.Normal(torch.from_numpy(mean(x)), s)
        for x, s in zip((x_0, guess), std, strict=True)
    )
    wanted = float(torch.distributions.kl_divergence(q, p).sum())
    squared = np.full(1000, np.square(eps - wrong).sum())
    assert LINEAR.bound(squared, 5, posterior)[t] == pytest.approx(wanted)


def test_the_first_term_is_the_likelihood_of_the_data_given_the_least_noise():
    rng, beta = np.random.default_rng(0), LINEAR.betas[0]
    x_0, eps, wrong = rng.normal(size=(3, 4))
    x_1 = np.sqrt(1 - beta) * x_0 + np.sqrt(beta) * eps
    mean = (x_1 - np.sqrt(beta) * wrong) / np.sqrt(1 - beta)
    normal = torch.distributions.Normal(torch.from_numpy(mean), np.sqrt(beta))
    squared = np.full(1000, np.square(eps - wrong).sum())
    wanted = -float(normal.log_prob(torch.from_numpy(x_0)).sum())
    assert LINEAR.bound(squared, 4)[0] == pytest.approx(wanted)


def test_what_is_left_at_the_end_is_torchs_divergence_from_noise():
    noising, x_0 = Noising(SCHEDULES["linear"](50)), np.array([[0.3, -1.0], [2.0, 0.5]])
    alpha, sigma = (part[-1] for part in noising.levels)
    normal = torch.distributions.Normal
    wanted = torch.distributions.kl_divergence(
        normal(torch.from_numpy(alpha * x_0), torch.tensor(sigma)), normal(0.0, 1.0)
    ).sum(-1)
    np.testing.assert_allclose(noising.prior(x_0), wanted)
