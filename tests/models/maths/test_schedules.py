"""The schedules agree with diffusers and run from clean to noise without a jump."""

import numpy as np
import pytest
import torch
from diffusers import DDPMScheduler
from diffusers.schedulers.scheduling_ddim import rescale_zero_terminal_snr

from models.maths import schedules

LINEAR, COSINE = schedules.linear_betas(), schedules.cosine_betas()


@pytest.mark.parametrize(("betas", "name"), [(LINEAR, "linear"), (COSINE, "squaredcos_cap_v2")])
def test_both_schedules_are_those_of_diffusers(betas, name):
    oracle = DDPMScheduler(num_train_timesteps=1000, beta_schedule=name)
    assert betas == pytest.approx(oracle.betas.numpy(), rel=1e-5)
    # float32 there: a product of a thousand factors carries a thousand roundings.
    assert schedules.cumulative(betas) == pytest.approx(
        oracle.alphas_cumprod.numpy(), rel=2e-4, abs=1e-9
    )


@pytest.mark.parametrize("betas", [LINEAR, COSINE])
def test_what_is_left_of_the_data_only_shrinks(betas):
    alpha_bar = schedules.cumulative(betas)
    assert (np.diff(alpha_bar) < 0).all()
    assert (np.diff(schedules.snr(alpha_bar)) < 0).all()
    assert 0 < alpha_bar[-1] < 1e-4 < 0.99 < alpha_bar[0] < 1


def test_signal_and_noise_are_equal_where_half_the_variance_is_left():
    assert schedules.snr(np.array([0.5, 0.8])) == pytest.approx([1, 4])


def test_noise_added_step_by_step_has_the_variance_of_the_closed_form():
    variance = 0.0
    for beta in LINEAR[:300]:
        variance = (1 - beta) * variance + beta
    assert variance == pytest.approx(1 - schedules.cumulative(LINEAR)[299])


@pytest.mark.parametrize("betas", [LINEAR, COSINE])
def test_between_the_steps_lies_between_and_at_the_steps_is_exact(betas):
    alpha_bar = schedules.cumulative(betas)
    assert schedules.between(alpha_bar, np.arange(1000.0)) == pytest.approx(alpha_bar)
    assert schedules.between(alpha_bar, np.array([-1.0])) == 1.0
    half = schedules.between(alpha_bar, np.array([[41.5, 500.5]]))
    assert half == pytest.approx(np.sqrt(alpha_bar[[41, 500]] * alpha_bar[[42, 501]])[None])


@pytest.mark.parametrize("t", [-1.01, 999.5])
def test_times_without_a_noise_level_are_refused(t):
    with pytest.raises(ValueError, match=r"\[-1, 999\]"):
        schedules.between(schedules.cumulative(LINEAR), np.array([0.0, t]))


def test_the_zero_terminal_schedule_is_that_of_diffusers_but_for_what_is_left():
    alpha_bar = schedules.cumulative(LINEAR)
    ours = schedules.zero_terminal(alpha_bar)
    theirs = schedules.cumulative(rescale_zero_terminal_snr(torch.tensor(LINEAR)).numpy())
    np.testing.assert_allclose(ours[:-1], theirs[:-1], rtol=1e-6)
    assert theirs[-1] == 0 < ours[-1] < 1e-12
    assert (np.diff(ours) < 0).all()


@pytest.mark.parametrize("betas", [LINEAR, COSINE])
def test_a_schedule_bent_through_every_time_of_another_is_that_schedule(betas):
    alpha_bar = schedules.cumulative(betas)
    log_snr = np.log10(schedules.snr(alpha_bar))[::-1]
    assert schedules.bent(log_snr) == pytest.approx(alpha_bar, rel=1e-9)


def test_a_bent_schedule_is_straight_between_its_knots():
    log_snr = np.log10(schedules.snr(schedules.bent(np.array([-4.0, 0.0, 4.0]), 201)))
    assert log_snr == pytest.approx(np.linspace(4, -4, 201))
