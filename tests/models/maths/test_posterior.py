"""The exact way back against Bayes' rule done by brute force, and against DDPM's assumption."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from models.maths import levels, samplers, schedules
from models.maths.mixtures import Mixture
from models.maths.posterior import moments, negentropy, posterior, widest
from models.maths.toys import ring

ALPHA_BAR = schedules.cumulative(schedules.linear_betas())
NOW, THEN, DATA_LEVEL = levels.path(np.array([700.0, 400.0]), ALPHA_BAR)
UNEVEN = Mixture(np.array([[-1.5, 0.3], [1.0, 1.0], [0.2, -2.0]]), np.array([0.2, 0.5, 0.1]),
                 np.array([1.0, 3.0, 2.0]))  # fmt: skip


@pytest.mark.parametrize("then", [THEN, DATA_LEVEL])
def test_the_posterior_is_bayes_rule(then):
    """log q(x_s | x_t) and log q(x_s) + log q(x_t | x_s) differ by the same number everywhere."""
    x_t = np.array([0.4, -0.7])
    x_s = np.random.default_rng(0).normal(size=(20, 2))
    a = NOW.alpha / then.alpha
    step = [multivariate_normal(a * x, 1 - a**2).logpdf(x_t) for x in x_s]
    joint = UNEVEN.log_prob(x_s, then.alpha, then.sigma) + step
    rest = joint - posterior(UNEVEN, x_t, NOW, then).log_prob(x_s)
    np.testing.assert_allclose(
        rest, np.full(20, UNEVEN.log_prob(x_t[None], NOW.alpha, NOW.sigma)), atol=1e-9
    )


def test_ddpm_has_the_mean_of_the_posterior_but_too_little_spread():
    data, x_t = ring(), np.array([0.3, 0.9])
    mean, covariance = moments(posterior(data, x_t, NOW, THEN))
    alpha = (NOW.alpha / THEN.alpha) ** 2
    left = (THEN.sigma / NOW.sigma) ** 2
    x_0 = data.denoise(x_t[None], NOW.alpha, NOW.sigma)[0]
    ddpm = THEN.alpha * (1 - alpha) / NOW.sigma**2 * x_0 + np.sqrt(alpha) * left * x_t
    np.testing.assert_allclose(mean, ddpm, atol=1e-12)
    assert np.linalg.eigvalsh(covariance).min() > (1 - alpha) * left


def test_moments_are_those_of_samples():
    mean, covariance = moments(UNEVEN)
    drawn = UNEVEN.sample(200_000, np.random.default_rng(1))
    np.testing.assert_allclose(mean, drawn.mean(0), atol=0.02)
    np.testing.assert_allclose(covariance, np.cov(drawn.T), atol=0.02)


def test_the_widest_direction_is_that_of_most_variance():
    seen = widest(UNEVEN)
    mean, covariance = moments(seen)
    np.testing.assert_allclose([mean[0], covariance[0, 0]], [0, 1], atol=1e-12)


def test_a_gaussian_loses_nothing_to_a_gaussian():
    assert negentropy(Mixture(np.zeros((1, 1)), 1.0)) == pytest.approx(0, abs=1e-9)


def test_two_far_peaks_lose_what_quadrature_says():
    two = Mixture(np.array([[-0.95], [0.95]]), np.sqrt(1 - 0.95**2))

    def q(x):
        return 0.5 * sum(norm(m, two.std).pdf(x) for m in (-0.95, 0.95))

    expected, _ = quad(lambda x: q(x) * (np.log(q(x)) - norm.logpdf(x)), -4, 4, limit=200)
    assert negentropy(two) == pytest.approx(expected, abs=1e-6)


def test_small_steps_are_gaussian_and_large_ones_are_not():
    """why-many-steps: the reverse step loses its shape's second peak as it shrinks."""
    data, rng = ring(), np.random.default_rng(2)
    lost = []
    for n in (4, 40, 400):
        path = levels.even_in_t(n, ALPHA_BAR)
        i = n // 2
        x = path[i].alpha * data.sample(40, rng) + path[i].sigma * rng.standard_normal((40, 2))
        steps = [widest(posterior(data, x_t, path[i], path[i + 1])) for x_t in x]
        lost.append(np.mean([negentropy(step) for step in steps]))
    assert lost[0] > 10 * lost[1] > 100 * lost[2]
    assert lost[2] < 1e-4


def test_of_a_single_point_the_posterior_is_the_step_that_ddpm_takes():
    x_t = np.array([[1.0, 0.2]])
    data = Mixture(np.array([[0.5, -0.5]]), 0.0)  # one point: then q is one Gaussian, DDPM's own
    step = posterior(data, x_t[0], NOW, THEN)
    eps_hat = (x_t - NOW.alpha * data.means) / NOW.sigma
    rng = np.random.default_rng(3)
    ends = []
    for _ in range(4000):
        sampler = samplers.ddpm(x_t, (NOW, THEN, DATA_LEVEL), rng)
        next(sampler)
        ends.append(sampler.send(eps_hat).x[0])
    np.testing.assert_allclose(np.mean(ends, 0), step.means[0], atol=0.03)
    np.testing.assert_allclose(np.std(ends, 0), step.std[0], atol=0.02)
