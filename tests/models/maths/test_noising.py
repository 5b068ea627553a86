"""Noising against diffusers' scheduler, torch's distributions, and integrals by brute force."""

import numpy as np
import pytest
import torch
from diffusers import DDPMScheduler
from scipy.integrate import quad

from models.maths.noising import SCHEDULES, Labelled, Noising

LINEAR = Noising(SCHEDULES["linear"](1000))
EVERY = pytest.mark.parametrize("name", SCHEDULES)


def theirs(**given):
    return DDPMScheduler(num_train_timesteps=1000, clip_sample=False, **given)


def data():
    """Three points on a line, two of one class."""
    return Labelled(np.array([[-1.2], [0.3], [1.5]]), 0.2, np.array([0, 0, 1]))


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


def by_hand(x, label, t):
    """The mean and the variance of eps given x_t = x, by Bayes' rule and an integral over x_0."""
    alpha, sigma = (float(part[t]) for part in LINEAR.levels)
    means = data().means[data().label == label, 0]

    def moment(power):
        def f(x_0):
            eps = (x - alpha * x_0) / sigma
            prior = np.exp(-0.5 * ((x_0 - means) / 0.2) ** 2).sum()
            return eps**power * prior * np.exp(-0.5 * eps**2)

        return quad(
            f, -4, 4, points=[*means, x / alpha] if abs(x / alpha) < 4 else means, limit=500
        )[0]

    mean, square = moment(1) / moment(0), moment(2) / moment(0)
    return mean, square - mean**2


@pytest.mark.parametrize("t", [20, 200, 800])
@pytest.mark.parametrize(("x", "label"), [(-0.4, 0), (0.9, 0), (0.9, 1)])
def test_the_best_answer_and_its_floor_are_the_moments_of_the_noise(x, label, t):
    place, whose = np.array([[x]]), np.array([label])
    levels = LINEAR.at(np.array([t]))
    mean, variance = by_hand(x, label, t)
    assert data().noise(place, whose, *levels)[0, 0] == pytest.approx(mean, rel=1e-5)
    assert data().floor(place, whose, *levels)[0] == pytest.approx(variance, rel=1e-4)


def test_the_best_answer_is_minus_sigma_times_the_slope_of_log_p():
    alpha, sigma = LINEAR.at(np.array([120]))
    part, x, h = data().parts[0], 0.4, 1e-5
    low, high = (
        part.log_prob(np.array([[x + s * h]]), alpha[0, 0], sigma[0, 0])[0] for s in (-1, 1)
    )
    found = data().noise(np.array([[x]]), np.array([0]), alpha, sigma)[0, 0]
    assert found == pytest.approx(-sigma[0, 0] * (high - low) / (2 * h), rel=1e-6)


def test_who_is_not_told_t_weighs_all_times_by_how_likely_they_make_x():
    x, label, t = np.array([[0.1], [-1.4], [2.2]]), np.array([0, 0, 1]), np.arange(1000)
    for place, whose, found in zip(x, label, data().untold(x, label, LINEAR, 1000), strict=True):
        many, who = np.tile(place, (1000, 1)), np.full(1000, whose)
        alpha, sigma = LINEAR.levels
        density = np.exp(data().parts[whose].log_prob(many, alpha, sigma))
        answers = data().noise(many, who, *LINEAR.at(t))[:, 0]
        assert found[0] == pytest.approx(density @ answers / density.sum(), rel=0.02)
    few = data().untold(x, label, LINEAR)
    np.testing.assert_allclose(few, data().untold(x, label, LINEAR, 1000), atol=0.02)


def test_entropy_is_the_integral_of_the_density():
    def lost(x, part):
        log_p = part.log_prob(np.array([[x]]))[0]
        return -np.exp(log_p) * log_p

    two, one = (
        quad(lost, -6, 6, args=(part,), points=[-1.2, 0.3, 1.5])[0] for part in data().parts
    )
    near = Labelled(np.array([[0.0], [0.3]]), 0.2, np.zeros(2, int))
    rng = np.random.default_rng(0)
    assert data().entropy(4000, rng) == pytest.approx((2 * two + one) / 3, abs=0.02)
    wanted = quad(lost, -4, 4, args=(near.parts[0],))[0]
    assert near.entropy(4000, rng) == pytest.approx(wanted, abs=0.02)


def test_draws_are_of_the_classes_asked_for():
    label = np.array([1, 0, 1, 1])
    drawn = data().of(label, np.random.default_rng(0))
    assert ((drawn[:, 0] > 0.95) == (label == 1)).all()
    x_0, whose = data().draw(3000, np.random.default_rng(1))
    assert whose.mean() == pytest.approx(1 / 3, abs=0.03)
    assert x_0[whose == 1].mean() == pytest.approx(1.5, abs=0.03)


def test_places_without_chance_weigh_the_plane_as_draws_do_but_better():
    """The variance of x_0 is known: 1/3 each of three points, and their width."""
    means = np.array([[1.0, 0.0], [-1.0, 1.0], [0.0, -1.0]])
    cloud, rng = Labelled(means, 0.5, np.zeros(3, int)), np.random.default_rng(0)
    wanted = np.square(means).sum(-1).mean() + 2 * 0.25
    pick, z = cloud.places(4000, rng)
    x_0 = means[pick] + 0.5 * z
    assert np.square(x_0).sum(-1).mean() == pytest.approx(wanted, rel=5e-3)
    np.testing.assert_allclose(np.cov(z.T), np.eye(2), atol=0.01)
    draws = [np.square(cloud.draw(4000, rng)[0]).sum(-1).mean() for _ in range(20)]
    assert np.std(draws) > 5e-3 * wanted


def test_the_floor_at_each_t_is_the_mean_over_what_comes_by():
    rng, noising = np.random.default_rng(0), Noising(SCHEDULES["linear"](50))
    x_0, label = data().draw(200_000, rng)
    t = np.arange(len(x_0)) % 50
    eps = rng.standard_normal(x_0.shape)
    best = data().noise(noising.jump(x_0, eps, t), label, *noising.at(t))
    measured = np.square(eps - best).sum(-1).reshape(-1, 50).mean(0)
    np.testing.assert_allclose(data().floors(noising, 50_000, rng), measured, atol=0.07)
