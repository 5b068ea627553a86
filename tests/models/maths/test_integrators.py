"""Solvers against scipy, and against the orders that theory promises."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from models.maths.integrators import RULES, evenly, solve, straightness, ticked

START = np.array([[1.0, 0.5], [-0.3, 2.0], [0.1, -1.0]])


def swirl(x, t):
    """A field that turns, pulls in, and changes with time."""
    turned = np.stack([-x[:, 1], x[:, 0]], -1)
    return 2 * np.cos(3 * np.asarray(t)).reshape(-1, 1) * turned - 0.5 * x**3


def scipy_end(x, start=0.0, end=1.0):
    def flat(t, y):
        return swirl(y.reshape(-1, 2), t).ravel()

    return solve_ivp(flat, (start, end), x.ravel(), rtol=1e-11, atol=1e-12).y[:, -1].reshape(-1, 2)


def end(rule, steps, start=0.0, stop=1.0):
    *_, x = solve(swirl, START, evenly(steps, len(START), start, stop), RULES[rule])
    return x


@pytest.mark.parametrize("rule", RULES)
def test_the_error_falls_with_the_order_of_the_rule(rule):
    true = scipy_end(START)
    coarse, fine = (np.abs(end(rule, steps) - true).max() for steps in (40, 80))
    assert np.log2(coarse / fine) == pytest.approx(RULES[rule].order, abs=0.25)


@pytest.mark.parametrize("rule", RULES)
def test_what_a_rule_trusts_sums_to_one(rule):
    assert sum(RULES[rule].trust) == pytest.approx(1)


def test_back_in_time_leads_back():
    there = end("RK4", 60)
    *_, back = solve(swirl, there, evenly(60, 3, 1.0, 0.0), RULES["RK4"])
    np.testing.assert_allclose(back, START, atol=1e-5)


def test_every_place_has_its_own_clock():
    starts = np.array([0.0, 0.2, 0.7])
    *_, together = solve(swirl, START, np.linspace(starts, starts + 0.3, 21), RULES["RK4"])
    alone = [scipy_end(START[i : i + 1], t, t + 0.3)[0] for i, t in enumerate(starts)]
    np.testing.assert_allclose(together, np.stack(alone), atol=1e-5)


@pytest.mark.parametrize("steps", [1, 7, 12, 60])
def test_ticks_pass_through_every_stop_of_the_solver(steps):
    ticks = list(ticked(swirl, START, RULES["Heun"], steps, 60))
    stops = list(solve(swirl, START, evenly(steps, 3), RULES["Heun"]))
    assert len(ticks) == 61
    np.testing.assert_array_equal(ticks[0], START)
    np.testing.assert_allclose(ticks[-1], stops[-1], atol=1e-12)
    if 60 % steps == 0:
        np.testing.assert_allclose(ticks[:: 60 // steps], stops, atol=1e-12)


def test_only_a_straight_way_at_constant_speed_is_wholly_straight():
    t = np.linspace(0, 1, 2000)
    even, hurried = np.stack([t, 3 * t], -1)[None], np.stack([t**2, 3 * t**2], -1)[None]
    half_circle = np.stack([np.cos(np.pi * t), np.sin(np.pi * t)], -1)[None]
    assert straightness(even) == pytest.approx(1)
    assert straightness(hurried) == pytest.approx(3 / 4, rel=1e-4)  # 1 / the integral of (2 t)²
    assert straightness(half_circle) == pytest.approx(4 / np.pi**2, rel=1e-4)


def test_a_way_that_comes_back_is_not_straight_at_all():
    t = np.linspace(0, 2 * np.pi, 100)
    assert straightness(np.stack([np.cos(t), np.sin(t)], -1)[None]) == pytest.approx(0, abs=1e-9)
