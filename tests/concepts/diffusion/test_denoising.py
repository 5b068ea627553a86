"""The race of samplers: what they share, what they may not differ in, and what one step can know."""

import numpy as np
import pytest

from app.concepts.diffusion.denoising import CONCEPT
from app.concepts.diffusion.denoising.compute import (
    ALPHA_BAR,
    BUDGETS,
    MIXTURES,
    Params,
    compute,
    entries,
)
from app.figures.scene import Film, Number
from app.wire import Encoder
from models.catalogue import graph
from models.maths import schedules
from models.maths.levels import DATA
from models.maths.samplers import exact


def at_end(**given):
    *_, frame = compute(Params(**given))
    return frame


def plane(**given):
    return at_end(subject="plane", **given)


def lanes(frame):
    return {lane.name: lane for lane in frame.lanes}


# --- what the samplers share ---------------------------------------------------------------------


def test_all_lanes_start_from_the_same_noise_and_the_placed_particle():
    first = next(compute(Params(subject="plane", start=((1.5, -2.0),))))
    for lane in first.lanes:
        np.testing.assert_array_equal(lane.x_t, first.lanes[0].x_t)
        np.testing.assert_array_equal(lane.x_t[0], [1.5, -2.0])


def test_on_the_same_levels_ddim_euler_and_flow_end_alike():
    end = lanes(plane(solver="euler", spacing="t", steps=8))
    np.testing.assert_allclose(end["ode"].x_t, end["ddim"].x_t, atol=1e-9)
    np.testing.assert_allclose(end["flow"].x_t, end["ddim"].x_t, atol=1e-9)
    assert np.abs(end["ddpm"].x_t - end["ddim"].x_t).max() > 0.1


def test_a_flow_differs_from_ddim_only_in_where_it_stops():
    own = lanes(plane(steps=6))
    alike = lanes(plane(steps=6, spacing="s"))
    assert np.abs(own["flow"].x_t - own["ddim"].x_t).max() > 0.01
    np.testing.assert_allclose(alike["flow"].x_t, alike["ddim"].x_t, atol=1e-9)


def test_ddim_with_all_new_noise_is_ddpm():
    end = lanes(plane(eta=1.0, steps=9))
    np.testing.assert_allclose(end["ddim"].x_t, end["ddpm"].x_t, atol=1e-9)


@pytest.mark.parametrize("name", ["ddpm", "ddim", "ode", "flow"])
def test_a_lane_alone_walks_as_it_does_in_company(name):
    alone, together = plane(sampler=name, steps=7), plane(steps=7)
    np.testing.assert_array_equal(alone.lanes[0].x_t, lanes(together)[name].x_t)


@pytest.mark.parametrize("steps", [1, 2, 7, 250])
def test_no_lane_may_spend_more_calls_than_its_budget(steps):
    for entry in entries(Params(steps=steps), np.zeros((1, 2))):
        twice = entry.name == "ode"  # Heun's rule calls an odd number of times
        assert len(entry.asks) == (steps - (steps + 1) % 2 if twice else steps)


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_every_lane_asks_where_it_said_it_would(steps):
    for lane in plane(steps=steps).lanes:
        assert len(lane.norm) == len(lane.snr)
        assert lane.at == DATA


def test_25_of_1000_steps_are_40_apart():
    """Worked example ddim-steps."""
    trailing = np.arange(999, 0, -40)
    end = lanes(plane(steps=25))
    np.testing.assert_allclose(end["ddim"].snr, schedules.snr(ALPHA_BAR[trailing]), rtol=1e-9)


def test_the_first_step_magnifies_what_the_net_gets_wrong_157_fold():
    assert np.sqrt(1 / ALPHA_BAR[-1]) == pytest.approx(157.4, abs=0.1)
    assert schedules.snr(ALPHA_BAR)[[-1, 0]] == pytest.approx([4e-5, 1e4], rel=0.02)


# --- how far they get ----------------------------------------------------------------------------


@pytest.mark.parametrize("data", list(MIXTURES))
def test_with_many_calls_every_sampler_is_as_good_as_perfect_samples(data):
    end = plane(data=data, steps=40)
    mean, least, most = end.shown.floor
    assert 0 < least < mean < most
    assert end.shown.distance.max() < 1.2 * most
    one_call = end.shown.race[0]
    assert one_call.min() > 4 * most
    assert np.ptp(one_call) < 1e-9  # one call gives the mean of the data, whoever makes it


def test_the_race_is_run_by_the_samplers_that_are_shown():
    end = plane(steps=BUDGETS[5])
    for i, lane in enumerate(end.lanes):
        assert end.shown.race[5, i] == pytest.approx(end.shown.distance[i], abs=1e-12), lane.name


def test_on_the_way_particles_lie_as_densely_as_the_exact_density_says():
    data, rng = MIXTURES["ring"], np.random.default_rng(0)
    for frame in compute(Params(subject="plane", steps=100)):
        if frame.step not in (30, 60, 90):
            continue
        for lane in frame.lanes:
            alpha, sigma = lane.at.alpha, lane.at.sigma
            noisy = alpha * data.sample(2000, rng) + sigma * rng.standard_normal((2000, 2))
            ours, theirs = (data.log_prob(x, alpha, sigma).mean() for x in (lane.x_t, noisy))
            assert ours == pytest.approx(theirs, abs=0.12), (lane.name, frame.step)


def test_loudness_and_error_share_the_noise_between_them():
    """Of a perfect net, E|eps_hat|² + E|eps - eps_hat|² = E|eps|²."""
    data, rng = MIXTURES["ring"], np.random.default_rng(0)
    net = exact(data, ALPHA_BAR)
    for t in (50.0, 300.0, 900.0):
        alpha_bar = schedules.between(ALPHA_BAR, np.array([t]))
        eps = rng.standard_normal((40_000, 2))
        x_t = np.sqrt(alpha_bar) * data.sample(40_000, rng) + np.sqrt(1 - alpha_bar) * eps
        found = net(x_t[None], np.array([t]))[0]
        assert np.mean(found**2) + np.mean((eps - found) ** 2) == pytest.approx(1, abs=0.02)


# --- why many steps ------------------------------------------------------------------------------


def lost(steps):
    frames = list(compute(Params(subject="plane", sampler="ddpm", steps=steps)))
    return max(frame.shown.reverse.lost for frame in frames)


def test_a_gaussian_loses_much_of_a_large_step_and_little_of_a_small_one():
    assert lost(4) > 0.3
    assert lost(100) < 0.02


def test_the_true_next_step_is_drawn_around_where_ddpm_goes_on_average():
    first = next(compute(Params(subject="plane", sampler="ddpm", steps=50)))
    way, lane = first.shown.reverse, first.lanes[0]
    assert way.told == pytest.approx(1, abs=0.05)
    assert np.linalg.norm(way.ends.mean(0) - lane.x_t[0]) < 0.3
    assert np.trapezoid(way.density, way.z) == pytest.approx(1, abs=1e-3)


# --- digits --------------------------------------------------------------------------------------


def test_the_samples_are_the_digit_that_was_asked_for():
    """Of all classes, the one asked for explains the noise in a noised sample best."""
    unet, rng = graph("unet_digits"), np.random.default_rng(0)
    end = at_end(digit=7, steps=25)
    assert all(lane.at == DATA for lane in end.lanes)
    t = np.repeat([200.0, 350.0, 500.0], 4)
    alpha_bar = schedules.between(ALPHA_BAR, t)[:, None, None, None]
    right = []
    for lane in end.lanes:
        eps = rng.standard_normal((len(t), 1, 32, 32))
        x_t = np.sqrt(alpha_bar) * lane.x_t + np.sqrt(1 - alpha_bar) * eps
        given = {"x": x_t.astype(np.float32), "t": t.astype(np.float32)}
        found = [unet(**given, label=np.full(len(t), y))["eps"] for y in range(10)]
        errors = [np.mean((told - eps) ** 2) for told in found]
        right.append(int(np.argmin(errors)) == 7)
    assert sum(right) >= 3, right


def test_digits_of_the_same_levels_are_alike_whatever_the_sampler_is_called():
    end = lanes(at_end(solver="euler", spacing="t", steps=10))
    np.testing.assert_allclose(end["ode"].x_t, end["ddim"].x_t, atol=2e-3)
    np.testing.assert_allclose(end["flow"].x_t, end["ddim"].x_t, atol=2e-3)


def test_clipped_digits_stay_in_range_and_free_ones_need_not():
    clipped = at_end(steps=5)
    assert max(np.abs(lane.x_0).max() for lane in clipped.lanes) <= 1 + 1e-6
    first = next(compute(Params(steps=5, clip=False)))
    assert np.abs(first.lanes[0].x_0).max() > 1


def test_kept_moments_are_what_was_seen_then():
    frames = list(compute(Params(sampler="ddim", steps=10)))
    kept, at = frames[-1].shown.kept, frames[-1].shown.at
    assert at == (0, 2, 3, 4, 6, 8)
    for slot, step in enumerate(at):
        np.testing.assert_array_equal(kept[0, slot, 1], frames[step].lanes[0].x_0[0])
    assert not frames[3].shown.kept[0, 3:].any()  # nothing is shown before it was seen


# --- the page ------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", ["digits", "plane"])
def test_long_races_are_shown_in_at_most_a_hundred_moments_and_the_samples(subject):
    steps = [frame.step for frame in compute(Params(subject=subject, sampler="flow", steps=250))]
    assert len(steps) <= 101
    assert (steps[0], steps[-1]) == (0, 250)


def test_a_race_of_the_defaults_is_less_than_four_megabytes():
    for subject in ("digits", "plane"):
        encoder = Encoder()
        frames = enumerate(compute(Params(subject=subject)))
        assert sum(len(encoder.frame(i, CONCEPT.draw(frame))) for i, frame in frames) < 4e6


def test_distances_are_shown_with_their_floor():
    rows = CONCEPT.draw(plane(steps=2))["numbers"].rows
    to_data = [row for row in rows if isinstance(row, Number) and "to data" in row.name]
    assert len(to_data) == 4
    assert all(row.floor and row.value > row.floor for row in to_data)


def test_a_sampler_alone_is_shown_through_time():
    film = CONCEPT.draw(at_end(sampler="ddpm", steps=5))["strip"]
    assert isinstance(film, Film)
    assert film.column_labels == (*(f"step {at}" for at in range(5)), "now")  # none twice
    assert film.images.shape == (2, 6, 32, 32)
    assert film.row_labels == ("x_t", "x̂₀")
