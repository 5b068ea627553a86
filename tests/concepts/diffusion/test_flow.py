"""The flow page: what theory says of the exact field, its probe, its solvers and the net it teaches."""

from itertools import islice

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from app.concepts.diffusion.flow.compute import Params, compute, kept
from app.concepts.diffusion.flow.figure import LONGEST, REACH, draw
from app.concepts.diffusion.flow.lessons import course_of, lessons
from app.concepts.diffusion.flow.world import PARTICLES, TICKS, data_of, flow_of
from app.figures.scene import Arrows, Handles
from models.maths.flow_matching import learned

TWO = {"data": "yours", "yours": ((-2.0, 0.0), (2.0, 0.0))}


def frames(**given):
    return list(compute(Params(**given)))


def frame(tick, **given):
    return next(islice(compute(Params(**given)), tick, None))


def layers(scene, view, kind):
    return [layer for layer in scene[view].layers if isinstance(layer, kind)]


def test_the_exact_flow_ends_in_the_data():
    last = frames()[-1].moment
    assert last.t == 1
    assert last.distances[-1] < 1.5 * last.still.floor < 0.5 * last.distances[0]


def test_the_clock_is_the_same_for_every_solver_and_number_of_steps():
    for given in ({"steps": 1}, {"solver": "adaptive"}):
        shots = islice(compute(Params(view="solvers", **given)), 13)
        times = [f.moment.t for f in shots]
        np.testing.assert_allclose(times, np.arange(13) / TICKS)


def test_one_step_of_euler_takes_everyone_to_the_mean_of_the_data():
    p = Params(view="solvers", steps=1)
    *_, last = compute(p)
    expected = np.tile(data_of(p).mean(0), (PARTICLES, 1))
    np.testing.assert_allclose(last.moment.particles, expected, atol=1e-9)
    assert last.moment.distances[-1] == pytest.approx(last.moment.still.lump, rel=0.05)


def solved(**given):
    return frame(0, view="solvers", **given).moment.solved


def test_more_steps_and_better_rules_end_nearer():
    def error(**given):
        return solved(width=0.3, **given).error

    assert error(steps=40) < 0.6 * error(steps=20)
    assert error(solver="midpoint", steps=40) < 0.35 * error(solver="midpoint", steps=20)
    assert error(solver="RK4", steps=40) < 0.1 * error(solver="midpoint", steps=40)


def test_calls_are_counted_by_the_rule():
    calls = {rule: solved(solver=rule, steps=9).calls for rule in ("Euler", "RK4")}
    assert calls == {"Euler": 9, "RK4": 36}


def straightness(**given):
    return solved(**given).straightness


def test_conditional_ways_are_straight_and_marginal_ones_are_not():
    assert straightness(field="one point", width=0.02) > 0.99
    assert straightness(field="exact", width=0.02) < 0.5


def test_for_data_as_wide_as_the_noise_the_linear_schedule_is_not_the_straightest():
    """It squeezes the cloud halfway, alpha² + beta² = 1/2; the trigonometric one keeps its size."""
    linear, turning = straightness(), straightness(schedule="trigonometric")
    assert turning > 1.3 * linear
    few = {"steps": 5, "width": 0.2}
    errors = [solved(schedule=s, **few).error for s in ("linear", "trigonometric")]
    assert errors[1] < 0.8 * errors[0]


def test_a_diffusion_goes_the_ways_of_the_trigonometric_schedule_at_another_speed():
    """Both keep the variance, so each alpha belongs to one place on the way; only speed differs."""
    turning, diffusion = (
        frame(TICKS, schedule=s, width=0.3).moment.particles for s in ("trigonometric", "diffusion")
    )
    np.testing.assert_allclose(turning, diffusion, atol=0.03)
    assert straightness(schedule="diffusion") < straightness(schedule="trigonometric")


def test_the_one_point_is_the_nearest_to_the_aim():
    p = Params(field="one point", aim=((1.2, 1.3),))
    z = flow_of(p).data.means
    ways = np.linalg.norm(data_of(p) - [1.2, 1.3], axis=-1)
    np.testing.assert_array_equal(z[0], data_of(p)[ways.argmin()])
    *_, last = compute(p)
    np.testing.assert_allclose(last.moment.particles.mean(0), z[0], atol=0.05)


def test_the_tube_holds_86_per_cent_of_the_particles():
    moment = frame(60, field="one point").moment
    centre = moment.tube[0, :-1].mean(0)
    radius = np.linalg.norm(moment.tube[0, 0] - centre)
    inside = np.linalg.norm(moment.particles - centre, axis=-1) < radius
    assert inside.mean() == pytest.approx(1 - np.exp(-2), abs=0.05)


@pytest.mark.parametrize("tick", [0, 40, 100, 120])
def test_the_probe_adds_up(tick):
    probe = frame(tick, schedule="trigonometric").probe
    np.testing.assert_allclose(probe.weights.sum(), 1)
    np.testing.assert_allclose(probe.parts.sum(0), probe.exact[0], atol=1e-9)
    np.testing.assert_array_equal(probe.exact, probe.field)
    assert 1 <= probe.count <= len(probe.weights) + 1e-9


def test_the_arrows_are_laid_in_order_of_direction():
    """So the chain turns one way only, from one side of the sum to the other."""
    probe = frame(48).probe
    drawn = probe.parts[np.linalg.norm(probe.parts, axis=-1) > 0]
    ahead = np.arctan2(*probe.exact[0, ::-1])
    angles = np.arctan2(drawn[:, 1], drawn[:, 0]) - ahead
    assert len(drawn) > 4
    assert (np.diff((angles + np.pi) % (2 * np.pi)) > 0).all()


@pytest.mark.parametrize("field", ["exact", "learned"])
def test_a_particle_bent_in_mid_flight_goes_both_ways_as_scipy_finds(field):
    given = {"field": field, "iterations": 16, "width": 0.2}
    shots = frames(**given, probe=((0.6, -0.8),), held=0.55)[-TICKS - 1 :]
    theta = shots[0].moment.theta
    velocity = flow_of(Params(width=0.2)).velocity if theta is None else learned(theta)

    def ends(t):
        found = solve_ivp(
            lambda s, x: velocity(x[None], s)[0], (0.55, t), (0.6, -0.8), rtol=1e-8, atol=1e-8
        )
        return found.y[:, -1]

    np.testing.assert_allclose(shots[66].probe.place[0], (0.6, -0.8), atol=1e-9)
    for tick in (0, 31, 90, TICKS):
        np.testing.assert_allclose(shots[tick].probe.place[0], ends(tick / TICKS), atol=2e-3)
    np.testing.assert_allclose(shots[0].probe.way[0, [0, -1]], [ends(0), ends(1)], atol=2e-3)


def test_the_particle_moves_by_the_sum_of_its_pulls():
    shots = frames(width=0.3)
    for tick in (20, 60, 100):
        before, after = shots[tick - 1].probe.place, shots[tick + 1].probe.place
        speed = (after - before) * TICKS / 2
        np.testing.assert_allclose(speed[0], shots[tick].probe.parts.sum(0), atol=0.01)


def test_between_two_points_the_border_sharpens_with_time():
    """Halfway between them both pull alike; a little to the right, the right one more and more."""
    ticks = range(0, TICKS, 12)

    def seen(x, tick):
        return frame(tick, **TWO, probe=((x, 1.0),), held=tick / TICKS).probe

    middle = seen(0.0, 60)
    assert middle.weights == pytest.approx([0.5, 0.5])
    assert middle.exact[0, 0] == pytest.approx(0, abs=1e-9)
    right = [seen(0.1, tick).weights[1] for tick in ticks]
    assert right[0] == pytest.approx(0.5)
    assert (np.diff(right) > 0).all()
    t = 48 / TICKS  # log-odds of two Gaussians at ±2 t with variance (1 - t)² + t² width²
    odds = 2 * 0.1 * 2 * t / ((1 - t) ** 2 + t**2 * 0.1**2)
    assert right[4] == pytest.approx(1 / (1 + np.exp(-odds)))


def test_dragging_the_probe_computes_nothing_else_again():
    moments = [frame(30, probe=((x, 0.5),)).moment for x in (-1.0, 1.0)]
    assert moments[0] is moments[1]


def test_what_is_kept_does_not_change_what_is_shown():
    once = frame(50, probe=((0.3, 0.3),), seed=4)
    kept.cache_clear()
    again = frame(50, probe=((0.3, 0.3),), seed=4)
    np.testing.assert_array_equal(once.moment.particles, again.moment.particles)
    np.testing.assert_array_equal(once.probe.way, again.probe.way)


def test_training_nears_the_exact_field_while_its_loss_stays_at_the_floor():
    shots = frames(field="training", iterations=500)
    progress = shots[-1].moment.progress
    assert progress.at[0] == 0 and progress.at[-1] == progress.last == 500
    assert progress.gaps[-1] < 0.05 * progress.gaps[0]
    assert progress.losses[-8:].mean() == pytest.approx(progress.floor, rel=0.1)
    assert shots[-1].moment.distances[-1] < 0.5 * shots[0].moment.distances[-1]


def test_a_longer_training_begins_like_a_shorter_one():
    short, long = (
        list(lessons(course_of(Params(field="training", iterations=n)))) for n in (100, 400)
    )
    thetas = {lesson.step: lesson.theta for lesson in long}
    shared = [lesson for lesson in short if lesson.step in thetas]
    assert len(shared) > 3
    for lesson in shared:
        np.testing.assert_array_equal(lesson.theta, thetas[lesson.step])


def test_the_net_that_was_watched_is_the_net_that_carries():
    *_, trained = compute(Params(field="training", iterations=16, time=0.3))
    first, *_, carried = frames(field="learned", iterations=16)
    assert first.moment.progress and not carried.moment.progress
    np.testing.assert_array_equal(trained.moment.theta, carried.moment.theta)
    net = learned(carried.moment.theta)
    t = np.array(carried.moment.t)
    np.testing.assert_array_equal(carried.moment.field, net(carried.moment.still.grid, t))
    at = carried.moment.still
    apart = net(at.grid, t) - flow_of(Params()).velocity(at.grid, t)
    np.testing.assert_array_equal(apart, carried.moment.field - carried.moment.exact)


def test_a_net_without_lessons_carries_nobody_to_the_data():
    *_, last = compute(Params(field="learned", iterations=0))
    assert last.moment.distances[-1] > 2 * last.moment.still.floor


def test_the_solver_that_was_chosen_lies_on_its_own_curve():
    trials = frame(30, view="solvers", solver="midpoint", steps=16).moment.solved.trials
    alone = solved(solver="midpoint", steps=16)
    (same,) = trials[(trials[:, 0] == 1) & (trials[:, 1] == alone.calls)]
    assert alone.error == pytest.approx(same[2])


def test_errors_fall_with_the_calls_at_the_promised_slopes():
    trials = frame(30, view="solvers", width=0.5).moment.solved.trials
    assert len(trials) > 30
    for rule, order in enumerate((1, 2, 2, 4)):
        _, calls, errors = trials[trials[:, 0] == rule][-3:].T
        slope = np.polyfit(np.log(calls), np.log(errors), 1)[0]
        assert slope == pytest.approx(-order, abs=0.35)


def test_a_smaller_tolerance_asks_more_and_misses_less():
    loose, tight = (solved(solver="adaptive", tolerance=tol) for tol in (1e-2, 1e-4))
    assert tight.calls > loose.calls and tight.error < 0.1 * loose.error
    assert np.ptp(tight.strides[:, 1]) > 0.1


def inked(tick=0, **given):
    return frame(tick, view="log-density", **given).inked


@pytest.mark.parametrize("width", [0.1, 0.4])
def test_log_density_by_the_divergence_is_the_closed_form(width):
    whole = inked(width=width)
    np.testing.assert_allclose(whole.integral, whole.truth, atol=2e-3)


def test_hutchinsons_estimate_errs_as_its_variance_says():
    """eps' M eps has variance 2 |M|² for symmetric M, here the integral of J along the way."""
    flow, draws = flow_of(Params(width=0.4)), 64
    ink = inked(width=0.4, draws=draws)
    places = np.concatenate([f.probe.place for f in frames(width=0.4)])
    slopes = flow.jacobian(places, ink.t)
    whole = 0.5 * (slopes[1:] + slopes[:-1]).sum(0) / TICKS
    expected = np.sqrt(2 / draws) * np.linalg.norm(whole)
    guess, low, high = ink.estimate[-1]
    assert abs(high - low) / 2 == pytest.approx(expected, rel=0.3)
    assert abs(guess - ink.integral[-1]) < 3 * expected


@pytest.mark.parametrize("held", [0.0, 0.5])
def test_a_drop_of_ink_grows_or_shrinks_as_the_divergence_says(held):
    ink = inked(TICKS, width=0.4, held=held)
    assert ink.area == pytest.approx(ink.spread, rel=0.05)
    assert abs(np.log(ink.area)) > 0.2


def test_a_learned_density_is_that_of_the_net_and_not_of_the_data():
    """The integral of the net's own trace, against finite differences of its own flow."""
    ink = frames(view="log-density", field="learned", iterations=100)[-1].inked
    assert ink.area == pytest.approx(ink.spread, rel=0.1)
    assert abs(ink.integral[-1] - ink.truth[-1]) > 0.05


@pytest.fixture(scope="module")
def matches():
    runs = {1: 0, 200: 200}  # lessons by batch
    return {b: frames(view="couplings", batch=b, lessons=n)[-1] for b, n in runs.items()}


def test_better_pairs_disagree_less_and_bend_the_ways_less(matches):
    match = matches[200]
    assert (np.diff(match.losses[-1]) < 0).all()
    assert match.straight[-1, 0] < 0.6 and (match.straight[-1, 1:] > 0.95).all()
    assert match.misses[-1, 0] > 4 * match.misses[-1, 1:].max()
    assert match.crossed[0] > 10 * match.crossed[1:].max()


def test_transport_costs_stand_on_their_floor(matches):
    one, all_ = matches[1], matches[200]
    assert all_.cost[1] == pytest.approx(all_.least[1])
    assert one.cost[1] == one.cost[0] > 2 * one.least[0]
    assert all_.cost[2] == pytest.approx(all_.least[2], rel=0.05)
    np.testing.assert_array_equal(one.pairs[0], one.pairs[1])


def test_the_loss_by_chance_stays_above_the_floor_of_the_exact_field(matches):
    pairs = flow_of(Params()).pairs(4000, np.random.default_rng(0))
    floor = flow_of(Params()).disagreement(pairs.x_t, pairs.t).mean()
    assert matches[200].losses[-10:, 0].mean() == pytest.approx(floor, rel=0.15)
    assert matches[200].losses[-1, 2] < 0.05 * floor


def test_logit_normal_times_are_compared_with_even_ones():
    *_, last = compute(Params(field="training", times="logit-normal", iterations=12))
    *_, even = compute(Params(field="training", iterations=12))
    both = last.moment.progress
    np.testing.assert_array_equal(both.uniform, even.moment.progress.by_time)
    assert (both.by_time[:, 1] != both.uniform[:, 1]).all()
    at = np.argmin(abs(both.by_time[:, 0] - 0.6))
    assert both.by_time[at, 1] == pytest.approx(last.moment.gap, rel=0.25)


def test_your_own_points_are_handles_that_grow():
    scene = draw(frame(0, **TWO))
    (mine,) = layers(scene, "data", Handles)
    assert mine.param == "yours" and mine.grow
    assert mine.xy.tolist() == [[-2, 0], [2, 0]]
    assert not layers(draw(frame(0)), "data", Handles)
    (probe,) = layers(scene, "flow", Handles)
    assert probe.param == "probe"


def test_arrows_are_to_scale_where_slow_and_held_where_fast():
    moment = frame(60).moment
    (arrows, *_) = layers(draw(frame(60)), "flow", Arrows)
    drawn = np.linalg.norm(arrows.uv, axis=-1)
    speed = np.linalg.norm(moment.field, axis=-1)
    slow = moment.crowded & (speed < 0.1)
    assert slow.any()
    np.testing.assert_allclose(drawn[slow], REACH * speed[slow], rtol=0.01)
    assert drawn.max() < LONGEST
    assert not drawn[~moment.crowded].any()


def test_learned_and_exact_stand_side_by_side_with_their_distance():
    scene = draw(frame(60, field="learned", iterations=100))
    inks = [arrows.ink for arrows in layers(scene, "flow", Arrows)]
    assert inks[:2] == ["exact", "field"]
    (gap,) = [n for n in scene["numbers"].rows if n.name.startswith("learned − exact")]
    assert gap.value > 0 and gap.floor == 0
