"""The race of samplers: what they share, what they may not differ in, and what one step can know."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers import DPMSolverMultistepScheduler

from app.concepts.diffusion.denoising import CONCEPT
from app.concepts.diffusion.denoising.compute import compute
from app.concepts.diffusion.denoising.frame import ENTRANTS, LINEUP, Params
from app.concepts.diffusion.denoising.plane import BUDGETS, MIXTURES
from app.concepts.diffusion.denoising.starts import LINEAR, schedule
from app.figures.scene import Film, Number
from app.wire import Encoder
from models.catalogue import graph
from models.digits import ALPHA_BAR
from models.maths import schedules
from models.maths.levels import DATA
from models.maths.samplers import clean, exact

# numpy 2 warns of how diffusers turns a tensor into an array
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


EVERY = tuple((one.name, one.setting and one.setting.default) for one in ENTRANTS)


CROWD = (("ddpm", None), ("ddim", 0.5), ("dpm", None), ("flow", None))


def at_end(query="", **given):
    *_, frame = compute(replace(Params.from_query(query), **given))
    return frame


def plane(query="", **given):
    return at_end(query, subject="plane", **given)


def lanes(frame):
    return {lane.name: lane for lane in frame.lanes}


def ends(frame):
    """Each lane's distance to the data at the end, by name."""
    return dict(zip((lane.name for lane in frame.lanes), frame.shown.distance, strict=True))


# --- what the samplers share ---------------------------------------------------------------------


def test_all_lanes_start_from_the_same_noise_and_the_placed_particle():
    first = next(compute(Params(subject="plane", start=((1.5, -2.0),))))
    for lane in first.lanes:
        np.testing.assert_array_equal(lane.x_t, first.lanes[0].x_t)
        np.testing.assert_array_equal(lane.x_t[0], [1.5, -2.0])


def test_on_the_same_levels_ddim_euler_and_flow_end_alike():
    end = lanes(plane("lanes=ddpm;ddim;euler;flow&spacing=t&steps=8"))
    np.testing.assert_allclose(end["euler"].x_t, end["ddim"].x_t, atol=1e-9)
    np.testing.assert_allclose(end["flow"].x_t, end["ddim"].x_t, atol=1e-9)
    assert np.abs(end["ddpm"].x_t - end["ddim"].x_t).max() > 0.1


def test_a_flow_differs_from_ddim_only_in_where_it_stops():
    own, alike = lanes(plane(steps=6)), lanes(plane(steps=6, spacing="s"))
    assert np.abs(own["flow"].x_t - own["ddim"].x_t).max() > 0.01
    np.testing.assert_allclose(alike["flow"].x_t, alike["ddim"].x_t, atol=1e-9)


def test_ddim_with_all_new_noise_is_ddpm():
    ddpm, ddim = plane("lanes=ddpm;ddim:1&steps=9").lanes
    np.testing.assert_allclose(ddim.x_t, ddpm.x_t, atol=1e-9)


@pytest.mark.parametrize("pick", EVERY, ids=lambda pick: pick[0])
def test_a_lane_alone_walks_as_it_does_in_company(pick):
    alone = plane(lanes=(pick,), steps=7).lanes[0]
    beside = plane(lanes=(("ddpm", None), pick, ("ddim", 0.3)), steps=7).lanes[1]
    np.testing.assert_array_equal(alone.x_t, beside.x_t)


@pytest.mark.parametrize("spacing", ["own", "pins"])
def test_every_lane_asks_where_it_said_it_would(spacing):
    for lane in plane(lanes=EVERY[1:5], steps=7, spacing=spacing).lanes:
        assert len(lane.size) == len(lane.asks)
        assert lane.at == DATA


def test_pins_are_where_every_lane_stops():
    for lane in plane("spacing=pins&pins=999,640,31").lanes:
        assert sorted(set(lane.t), reverse=True) == [999, 640, 31]


def test_25_of_1000_steps_are_40_apart():
    """Worked example ddim-steps."""
    trailing = np.arange(999, 0, -40)
    end = lanes(plane(steps=25))
    np.testing.assert_allclose(end["ddim"].snr, schedules.snr(LINEAR[trailing]), rtol=1e-9)


def test_the_first_step_magnifies_what_the_net_gets_wrong_157_fold():
    assert np.sqrt(1 / LINEAR[-1]) == pytest.approx(157.4, abs=0.1)
    assert schedules.snr(LINEAR)[[-1, 0]] == pytest.approx([4e-5, 1e4], rel=0.02)


# --- how far they get ----------------------------------------------------------------------------


@pytest.mark.parametrize("data", list(MIXTURES))
def test_with_many_calls_every_sampler_is_as_good_as_perfect_samples(data):
    end = plane(data=data, steps=40)
    mean, least, most = end.shown.floor
    assert 0 < least < mean < most
    assert end.shown.distance.max() < 1.2 * most
    one_call = [found[0] for found in end.shown.race]
    assert min(one_call) > 4 * most
    assert np.ptp(one_call) < 1e-9  # one call gives the mean of the data, whoever makes it


def test_the_race_is_run_by_the_samplers_that_are_shown():
    end = plane(lanes=EVERY[:4], steps=BUDGETS[5], data="grid", schedule="cosine", spacing="s")
    for i, lane in enumerate(end.lanes):
        assert end.shown.race[i][5] == pytest.approx(end.shown.distance[i], abs=1e-12), lane.name


def test_on_the_way_particles_lie_as_densely_as_the_exact_density_says():
    data, rng = MIXTURES["ring"], np.random.default_rng(0)
    for frame in compute(Params(subject="plane", lanes=CROWD, steps=50)):
        if frame.step not in (15, 30, 45):
            continue
        assert len(frame.lanes) == 4
        for lane in frame.lanes:
            alpha, sigma = lane.at.alpha, lane.at.sigma
            noisy = alpha * data.sample(2000, rng) + sigma * rng.standard_normal((2000, 2))
            ours, theirs = (data.log_prob(x, alpha, sigma).mean() for x in (lane.x_t, noisy))
            assert ours == pytest.approx(theirs, abs=0.12), (lane.name, frame.step)


def test_loudness_and_error_share_the_noise_between_them():
    """Of a perfect net, E|eps_hat|² + E|eps - eps_hat|² = E|eps|²."""
    data, rng = MIXTURES["ring"], np.random.default_rng(0)
    net = exact(data, LINEAR)
    for t in (50.0, 300.0, 900.0):
        alpha_bar = schedules.between(LINEAR, np.array([t]))
        eps = rng.standard_normal((40_000, 2))
        x_t = np.sqrt(alpha_bar) * data.sample(40_000, rng) + np.sqrt(1 - alpha_bar) * eps
        found = net(x_t[None], np.array([t]))[0]
        assert np.mean(found**2) + np.mean((eps - found) ** 2) == pytest.approx(1, abs=0.02)


# --- why many steps ------------------------------------------------------------------------------


def lost(steps):
    frames = list(compute(Params(subject="plane", lanes=LINEUP[:1], steps=steps)))
    return max(frame.shown.reverse.lost for frame in frames)


def test_a_gaussian_loses_much_of_a_large_step_and_little_of_a_small_one():
    assert lost(4) > 0.3
    assert lost(100) < 0.02


def test_the_true_next_step_is_drawn_around_where_ddpm_goes_on_average():
    first = next(compute(Params(subject="plane", lanes=LINEUP[:1], steps=50)))
    way, lane = first.shown.reverse, first.lanes[0]
    assert way.told == pytest.approx(1, abs=0.05)
    assert np.linalg.norm(way.ends.mean(0) - lane.x_t[0]) < 0.3
    assert np.trapezoid(way.density, way.z) == pytest.approx(1, abs=1e-3)


# --- forget, ask twice, remember ------------------------------------------------------------------


def test_remembering_the_last_answer_beats_asking_twice_and_forgetting():
    """Lesson: 8 calls on the grid."""
    far = ends(plane("data=grid&lanes=ddim;heun;dpm&steps=8"))
    assert far["dpm"] < 0.7 * far["heun"] < far["heun"] < far["ddim"]


def test_stops_placed_by_hand_beat_even_ones():
    """Lesson: five stops of DDIM on the grid."""
    even = ends(plane("data=grid&lanes=ddim&spacing=pins&pins=999,800,600,400,200"))["ddim"]
    placed = ends(plane("data=grid&lanes=ddim&spacing=pins&pins=800,550,370,240,110"))["ddim"]
    assert even == pytest.approx(0.33, abs=0.005)
    assert placed == pytest.approx(0.24, abs=0.005)


# --- the schedule ---------------------------------------------------------------------------------

SHORT = "schedule=bent&bend=0.18,0.37,0.59,0.86,1.21,1.79,4"  # linear in 50 steps


def test_what_linear_cosine_zero_and_a_short_schedule_leave_of_the_signal():
    left = {
        query: next(compute(Params.from_query(f"subject=plane&{query}"))).lanes[0].asks[0].alpha
        for query in ("schedule=linear", "schedule=cosine", "schedule=zero", SHORT)
    }
    told = zip(left.values(), (0.00635, 4.93e-5, 2.0**-20, 0.776), strict=True)
    for alpha, expected in told:
        assert alpha == pytest.approx(expected, rel=2e-3)
    fifty = schedules.cumulative(schedules.linear_betas(50))
    assert np.sqrt(fifty[-1]) == pytest.approx(left[SHORT], abs=1e-3)


def test_a_start_that_is_not_pure_noise_misses_the_data():
    """Lesson: 78 % of the signal is left; the same race on the linear schedule is at its floor."""
    short, whole = (plane(f"{q}&data=corner&lanes=ddpm;ddim&steps=50") for q in (SHORT, ""))
    assert short.shown.distance.min() > 8 * short.shown.floor[0]
    assert whole.shown.distance.max() < whole.shown.floor[2]
    assert short.shown.off[0] > 10 * short.shown.off[1]
    assert whole.shown.off[0] < 2 * whole.shown.off[1]


def test_heun_cannot_start_where_sigma_bar_is_large():
    far = ends(plane("schedule=cosine&steps=8"))
    assert far["heun"] > 10 * max(far["ddim"], far["ddpm"], far["flow"])


def test_digits_keep_the_schedule_they_were_trained_on():
    assert schedule(Params(schedule="cosine")) is ALPHA_BAR


# --- one prediction, four names -------------------------------------------------------------------


@pytest.mark.parametrize("query", ["subject=digits&clip=0", "subject=plane"])
def test_the_four_views_are_one_prediction(query):
    runs = [
        compute(Params.from_query(f"{query}&steps=4&view={v}")) for v in ("x0", "eps", "v", "score")
    ]
    for x0, eps, v, score in zip(*runs, strict=True):
        for lane, noise, velocity, slope in zip(
            x0.lanes, eps.lanes, v.lanes, score.lanes, strict=True
        ):
            at, x = lane.latest, lane.x_t
            if lane.at == DATA:
                np.testing.assert_array_equal(lane.answer, x)
                continue
            scale = 1 / at.alpha  # of what rounding in x may be
            np.testing.assert_allclose(clean(x, noise.answer, at), lane.answer, atol=1e-5 * scale)
            np.testing.assert_allclose(
                at.sigma * x + at.alpha * velocity.answer, noise.answer, atol=1e-5
            )
            np.testing.assert_allclose(-at.sigma * slope.answer, noise.answer, atol=1e-5)


def test_the_score_alone_grows_as_the_noise_goes():
    """Lesson: of the four views of one digit."""
    grown = {}
    for view in ("x0", "eps", "v", "score"):
        (lane,) = at_end(f"lanes=ddim&steps=50&view={view}").lanes
        grown[view] = lane.size[-1] / lane.size[0]
    assert grown.pop("score") > 10
    assert all(0.8 < ratio < 1.3 for ratio in grown.values()), grown


def test_the_arrows_end_where_their_names_say():
    def first(view):
        return next(compute(Params.from_query(f"subject=plane&steps=9&view={view}")))

    lane, at = first("x0").lanes[0], first("x0").lanes[0].at
    arrow = {view: first(view).shown.arrows[0] for view in ("x0", "eps", "v", "score")}
    np.testing.assert_allclose(lane.x_t[0] + arrow["x0"], lane.x_0[0])
    np.testing.assert_allclose(lane.x_t[0] + arrow["score"], at.alpha * lane.x_0[0], atol=1e-9)
    np.testing.assert_allclose(arrow["score"], -at.sigma * arrow["eps"], atol=1e-9)


# --- digits --------------------------------------------------------------------------------------


def test_the_samples_are_the_digit_that_was_asked_for():
    """Of all classes, the one asked for explains the noise in a noised sample best."""
    unet, rng = graph("unet_digits"), np.random.default_rng(0)
    end = at_end(digit=7, steps=25)
    assert all(lane.at == DATA for lane in end.lanes)
    t = np.repeat([200.0, 350.0, 500.0], 4)
    alpha_bar = schedules.between(LINEAR, t)[:, None, None, None]
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
    end = lanes(at_end("lanes=ddim;euler;flow&spacing=t&steps=10"))
    np.testing.assert_allclose(end["euler"].x_t, end["ddim"].x_t, atol=2e-3)
    np.testing.assert_allclose(end["flow"].x_t, end["ddim"].x_t, atol=2e-3)


def test_the_digits_race_is_that_of_diffusers_dpm_solver():
    """Our net, their scheduler, the page's own seed; x̂_0 not clipped by either."""
    unet, scheduler = graph("unet_digits"), DPMSolverMultistepScheduler(
        beta_start=1e-4, beta_end=0.02, timestep_spacing="trailing", final_sigmas_type="zero"
    )  # fmt: skip
    scheduler.set_timesteps(20)
    x = torch.tensor(np.random.default_rng(0).standard_normal((1, 1, 32, 32)), dtype=torch.float32)
    for t in scheduler.timesteps:
        told = unet(x=x.numpy(), t=np.full(1, t, np.float32), label=np.full(1, 3))["eps"]
        x = scheduler.step(torch.tensor(told), t, x).prev_sample
    (ours,) = at_end("lanes=dpm&steps=20&clip=0").lanes
    np.testing.assert_allclose(ours.x_t, x.numpy()[0], atol=5e-3)


def test_clipped_digits_stay_in_range_and_free_ones_need_not():
    clipped = at_end(steps=5)
    assert max(np.abs(lane.x_0).max() for lane in clipped.lanes) <= 1 + 1e-6
    first = next(compute(Params(steps=5, clip=False)))
    assert np.abs(first.lanes[0].x_0).max() > 1


def test_kept_moments_are_what_was_seen_then():
    frames = list(compute(Params.from_query("lanes=ddim&steps=10")))
    kept, at = frames[-1].shown.kept, frames[-1].shown.at
    assert at == (0, 2, 3, 4, 6, 8)
    for slot, step in enumerate(at):
        np.testing.assert_array_equal(kept[0, slot, 1], frames[step].lanes[0].x_0[0])
    assert not frames[3].shown.kept[0, 3:].any()  # nothing is shown before it was seen


def test_the_judge_reads_what_was_asked_for_once_enough_calls_are_spent():
    """Lesson: after 5 calls every lane's 3 is read, after 2 not every one."""
    sure = [float(read[-1]) for read in at_end(steps=5).shown.read]
    assert min(sure) > 0.9
    assert min(float(read[-1]) for read in at_end(steps=2).shown.read) < 0.5


def test_the_record_is_what_the_card_says():
    card = graph("unet_digits").spec.quality
    record = at_end("lanes=ddpm;ddim;ddim:0.5;euler&steps=2").shown.record
    assert [len(calls) > 2 for calls in record.calls] == [True, True, False, False]
    for calls, far in zip(record.calls[0], record.frechet[0], strict=True):
        assert far == card[f"ddpm_{calls:.0f}_frechet"]
    assert record.floor[0] == card["real_frechet"]


def test_of_the_recorded_digits_those_of_ddpm_are_nearest_at_every_budget():
    """Lesson: new noise repairs what a learned net did wrong."""
    record = at_end("lanes=ddpm;ddim;dpm;heun&steps=2").shown.record
    assert record.frechet[0].max() < np.min(record.frechet[1:])  # even at 10 against 250 calls
    assert record.calls[0].tolist() == [10, 20, 50, 250]
    np.testing.assert_allclose([far[-1] for far in record.frechet[1:]], 5.1, atol=0.05)


# --- the page ------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", ["digits", "plane"])
def test_long_races_are_shown_in_at_most_a_hundred_moments_and_the_samples(subject):
    run = compute(Params(subject=subject, lanes=LINEUP[3:], steps=250))
    steps = [frame.step for frame in run]
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
    film = CONCEPT.draw(at_end("lanes=ddpm&steps=5"))["strip"]
    assert isinstance(film, Film)
    assert film.column_labels == (*(f"step {at}" for at in range(5)), "now")  # none twice
    assert film.images.shape == (2, 6, 32, 32)
    assert film.row_labels == ("x_t", "x̂₀")
