"""The flow page: what theory says of the exact field, its probe, its solvers and the net it teaches."""

from itertools import islice

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from app.concepts.diffusion.flow.compute import (
    PARTICLES,
    TICKS,
    Params,
    compute,
    course_of,
    data_of,
    flow_of,
    kept,
    lessons,
)
from app.concepts.diffusion.flow.figure import LONGEST, REACH, draw
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
    last = frames(solver="RK4")[-1].moment
    assert last.t == 1
    assert last.distances[-1] < 1.5 * last.still.floor < 0.5 * last.distances[0]


def test_the_clock_is_the_same_for_every_solver_and_number_of_steps():
    for given in ({"steps": 1}, {"steps": 120}, {"solver": "Heun", "steps": 7}):
        times = [f.moment.t for f in frames(**given)]
        np.testing.assert_allclose(times, np.arange(TICKS + 1) / TICKS)


@pytest.mark.parametrize("width", [0.02, 0.3])
def test_one_step_of_euler_takes_everyone_to_the_mean_of_the_data(width):
    p = Params(steps=1, width=width)
    *_, last = compute(p)
    expected = np.tile(data_of(p).mean(0), (PARTICLES, 1))
    np.testing.assert_allclose(last.moment.particles, expected, atol=1e-9)
    assert last.moment.distances[-1] == pytest.approx(last.moment.still.lump, rel=0.05)


def test_more_steps_and_better_rules_end_nearer():
    def error(**given):
        return frame(0, width=0.3, **given).moment.still.error

    assert error(steps=40) < 0.6 * error(steps=20)
    assert error(solver="midpoint", steps=40) < 0.35 * error(solver="midpoint", steps=20)
    assert error(solver="RK4", steps=40) < 0.1 * error(solver="midpoint", steps=40)


def test_calls_are_counted_by_the_rule():
    calls = {rule: frame(0, solver=rule, steps=9).moment.still.calls for rule in ("Euler", "RK4")}
    assert calls == {"Euler": 9, "RK4": 36}


def straightness(**given):
    return frame(0, **given).moment.still.straightness


def test_conditional_ways_are_straight_and_marginal_ones_are_not():
    assert straightness(field="one point", width=0.02) > 0.99
    assert straightness(field="exact", width=0.02) < 0.5


def test_for_data_as_wide_as_the_noise_the_linear_schedule_is_not_the_straightest():
    """It squeezes the cloud halfway, alpha² + beta² = 1/2; the trigonometric one keeps its size."""
    linear, turning = straightness(), straightness(schedule="trigonometric")
    assert turning > 1.3 * linear
    few = {"steps": 5, "width": 0.2}
    errors = [frame(0, schedule=s, **few).moment.still.error for s in ("linear", "trigonometric")]
    assert errors[1] < 0.8 * errors[0]


def test_a_diffusion_goes_the_ways_of_the_trigonometric_schedule_at_another_speed():
    """Both keep the variance, so each alpha belongs to one place on the way; only speed differs."""
    turning, diffusion = (
        frame(TICKS, schedule=s, solver="RK4", steps=120, width=0.3).moment.particles
        for s in ("trigonometric", "diffusion")
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
    moment = frame(60, field="one point", solver="RK4").moment
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
    assert len(probe.ways) == len(probe.parts) - 1


def test_the_way_through_the_probe_is_what_scipy_finds():
    p, tick = Params(probe=((0.6, -0.8),), width=0.2), 66
    probe = frame(tick, probe=p.probe, width=0.2).probe
    field = flow_of(p).velocity

    def ends(t):
        span, start = (tick / TICKS, t), probe.place[0]
        found = solve_ivp(lambda s, x: field(x[None], s)[0], span, start, rtol=1e-8, atol=1e-8)
        return found.y[:, -1]

    np.testing.assert_allclose(probe.way[0, 16], probe.place[0])
    np.testing.assert_allclose(probe.way[0, 0], ends(0.0), atol=5e-3)
    np.testing.assert_allclose(probe.way[0, -1], ends(1.0), atol=5e-3)


def test_between_two_points_the_border_sharpens_with_time():
    """Halfway between them both pull alike; a little to the right, the right one more and more."""
    middle = frame(60, **TWO, probe=((0.0, 1.0),)).probe
    assert middle.weights == pytest.approx([0.5, 0.5])
    assert middle.exact[0, 0] == pytest.approx(0, abs=1e-9)
    right = [f.probe.weights[1] for f in frames(**TWO, probe=((0.1, 1.0),))[:-1:12]]
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
    *_, trained = compute(Params(field="training", iterations=100, time=0.3))
    carried = frame(40, field="learned", iterations=100, steps=12)
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
