"""Samplers by name: each keeps its budget, and asks where it said it would."""

import numpy as np
import pytest

from models.maths import schedules
from models.maths.lanes import CUTS, OWN, runner, stops
from models.maths.levels import path
from models.maths.samplers import exact, race
from models.maths.toys import ring

ALPHA_BAR = schedules.cumulative(schedules.linear_betas())
X_T = np.random.default_rng(1).standard_normal((9, 2))


def asked(one):
    """The times of the questions that a sampler really asks."""
    net, times = exact(ring(), ALPHA_BAR), []

    def eps(x, t):
        times.extend(t)
        return net(x, t)

    *_, _ = race([one.sampler], eps)
    return times


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("calls", [1, 2, 7, 24])
@pytest.mark.parametrize("cut", ["own", *CUTS])
def test_no_sampler_spends_more_calls_than_its_budget(name, calls, cut):
    levels = stops(name, calls, ALPHA_BAR, cut)
    one = runner(name, X_T, levels, np.random.default_rng(0))
    odd = calls - (calls + 1) % 2  # Heun's rule asks an odd number of times
    assert len(one.asks) == (odd if name == "heun" else calls)
    assert asked(one) == [at.t for at in one.asks]


@pytest.mark.parametrize("name", OWN)
def test_on_given_stops_every_sampler_asks_there_and_nowhere_else(name):
    levels = path(np.array([900.0, 300.0, 20.0]), ALPHA_BAR)
    one = runner(name, X_T, levels, np.random.default_rng(0))
    assert asked(one) == ([900, 300, 300, 20, 20] if name == "heun" else [900, 300, 20])
