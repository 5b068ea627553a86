"""Guidance: two forms that are one, a law that is missed, a judge, and a label never heard."""

from functools import cache
from itertools import islice

import numpy as np
import pytest
from scipy.stats import norm

from app.concepts.diffusion.guidance import CONCEPT
from app.concepts.diffusion.guidance.compute import Params, compute, ended, run
from app.concepts.diffusion.guidance.digits import (
    DRAWN,
    SWEEP,
    answers,
    judgements,
    known,
    wilson,
)
from app.concepts.diffusion.guidance.dropped import draws, errors, exact, noised, train
from app.concepts.diffusion.guidance.probe import FORMS, look
from app.concepts.diffusion.guidance.reading import floor, world
from app.concepts.diffusion.guidance.state import (
    CLEAN,
    NOISY,
    RUN,
    level,
    only,
    weight,
)
from app.figures.scene import Film, Plane
from app.wire import Encoder
from models.catalogue import graph
from models.digits import ALPHA_BAR, NOBODY
from models.maths.guidance import guided
from models.maths.schedules import between


@cache
def end(**given):
    """The reading of the samples at the end of a run in the plane."""
    p = Params(**given)
    return ended(only(p, RUN, omega=p.omega))


FLOOR = floor(Params())


def nth(p, n):
    """One frame of a run, and none after it."""
    return next(islice(compute(p), n, None))


# --- the plane -----------------------------------------------------------------------------------


def test_without_extra_guidance_the_samples_are_the_class():
    assert end(omega=1.0).to_class < 1.5 * FLOOR
    assert end(omega=0.0).hit == pytest.approx(1 / 3, abs=0.05)


@pytest.mark.parametrize("sampler", ["ODE", "DDPM"])
def test_no_sampler_follows_the_tilted_law(sampler):
    read = end(omega=3.0, sampler=sampler, steps=50)
    assert read.to_tilted > 3 * FLOOR
    assert read.to_class > read.to_tilted
    assert read.hit > read.tilted_hit
    assert read.spread < 0.9 * read.tilted_spread


def test_half_guided_samples_belong_to_the_class_less_than_the_tilted_law():
    assert end(omega=0.5).hit < end(omega=0.5).tilted_hit - 0.1


@pytest.mark.parametrize("omega", [0.5, 1.0, 3.0, 6.0])
def test_waiting_at_every_level_arrives_at_the_tilted_law(omega):
    assert end(omega=omega, sampler="Langevin").to_tilted < 1.7 * FLOOR


def test_the_two_samplers_agree_on_the_class_and_not_on_its_guidance():
    far = [end(omega=w, sampler="DDPM", steps=50).to_tilted for w in (1.0, 6.0)]
    near = [end(omega=w, steps=50).to_tilted for w in (1.0, 6.0)]
    assert abs(far[0] - near[0]) < FLOOR
    assert near[1] > far[1] + 3 * FLOOR


def test_a_noisy_classifier_guides_as_the_difference_of_scores():
    *_, (_, free, _) = run(only(Params(), RUN))
    *_, (_, by_classifier, _) = run(only(Params(by=NOISY), RUN))
    np.testing.assert_allclose(by_classifier, free, atol=1e-9)


def test_a_classifier_that_never_saw_noise_misleads():
    assert end(omega=1.0, by=CLEAN).to_class > 3 * end(omega=1.0).to_class
    assert end(omega=8.0, by=CLEAN).spread > 1.3
    assert end(omega=8.0).spread < 0.8


def test_guidance_in_an_interval_costs_fewer_calls_and_misses_by_less():
    everywhere, interval = Params(), Params(guide="interval")
    calls = [list(run(only(p, RUN)))[-1].calls for p in (everywhere, interval)]
    assert calls[0] == 2 * (2 * 20 - 1)
    assert calls[1] < 0.7 * calls[0]
    assert end(guide="interval").to_tilted < end().to_tilted


def test_the_gate_is_one_inside_and_leaves_the_class_alone_outside():
    p = Params(guide="interval", omega=4.0, start=600, stop=200)
    assert [weight(p, t) for t in (601.0, 600.0, 200.0, 199.0, -1.0)] == [1, 4, 4, 1, 1]
    by_hand = Params(guide="by hand", omega=3.0, gate=(1.0, 0.5, 0.0, 0.0, 0.0, 0.0))
    assert weight(by_hand, 0.0) == 3
    assert weight(by_hand, 999 / 5) == pytest.approx(2)
    assert weight(by_hand, 999.0) == 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("t", [-1.0, 50.0, 400.0, 999.0])
def test_the_mix_may_be_made_in_any_form(form, t):
    law, at = world(Params()), level(t)
    probe = look(law, 1, np.array([[0.7, -0.4]]), at, 5.0, form, False)
    assert guided(probe.null, probe.cond, 5.0) == pytest.approx(probe.guided, rel=1e-9, abs=1e-9)
    assert probe.forms < 1e-12
    assert probe.identity < 1e-11


def test_the_probe_of_a_clean_classifier_shows_what_guides_the_samples():
    p, at, place = Params(), level(500.0), np.array([[0.7, -0.4]])
    law = world(p)
    probe = look(law, 0, place, at, 3.0, "score", True)
    slope = law.classifier_gradient(place, 0)
    assert probe.guided == pytest.approx(probe.null + 3 * slope)
    assert probe.identity > 0.1


def test_a_clean_guess_is_what_is_left_without_the_noise():
    place, at = np.array([[0.7, -0.4]]), level(400.0)
    told = {form: look(world(Params()), 0, place, at, 2.0, form, False).guided for form in FORMS}
    assert at.alpha * told["x̂₀"] + at.sigma * told["noise"] == pytest.approx(place)
    assert told["velocity"] == pytest.approx(told["x̂₀"] - told["noise"])


def test_the_probe_moves_without_a_new_run():
    first = list(compute(Params()))[-1]
    before = run.cache_info().misses
    moved = list(compute(Params(probe=((1.0, 1.0),), form="noise")))[-1]
    assert run.cache_info().misses == before
    np.testing.assert_array_equal(moved.shown.x, first.shown.x)
    assert not np.allclose(moved.shown.probe.guided, first.shown.probe.guided)


def test_every_moment_of_the_sweep_is_shown_and_its_cursor_is_on_the_curve():
    *_, frame = compute(Params(omega=3.0))
    assert frame.shown.sweep[5] == pytest.approx(np.array(frame.shown.reading))
    scene = CONCEPT.draw(frame)
    assert scene["distance"].cursor == 3.0
    assert isinstance(scene["samples"], Plane)


def test_the_theory_says_the_numbers_that_are_seen():
    three = end(omega=3.0)
    assert [round(far, 2) for far in (three.to_tilted, three.to_class, FLOOR)] == [0.39, 0.46, 0.06]
    assert (round(three.spread, 2), round(three.tilted_spread, 2)) == (0.79, 0.94)
    half = end(omega=0.5)
    assert (round(half.hit, 2), round(half.tilted_hit, 2)) == (0.65, 0.86)
    assert round(end(omega=1.0, by=CLEAN).to_class, 2) == 0.23
    assert round(end(omega=1.0, sampler="DDPM").to_class, 2) == 0.16
    waited = [end(omega=w, sampler="Langevin").to_tilted for w in (3.0, 10.0)]
    assert [round(far, 2) for far in waited] == [0.05, 0.09]


# --- digits --------------------------------------------------------------------------------------


def test_each_picture_gets_the_omega_that_is_its_own():
    """Against two plain calls of the net: only those that need both answers cost two."""
    p, t = Params(subject="digits", digit=7, clip=False), np.array([500.0])
    x = np.random.default_rng(0).standard_normal((1, 3, 1, 32, 32))
    time = np.full(3, 500, np.float32)
    null, cond = (
        graph("unet_digits")(x=x[0].astype(np.float32), t=time, label=np.full(3, label))["eps"]
        for label in (NOBODY, 7)
    )
    found = answers(p, np.array([0.0, 1.0, 3.0]))(x, t)[0]
    expected = np.stack([null[0], cond[1], -2 * null[2] + 3 * cond[2]])
    assert found == pytest.approx(expected, abs=1e-4)


def test_a_lane_of_digits_is_the_same_alone_and_in_company():
    few = {"subject": "digits", "steps": 3, "digit": 5}
    lanes = [nth(Params(omega=w, **few), 3).shown.x_0 for w in (3.0, 7.5)]
    np.testing.assert_allclose(lanes[0][-1], lanes[0][2], atol=1e-4)
    np.testing.assert_allclose(lanes[1][-1], lanes[1][3], atol=1e-4)
    np.testing.assert_allclose(lanes[0][:4], lanes[1][:4], atol=1e-4)


def test_unclipped_guidance_asks_for_pixels_beyond_white():
    largest = {}
    for clip in (True, False):
        p = Params(subject="digits", steps=5, omega=7.5, clip=clip)
        largest[clip] = nth(p, 5).shown.largest
    assert largest[True] <= 1 + 1e-9
    assert largest[False] > 1.3


@cache
def judged(guide):
    """What the judge says of twelve 3s for each omega, guided everywhere or in the interval."""
    rounds = judgements(only(Params(guide=guide), DRAWN))
    *_, last = islice(rounds, 6 * len(SWEEP))
    return dict(zip(SWEEP, zip(last.hit, last.spread, strict=True), strict=True))


def test_guidance_makes_digits_surer_and_more_alike():
    found = judged("everywhere")
    assert found[0.0][0] < 0.3
    assert found[0.5][0] < found[2.0][0] == 1
    assert found[0.0][1] > 1.4 > found[1.0][1] > 0.8 > found[3.0][1]


def test_guiding_for_a_while_keeps_more_of_the_diversity():
    for omega in (3.0, 5.0, 7.5):
        assert judged("interval")[omega][0] == 1
        assert judged("interval")[omega][1] > judged("everywhere")[omega][1] + 0.05


def test_the_band_is_wilsons():
    share, n = np.array([0.0, 0.25, 1.0]), np.array([4, 8, 24])
    for low_high, p, m in zip(wilson(share, n), share, n, strict=True):
        for edge in low_high:  # each edge lies one of its own standard errors from the share
            assert abs(p - edge) == pytest.approx(np.sqrt(max(edge * (1 - edge), 0) / m), abs=1e-7)
    assert norm.cdf(1) - norm.cdf(-1) == pytest.approx(0.683, abs=1e-3)


def test_what_is_recorded_is_read_from_the_judges_card():
    quality = graph("judge_digits").spec.quality
    assert known(Params(digit=8)).real == quality["mean_distance_of_two_held_out_digits_8"]


# --- the null label ------------------------------------------------------------------------------


def wrong(drop, iterations=200):
    """Errors without and with label after some training."""
    law, teacher = world(Params()), train(world(Params()), drop, 0)
    theta = [next(teacher) for _ in range(iterations + 1)][-1]
    return errors(theta, draws(law, 0))


def test_a_label_never_dropped_leaves_the_null_answer_untrained():
    never, sometimes, always = (wrong(drop) for drop in (0.0, 0.1, 1.0))
    assert never[0] > 3 * sometimes[0]
    assert sometimes[1] < 1.5 * never[1]
    assert always[1] > 4 * sometimes[1]
    assert always[0] < sometimes[0]


def test_the_exact_answers_make_no_error_on_average():
    """E[eps | x_t] is the mean of the noise: no correlation is left with anything known of x_t."""
    law = world(Params())
    x, t, y, eps = noised(law, 40_000, np.random.default_rng(2))
    late = np.abs(t - 400) < 100
    told = np.empty_like(eps[late])
    for i in range(3):
        own = y[late] == i
        for low in range(300, 500, 2):
            slot = own & (t[late] // 2 * 2 == low)
            told[slot] = exact(law)(x[late][slot], level(low + 1.0), i)
    left = eps[late] - told
    assert np.abs(left.mean(0)).max() < 0.03
    assert np.abs((left[:, :, None] * x[late][:, None]).mean(0)).max() < 0.05
    assert np.abs(eps[late].mean(0) - told.mean(0)).max() < 0.03


def test_noisy_points_are_as_noisy_as_their_times_say():
    law = world(Params())
    x, t, y, eps = noised(law, 20_000, np.random.default_rng(3))
    a = between(ALPHA_BAR, t)[:, None]
    x_0 = (x - np.sqrt(1 - a) * eps) / np.sqrt(a)
    sure = a[:, 0] > 0.01
    for label in range(3):
        own = law.of(label)
        picked = x_0[sure & (y == label)]
        assert picked.mean(0) == pytest.approx(own.means.mean(0), abs=0.05)


def test_training_is_shown_from_the_first_step_to_the_last():
    frames = list(compute(Params(subject="null label", iterations=100)))
    assert [frames[0].shown.iteration, frames[-1].shown.iteration] == [0, 100]
    assert frames[-1].shown.past[-1, 1] < frames[0].shown.past[0, 1]
    assert {"null", "cond", "end", "errors"} <= set(CONCEPT.draw(frames[-1]))


# --- what travels --------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", ["plane", "digits", "null label"])
def test_a_run_weighs_little(subject):
    encoder, total = Encoder(), 0
    p = Params(subject=subject, iterations=100)
    for i, frame in enumerate(islice(compute(p), 24)):  # of 21, of 129, of 51 frames
        total += len(encoder.frame(i, CONCEPT.draw(frame)))
    print(f"{subject}: {i + 1} frames, {total:,} bytes")
    assert total < 4e6


def test_pictures_come_in_a_film():
    scene = CONCEPT.draw(next(iter(compute(Params(subject="digits")))))
    assert isinstance(scene["film"], Film)
    assert scene["film"].images.shape == (4, 5, 32, 32)
