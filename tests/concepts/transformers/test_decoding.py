"""The decoding page: each way writes what it says, and beam search is what transformers runs."""

from functools import cache
from itertools import pairwise, product

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from app.concepts.transformers.decoding import CONCEPT, Params, compute, draw
from app.concepts.transformers.decoding.beam import Beginning, beam_search, choose
from app.concepts.transformers.decoding.compute import (
    CUT,
    DRAWS,
    MOST,
    USUAL,
    VOCABULARY,
    WAYS,
    Choice,
    rule,
)
from app.concepts.transformers.decoding.lookahead import lookahead
from app.concepts.transformers.decoding.rivals import WIDEST, Beams
from app.concepts.transformers.decoding.text import NEVER, STOPS, ends, foresee, prompt_of
from app.figures.scene import Bars
from app.wire import Encoder
from models import catalogue, reader
from models.maths.attention import log_softmax
from models.maths.decoding import softmax

CATS = "The cat sat on the"
LOVE = "I love"


def frames(**given):
    return list(compute(Params(**given)))


def last(**given):
    return frames(**given)[-1]


def added(frame):
    """The tokens that were added, as they are written."""
    return "".join(frame.written.pieces[-frame.written.added :])


def test_the_ends_of_the_controls_are_those_of_the_graph():
    spec = catalogue.spec(reader.GRAPH)
    assert len(reader.vocabulary()) == VOCABULARY
    assert spec.sizes["batch"].most >= WIDEST
    assert spec.sizes["length"].most >= reader.CONTEXT


# --- one text --------------------------------------------------------------------------------------


def test_greedy_takes_the_argmax_of_the_network_at_every_step():
    prompt = prompt_of(CATS)
    text = list(prompt)
    for frame in frames(text=CATS, way="greedy", length=12):
        z = reader.read(np.array([text]), "logits")["logits"][0, -1]
        text.append(int(z.argmax()))
        assert frame.keys[frame.taken] == text[-1]


def test_sampling_at_temperature_zero_is_greedy_whatever_the_seed_and_the_order():
    greedy = added(last(text=LOVE, way="greedy", length=8))
    for seed, order in ((0, USUAL), (7, USUAL[::-1])):
        given = {"temperature": 0.0, "seed": seed, "order": order}
        assert added(last(text=LOVE, length=8, **given)) == greedy


def test_the_same_seed_writes_the_same_text_and_another_one_another():
    texts = [added(last(text=LOVE, seed=seed, length=8)) for seed in (1, 1, 2, 3)]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 3


def test_raw_and_final_hold_the_whole_vocabulary_and_sum_to_one():
    for frame in frames(text=LOVE, temperature=1.4, top_k=60, min_p=0.02, repetition=1.3):
        assert sorted(frame.keys) == list(range(VOCABULARY))
        assert np.isclose(frame.raw.sum(), 1) and np.isclose(frame.final.sum(), 1)
        assert (np.diff(frame.raw) <= 0).all()
        assert frame.final[frame.taken] > 0
        assert (frame.final > 0).sum() == frame.stages[-1].left <= 60


def test_the_first_token_is_chosen_from_the_last_logits_of_the_prompt():
    z = foresee(prompt_of(LOVE), [()])[0]
    frame = frames(text=LOVE, length=1)[0]
    assert np.allclose(frame.raw, np.sort(softmax(z))[::-1])
    assert np.isclose(frame.written.p[0], frame.raw[frame.taken])


def test_the_order_of_the_filters_changes_the_outcome_and_the_usual_one_does_not():
    given = {"text": CATS, "temperature": 2.0, "length": 1}
    usual, first = (
        frames(**given, order=order)[0] for order in (USUAL, ("rep", "k", "p", "min", "T"))
    )
    assert usual.moved == 0
    assert first.moved > 0.1
    assert first.nucleus.size < usual.nucleus.size
    assert np.isclose(first.moved, np.abs(first.final - usual.final).sum() / 2)


def test_each_filter_leaves_no_more_tokens_than_it_found():
    for frame in frames(text=LOVE, temperature=1.5, top_k=100, top_p=0.8, min_p=0.05):
        left = [it.left for it in frame.stages]
        assert left == sorted(left, reverse=True)
        assert left[0] == VOCABULARY


def test_the_true_nucleus_is_larger_than_that_of_the_first_fifty_where_it_is_wide():
    frame = frames(text=CATS, length=1, top_p=0.95)[0]
    assert frame.nucleus.cut_size < CUT < frame.nucleus.size
    assert (
        frame.nucleus.held[frame.nucleus.size - 1]
        >= 0.95
        > frame.nucleus.held[frame.nucleus.size - 2]
    )
    assert frame.stages[-1].left == frame.nucleus.size


def test_a_thousand_draws_are_about_as_far_off_as_fair_ones():
    off, floor = np.array(
        [(it.draws.distance, it.draws.floor) for it in frames(text=LOVE, top_p=1.0)]
    ).T
    assert np.isclose(off.mean(), floor.mean(), rtol=0.1)
    sharp = frames(text=LOVE, temperature=0.0, length=1)[0]
    assert sharp.draws.floor == sharp.draws.distance == 0
    assert np.isclose(sharp.draws.shares.sum() * DRAWS, DRAWS)


def test_a_forced_token_stands_there_and_the_text_goes_on_from_it():
    free = frames(text=LOVE, length=12)
    other = int(free[3].keys[free[3].taken + 5])
    bent = frames(text=LOVE, length=12, forced=((3, other),))
    assert [it.written.pieces for it in bent[:3]] == [it.written.pieces for it in free[:3]]
    assert bent[3].keys[bent[3].taken] == other
    assert bent[3].own == free[3].taken  # what chance would have taken
    assert bent[4].written.pieces[:-1] == (*free[2].written.pieces, reader.spellings()[other])
    assert added(bent[-1]) != added(free[-1])


def test_forcing_what_is_taken_anyway_changes_nothing():
    free = frames(text=LOVE, length=6)
    same = frames(text=LOVE, length=6, forced=((3, int(free[3].keys[free[3].taken])),))
    assert added(same[-1]) == added(free[-1])


def test_greedy_repeats_itself_and_a_penalty_cures_it():
    plain, penalised = (last(text=CATS, way="greedy", repetition=r) for r in (1.0, 1.3))
    assert plain.written.said_before > 0.25
    assert penalised.written.said_before < 0.1


def test_greedy_text_is_likelier_than_drawn_text():
    greedy = last(text=LOVE, way="greedy").written.perplexity
    drawn = [last(text=LOVE, top_p=1.0, seed=seed).written for seed in range(4)]
    assert np.mean([np.log(it.perplexity) for it in drawn]) > np.log(greedy) + 0.3
    # A fair draw's surprise is the entropy on average.
    surprise = np.concatenate([-np.log2(it.p) for it in drawn])
    bits = np.concatenate([it.bits for it in drawn])
    assert abs((surprise - bits).mean()) < 3 * (surprise - bits).std() / np.sqrt(len(bits))


def test_the_text_stops_where_it_is_told_to():
    for stop, marks in STOPS.items():
        length = 6 if stop == NEVER else MOST
        text = last(text=LOVE, way="greedy", stop=stop, length=length)
        closing = [any(m in reader.vocabulary().token_bytes[i] for m in marks) for i in text.keys]
        assert (stop == NEVER) == (text.written.added == length)
        assert stop == NEVER or closing[text.taken]
    assert not ends(NEVER)


def test_a_prompt_beyond_the_context_loses_its_oldest_tokens():
    prompt = prompt_of("My lord. " * 400)
    assert len(prompt) > reader.CONTEXT
    z = foresee(prompt, [(5, 6)])
    again = foresee((prompt[0], *prompt[-reader.CONTEXT :]), [(5, 6)])
    assert np.array_equal(z, again)
    assert np.isfinite(last(text="é" * 1000, length=2).raw).all()


def test_no_text_goes_on_from_the_start_mark():
    frame = frames(text="", length=2)[0]
    assert frame.written.pieces[0] == "‹start›" and len(frame.written.pieces) == 2


# --- beams -----------------------------------------------------------------------------------------

TINY, PROMPT = 6, [3, 1, 4]
MARKS = {"bos_token_id": None, "eos_token_id": None}


@cache
def tiny() -> GPT2LMHeadModel:
    """A network with few tokens, sharp enough that beams differ."""
    torch.manual_seed(10)
    sizes = {"vocab_size": TINY, "n_positions": 16, "n_embd": 32, "n_layer": 2, "n_head": 2}
    net = GPT2LMHeadModel(GPT2Config(**sizes, tie_word_embeddings=False, **MARKS)).eval()
    with torch.no_grad():
        for weight in (net.lm_head.weight, net.transformer.wpe.weight):
            weight.mul_(15.0)
    return net


def tiny_foresee(texts):
    with torch.no_grad():
        z = tiny()(torch.tensor([[*PROMPT, *text] for text in texts])).logits[:, -1]
    return log_softmax(z.double().numpy())


def searched(width, length, stops=frozenset(), alpha=0.0):
    """All answers of our search, best first."""
    ended = ()
    for step in beam_search(tiny_foresee, width, length, stops):
        ended = (*ended, *step.ended)
    return choose(ended, step.open, alpha)


@cache
def after(text):
    """The log-probabilities of the next token."""
    return tiny_foresee([text])[0]


def chain(text):
    """The log-probability of a whole text by the chain rule."""
    return sum(after(text[:i])[token] for i, token in enumerate(text))


def test_as_many_beams_as_there_are_texts_find_the_best_of_all():
    texts = list(product(range(TINY), repeat=3))
    best = max(texts, key=chain)
    found = searched(TINY**3, 3)
    assert len(found) == TINY**3
    assert found[0].tokens == best
    assert np.isclose(found[0].log_p, chain(best))
    assert np.isclose(np.exp([it.log_p for it in found]).sum(), 1)


def test_one_beam_is_greedy_and_more_beams_find_likelier_texts():
    text = ()
    for _ in range(5):
        text = (*text, int(tiny_foresee([text])[0].argmax()))
    assert searched(1, 5)[0].tokens == text
    assert searched(4, 6)[0].log_p > searched(1, 6)[0].log_p


@pytest.mark.parametrize("alpha", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("stops", [(), (2,), (0, 5)])
@pytest.mark.parametrize("width", [2, 3, 5])
def test_the_search_is_that_of_transformers(width, stops, alpha):
    theirs = tiny().generate(
        torch.tensor([PROMPT]),
        attention_mask=torch.ones(1, len(PROMPT)),
        num_beams=width,
        max_new_tokens=6,
        do_sample=False,
        early_stopping=True,
        length_penalty=alpha,
        eos_token_id=list(stops) or None,
        pad_token_id=0,
        output_scores=True,
        return_dict_in_generate=True,
    )
    ours = searched(width, 6, frozenset(stops), alpha)[0]
    assert ours.tokens == tuple(theirs.sequences[0, len(PROMPT) :].tolist())[: len(ours.tokens)]
    assert np.isclose(ours.score(alpha), theirs.sequences_scores[0].item(), atol=1e-4)


def test_the_power_of_the_length_decides_between_short_and_long():
    short, long = Beginning((1,), -2.0), Beginning((1, 2, 3, 4), -4.0)
    assert choose([long], [short], 0.0)[0] is short
    assert choose([long], [short], 1.0)[0] is long
    assert long.score(1.0) == -1.0


def test_with_one_beam_the_page_writes_the_greedy_text():
    beam, greedy = last(text=CATS, way="beam", width=1), last(text=CATS, way="greedy")
    assert added(beam) == added(greedy)
    assert np.allclose(beam.bits, -np.log2(greedy.written.p).cumsum())
    assert np.allclose(beam.bits, beam.greedy_bits)


def test_beams_find_a_text_that_is_likelier_than_the_greedy_one():
    frame = last(text=LOVE, way="beam", width=4)
    assert isinstance(frame, Beams)
    assert frame.answers[0].log_p > frame.greedy.log_p
    assert np.isclose(frame.answers[0].log_p, -frame.bits[-1] * np.log(2))
    assert frame.weighed == (1 + 23 * 4) * VOCABULARY


def test_what_the_tree_keeps_goes_on_from_what_it_kept():
    steps = last(text=LOVE, way="beam", length=8).steps
    for before, now in pairwise(steps):
        assert all(it.tokens[:-1] == before.open[it.parent].tokens for it in now.seen)
        assert len(now.open) == 4


# --- lookahead --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [CATS, LOVE, ""])
@pytest.mark.parametrize(("window", "n"), [(1, 2), (8, 4), (12, 6)])
def test_lookahead_writes_the_greedy_text_in_fewer_runs(text, window, n):
    ran = frames(text=text, way="ahead", window=window, n=n)
    greedy = last(text=text, way="greedy")
    assert ran[-1].pieces == greedy.written.pieces
    assert len(ran) < greedy.written.added


def test_lookahead_stops_where_greedy_choice_stops():
    given = {"text": "My lord, the king", "stop": "with a sentence"}
    ran, greedy = last(**given, way="ahead"), last(**given, way="greedy")
    assert ran.pieces == greedy.written.pieces
    assert ran.added < 24


def test_any_guess_only_costs_runs_never_a_token():
    """On a network of random answers nothing can be foreseen, and the text is the greedy one still."""

    def answer(texts, places):
        after = [
            [hash((7, *text[: len(text) - places + 1 + i])) % 50 for i in range(places)]
            for text in texts
        ]
        return np.array(after)

    text = [1, 2]
    while len(text) < 32:
        text.append(int(answer([tuple(text)], 1)[0, 0]))
    runs = list(lookahead(answer, (1, 2), 5, 3, 30, set()))
    assert [token for run in runs for token in run.new] == text[2:]
    assert len(runs) <= 30
    assert all(len(run.new) == run.held[run.best] + 1 for run in runs[:-1])


# --- the picture -----------------------------------------------------------------------------------


def test_a_click_on_a_bar_is_told_which_token_it_is_and_where():
    for frame in frames(text=LOVE, length=3):
        view = draw(frame)["bars"]
        assert isinstance(view, Bars)
        assert (view.pick, view.at) == ("forced", frame.at)
        assert [reader.spellings()[i] for i in view.keys] == list(view.labels)
        assert view.lit == frame.taken


@pytest.mark.parametrize("way", WAYS)
def test_each_way_shows_rows_of_the_layout(way):
    views = set(draw(frames(way=way)[0])) - {"numbers", "clock"}
    rows = [set(row.split()) for row in CONCEPT.layout if set(row.split()) <= views]
    assert set().union(*rows) == views


def test_a_default_run_is_small_enough_to_send():
    encoder = Encoder()
    messages = [encoder.frame(i, draw(frame)) for i, frame in enumerate(compute(Params()))]
    assert sum(map(len, messages)) < 1e6


def test_greedy_ignores_what_its_controls_do_not_show():
    hidden = Params(way="greedy", temperature=2.0, top_k=3, top_p=0.2, order=USUAL[::-1])
    assert rule(hidden) == rule(Params(way="greedy"))
    assert isinstance(next(compute(hidden)), Choice)


# --- what the lesson and the theory say ------------------------------------------------------------


def test_what_the_lesson_says_of_one_text_is_so():
    greedy = last(text=CATS, way="greedy").written
    assert round(greedy.said_before, 1) == 0.4
    assert (-np.log2(greedy.p) < greedy.bits).all()
    assert last(text=CATS, way="greedy", repetition=1.2).written.said_before == 0
    wide, *_, sure = frames(text=CATS, top_p=0.95, length=4)
    assert (wide.nucleus.size, wide.nucleus.cut_size) == (134, 40)
    assert "".join(sure.written.pieces[-4:-1]) == "·vict"
    assert sure.nucleus.size == sure.nucleus.cut_size + 5 == 9
    late, early = (
        frames(text=CATS, temperature=2.0, length=1, order=order)[0].nucleus.size
        for order in (("rep", "p", "k", "min", "T"), ("T", "rep", "p", "k", "min"))
    )
    assert late == 90 < early


def test_what_the_lesson_says_of_chance_and_heat_is_so():
    assert added(last()).startswith("·will·come·at·night.")
    other = frames(forced=((0, 44),), length=3)
    assert other[0].labels[other[0].taken] == ","
    assert added(other[-1]) == ",⏎And"
    for heat, choices in ((0.0, 1), (0.5, 9.1), (1.0, 33.7), (3.0, 467)):
        (frame,) = frames(text=LOVE, temperature=heat, top_p=1.0, length=1)
        assert np.isclose(2 ** frame.stages[-1].bits, choices, rtol=0.01)
    assert round(frames(text=LOVE, top_p=1.0, length=1)[0].draws.floor, 3) == 0.110


def test_what_the_lesson_says_of_beams_is_so():
    race = last(text=LOVE, way="beam")
    assert (round(race.greedy_bits[-1], 1), round(race.bits[-1], 1)) == (62.9, 41.9)
    lost = last(text="My lord, the king", way="beam")
    assert (round(lost.bits[-1], 2), round(lost.greedy_bits[-1], 2)) == (40.92, 40.86)
    given = {"text": LOVE, "way": "beam", "width": 8, "stop": "with a sentence"}
    assert added(last(**given)) == "·me."
    assert last(**given, alpha=1.0).written.added > 10


def test_what_the_lesson_says_of_lookahead_is_so():
    assert len(frames(text=CATS, way="ahead", length=48)) == 26
