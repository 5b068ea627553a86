"""Where samplers stop: the levels against diffusers, and what every cut of the schedule must keep."""

from itertools import pairwise

import diffusers.schedulers as oracle
import numpy as np
import pytest
import torch

from models.maths import levels, schedules

# numpy 2 warns of how diffusers turns a tensor into an array
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ALPHA_BAR = schedules.cumulative(schedules.linear_betas())
CUTS = [levels.even_in_t, levels.even_in_s, levels.even_in_rho]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("n", [1, 2, 3, 7, 99, 250])
def test_every_cut_falls_from_all_noise_to_clean_data(cut, n):
    path = cut(n, ALPHA_BAR)
    times = [level.t for level in path]
    assert len(path) == n + 1
    assert times[0] == pytest.approx(999, abs=1e-9)
    assert all(0 <= b < a for a, b in pairwise(times[:-1]))
    assert (path[-1].t, path[-1].alpha, path[-1].sigma) == (-1, 1, 0)


@pytest.mark.parametrize("n", [1, 4, 25, 250])
def test_trailing_times_are_those_of_diffusers(n):
    scheduler = oracle.DDPMScheduler(timestep_spacing="trailing")
    scheduler.set_timesteps(n)
    ours = [level.t for level in levels.even_in_t(n, ALPHA_BAR)[:-1]]
    assert ours == scheduler.timesteps.tolist()


@pytest.mark.parametrize("n", [2, 4, 25, 250])
@pytest.mark.parametrize("heun", [False, True])
def test_the_karras_levels_are_those_of_diffusers(n, heun):
    kind = oracle.HeunDiscreteScheduler if heun else oracle.EulerDiscreteScheduler
    scheduler = kind(
        beta_start=1e-4, beta_end=0.02, use_karras_sigmas=True, timestep_spacing="linspace"
    )
    scheduler.alphas_cumprod = torch.tensor(ALPHA_BAR)
    scheduler.set_timesteps(n)
    ours = levels.even_in_rho(n, ALPHA_BAR)
    sigmas = [level.sigma / level.alpha for level in ours]
    theirs = scheduler.sigmas.unique().flip(0) if heun else scheduler.sigmas
    np.testing.assert_allclose(sigmas[:-1], theirs[: len(sigmas) - 1], rtol=1e-5)


@pytest.mark.parametrize("n", [2, 10, 100])
def test_a_flows_levels_are_evenly_apart_in_the_share_of_noise(n):
    share = np.array([v.sigma / (v.alpha + v.sigma) for v in levels.even_in_s(n, ALPHA_BAR)])
    np.testing.assert_allclose(np.diff(share), -share[0] / n, atol=2e-4)


def test_time_at_turns_between_around():
    t = np.array([0.0, 0.25, 17.5, 500.0, 998.75, 999.0])
    back = levels.time_at(schedules.between(ALPHA_BAR, t), ALPHA_BAR)
    np.testing.assert_allclose(back, t, atol=1e-9)
