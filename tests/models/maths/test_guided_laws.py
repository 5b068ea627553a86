"""Guidance against diffusers, scipy and finite differences, and where its identities must hold."""

import numpy as np
import pytest
import torch
from diffusers.guiders import ClassifierFreeGuidance
from scipy.integrate import cubature
from scipy.stats import multivariate_normal

from models.maths.guidance import Labelled, Tabled, guided, places
from models.maths.mixtures import Mixture

RNG = np.random.default_rng(0)
MEANS = RNG.uniform(-1.5, 1.5, (5, 2))
LAW = Labelled(
    Mixture(MEANS, np.array([0.3, 0.5, 0.4, 0.6, 0.5]), np.array([1.0, 2.0, 1.0, 0.5, 1.5])),
    np.array([0, 1, 0, 2, 1]),
)
X = RNG.standard_normal((40, 2))
LEVELS = [(1.0, 0.0), (0.8, 0.6), (0.1, np.sqrt(0.99))]
TICKS = np.linspace(-5, 5, 101)


def test_the_worked_example_of_the_catalogue():
    assert guided(np.array([1.0, 0.0]), np.array([1.0, 1.0]), 3.0) == pytest.approx([1, 3])


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0, 3.0, 7.5])
def test_the_mix_is_that_of_diffusers_in_both_its_conventions(weight):
    null, cond = RNG.standard_normal((2, 6, 3))
    ours = guided(null, cond, weight)
    for original in (False, True):
        scale = weight - 1 if original else weight
        guider = ClassifierFreeGuidance(guidance_scale=scale, use_original_formulation=original)
        theirs = guider.forward(torch.from_numpy(cond), torch.from_numpy(null)).pred
        assert theirs.numpy() == pytest.approx(ours, abs=1e-12)


@pytest.mark.parametrize(("alpha", "sigma"), LEVELS)
def test_the_posterior_is_bayes_rule(alpha, sigma):
    stds, shares = LAW.data.std, LAW.data.shares
    joint = np.stack(
        [
            share * multivariate_normal(alpha * mu, alpha**2 * s**2 + sigma**2).pdf(X)
            for mu, s, share in zip(MEANS, stds, shares, strict=True)
        ],
        -1,
    )
    for y in range(3):
        expected = joint[:, LAW.labels == y].sum(-1) / joint.sum(-1)
        assert np.exp(LAW.log_posterior(X, y, alpha, sigma)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("alpha", "sigma"), LEVELS)
@pytest.mark.parametrize("y", [0, 1, 2])
def test_the_classifiers_gradient_is_its_slope(alpha, sigma, y):
    found, step = LAW.classifier_gradient(X, y, alpha, sigma), 1e-6
    for axis, way in enumerate(np.eye(2) * step):
        rise = LAW.log_posterior(X + way, y, alpha, sigma) - LAW.log_posterior(
            X - way, y, alpha, sigma
        )
        assert found[:, axis] == pytest.approx(rise / (2 * step), abs=1e-6, rel=1e-6)


@pytest.mark.parametrize(("alpha", "sigma"), LEVELS)
@pytest.mark.parametrize("weight", [0.0, 1.0, 4.2])
def test_both_kinds_of_guidance_are_the_slope_of_the_tilted_density(alpha, sigma, weight):
    null, cond = (data.score(X, alpha, sigma) for data in (LAW.data, LAW.of(1)))
    free = guided(null, cond, weight)
    by_classifier = null + weight * LAW.classifier_gradient(X, 1, alpha, sigma)
    assert by_classifier == pytest.approx(free, abs=1e-10)
    step = 1e-6
    for axis, way in enumerate(np.eye(2) * step):
        rise = LAW.log_tilted(X + way, 1, weight, alpha, sigma) - LAW.log_tilted(
            X - way, 1, weight, alpha, sigma
        )
        assert free[:, axis] == pytest.approx(rise / (2 * step), abs=1e-5, rel=1e-5)


@pytest.mark.parametrize("weight", [0.5, 3.0])
def test_the_table_of_the_tilted_law_sums_as_scipy_integrates(weight):
    log_density = LAW.log_tilted(places(TICKS), 0, weight)
    table = Tabled.of(log_density, TICKS)

    def density(x):
        return np.exp(LAW.log_tilted(x, 0, weight))

    whole, half = (
        cubature(density, (-5.0, low), (5.0, 5.0), rtol=1e-6).estimate for low in (-5.0, 0.0)
    )
    assert np.exp(log_density).sum() * 0.01 == pytest.approx(whole, rel=1e-4)
    right = table.mean((places(TICKS)[:, 0] > 1e-9) + 0.5 * (np.abs(places(TICKS)[:, 0]) < 1e-9))
    upper = table.mean((places(TICKS)[:, 1] > 1e-9) + 0.5 * (np.abs(places(TICKS)[:, 1]) < 1e-9))
    assert upper == pytest.approx(half / whole, abs=2e-3)
    assert abs(right - upper) > 1e-2  # rows are y and columns x: an exchange would show


def test_a_weight_of_one_tilts_to_the_class_itself():
    table = Tabled.of(LAW.log_tilted(places(TICKS), 2, 1.0), TICKS)
    own = LAW.of(2)
    assert table.variance() == pytest.approx(2 * 0.6**2, rel=1e-6)
    assert table.mean(places(TICKS)[:, 1]) == pytest.approx(own.means[0, 1], abs=1e-6)


def test_samples_of_a_table_have_its_mean_and_spread():
    table = Tabled.of(LAW.log_tilted(places(TICKS), 1, 2.0), TICKS)
    x = table.sample(40_000, np.random.default_rng(1))
    for axis in (0, 1):
        assert x[:, axis].mean() == pytest.approx(table.mean(places(TICKS)[:, axis]), abs=0.02)
    assert x.var(0).sum() == pytest.approx(table.variance() + 2 * 0.1**2 / 12, rel=0.02)
