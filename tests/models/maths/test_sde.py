"""Walks with noise: exact solutions, orders of convergence, and the law of linear equations."""

import numpy as np
import pytest
from scipy.integrate import quad_vec, solve_ivp
from scipy.linalg import expm

from models.maths.sde import (
    SCHEMES,
    SDE,
    brownian,
    constant,
    gaussian_flow,
    geometric,
    ornstein_uhlenbeck,
    walk,
)


def ends(sde, x, w, span, name):
    *_, end = walk(sde, x, w, span, SCHEMES[name])
    return end


def test_brownian_motion_starts_at_0_and_gains_independent_normals():
    w = brownian(20_000, 1, 8, 2.0, np.random.default_rng(0))[..., 0]
    assert not w[0].any()
    assert w[4].var() == pytest.approx(1, rel=0.03)
    assert w[8].var() == pytest.approx(2, rel=0.03)
    assert np.corrcoef(w[4], w[8] - w[4])[0, 1] == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize("name", ["Euler", "Heun", "RK4"])
def test_without_noise_the_walk_is_what_scipy_finds(name):
    drift = lambda x, t: np.stack([x[:, 1] + t, -np.sin(x[:, 0])], -1)  # noqa: E731
    found = solve_ivp(
        lambda t, x: [x[1] + t, -np.sin(x[0])], (0, 2), [1.0, 0.5], rtol=1e-10, atol=1e-12
    )
    errors = []
    for steps in (32, 64):
        rest = np.zeros((steps + 1, 1, 2))
        end = ends(SDE(drift, constant(0.0)), np.array([[1.0, 0.5]]), rest, 2.0, name)
        errors.append(np.abs(end - found.y[:, -1]).max())
    order = SCHEMES[name].rule.order
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.35)


def errors(name, sde, exact, n=2000, most=9):
    """Mean |x_h - x| at time 1 for 2^3 … 2^most steps on the same noise."""
    w = brownian(n, 1, 2**most, 1.0, np.random.default_rng(3))
    x, truth = np.ones((n, 1)), exact(w)
    return np.array(
        [
            np.abs(ends(sde, x, w[:: 2 ** (most - k)], 1.0, name) - truth).mean()
            for k in range(3, most + 1)
        ]
    )


def slope(errors):
    return -np.polyfit(np.arange(len(errors)), np.log2(errors), 1)[0]


@pytest.mark.parametrize(("name", "order"), [("Euler", 0.5), ("RK4", 0.5), ("Milstein", 1.0)])
def test_noise_that_grows_with_x_costs_half_an_order_unless_one_minds_it(name, order):
    sde = SDE(lambda x, t: x / 2, lambda x: 0.8 * x, 0.8)
    found = errors(name, sde, lambda w: geometric(np.ones((2000, 1)), w, 0.5, 0.8, 1.0)[-1])
    assert slope(found) == pytest.approx(order, abs=0.12)


@pytest.mark.parametrize("name", ["Euler", "Heun", "RK4"])
def test_noise_that_is_the_same_everywhere_has_order_1_whatever_the_rule(name):
    sde, rng = SDE(lambda x, t: -2 * x, constant(0.6)), np.random.default_rng(4)
    exact = lambda w: ornstein_uhlenbeck(np.ones((2000, 1)), w, 2.0, 0.6, 1.0, rng)[-1]  # noqa: E731
    assert slope(errors(name, sde, exact)[2:]) == pytest.approx(1, abs=0.15)


def test_the_exact_ornstein_uhlenbeck_walk_has_the_known_law_and_the_given_noise():
    rng = np.random.default_rng(5)
    w = brownian(40_000, 1, 4, 1.0, rng)
    x = ornstein_uhlenbeck(np.full((40_000, 1), 2.0), w, 1.5, 0.7, 1.0, rng)[-1, :, 0]
    assert x.mean() == pytest.approx(2 * np.exp(-1.5), abs=0.01)
    assert x.var() == pytest.approx(0.49 * (1 - np.exp(-3)) / 3, rel=0.03)
    shared = 0.7 * (1 - np.exp(-1.5)) / 1.5  # covariance with W_1, integrated
    assert np.cov(x, w[-1, :, 0])[0, 1] == pytest.approx(shared, rel=0.05)


@pytest.mark.parametrize(
    "a", [[[0, -1], [1, 0]], [[1, 0], [0, -1]], [[0.3, 2], [-1, -0.7]], [[0, 0], [0, 0]]]
)
@pytest.mark.parametrize("t", [0.0, 0.4, 6.0])
def test_linear_equations_carry_points_to_the_gaussians_that_scipy_integrates(a, t):
    a = np.array(a, float)
    m, c = gaussian_flow(a, 0.7, t)
    np.testing.assert_allclose(m, expm(a * t), rtol=1e-9, atol=1e-9)
    integral, _ = quad_vec(lambda s: 0.49 * expm(a * s) @ expm(a.T * s), 0, t)
    np.testing.assert_allclose(c, integral, rtol=1e-7, atol=1e-9)


def test_fewer_steps_see_the_same_noise():
    w = brownian(5, 2, 64, 1.0, np.random.default_rng(6))
    sde, x = SDE(lambda x, t: 0 * x, constant(0.5)), np.zeros((5, 2))
    np.testing.assert_allclose(ends(sde, x, w, 1.0, "Euler"), ends(sde, x, w[::16], 1.0, "Euler"))
