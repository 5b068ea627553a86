"""The attention page: laws of the maps, switching heads off for real, and what the net has learned."""

from pathlib import Path

import numpy as np
import pytest
import torch

from app.concepts.transformers.attention import CONCEPT, Params, compute, draw
from app.concepts.transformers.attention.compute import MOST, around
from app.concepts.transformers.attention.heads import CLEAR, ORDERS
from app.concepts.transformers.attention.inputs import ACROSS, EVERY, HEADS, LAYERS
from app.concepts.transformers.attention.texts import FOLLOWED, PERIOD, PROBES, probes
from app.figures.scene import Chart, Tokens, Wall
from app.lesson import parse
from app.wire import Encoder
from models import catalogue, reader
from models.maths.attention import ROLES
from models.reader import GRAPH, spellings, vocabulary

FOLDER = Path(__file__).parents[3] / "app" / "concepts" / "transformers" / "attention"
TEXT = dict(reader.EXAMPLES)
LONG, TWICE = TEXT["seven ages"], TEXT["words said twice"]
ALL_OFF = tuple(range(HEADS))


def last(**given):
    *_, frame = compute(Params(**given))
    return frame


def run(tokens, off=()):
    gate = np.ones((LAYERS, ACROSS), np.float32)
    gate.flat[list(off)] = 0
    return reader.read(tokens, head_gate=gate)


def tokens_of(text):
    return reader.tokenise(text)[0][None]


def test_the_ends_of_the_controls_are_those_of_the_graph():
    spec = catalogue.spec(GRAPH)
    ports = {port.name: spec.shape(port, "most") for port in spec.inputs}
    assert ports["head_gate"] == (LAYERS, ACROSS)
    assert ports["tokens"][1] == MOST


def test_the_token_that_is_looked_at_comes_first_then_those_after_it():
    p = Params(text=TWICE, off=(3,))
    in_order = list(compute(p))
    numbers, found = zip(*around(p, 5), strict=True)
    assert numbers == (*range(5, len(in_order)), *range(5))
    assert [frame.t for frame in found] == list(numbers)
    for number, frame in zip(numbers, found, strict=True):
        assert (frame.probability == in_order[number].probability).all()
    assert next(around(p, MOST))[0] == len(in_order) - 1  # a shorter text than was looked at
    assert [number for number, _ in around(Params(text=TWICE, tool="mask"), 5)] == [0]


@pytest.mark.parametrize("text", [reader.OWN, *TEXT.values()])
def test_each_row_sums_to_one_and_no_token_sees_a_later_one(text):
    reading = last(text=text).reading
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
    assert np.allclose(it.weight, masked.softmax(-1), atol=1e-5)


def test_a_later_token_changes_nothing_before_it():
    short = run(tokens_of("My lord, the king"))
    long = run(tokens_of("My lord, the king is dead."))
    n = short["logits"].shape[1]
    assert np.allclose(short["logits"], long["logits"][:, :n], atol=1e-4)
    assert np.allclose(short["attention"], long["attention"][..., :n, :n], atol=1e-5)


def test_without_any_head_only_the_last_token_counts():
    love, give = "I love the king", "Give me the king"
    one, other = (last(text=text, off=ALL_OFF).probability for text in (love, give))
    assert np.allclose(one, other, atol=1e-6)
    assert np.abs(last(text=love).probability - last(text=give).probability).max() > 1e-3


def test_a_head_of_the_last_layer_changes_the_prediction_and_no_map():
    whole, less = last(), last(off=(HEADS - 1,))
    assert np.allclose(whole.reading.attention, less.reading.attention, atol=1e-6)
    assert less.reading.foresight.divergence.max() > 1e-6


def test_a_head_of_the_first_layer_changes_the_maps_above_it_alone():
    whole, less = last().reading.attention, last(off=(0,)).reading.attention
    assert np.allclose(whole[:ACROSS], less[:ACROSS], atol=1e-6)
    assert np.abs(whole[ACROSS:] - less[ACROSS:]).max() > 1e-3


def test_the_marks_of_before_are_a_run_with_nothing_changed():
    assert (last(off=(2, 9)).before == last().probability).all()


def test_with_every_head_on_nothing_has_moved():
    frame = last()
    assert (frame.reading.foresight.divergence == 0).all()
    assert (frame.probability == frame.before).all()


def test_bars_hold_the_whole_vocabulary():
    for frame in (last(), last(off=(1, 6))):
        assert frame.labels == spellings()
        assert len(set(frame.labels)) == len(vocabulary())
        assert np.isclose(frame.probability.sum(), 1)
        assert np.isclose(frame.before.sum(), 1)
        assert draw(frame)["next"].ranked


def test_one_run_serves_all_frames():
    frames = list(compute(Params()))
    assert [frame.t for frame in frames] == list(range(len(frames[0].reading.pieces)))
    assert all(frame.reading is frames[0].reading for frame in frames)


def test_all_maps_of_256_tokens_weigh_less_than_a_megabyte():
    frames = list(
        compute(Params(text=LONG + " And then the justice, in fair round belly.", off=(0,)))
    )
    assert len(frames) == MOST
    encoder = Encoder()
    first, *others = (len(encoder.frame(i, draw(frame))) for i, frame in enumerate(frames))
    assert first < 1e6
    assert max(others) < 20_000


def test_a_text_beyond_the_context_is_cut_and_the_page_says_so():
    frame = last(text="\U0001f600é" * 100)
    assert len(frame.reading.pieces) == MOST
    assert frame.reading.dropped > 0
    view = draw(frame)["text"]
    assert isinstance(view, Tokens)
    assert f"first {MOST - 1} tokens" in view.title
    assert f"{frame.reading.dropped} more tokens" in view.says


def test_no_text_is_the_start_mark_alone():
    (frame,) = compute(Params(text=""))
    assert frame.reading.pieces == ("‹start›",)
    assert np.isclose(frame.probability.sum(), 1)
    assert set(draw(frame)) <= {*" ".join(CONCEPT.layout).split(), "numbers", "clock"}
    for tool in ("cell", "mask", "query"):
        assert draw(last(text="", tool=tool))


@pytest.mark.parametrize("text", FOLLOWED)
def test_the_same_token_starts_as_the_same_vector_and_its_context_parts_it(text):
    word = last(text=text).reading.word
    assert word.twins
    assert np.allclose(word.cosine[0], 1, atol=1e-6)
    assert (word.cosine[-1] < 0.999).all()
    assert (word.cosine > word.typical[:, None]).all()


def test_the_bear_that_bears_is_told_from_the_bear_that_eats():
    word = last(text=TEXT["two bears"]).reading.word
    burden, beast = word.cosine.T
    assert word.twins == tuple(sorted(word.twins))  # nearest first: the burden, then the beast
    assert (burden[2:] > beast[2:] + 0.05).all()


def test_the_followed_word_of_an_example_is_seen_to_its_end():
    for text, word in FOLLOWED.items():
        reading = last(text=text).reading
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
    return tuple(int(i) for i in np.flatnonzero(reading.scores.by[role] > least))


WHOLE = {"text": TWICE}


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
        assert reading.scores.by[role].max() > 10 * reading.scores.floor[role]


def test_without_induction_heads_the_second_round_is_a_riddle_again():
    whole = last(**WHOLE).reading
    less = last(**WHOLE, off=heads_for("induction", whole)).reading
    assert second_round(less.foresight) > second_round(whole.foresight) + 4


def test_induction_heads_lose_their_place_without_the_previous_token_heads():
    whole = last(**WHOLE).reading
    less = last(**WHOLE, off=heads_for("previous", whole)).reading
    for head in heads_for("induction", whole):
        assert less.scores.by["induction"][head] < 0.3
    other = [i for i in range(HEADS) if i not in less.p.off]
    spared = np.random.default_rng(0).choice(other, len(less.p.off), replace=False)
    control = last(**WHOLE, off=tuple(sorted(map(int, spared)))).reading
    assert second_round(less.foresight) > second_round(control.foresight)


def test_the_roles_hold_on_other_random_texts_too():
    one, *others = (last(**WHOLE, seed=seed).reading for seed in (0, 1, 2, 3))
    for other in others:
        for role in ROLES:
            assert np.abs(one.scores.by[role] - other.scores.by[role]).max() < 0.15
        for role in ("previous", "induction"):
            assert heads_for(role, one) == heads_for(role, other)


def test_the_lesson_names_the_heads_that_the_graph_has():
    whole = last(**WHOLE).reading
    lesson = (FOLDER / "lesson.md").read_text()
    for role in ("induction", "previous"):
        assert f"\ndo: off={','.join(map(str, heads_for(role, whole)))} " in lesson
    by_title = {step.title: step.params for step in parse(lesson, Params)}
    assert by_title["Heads with a role"].head in heads_for("previous", whole)
    assert Params().head in heads_for("induction", whole)


def test_what_the_lesson_says_of_one_weight_is_so():
    alike = (last(tool="cell", cell=(cell,)).chain for cell in ((16, 2), (6, 1)))
    told = [(it.scaled[it.column], it.weight[it.column]) for it in alike]
    assert np.allclose(told, [(6.43, 0.461), (6.24, 0.044)], atol=0.005)
    ahead = last(tool="cell", head=6, cell=((8, 14),)).chain
    powers = np.exp(ahead.scaled[[*range(9), 14]])
    assert round(powers[-1] / powers.sum(), 3) == 0.002
    beyond = last(tool="query", pull=((10.0, 5.1),)).plane
    assert beyond.weight[5] > 0.99 > 0.7 > beyond.before[5]


def test_the_default_text_is_finished_by_looking_back():
    whole = last()
    less = last(off=heads_for("previous", whole.reading))
    will = whole.labels.index("·will")
    assert whole.probability.argmax() == will
    assert whole.probability[will] > 0.8
    assert less.probability[will] < 0.1


def test_the_link_from_cute_to_cat_is_one_step_long_and_says_cat_again():
    whole = list(compute(Params(text=TEXT["cat and cute"])))
    reading = whole[0].reading
    reader = max(i for i, piece in enumerate(reading.pieces) if piece == "·c")
    assert reader - reading.word.at > 10
    assert reading.word.link[reader] > 10 / (reader + 1)
    copiers = heads_for("induction", last(**WHOLE).reading)
    less = list(compute(Params(text=TEXT["cat and cute"], off=copiers)))[reader]
    at = less.labels.index("at")
    assert less.before[at] > 5 * less.probability[at]


def test_the_wall_can_be_sorted_by_every_score():
    for order in ORDERS[1:]:
        reading = last(order=order).reading
        assert sorted(reading.order) == list(range(HEADS))
        assert (np.diff(reading.scores.by[order][list(reading.order)]) <= 0).all()
    view = draw(last(order="induction"))["wall"]
    assert isinstance(view, Wall)
    assert view.order[0] == Params().head
    assert last().reading.order == ()


def test_scores_on_the_text_are_its_rows_means():
    reading = last().reading
    rows = torch.tensor(reading.attention)
    back = torch.arange(rows.shape[1])[:, None] - torch.arange(rows.shape[1])
    assert np.allclose(reading.scores.by["distance"], (rows * back).sum(-1).mean(-1), atol=1e-5)
    nats = torch.distributions.Categorical(probs=rows).entropy()
    assert np.allclose(reading.scores.by["entropy"], nats.mean(-1) / np.log(2), atol=1e-4)


@pytest.mark.parametrize("cell", [(), ((19, 5),), ((8, 14),), ((0, 0),), ((255, 255),)])
@pytest.mark.parametrize("hidden", [(), ((19, 5),)])
def test_the_chain_of_a_cell_is_torchs_attention(cell, hidden):
    frame = last(tool="cell", cell=cell, hidden=hidden)
    it, p = frame.chain, frame.reading.p
    found = reader.read(tokens_of(p.text))
    q, k, v = (
        torch.tensor(found[n][0, 3, 3], dtype=torch.float64) for n in ("query", "key", "value")
    )
    free = torch.ones(len(k), len(k)).tril().bool()
    for i, j in hidden:
        free[i, j] = False
    mixed = torch.nn.functional.scaled_dot_product_attention(q[None], k[None], v[None], free[None])
    assert np.allclose(it.values[2], mixed[0, it.row], atol=1e-9)
    assert np.isclose(it.terms[2].sum(), it.score)
    assert np.isclose(it.weight[it.column], it.power / it.total)
    assert np.allclose(it.values[1], it.weight[it.column] * it.values[0])
    assert it.apart < 1e-5
    if cell and cell[0][1] > cell[0][0]:
        assert it.weight[it.column] == it.power == 0
        assert it.score != 0


def test_a_hidden_cell_gets_nothing_and_its_row_shares_its_weight():
    whole, less = last(), last(tool="mask", hidden=((19, 5),))
    row = whole.reading.head.weight[19].copy()
    assert row[5] > 0.5
    row[5] = 0
    assert np.allclose(less.reading.head.weight[19], row / row.sum(), atol=1e-5)
    assert less.reading.masked == 0
    assert np.allclose(less.reading.attention[:15], whole.reading.attention[:15], atol=1e-6)


def test_one_hidden_cell_of_either_copying_head_undoes_the_default_prediction():
    will = spellings().index("·will")
    left = {
        head: last(tool="mask", head=head, hidden=((19, 5),)).probability[will]
        for head in (15, 12, 9)
    }
    assert last().probability[will] > 0.8
    assert left[15] < 0.1
    assert left[12] < 0.1
    assert left[9] > 0.8


def test_a_token_hidden_in_all_heads_is_seen_by_none():
    reading = last(tool="mask", hidden=((19, 5),), reach=EVERY).reading
    assert (reading.attention[:, :, 5] == 0).all()
    assert np.allclose(np.delete(reading.attention.sum(-1), 5, 1), 1, atol=1e-5)


def test_with_all_hidden_from_its_first_reader_nothing_breaks():
    frame = last(tool="mask", hidden=((0, 0),), reach=EVERY)
    assert (frame.reading.attention[:, 0] == 0).all()
    assert frame.reading.row_error < 1e-5
    assert np.isclose(frame.probability.sum(), 1)


def test_moving_the_query_changes_the_scores_by_the_formula_and_one_row_alone():
    before, after = last(tool="query"), last(tool="query", pull=((-3.0, 4.0),))
    it, was = after.plane, before.plane
    assert np.allclose(it.place, (-3, 4), atol=1e-4)
    assert np.allclose(it.home, was.home, atol=1e-5)
    assert np.isclose(it.moved, np.hypot(*(it.place - it.home)), atol=1e-4)
    change = it.keys @ (it.place - it.home) / np.sqrt(32)
    expected = was.weight * np.exp(change)
    assert np.allclose(it.weight, expected / expected.sum(), atol=1e-4)
    assert np.allclose(it.before, was.weight)
    one, other = (frame.reading.attention for frame in (before, after))
    moved = np.abs(one - other).max(-1) > 1e-6
    assert moved[15, 19]
    moved[15, 19] = False
    assert not moved.any()


def test_the_plane_is_that_of_the_principal_axes():
    frame = last(tool="query", text=LONG, reader=200)
    key = torch.tensor(frame.reading.head.key[:201], dtype=torch.float64)
    variance = torch.linalg.eigvalsh(torch.cov(key.T)).flip(0)
    assert np.isclose(frame.plane.share, (variance[:2].sum() / variance.sum()).item(), atol=1e-4)
    assert np.allclose(np.cov(frame.plane.keys.T).diagonal(), variance[:2], rtol=1e-3)


def test_a_tool_stands_at_one_reader():
    for tool in ("cell", "mask", "query"):
        (frame,) = compute(Params(tool=tool, reader=7, cell=((7, 3),)))
        assert frame.t == 7
        assert not frame.reading.changed
        assert np.allclose(frame.probability, list(compute(Params()))[7].probability, atol=1e-6)


def test_a_head_that_rests_on_the_start_mark_adds_next_to_nothing():
    found = reader.read(tokens_of(LONG))
    length = np.linalg.norm(found["value"][0, 3, 3], axis=-1)
    assert found["attention"][0, 3, 3, 1:, 0].mean() > 0.8
    assert length[0] < 0.05 * length[1:].mean()
