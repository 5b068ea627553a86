"""The attention page: laws of the maps, switching heads off for real, and what the net has learned."""

from pathlib import Path

import numpy as np
import pytest
import torch

from app.concepts.transformers.attention import CONCEPT, Params, compute, draw
from app.concepts.transformers.attention.compute import HEADS, run
from app.concepts.transformers.attention.figure import CLEAR
from app.concepts.transformers.attention.texts import (
    CONTEXT,
    EXAMPLES,
    PERIOD,
    PROBES,
    RANDOM,
    probes,
)
from app.figures.scene import Chart, Tokens
from app.lesson import parse
from app.wire import Encoder
from models import catalogue
from models.maths.attention import ROLES
from models.reader import GRAPH, spellings, vocabulary

FOLDER = Path(__file__).parents[3] / "app" / "concepts" / "transformers" / "attention"
EVERY = ("own text", *EXAMPLES, RANDOM)
ALL_OFF = tuple(range(HEADS))


def last(**given):
    *_, frame = compute(Params(**given))
    return frame


def tokens_of(text):
    return np.array([[vocabulary().start, *vocabulary().encode(text)]])


def layers():
    return next(p.shape[0] for p in catalogue.spec(GRAPH).inputs if p.name == "head_gate")


def test_the_ends_of_the_controls_are_those_of_the_graph():
    spec = catalogue.spec(GRAPH)
    ports = {port.name: spec.shape(port, "most") for port in spec.inputs}
    assert np.prod(ports["head_gate"]) == HEADS
    assert ports["tokens"][1] >= CONTEXT


@pytest.mark.parametrize("example", EVERY)
def test_each_row_sums_to_one_and_no_token_sees_a_later_one(example):
    reading = last(example=example).reading
    assert len(reading.attention) == HEADS
    assert np.allclose(reading.attention.sum(-1), 1, atol=1e-6)
    assert (np.triu(reading.attention, 1) == 0).all()
    assert reading.masked == 0
    assert reading.row_error < 1e-6


@pytest.mark.parametrize("head", [0, 5, HEADS - 1])
def test_the_weights_are_the_softmax_of_the_scaled_scores_shown(head):
    it = last(head=head).reading.head
    score = torch.tensor(it.query) @ torch.tensor(it.key).T / it.query.shape[1] ** 0.5
    masked = score.masked_fill(torch.ones_like(score).triu(1).bool(), -torch.inf)
    assert np.allclose(it.scaled, score, atol=1e-4)
    assert np.allclose(it.weight, masked.softmax(-1), atol=1e-5)


def test_a_later_token_changes_nothing_before_it():
    short = run(tokens_of("My lord, the king"), ())
    long = run(tokens_of("My lord, the king is dead."), ())
    n = short["logits"].shape[1]
    assert np.allclose(short["logits"], long["logits"][:, :n], atol=1e-4)
    assert np.allclose(short["attention"], long["attention"][..., :n, :n], atol=1e-5)


def prediction(frame):
    """The probabilities in an order that does not depend on them."""
    return frame.probability[np.argsort(frame.labels)]


def test_without_any_head_only_the_last_token_counts():
    love, give = "I love the king", "Give me the king"
    one, other = (prediction(last(text=text, off=ALL_OFF)) for text in (love, give))
    assert np.allclose(one, other, atol=1e-6)
    assert np.abs(prediction(last(text=love)) - prediction(last(text=give))).max() > 1e-3


def test_a_head_of_the_last_layer_changes_the_prediction_and_no_map():
    whole, less = last(), last(off=(HEADS - 1,))
    assert np.allclose(whole.reading.attention, less.reading.attention, atol=1e-6)
    assert less.reading.foresight.divergence.max() > 1e-6


def test_a_head_of_the_first_layer_changes_the_maps_above_it_alone():
    across = HEADS // layers()
    whole, less = last().reading.attention, last(off=(0,)).reading.attention
    assert np.allclose(whole[:across], less[:across], atol=1e-6)
    assert np.abs(whole[across:] - less[across:]).max() > 1e-3


def test_the_marks_of_before_are_a_run_with_every_head_on():
    whole, less = last(), last(off=(2, 9))
    before = dict(zip(less.labels, less.before, strict=True))
    assert before == dict(zip(whole.labels, whole.probability, strict=True))


def test_with_every_head_on_nothing_has_moved():
    frame = last()
    assert (frame.reading.foresight.divergence == 0).all()
    assert (frame.probability == frame.before).all()


def test_bars_hold_the_whole_vocabulary_from_the_likeliest_down():
    for frame in (last(), last(off=(1, 6))):
        assert sorted(frame.labels) == sorted(spellings())
        assert len(set(frame.labels)) == len(vocabulary())
        assert (np.diff(np.maximum(frame.probability, frame.before)) <= 0).all()
        assert np.isclose(frame.probability.sum(), 1)
        assert np.isclose(frame.before.sum(), 1)


def test_one_run_serves_all_frames():
    frames = list(compute(Params()))
    assert [frame.t for frame in frames] == list(range(len(frames[0].reading.pieces)))
    assert all(frame.reading is frames[0].reading for frame in frames)


def test_a_default_run_is_small_enough_to_send():
    encoder = Encoder()
    messages = [encoder.frame(i, draw(frame)) for i, frame in enumerate(compute(Params()))]
    assert sum(map(len, messages)) < 2e6


def test_a_text_beyond_the_context_is_cut_and_the_page_says_so():
    frame = last(text="\U0001f600é" * 100)
    assert len(frame.reading.pieces) == CONTEXT
    assert frame.reading.dropped > 0
    view = draw(frame)["text"]
    assert isinstance(view, Tokens)
    assert f"first {CONTEXT - 1} tokens" in view.title
    assert f"{frame.reading.dropped} more tokens" in view.says


def test_no_text_is_the_start_mark_alone():
    (frame,) = compute(Params(text=""))
    assert frame.reading.pieces == ("‹start›",)
    assert np.isclose(frame.probability.sum(), 1)
    assert set(draw(frame)) == {*" ".join(CONCEPT.layout).split(), "numbers", "clock"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_same_token_starts_as_the_same_vector_and_its_context_parts_it(example):
    word = last(example=example).reading.word
    assert word.twins
    assert np.allclose(word.cosine[0], 1, atol=1e-6)
    assert (word.cosine[-1] < 0.999).all()
    assert (word.cosine > word.typical[:, None]).all()


def test_the_bear_that_bears_is_told_from_the_bear_that_eats():
    word = last(example="two bears").reading.word
    burden, beast = word.cosine.T
    assert word.twins == tuple(sorted(word.twins))  # nearest first: the burden, then the beast
    assert (burden[2:] > beast[2:] + 0.05).all()


def test_the_followed_word_of_an_example_is_seen_to_its_end():
    for example, (text, word) in EXAMPLES.items():
        reading = last(example=example).reading
        read = "".join(reading.pieces[1 : reading.word.at + 1]).replace("·", " ")
        assert text.startswith(read)
        assert read.endswith(word)


def test_a_word_set_by_hand_is_followed_where_the_text_has_it():
    assert last(word=4).reading.word.at == 4
    assert last(text="Ay", word=100).reading.word.at < 5


def test_a_word_said_once_has_nothing_to_be_compared_with():
    view = draw(last(text="Romeo", chart="meaning"))["chart"]
    assert isinstance(view, Chart)
    assert "said only once" in view.title


def test_random_texts_say_everything_twice():
    texts = probes(3)
    assert texts.shape == (PROBES, 2 * PERIOD + 1)
    assert (texts[:, 1 : PERIOD + 1] == texts[:, PERIOD + 1 :]).all()
    assert all(len(set(row[1 : PERIOD + 1])) == PERIOD for row in texts)
    assert (probes(4) != texts).any()


def heads_for(role, reading, least=CLEAR):
    """The heads that play a role clearly."""
    return tuple(int(i) for i in np.flatnonzero(reading.roles[ROLES.index(role)] > least))


WHOLE = {"example": RANDOM}


def second_round(foresight):
    """Mean surprise at the tokens that are said for the second time, but for the first of them."""
    return foresight.surprise[PERIOD + 1 :].mean()


def test_a_random_text_is_a_riddle_once_and_foreseen_the_second_time():
    foresight = last(**WHOLE).reading.foresight
    assert foresight.surprise[:PERIOD].mean() > foresight.blind
    assert second_round(foresight) < 0.5 * foresight.blind


def test_heads_for_the_previous_token_and_for_induction_have_formed():
    reading = last(**WHOLE).reading
    for role in ("previous", "induction"):
        assert heads_for(role, reading)
        assert reading.roles[ROLES.index(role)].max() > 10 * reading.uniform[ROLES.index(role)]


def test_without_induction_heads_the_second_round_is_a_riddle_again():
    whole = last(**WHOLE).reading
    less = last(**WHOLE, off=heads_for("induction", whole)).reading
    assert second_round(less.foresight) > second_round(whole.foresight) + 4


def test_induction_heads_lose_their_place_without_the_previous_token_heads():
    whole = last(**WHOLE).reading
    less = last(**WHOLE, off=heads_for("previous", whole)).reading
    for head in heads_for("induction", whole):
        assert less.roles[ROLES.index("induction"), head] < 0.3
    other = [i for i in range(HEADS) if i not in less.p.off]
    spared = np.random.default_rng(0).choice(other, len(less.p.off), replace=False)
    control = last(**WHOLE, off=tuple(sorted(map(int, spared)))).reading
    assert second_round(less.foresight) > second_round(control.foresight)


def test_the_roles_hold_on_other_random_texts_too():
    one, *others = (last(**WHOLE, seed=seed).reading for seed in (0, 1, 2, 3))
    for other in others:
        assert np.abs(one.roles - other.roles).max() < 0.15
        for role in ("previous", "induction"):
            assert heads_for(role, one) == heads_for(role, other)


def test_the_lesson_names_the_heads_that_the_graph_has():
    whole = last(**WHOLE).reading
    steps = parse((FOLDER / "lesson.md").read_text(), Params)
    by_title = {step.title: step.params for step in steps}
    assert by_title["Take the copiers out"].off == heads_for("induction", whole)
    assert by_title["Cut their supply"].off == heads_for("previous", whole)
    assert by_title["Heads with a role"].head in heads_for("previous", whole)
    assert Params().head in heads_for("induction", whole)


def test_the_default_text_is_finished_by_looking_back():
    whole = last()
    less = last(off=heads_for("previous", whole.reading))
    assert whole.labels[0] == "·will"
    assert whole.probability[0] > 0.3
    assert less.probability[less.labels.index("·will")] < 0.1


def test_the_link_from_cute_to_cat_is_one_step_long_and_says_cat_again():
    whole = list(compute(Params(example="cat and cute")))
    reading = whole[0].reading
    reader = max(i for i, piece in enumerate(reading.pieces) if piece == "·c")
    assert reader - reading.word.at > 10
    assert reading.word.link[reader] > 10 / (reader + 1)
    copiers = heads_for("induction", last(**WHOLE).reading)
    less = list(compute(Params(example="cat and cute", off=copiers)))[reader]
    at = less.labels.index("at")
    assert less.before[at] > 5 * less.probability[at]
