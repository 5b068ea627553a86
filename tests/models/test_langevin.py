"""Langevin dynamics: its stationary law at finite steps, its ladders, its last step."""

import numpy as np
import pytest

from models.maths.langevin import (
    annealed,
    bent,
    clean,
    even_in_rho,
    geometric,
    stationary_variance,
)
from models.maths.mixtures import Mixture


def gaussian(variance):
    return lambda x, sigma: -x / variance


def end(x, variance, a, steps, seed=0):
    """Where walkers on N(0, variance) are after steps of length a."""
    walk = annealed(gaussian(variance), x, np.ones(1), steps, a, np.random.default_rng(seed))
    *_, last = walk
    return last.x


@pytest.mark.parametrize("a", [0.1, 1.0, 3.0])
def test_walkers_on_a_gaussian_settle_where_the_finite_step_says(a):
    x = end(np.zeros((20_000, 2)), 1.5, a, 120)
    assert x.var() == pytest.approx(stationary_variance(1.5, a), rel=0.02)


def test_the_stationary_variance_is_a_fixed_point_of_one_step():
    v, a = 0.7, 0.9
    settled = stationary_variance(v, a)
    assert (1 - a / (2 * v)) ** 2 * settled + a == pytest.approx(settled)
    with pytest.raises(ValueError, match="less than four times"):
        stationary_variance(1.0, 4.0)


def test_langevin_reaches_its_target_as_in_the_worked_example():
    rng = np.random.default_rng(0)
    x = end(3 + 0.3 * rng.standard_normal((4000, 2)), 1.0, 0.01, 1000)
    assert x.mean() == pytest.approx(3 * 0.995**1000, abs=0.035)
    assert x.var() == pytest.approx(stationary_variance(1.0, 0.01), abs=0.05)


def test_ladders_fall_from_high_to_low():
    for ladder in (
        geometric(3.0, 0.1, 9),
        even_in_rho(3.0, 0.1, 9, 7.0),
        bent(3.0, 0.1, (0.1, 0.2, 0.9), 9),
    ):
        assert ladder[[0, -1]] == pytest.approx([3.0, 0.1])
        assert (np.diff(ladder) < 0).all()
    np.testing.assert_allclose(np.diff(np.diff(even_in_rho(3.0, 0.1, 9, 1.0))), 0, atol=1e-12)
    even = bent(3.0, 0.1, (0.25, 0.5, 0.75), 9)
    np.testing.assert_allclose(even, geometric(3.0, 0.1, 9))


def test_the_last_step_leaves_a_mode_narrower_than_it_is():
    data, sigma = Mixture(np.zeros((1, 2)), 0.2), 0.5
    rng = np.random.default_rng(0)
    noisy = data.sample(20_000, rng) + sigma * rng.standard_normal((20_000, 2))
    denoised = clean(lambda x, s: data.score(x, 1.0, s), noisy, sigma)
    assert denoised.std() == pytest.approx(0.04 / np.sqrt(0.29), rel=0.02)
