"""Noise, clean data, velocity and score: one prediction, against diffusers and the exact score."""

import numpy as np
import pytest
import torch
from diffusers import DDPMScheduler

from models.maths import levels, schedules
from models.maths.predictions import magnified, score, velocity
from models.maths.samplers import clean, exact
from models.maths.toys import ring

ALPHA_BAR = schedules.cumulative(schedules.linear_betas())
TIMES = np.array([999.0, 500.0, 20.0, 0.0])
PATH = levels.path(TIMES, ALPHA_BAR)[:-1]
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("at", PATH, ids=lambda at: f"t{at.t:.0f}")
def test_a_velocity_gives_back_the_noise_and_the_clean_data(at):
    x, eps = RNG.standard_normal((2, 5, 2))
    x_0 = clean(x, eps, at)
    v = velocity(eps, x_0, at)
    np.testing.assert_allclose(at.sigma * x + at.alpha * v, eps, atol=1e-12)
    np.testing.assert_allclose(at.alpha * x - at.sigma * v, x_0, atol=1e-9)


@pytest.mark.parametrize("at", PATH, ids=lambda at: f"t{at.t:.0f}")
def test_the_velocity_is_that_of_diffusers(at):
    x_0, eps = RNG.standard_normal((2, 5, 2))
    scheduler = DDPMScheduler(num_train_timesteps=1000, beta_start=1e-4, beta_end=0.02)
    t = torch.full((5,), int(at.t))
    theirs = scheduler.get_velocity(torch.tensor(x_0), torch.tensor(eps), t).numpy()
    np.testing.assert_allclose(velocity(eps, x_0, at), theirs, atol=1e-5)


@pytest.mark.parametrize("at", PATH, ids=lambda at: f"t{at.t:.0f}")
def test_the_score_of_a_perfect_net_is_the_slope_of_the_log_density(at):
    data, x = ring(), RNG.standard_normal((6, 2))
    eps = exact(data, ALPHA_BAR)(x[None], np.array([at.t]))[0]
    h = 1e-5 * at.sigma
    slope = [
        (data.log_prob(x + d, at.alpha, at.sigma) - data.log_prob(x - d, at.alpha, at.sigma))
        / 2
        / h
        for d in h * np.eye(2)
    ]
    np.testing.assert_allclose(score(eps, at), np.stack(slope, -1), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("at", PATH, ids=lambda at: f"t{at.t:.0f}")
def test_an_error_in_the_noise_is_magnified_in_the_clean_data(at):
    x, eps, error = RNG.standard_normal((3, 5, 2))
    off = clean(x, eps + error, at) - clean(x, eps, at)
    np.testing.assert_allclose(np.abs(off), magnified(at) * np.abs(error), rtol=1e-6, atol=1e-9)
