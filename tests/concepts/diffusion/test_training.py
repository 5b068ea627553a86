"""The training page: what theory says of noising, of the loss and its floor, of the bound and the score."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from app import contents, describe
from app.concepts.diffusion.training.charts import past
from app.concepts.diffusion.training.compute import Params, compute, course_of
from app.concepts.diffusion.training.course import taught
from app.concepts.diffusion.training.exam import Exam, binned
from app.concepts.diffusion.training.figure import draw
from app.concepts.diffusion.training.forward import jumped, noising_of
from app.concepts.diffusion.training.world import digits, plane
from app.figures.scene import Handles
from models.maths.schedules import cumulative
from models.recipes import denoiser_8x8

SHORT = {"iterations": 0}
NOISING = {"show": "noising"}


def frames(**given):
    return list(compute(Params(**given)))


def last(**given):
    return frames(**given)[-1]


def exam(**given):
    return taught(course_of(Params(**given))).exam


def number(frame, name):
    (found,) = [row for row in draw(frame)["numbers"].rows if row.name == name]
    return found


# --- noising -------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", ["plane", "digits"])
def test_step_by_step_and_in_one_jump_follow_one_law(subject):
    shown = frames(**NOISING, subject=subject)
    assert (shown[0].t, shown[-1].t) == (0, 1000)
    apart = np.array([frame.apart for frame in shown]) / [frame.floor for frame in shown]
    assert apart.mean() == pytest.approx(1, abs=0.25)
    assert apart.max() < 2


def test_the_ways_differ_where_the_laws_do_not():
    """A random walk turns at every step; a jump's way is one smooth line."""
    walk, line = last(**NOISING).ways
    lengths = [np.linalg.norm(np.diff(way, axis=1), axis=-1).sum(1).mean() for way in (walk, line)]
    assert lengths[0] > 3 * lengths[1]
    start = frames(**NOISING)[0]
    np.testing.assert_array_equal(start.walked[:10], start.jumped[:10])


def test_variance_stays_one_only_for_data_of_variance_one():
    steady = [frame.variance for frame in frames(**NOISING, data="moons")]
    assert np.mean(steady) == pytest.approx(1, abs=0.1) and 0.7 < min(steady) < max(steady) < 1.3
    rising = [frame.variance for frame in frames(**NOISING, subject="digits")]
    assert rising[0] < 0.3 and rising[-1] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("data", ["ring", "moons", "spiral"])
def test_the_presets_have_mean_0_and_variance_1(data):
    x_0 = plane(data, (), 0).data.draw(20000, np.random.default_rng(0))[0]
    assert np.abs(x_0.mean(0)).max() < 0.03
    assert x_0.var(0).mean() == pytest.approx(1, abs=0.03)


def test_the_worked_example_of_the_linear_schedule():
    a = noising_of("linear", 1000).alpha_bar
    wanted = {1: 0.9999, 100: 0.897018, 500: 0.078587, 1000: 4.03583e-5}
    for t, value in wanted.items():
        assert a[t - 1] == pytest.approx(value, rel=1e-5)
    assert int(np.argmax(a < 0.5)) + 1 == 260


def test_the_worked_example_of_the_cosine_and_why_it_is_not_used_as_it_stands():
    share = np.array([0, 0.25, 0.5, 0.75, 1])
    plain = np.cos(0.5 * np.pi * share)
    assert plain == pytest.approx([1, 0.92388, 0.707107, 0.382683, 0], abs=1e-6)
    cosine = noising_of("cosine", 1000)
    inside = (share[1:-1] * 1000).astype(int) - 1
    assert cosine.levels[0][inside] == pytest.approx(plain[1:-1], abs=0.011)
    assert cosine.betas[-1] == 0.999 and cosine.alpha_bar[-1] > 0


def test_the_worked_example_of_one_step_back():
    """The posterior mean at the x_0 that the noise names, and DDIM's form of it; index 500 is t = 501."""
    noising, x_t, eps = noising_of("linear", 1000), 1.3, -0.4
    a, before, beta = noising.alpha_bar[500], noising.alpha_bar[499], noising.betas[500]
    x_0 = (x_t - np.sqrt(1 - a) * eps) / np.sqrt(a)
    kept = np.sqrt(1 - beta) * (1 - before)
    mean = (np.sqrt(before) * beta * x_0 + kept * x_t) / (1 - a)
    c2 = noising.beta_tilde[500]
    assert mean == pytest.approx(1.310800244, abs=1e-9)
    assert np.sqrt(before) * x_0 + np.sqrt(1 - before - c2) * eps == pytest.approx(mean, abs=1e-9)


def test_fifty_linear_steps_leave_78_per_cent_and_scaled_ones_nothing():
    left = {s: last(**NOISING, steps=50, schedule=s) for s in ("linear", "scaled linear", "cosine")}
    signal = {name: number(frame, "signal left at T").value for name, frame in left.items()}
    assert signal["linear"] == pytest.approx(77.6, abs=0.1)
    assert signal["scaled linear"] < 1 > signal["cosine"]
    assert number(left["linear"], "x_T still tells of x₀").value > 1


def test_the_strip_shows_one_digit_at_equal_t_in_each_schedule():
    frame = last(**NOISING, subject="digits", steps=50)
    linear, scaled, cosine = frame.still.strip
    np.testing.assert_array_equal(linear[0], scaled[0])
    np.testing.assert_array_equal(linear[0], cosine[0])
    like = [np.corrcoef(row[0], row[-1])[0, 1] for row in (linear, scaled)]
    assert like[0] > like[1] + 0.2


def test_the_data_itself_is_not_noised():
    x_0 = np.ones((3, 2))
    np.testing.assert_array_equal(jumped(noising_of("linear", 50), x_0, x_0, 0), x_0)


# --- training ------------------------------------------------------------------------------------


def test_the_loss_stays_at_its_floor_while_the_true_error_falls():
    shown = frames()
    _, losses, errors, _ = past(shown[-1])
    assert shown[-1].step == 2000
    assert losses[0, -20:].mean() == pytest.approx(shown[-1].shown.floor, rel=0.15)
    assert losses[0, -20:].mean() - errors[0, -1] == pytest.approx(shown[-1].shown.floor, rel=0.1)
    assert errors[0, -1] < 0.12 * errors[0, 0]
    assert shown[-1].past[-1, 3] < 1.5 * shown[-1].shown.distance_floor < 0.5 * shown[0].past[-1, 3]


def test_green_arrows_near_the_purple_ones():
    def off(frame):
        return np.linalg.norm(frame.look.learned - frame.look.best, axis=-1).mean()

    shown = frames(level=0.3)
    assert off(shown[-1]) < 0.2 * off(shown[0])
    assert shown[0].look.t == 300


def test_the_floor_is_the_loss_of_the_best_answer():
    """Measured against the noise itself, which the floor's formula never sees."""
    world, noising, rng = plane("ring", (), 0), noising_of("linear", 1000), np.random.default_rng(0)
    t = np.arange(20_000) % 1000
    x_0, label = world.data.draw(len(t), rng)
    eps = rng.standard_normal(x_0.shape)
    best = world.data.noise(noising.jump(x_0, eps, t), label, *noising.at(t))
    assert np.square(eps - best).mean() == pytest.approx(exam().floor.mean() / 2, rel=0.05)


def test_a_longer_training_begins_like_a_shorter_one():
    short, long = (taught(course_of(Params(iterations=n))).reports for n in (50, 100))
    thetas = {report.step: report.theta for report in long}
    shared = [report for report in short if report.step in thetas]
    assert len(shared) > 3
    for report in shared:
        np.testing.assert_array_equal(report.theta, thetas[report.step])


def test_looking_from_elsewhere_computes_nothing_of_the_training_again():
    one, other = (taught(course_of(Params(level=level, **SHORT))) for level in (0.1, 0.6))
    assert one is other


def test_what_does_not_matter_does_not_make_another_training():
    points = ((1.0, 1.0), (0.0, 0.0))
    assert course_of(Params(yours=points)) == course_of(Params())
    assert course_of(Params(subject="digits", data="moons")) == course_of(Params(subject="digits"))
    assert course_of(Params(data="yours", yours=points)) != course_of(Params(data="yours"))


def test_the_purple_arrows_are_sigma_squared_times_the_slope_of_log_p():
    look, world = last(level=0.3, **SHORT).look, plane("ring", (), 0)
    alpha, sigma = (part[299] for part in noising_of("linear", 1000).levels)
    h, part = 1e-5, world.data.parts[0]
    for axis in (0, 1):
        step = h * np.eye(2)[axis]
        high, low = (part.log_prob(look.grid + s * step, alpha, sigma) for s in (1, -1))
        np.testing.assert_allclose(look.best[:, axis], sigma**2 * (high - low) / (2 * h), atol=1e-5)


def test_the_score_is_off_most_near_the_data():
    curves = last(against="score", iterations=200).curves
    near, far = curves.nets[0, :3].mean(), curves.nets[0, -20:].mean()
    assert near > 0.4 and far < 0.1
    assert curves.best is None


def test_the_bound_of_a_net_without_error_is_just_above_the_entropy():
    """And nearer with beta than with beta~, which is too narrow for the first steps."""
    none = np.zeros(1000)
    for subject, far in (("plane", 0.2), ("digits", 5.0)):
        wide, narrow = (float(exam(subject=subject).above(none, tilde)) for tilde in (False, True))
        assert 0 < wide < far < 5 * far < narrow
        gap = exam(subject=subject).terms(none, True) - exam(subject=subject).terms(none, False)
        assert gap[:10].sum() > 0.9 * (narrow - wide)


def test_a_net_with_error_wastes_bits_by_its_weighted_error():
    test, error = exam(), np.linspace(0.3, 0, 1000)
    extra = test.above(error, False) - test.above(np.zeros(1000), False)
    assert extra == pytest.approx(test.noising.bound_weights() @ error / np.log(2))


def test_of_ten_bits_four_are_spent_before_step_11():
    spent = exam().terms(np.zeros(1000), False)[1:]
    assert spent.sum() == pytest.approx(10, abs=0.5)
    assert spent[:9].sum() == pytest.approx(4, abs=0.3)
    weights = exam().noising.bound_weights()
    assert weights[0] / weights[99] == pytest.approx(50, rel=0.05)


def test_bins_keep_the_sum():
    values = np.random.default_rng(0).random((2, 137))
    for ratio in (False, True):
        t, means = binned(values, ratio)
        assert t[0] >= 1 and t[-1] <= 137 and (np.diff(t) > 0).all()
        assert len(t) == means.shape[1] <= 40
    assert binned(values, True)[1][:, 0] == pytest.approx(values[:, 0])


def test_who_is_not_told_t_cannot_pass_a_higher_floor():
    frame = last(blind=True, iterations=400)
    losses = past(frame)[1][:, -20:].mean(1)
    assert frame.shown.untold > 1.4 * frame.shown.floor
    assert losses[1] == pytest.approx(frame.shown.untold, rel=0.15)
    assert losses[1] > losses[0] + 0.5 * (frame.shown.untold - frame.shown.floor)
    assert (frame.curves.nets[1, :3] > 1).all()  # worse than no answer


def test_64_pixels_tell_t_by_themselves():
    test = exam(subject="digits")
    assert test.untold.mean() < 0.3 * test.floor.mean()
    assert exam().untold.mean() > 0.5 * exam().floor.mean()


# --- digits --------------------------------------------------------------------------------------


def test_the_page_trains_by_the_recipe_of_the_graph():
    """The same weights, step for step; the rate's decay and the running mean included."""
    course = course_of(Params(subject="digits", iterations=30))
    report = list(islice(taught(course).reports, 6))[-1]
    lesson = next(
        lesson for lesson in denoiser_8x8.course(denoiser_8x8.CONFIG) if lesson.step == report.step
    )
    assert report.step > 0
    np.testing.assert_array_equal(report.theta, lesson.theta)


def test_digits_come_out_of_the_noise():
    shown = frames(subject="digits", iterations=300)
    assert shown[0].read < 0.3 and shown[-1].read > 0.7
    assert shown[-1].shown.read_floor > 0.95
    assert shown[-1].past[-1, 3] < 0.5 * shown[0].past[-1, 3]
    assert len(shown[0].shown.graph) == 10


def test_a_net_without_error_draws_digits_of_the_training():
    shown, known = taught(course_of(Params(subject="digits", **SHORT))).shown, digits().data.means
    near = np.sqrt(np.square(shown.perfect[:, None] - known).mean(-1)).min(1)
    assert near.max() < 2.5 * digits().data.std


def test_the_graph_stands_only_beside_the_training_that_made_it():
    for given in ({"steps": 500}, {"schedule": "cosine"}):
        shown = taught(course_of(Params(subject="digits", **SHORT, **given))).shown
        assert not len(shown.graph) and shown.graph_error == -1


def test_the_examples_add_up():
    look = last(subject="digits", level=0.4, **SHORT).look
    parts = dict(zip(look.columns, np.moveaxis(look.rows, 1, 0), strict=True))
    alpha, sigma = (part[look.t - 1] for part in noising_of("linear", 1000).levels)
    np.testing.assert_allclose(parts["x_t"], alpha * parts["x₀"] + sigma * parts["ε"])
    np.testing.assert_allclose(parts["x_t"], alpha * parts["x̂₀"] + sigma * parts["ε̂"], atol=1e-6)
    assert np.square(parts["best"] - parts["x₀"]).mean() < 0.15


# --- the picture ---------------------------------------------------------------------------------


def test_your_own_points_are_handles_and_stay_where_they_are_put():
    p = Params(data="yours", **SHORT)
    scene = draw(next(iter(compute(p))))
    (mine,) = [layer for layer in scene["samples"].layers if isinstance(layer, Handles)]
    assert mine.param == "yours" and mine.grow
    np.testing.assert_array_equal(mine.xy, np.array(p.yours))
    assert not [
        x for x in draw(next(iter(compute(Params()))))["samples"].layers if isinstance(x, Handles)
    ]


def test_each_state_shows_the_views_that_the_layout_has_rows_for():
    from app.concepts.diffusion.training import CONCEPT

    for given in ({}, {"subject": "digits"}, NOISING, {**NOISING, "subject": "digits"}):
        views = set(draw(next(iter(compute(Params(**{**SHORT, **given}))))))
        rows = [set(row.split()) for row in CONCEPT.layout]
        placed = set().union(*(row for row in rows if row <= views))
        assert placed == views - {"numbers", "clock"}


def test_an_exam_asks_every_t_equally_often():
    test = Exam.of(plane("ring", (), 0), noising_of("linear", 40), np.random.default_rng(0))
    assert set(np.bincount(test.t)) == {50}
    a = cumulative(noising_of("linear", 40).betas)
    assert replace(test).noising.alpha_bar == pytest.approx(a)


def test_the_code_shown_has_the_algorithm_that_runs():
    code = describe.code(contents.find("diffusion/training"))
    assert "Algorithm 1 of Ho et al." in code and "def bound(" in code and "def untold(" in code
