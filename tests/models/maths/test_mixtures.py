"""Mixtures against scipy's Gaussians, finite differences and plain counting."""

import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.stats import multivariate_normal

from models.maths.mixtures import Mixture

MEANS = np.array([[1.0, -0.5], [-1.0, 0.3], [0.2, 1.4]])
MIXTURE = Mixture(MEANS, np.array([0.3, 0.5, 0.2]), np.array([1.0, 2.0, 1.0]))
LEVELS = [(1.0, 0.0), (0.6, 0.8), (0.0, 1.0), (0.99, 0.05)]


def points(n=12):
    return np.random.default_rng(0).normal(size=(n, 2))


def scipy_density(x, alpha, sigma):
    gaussians = [
        w * multivariate_normal(alpha * mu, (alpha * s) ** 2 + sigma**2).pdf(x)
        for w, mu, s in zip(MIXTURE.shares, MEANS, MIXTURE.std, strict=True)
    ]
    return np.stack(gaussians, -1)


@pytest.mark.parametrize(("alpha", "sigma"), LEVELS)
def test_the_density_is_what_scipy_says(alpha, sigma):
    joint = scipy_density(points(), alpha, sigma)
    log_p = MIXTURE.log_prob(points(), alpha, sigma)
    np.testing.assert_allclose(log_p, np.log(joint.sum(-1)), atol=1e-10)
    posterior = MIXTURE.responsibilities(points(), alpha, sigma)
    np.testing.assert_allclose(posterior, joint / joint.sum(-1, keepdims=True), atol=1e-10)


@pytest.mark.parametrize(("alpha", "sigma"), LEVELS)
def test_the_score_is_the_slope_of_the_log_density(alpha, sigma):
    x, h = points(), 1e-5
    slope = [
        (MIXTURE.log_prob(x + h * e, alpha, sigma) - MIXTURE.log_prob(x - h * e, alpha, sigma))
        / (2 * h)
        for e in np.eye(2)
    ]
    np.testing.assert_allclose(MIXTURE.score(x, alpha, sigma), np.stack(slope, -1), atol=1e-5)


@pytest.mark.parametrize(("alpha", "sigma"), [(0.6, 0.8), (0.99, 0.05)])
def test_denoising_obeys_tweedie(alpha, sigma):
    tweedie = (points() + sigma**2 * MIXTURE.score(points(), alpha, sigma)) / alpha
    np.testing.assert_allclose(MIXTURE.denoise(points(), alpha, sigma), tweedie, atol=1e-10)


def test_pure_noise_tells_nothing_and_the_guess_is_the_mean():
    mean = MIXTURE.shares @ MEANS
    np.testing.assert_allclose(MIXTURE.denoise(points(3), 0.0, 1.0), np.tile(mean, (3, 1)))


def test_denoising_is_the_average_of_the_clean_points_that_landed_there():
    rng, alpha, sigma = np.random.default_rng(1), 0.7, 0.5
    clean = MIXTURE.sample(400_000, rng)
    noisy = alpha * clean + sigma * rng.standard_normal(clean.shape)
    near = np.linalg.norm(noisy - [0.3, 0.2], axis=-1) < 0.1
    guess = MIXTURE.denoise(np.array([[0.3, 0.2]]), alpha, sigma)[0]
    np.testing.assert_allclose(clean[near].mean(0), guess, atol=0.05)


def test_levels_by_point_are_the_same_as_one_by_one():
    x, alpha, sigma = points(4), np.array([0.0, 0.3, 0.8, 1.0]), np.array([1.0, 0.9, 0.4, 0.1])
    for read in (MIXTURE.log_prob, MIXTURE.score, MIXTURE.denoise, MIXTURE.responsibilities):
        alone = [read(x[i : i + 1], alpha[i], sigma[i])[0] for i in range(4)]
        np.testing.assert_allclose(read(x, alpha, sigma), np.stack(alone), atol=1e-12)


@pytest.mark.parametrize("sigma", [0.3, np.array([0.1, 0.5, 2.0])], ids=["one", "each"])
def test_one_width_for_all_is_the_same_as_one_each(sigma):
    one, each = Mixture(MEANS, 0.3), Mixture(MEANS, np.full(3, 0.3), np.ones(3))
    for told in ("log_prob", "responsibilities", "score"):
        same = getattr(one, told)(points(3), 0.7, sigma), getattr(each, told)(points(3), 0.7, sigma)
        np.testing.assert_allclose(*same, atol=1e-12, err_msg=told)


def test_samples_come_in_the_shares_of_the_weights():
    nearest = MIXTURE.responsibilities(MIXTURE.sample(20_000, np.random.default_rng(2))).mean(0)
    np.testing.assert_allclose(nearest, MIXTURE.shares, atol=0.02)


def test_the_density_integrates_to_one():
    def density(y, x):
        return float(np.exp(MIXTURE.log_prob(np.array([[x, y]]), 0.6, 0.8))[0])

    total, _ = dblquad(density, -6, 6, -6, 6, epsabs=1e-4)
    assert total == pytest.approx(1, abs=1e-3)


def test_far_away_nothing_overflows():
    far = np.array([[1e4, -1e4]])
    assert np.isfinite(MIXTURE.score(far)).all()
    assert np.isfinite(MIXTURE.log_prob(far)).all()


def test_points_without_width_or_noise_are_refused():
    with pytest.raises(ValueError, match="no density"):
        Mixture(MEANS, 0.0).score(points(), 1.0, 0.0)
    with pytest.raises(ValueError, match="weights"):
        Mixture(MEANS, 0.1, np.array([1.0, -1.0, 1.0]))
    with pytest.raises(ValueError, match="std"):
        Mixture(MEANS, -0.1)
