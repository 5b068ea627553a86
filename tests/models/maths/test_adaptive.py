"""Adaptive steps, call for call as scipy's RK45 takes them."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from models.maths.adaptive import AHEAD, ASKED, DOUBT, FIRST, adaptive

START = 1.5 * np.random.default_rng(0).normal(size=(5, 2))


def swirl(x, t):
    turned = np.stack([-x[:, 1], x[:, 0]], -1)
    return 6 * np.cos(9 * np.asarray(t)).reshape(-1, 1) * turned - 5 * x**3


@pytest.mark.parametrize("tolerance", [1e-1, 1e-3, 1e-6])
def test_every_walker_stops_where_scipy_stops_after_as_many_calls(tolerance):
    *_, (places, walkers) = adaptive(swirl, START, tolerance, 8)
    for i, x in enumerate(START):
        scipy = solve_ivp(
            lambda t, y: swirl(y[None], t)[0],
            (0, 1),
            x,
            rtol=max(tolerance, 1e-6),
            atol=tolerance,
            first_step=FIRST,
        )
        np.testing.assert_allclose(places[i], scipy.y[:, -1], atol=1e-10)
        assert walkers.calls[i] == scipy.nfev
        assert walkers.refused[i] == (scipy.nfev - 1) / 6 - (len(scipy.t) - 1)
        np.testing.assert_allclose(walkers.t_before[i], scipy.t[-2], atol=1e-10)


def test_between_stops_places_are_on_the_chord():
    shown = [x for x, _ in adaptive(lambda x, t: np.ones_like(x), START, 1e-3, 40)]
    np.testing.assert_allclose(shown, START + np.linspace(0, 1, 41)[:, None, None], atol=1e-12)


def test_the_rows_of_the_table_are_consistent():
    for ahead, along in zip(AHEAD, ASKED, strict=True):
        assert sum(along) == pytest.approx(ahead)
    assert sum(DOUBT) == pytest.approx(0)
