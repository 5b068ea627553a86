"""Two nets, both right, one for the wrong reason: what each is, and every claim of the lesson."""

from functools import cache
from itertools import islice
from pathlib import Path

import jaxtyping
import numpy as np
import pytest

from app import lesson
from app.concepts.transformers.induction import CONCEPT, Params, compute, draw
from app.concepts.transformers.induction.compute import (
    PICTURE,
    STEPS,
    Moment,
    after,
    look,
    nets,
    until,
)
from app.concepts.transformers.induction.exam import NINE, exam
from app.concepts.transformers.induction.scores import foreseen, loss, right, score
from app.figures.scene import Chart, Matrix, Wall
from app.wire import Encoder
from models.recordings.induction import HEADS, PERIOD, Training
from models.worlds.repeats import Texts

FOLDER = Path(__file__).parents[3] / "app/concepts/transformers/induction"
CIRCUIT = 0.8  # an induction score above it is a circuit's, see the scores below


@cache
def frames(text="", most=None):
    """The frames of a state; shapes are checked by the laws, on the first frames."""
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        return list(islice(compute(Params.from_query(text)), most))
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


@cache
def end(text=""):
    """Both nets at the end of the recorded training, with these heads off."""
    p = Params.from_query(text)
    return look(Moment(True, Training(), 600), (p.off_one, p.off_many), exam(0, 11))


@cache
def trained(text, *steps):
    """Both nets after each of these steps of a live training."""
    jaxtyping.config.update("jaxtyping_disable", True)
    training = Params.from_query(text).training
    found = [look(Moment(False, training, step), ((), ()), exam(0, 11)) for step in steps]
    jaxtyping.config.update("jaxtyping_disable", False)
    return found


def sure(frame, net):
    """The mean probability of the tokens that can be known, on the text shown."""
    known = np.flatnonzero(frame.exam.shown.known[0]) + 1
    return frame.lanes[net].right[known].mean()


# --- what is measured ------------------------------------------------------------------------------


def test_scores_are_the_means_of_the_definitions():
    texts = exam(0, 11).various
    rng = np.random.default_rng(0)
    t = texts.tokens.shape[1]
    attention = rng.random((len(texts.tokens), 2, t, t)) * np.tri(t)
    attention /= attention.sum(-1, keepdims=True)
    found = score(attention, texts, PERIOD)
    previous, induction, lag = [], [], []
    for n, x in enumerate(texts.tokens):
        previous += [attention[n, :, i, i - 1] for i in range(1, t)]
        for i in range(t - 1):
            if x[i] not in x[:i]:
                continue
            copies = [j for j in range(1, i) if x[j - 1] == x[i]]
            induction.append(sum(attention[n, :, i, j] for j in copies))
            lag.append(attention[n, :, i, i - 7] if i >= 7 else np.zeros(2))
    for mean, all_of_them in zip(found, (previous, induction, lag), strict=True):
        np.testing.assert_allclose(mean, np.mean(all_of_them, 0))


def test_a_perfect_net_reads_one_and_zero_and_a_blind_one_log_24():
    texts = exam(0, 11).various
    perfect = 60.0 * np.eye(24)[np.roll(texts.tokens, -1, -1)]
    assert right(perfect, texts)[texts.known].all()
    assert loss(perfect, texts) < 1e-9
    assert np.allclose(foreseen(perfect, texts)[:, 1:], 1)
    assert np.isclose(loss(np.zeros_like(perfect), texts), np.log(24))


def test_on_one_period_a_fixed_distance_and_induction_cannot_be_told_apart():
    """The peers' mistake: a head that looks 7 back whatever stands there scores as an induction head."""
    t = np.arange(24)
    shortcut = np.zeros((1, 1, 24, 24))
    shortcut[0, 0, t, np.maximum(t - 7, 0)] = 1
    for shown, reads in ((8, 1.0), (11, 0.0)):
        one = exam(0, shown).shown
        scores = score(shortcut, Texts(*one), PERIOD)
        assert scores.lag[0] == 1
        assert scores.induction[0] == reads


def test_the_rule_of_copying_eight_back_serves_eight_and_most_of_four():
    copier = exam(0, 11).copier
    assert list(np.flatnonzero(copier)) == [0, 4]
    assert copier[4] == 1
    assert np.isclose(copier[0], 0.8)


def test_test_texts_are_of_every_period_and_the_shown_one_is_as_asked():
    told = exam(5, 6)
    assert [int((told.various.period == n).sum()) for n in NINE] == [6] * 9
    assert set(told.same.period) == {PERIOD}
    assert told.shown.period[0] == 6
    assert told.various.tokens.shape == (54, 24)


# --- the recorded training -------------------------------------------------------------------------


def test_both_nets_are_right_on_the_period_that_both_know():
    one, many = end()
    assert one.marks.now.accuracy_same > 0.99
    assert many.marks.now.accuracy_same > 0.97
    known = frames("shown=8")[-1]
    assert min(sure(known, 0), sure(known, 1)) > 0.9


def test_only_one_of_them_is_right_on_other_periods():
    one, many = end()
    assert one.marks.now.accuracy_various < 0.25
    assert many.marks.now.accuracy_various > 0.97
    other = frames()[-1]
    assert sure(other, 0) < 0.01
    assert sure(other, 1) > 0.95


def test_the_net_of_one_period_is_the_rule_of_a_fixed_distance():
    np.testing.assert_allclose(end()[0].marks.by_period, exam(0, 11).copier, atol=0.03)


def test_sure_and_wrong_costs_more_than_a_blind_guess():
    one, many = end()
    assert 14 < one.marks.now.loss_various < 16
    assert many.marks.now.loss_various < 0.1


def test_a_previous_token_head_and_induction_heads_form_in_the_second_net_alone():
    one, many = end()
    assert one.marks.now.previous < 0.12 < 0.55 < many.marks.now.previous
    assert one.marks.now.induction < 0.25 < CIRCUIT < many.marks.now.induction
    assert (many.marks.scores.induction[HEADS:] > CIRCUIT).all()
    assert (one.marks.scores.lag > 0.5).sum() >= 6


def test_both_scores_rise_with_the_accuracy():
    history = {frame.step: frame.lanes[1].marks.now for frame in frames()}
    for measure in ("accuracy_various", "previous", "induction"):
        course = {step: getattr(now, measure) for step, now in history.items()}
        assert course[160] < 0.25
        assert course[310] > 0.5
    assert history[160].accuracy_various < 0.22
    assert history[320].accuracy_various > 0.9
    assert next(f.step for f in frames() if f.lanes[0].marks.now.accuracy_same >= 0.99) <= 150


def test_the_previous_token_head_works_where_some_later_token_will_ask():
    told = exam(0, 11)
    trace = Training().net.forward(
        nets(Moment(True, Training(), 600)), np.stack([told.various.tokens] * 2)
    )
    i = np.arange(1, 24)
    before = trace.steps[0].attention[1, :, 2, i, i - 1].mean(-1)  # head 1.3, row by row
    assert (before[:14] > 0.9).all()
    assert (before[14:] < 0.1).all()


def test_keys_of_layer_two_read_the_previous_token_heads():
    share = frames()[-1].composition
    best = np.unravel_index(share[1].argmax(), share[1].shape)[0]
    assert best == int(end()[1].marks.scores.previous[:HEADS].argmax())
    assert share[1].max() > 1.8 / np.sqrt(24)
    assert share[0].max() < 1.2 / np.sqrt(24)


def test_without_the_previous_token_heads_the_induction_heads_lose_their_place():
    _, less = end("off_many=0,2")
    _, control = end("off_many=1,3")
    assert less.marks.now.accuracy_various < 0.2
    assert less.marks.now.induction < 0.15
    assert less.marks.now.loss_various > 3
    assert control.marks.now.accuracy_various > 0.95
    assert less.whole.now == end()[1].whole.now == end()[1].marks.now


def test_one_induction_head_of_four_is_not_missed_all_four_are():
    assert end("off_many=4")[1].marks.now.accuracy_various > 0.95
    assert end("off_many=4,5,6,7")[1].marks.now.accuracy_various < 0.1


@pytest.mark.parametrize("layer", ["0,1,2,3", "4,5,6,7"])
def test_the_shortcut_survives_the_loss_of_either_layer(layer):
    assert end(f"off_one={layer}")[0].marks.now.accuracy_same > 0.9


def test_switching_heads_of_one_net_off_leaves_the_other_as_it_was():
    whole, less = end(), end("off_many=0,2")
    assert (whole[0].attention == less[0].attention).all()
    assert whole[0].marks is less[0].marks


# --- live ------------------------------------------------------------------------------------------


def test_a_live_training_begins_as_the_recorded_one():
    live = frames("run=live", 6)
    assert [frame.step for frame in live] == list(range(0, 6 * PICTURE, PICTURE))
    for step in (0, 40):  # later, rounding may part them
        now, then = (next(f for f in run if f.step == step) for run in (live, frames()))
        np.testing.assert_allclose(now.history[-1], then.history[-1], atol=0.02)


def test_a_run_is_as_long_as_its_clock_says():
    assert STEPS % PICTURE == 0
    assert frames()[-1].step == draw(frames()[-1])["clock"].step == 600
    assert draw(frames()[-1])["clock"].high == "600"


def test_one_layer_cannot_hold_the_circuit():
    ((one, many),) = trained("run=live&layers=1", 496)
    assert one.marks.now.accuracy_same > 0.95
    assert many.marks.now.accuracy_various < 0.4
    assert many.marks.now.induction < 0.25


def test_two_periods_make_two_shortcuts_and_three_a_circuit():
    ((_, two),) = trained("run=live&spread=2", 600)
    ((_, three),) = trained("run=live&spread=3", 600)
    assert (two.marks.by_period[[3, 4]] > 0.85).all()
    assert (two.marks.by_period[[1, 2, 5, 6, 7, 8]] < 0.1).all()
    assert two.marks.now.previous < 0.2
    assert three.marks.now.previous > 0.5
    assert (three.marks.by_period[[0, 1, 2, 6]] > 0.5).all()  # 4, 5, 6, 10: never trained on


def test_swapped_nets_swap_their_fates_but_later():
    """A fresh net needs some 320 steps; this one has not learned it 400 after the swap."""
    then, now = trained("run=live&events=200:swap", 600, STEPS)
    assert then[0].marks.now.accuracy_various < 0.5
    assert now[0].marks.now.accuracy_various > 0.9
    assert now[0].marks.now.induction > CIRCUIT > 0.3 > now[1].marks.now.induction


def test_a_swap_acts_from_the_frame_after_it():
    run = frames("run=live&events=16:swap", 4)
    assert [frame.swapped for frame in run] == [False, False, False, True]
    assert "→" in draw(run[3])["curve"].series[0].label


def test_later_swaps_do_not_train_the_beginning_anew():
    plain, swapped = Training(), Training(swaps=(200,))
    assert after(until(plain, 160), 160) is after(until(swapped, 160), 160)


def test_another_look_trains_nothing_anew():
    frames("run=live&seed=9", 6)
    misses = after.cache_info().misses
    assert len(list(islice(compute(Params(run="live", seed=9, shown=5, off_many=(0,))), 6))) == 6
    assert after.cache_info().misses == misses


# --- the page --------------------------------------------------------------------------------------


def test_walls_name_each_head_by_what_it_does():
    scene = draw(frames()[-1])
    one, many = scene["one"], scene["many"]
    assert isinstance(one, Wall) and isinstance(many, Wall)
    assert "recorded" in one.title and "recorded" in many.title
    assert [label.split()[1] for label in many.labels if " " in label] == ["prev"] * 2 + [
        "ind."
    ] * 4
    assert all("7 back" in label for label in one.labels if " " in label)
    assert "recorded" not in draw(frames("run=live", 6)[-1])["one"].title


def test_every_state_fills_the_layout():
    shown = set(" ".join(CONCEPT.layout).split())
    for text in ("", "chart=loss", "run=live&layers=1", "run=live&events=0:swap", "off_many=0,2"):
        scene = draw(frames(text, 3)[-1])
        assert set(scene) == {*shown, "numbers", "clock"}
        assert isinstance(scene["curve"], Chart)
    assert isinstance(draw(frames()[-1])["keys"], Matrix)


def test_a_run_is_small_enough_to_send():
    encoder = Encoder()
    assert sum(len(encoder.frame(i, draw(frame))) for i, frame in enumerate(frames())) < 2e6


def test_the_lesson_runs_through_both_kinds_of_training():
    steps = lesson.parse((FOLDER / "lesson.md").read_text(), Params)
    assert {step.params.run for step in steps} == {"recorded", "live"}
    by_title = {step.title: step.params for step in steps}
    cut = by_title["Cut the supply"].off_many
    assert cut == tuple(np.flatnonzero(end()[1].marks.scores.previous > 0.5))
