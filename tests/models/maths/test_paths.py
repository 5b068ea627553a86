"""Schedules: where they begin and end, how fast they change, against finite differences and scipy."""

import numpy as np
import pytest
from scipy.integrate import quad

from models.maths.paths import CLEANEST, SCHEDULES, by_hand, diffusion

HAND = by_hand((0.3, 0.2, 0.5, 0.9, 0.9), (0.9, 1.4, 0.3, 0.3, 0.05))
ALL = {**SCHEDULES, "by hand": HAND}
T = np.linspace(0.01, 0.99, 50)


@pytest.mark.parametrize("name", ALL)
def test_every_path_leads_from_noise_to_data(name):
    alpha, beta, _, _ = ALL[name](np.array([0.0, 1.0]))
    np.testing.assert_allclose(
        alpha, [0, 1], atol=0.007
    )  # the diffusion's ends are near, not there
    np.testing.assert_allclose(beta, [1, 0], atol=0.013)


@pytest.mark.parametrize("name", ALL)
def test_the_rates_are_the_slopes(name):
    h = 1e-6
    before, after, now = ALL[name](T - h), ALL[name](T + h), ALL[name](T)
    np.testing.assert_allclose(now.d_alpha, (after.alpha - before.alpha) / (2 * h), atol=1e-4)
    np.testing.assert_allclose(now.d_beta, (after.beta - before.beta) / (2 * h), atol=1e-4)


@pytest.mark.parametrize("name", ["trigonometric", "diffusion"])
def test_the_variance_is_preserved(name):
    alpha, beta, d_alpha, d_beta = SCHEDULES[name](T)
    np.testing.assert_allclose(alpha**2 + beta**2, 1)
    np.testing.assert_allclose(alpha * d_alpha + beta * d_beta, 0, atol=1e-12)


@pytest.mark.parametrize("t", [0.0, 0.3, 1.0])
def test_the_diffusion_forgets_at_the_rate_it_adds_noise(t):
    age = 1 - (1 - CLEANEST) * t
    added, _ = quad(lambda s: 0.1 + s * (20 - 0.1), 0, age)
    assert float(diffusion(t).alpha) == pytest.approx(np.exp(-added / 2))


def test_a_schedule_by_hand_goes_through_its_knots_and_not_beyond():
    alpha, beta, _, _ = HAND(np.arange(7) / 6)
    np.testing.assert_allclose(alpha, [0, 0.3, 0.2, 0.5, 0.9, 0.9, 1], atol=1e-12)
    np.testing.assert_allclose(beta, [1, 0.9, 1.4, 0.3, 0.3, 0.05, 0], atol=1e-12)
    fine = HAND(np.linspace(0, 1, 601))
    assert fine.alpha.min() >= -1e-12 and fine.alpha.max() <= 1 + 1e-12
    assert fine.beta.min() >= -1e-12 and fine.beta.max() <= 1.4 + 1e-12


def test_even_knots_by_hand_are_the_linear_schedule():
    even = np.arange(1, 6) / 6
    mix = by_hand(tuple(even), tuple(1 - even))(T)
    np.testing.assert_allclose(mix.alpha, T, atol=1e-12)
    np.testing.assert_allclose(mix.d_beta, -1, atol=1e-12)
