"""The calculator page: against torch, against the slides' digits, and what the theory and lesson say."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from app.concepts.transformers.calculator import CONCEPT, Params, compute, draw
from app.concepts.transformers.calculator import examples as e
from app.concepts.transformers.calculator.cases import hull
from app.concepts.transformers.calculator.choices import (
    CROSS,
    EXAMPLES,
    FROM,
    HAND,
    LIBRARY,
    MANY,
    ROOT,
    SEVEN,
    SIX,
    TRAINED,
)
from app.concepts.transformers.calculator.heads import drawn, multihead
from app.concepts.transformers.calculator.matrices import TYPED
from app.concepts.transformers.calculator.root import KEYS, LIMIT, WIDTHS
from app.figures.scene import Clock, Matrix, Numbers
from app.lesson import parse
from app.wire import Encoder

FOLDER = Path(__file__).parents[3] / "app" / "concepts" / "transformers" / "calculator"
VECTORS = (HAND, FROM, LIBRARY, CROSS)
HEADS = ("1", "2", "4", "8")


def last(**given):
    *_, frame = compute(Params(**given))
    return frame


def painted(*cells):
    grid = np.zeros((7, 7), int)
    for cell in cells:
        grid[cell] = 1
    return tuple(map(tuple, grid.tolist()))


# --- one head --------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", VECTORS)
@pytest.mark.parametrize("mask", ["none", "causal"])
def test_the_output_is_that_of_torch(example, mask):
    frame = last(example=example, mask=mask)
    q, k, v = (torch.tensor(a) for a in (frame.case.q, frame.case.k, frame.case.v))
    allowed = torch.ones(len(q), len(k)).tril().bool() if mask == "causal" else None
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
    assert np.allclose(frame.it.output, expected, atol=1e-12)


def test_without_scaling_it_is_torch_with_a_scale_of_one():
    frame = last(scale=False)
    q, k, v = (torch.tensor(a) for a in (frame.case.q, frame.case.k, frame.case.v))
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, scale=1.0)
    assert np.allclose(frame.it.output, expected, atol=1e-12)
    assert (frame.it.scaled == frame.it.raw).all()


ROW = st.tuples(*[st.floats(-3, 3)] * 2)
VECTOR_ROWS = st.tuples(ROW, ROW, ROW, ROW)


@settings(max_examples=25)
@given(q=VECTOR_ROWS, k=VECTOR_ROWS, v=VECTOR_ROWS, mask=st.sampled_from(["none", "causal"]))
def test_whatever_is_typed_rows_sum_to_one_and_outputs_stay_among_the_values(q, k, v, mask):
    frame = last(q=q, k=k, v=v, mask=mask)
    assert np.allclose(frame.it.weight.sum(-1), 1)
    assert (frame.it.weight[~frame.it.allowed] == 0).all()
    for axis in (0, 1):
        assert (frame.it.output[:, axis] <= np.array(v)[:, axis].max() + 1e-9).all()
        assert (frame.it.output[:, axis] >= np.array(v)[:, axis].min() - 1e-9).all()


def test_the_largest_numbers_one_can_type_do_not_overflow():
    frame = last(example=SIX, six=((9.0,) * 6,) * 5 + ((-9.0, 9.0) * 3,), scale=False)
    assert np.allclose(frame.it.weight.sum(-1), 1)


def test_under_a_causal_mask_the_last_token_moves_nothing_before_it():
    for example in (HAND, FROM, SIX, SEVEN):
        assert last(example=example, mask="causal").leak == 0
        assert last(example=example, mask="none").leak > 0.01
    free, hidden = (last(mask=m) for m in ("none", "causal"))
    v = (*e.HAND_V[:3], (3.0, 3.0))
    assert (last(mask="causal", v=v).it.output[:3] == hidden.it.output[:3]).all()
    assert (last(mask="none", v=v).it.output[:3] != free.it.output[:3]).any()


def test_painted_cells_get_nothing_and_the_others_share_their_part():
    before, after = last(), last(mask="painted", blocked=painted((3, 1)))
    assert after.it.weight[3, 1] == 0
    rest = before.it.weight[3, [0, 2, 3]]
    assert np.allclose(after.it.weight[3, [0, 2, 3]], rest / rest.sum())
    assert (after.it.weight[:3] == before.it.weight[:3]).all()


def test_a_row_that_may_look_nowhere_is_shown_as_zeros():
    frame = last(mask="painted", blocked=painted(*((3, j) for j in range(4))))
    assert (frame.it.weight[3] == 0).all()
    assert (frame.it.output[3] == 0).all()


def test_a_constant_added_to_a_row_of_scores_changes_no_weight():
    six = np.array(e.SIX_S)
    six[2] += 5
    moved = last(example=SIX, six=tuple(map(tuple, six.tolist())))
    assert np.allclose(moved.it.weight, last(example=SIX).it.weight)


# --- the slides ------------------------------------------------------------------------------------


def test_the_raw_scores_of_the_slide_give_the_shares_that_the_theory_names():
    free, causal = last(example=SIX), last(example=SIX, mask="causal")
    row = (0.076722, 0.103564, 0.380008, 0.170749, 0.114456, 0.1545)
    assert np.allclose(free.it.weight[2], row, atol=1e-5)
    assert np.allclose(causal.it.weight[2, :3], (0.136932, 0.184839, 0.678229), atol=1e-5)
    expected = torch.tensor(e.SIX_S, dtype=torch.float64).softmax(-1)
    assert np.allclose(free.it.weight, expected, atol=1e-12)
    assert free.it.weight.argmax(-1).tolist() == [0, 1, 2, 3, 4, 5]
    assert free.it.raw[2, 5] == 0.9
    assert free.it.raw[2, 3] == 1.0


def test_the_slides_masked_weights_come_out_digit_for_digit_when_cut_off():
    frame = last(example=SEVEN)
    score = torch.tensor(e.SEVEN_S, dtype=torch.float64) / 2
    expected = score.masked_fill(torch.ones(7, 7).triu(1).bool(), -torch.inf).softmax(-1)
    assert np.allclose(frame.it.weight, expected, atol=1e-12)
    assert (np.floor(frame.it.weight * 1000 + 1e-9) == np.rint(1000 * np.array(e.PRINTED))).all()
    sums = np.array(e.PRINTED).sum(-1)
    assert np.isclose(sums.min(), 0.996)
    assert np.isclose(sums.max(), 1)
    assert np.isclose(frame.it.weight[1, 0], 0.46257, atol=5e-6)
    assert number(frame, "printed digits that agree") == 49
    assert number(last(example=SEVEN, scale=False), "printed digits that agree") < 49


def number(frame, name):
    view = draw(frame)["numbers"]
    assert isinstance(view, Numbers)
    return next(row.value for row in view.rows if row.name == name)


# --- a trained head --------------------------------------------------------------------------------


@pytest.mark.parametrize("head", [0, 6, 15])
def test_the_calculators_weights_are_those_of_the_trained_network(head):
    frame = last(example=TRAINED, trained=head)
    assert number(frame, "off the network's own weights") < 1e-5
    undivided = last(example=TRAINED, trained=head, scale=False)
    assert number(undivided, "off the network's own weights") > 0.01
    assert frame.case.rows[:3] == ("‹start›", "Z", "or")


def test_the_head_shown_first_looks_at_the_token_before():
    weight = last(example=TRAINED).it.weight
    assert weight[2:].argmax(-1).tolist() == list(range(1, len(weight) - 1))


def test_a_text_of_no_words_is_one_token_that_looks_at_itself():
    frame = last(example=TRAINED, text="")
    assert frame.it.weight.tolist() == [[1.0]]


# --- several heads ---------------------------------------------------------------------------------


@pytest.mark.parametrize("h", HEADS)
@pytest.mark.parametrize("mask", ["none", "causal"])
def test_several_heads_are_those_of_torch(h, mask):
    frame = last(example=MANY, heads=h, mask=mask)
    width = frame.x.shape[1]
    oracle = torch.nn.MultiheadAttention(width, int(h), bias=False, batch_first=True).double()
    w = frame.w
    with torch.no_grad():
        oracle.in_proj_weight.copy_(torch.tensor(np.concatenate([w.w_q.T, w.w_k.T, w.w_v.T])))
        oracle.out_proj.weight.copy_(torch.tensor(w.w_o.T.copy()))
        x = torch.tensor(frame.x)[None]
        hides = torch.ones(4, 4).triu(1).bool() if mask == "causal" else None
        output, weight = oracle(x, x, x, attn_mask=hides, average_attn_weights=False)
    assert np.allclose(frame.it.output, output[0], atol=1e-12)
    assert np.allclose(frame.it.each.weight, weight[0], atol=1e-12)
    assert sum(p.numel() for p in oracle.parameters()) == frame.w.count == 256


def test_twelve_heads_of_a_width_of_768_have_64_numbers_each():
    w = drawn(768, np.random.default_rng(0))
    x = np.random.default_rng(1).normal(size=(2, 768))
    it = multihead(x, w, 12, True, np.ones((2, 2), bool))
    assert it.query.shape == (12, 2, 64)
    assert w.count == 2_359_296


@pytest.mark.parametrize("example", [FROM, MANY])
def test_order_matters_only_with_positions_or_a_mask(example):
    assert last(example=example).moved < 1e-12
    assert last(example=example, place=True).moved > 0.1
    assert last(example=example, mask="causal").moved > 0.1
    output = last(example=example).it.output
    assert np.allclose(output[0], output[2])  # both are "the"
    output = last(example=example, place=True).it.output
    assert np.abs(output[0] - output[2]).max() > 0.1


# --- why √d ----------------------------------------------------------------------------------------


def test_the_variance_of_a_dot_product_is_its_width():
    widths = last(example=ROOT).widths
    assert [w.d for w in widths] == list(WIDTHS)
    off = np.array([(w.variance - w.d) / w.error for w in widths])
    assert (np.abs(off) < 4).all()
    assert 0.3 < np.sqrt((off**2).mean()) < 2  # so large an error, and no smaller one


def test_divided_scores_keep_their_entropy_and_undivided_ones_lose_it():
    widths = last(example=ROOT).widths
    assert all(abs(w.scaled.entropy - LIMIT) < 0.25 for w in widths)
    plain = [w.plain.entropy for w in widths]
    assert plain[0] == widths[0].scaled.entropy
    assert plain[-1] < 0.25
    assert all(a > b for a, b in pairwise(plain))
    assert np.isclose(LIMIT, 4.28, atol=0.005)
    assert widths[-1].plain.passed < 0.12 < 0.9 < widths[-1].scaled.passed


def test_what_a_gradient_passes_is_the_trace_of_the_softmaxs_jacobian():
    now = last(example=ROOT).widths[3]
    row = torch.tensor(now.scaled.row.copy())
    jacobian = torch.autograd.functional.jacobian(lambda s: s.softmax(-1), row.log())
    assert np.isclose(jacobian.trace(), 1 - (now.scaled.row**2).sum())
    assert len(row) == KEYS


# --- the pictures ----------------------------------------------------------------------------------


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=4, max_size=8))
def test_the_hull_is_scipys(points):
    xy = np.array(points, float)
    if np.linalg.matrix_rank(xy - xy[0]) < 2:
        assert len(hull(xy)) <= 2
        return
    expected = ConvexHull(xy)
    found = hull(xy)
    assert set(map(tuple, found)) == set(map(tuple, xy[expected.vertices]))
    x, y = found.T
    assert np.isclose(0.5 * (x @ np.roll(y, -1) - y @ np.roll(x, -1)), expected.volume)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_fills_its_layout_and_sends_little(example):
    encoder = Encoder()
    scenes = [draw(frame) for frame in compute(Params(example=example))]
    assert sum(len(encoder.frame(i, scene)) for i, scene in enumerate(scenes)) < 60_000
    shown = {k for k in scenes[0] if k not in ("numbers", "clock")}
    rows = [row.split() for row in CONCEPT.layout if set(row.split()) <= shown]
    assert {name for row in rows for name in row} == shown
    assert len({tuple(scene) for scene in scenes}) == 1  # nothing jumps


def test_a_matrix_that_is_typed_holds_what_its_parameter_says():
    for example in EXAMPLES:
        p = Params(example=example)
        for view in draw(last(example=example)).values():
            if isinstance(view, Matrix) and view.edit:
                assert np.array_equal(view.values, np.array(getattr(p, view.edit)))
    assert set(TYPED) == {HAND, LIBRARY, CROSS}


def test_matrices_wait_for_their_stage():
    frames = [draw(frame) for frame in compute(Params())]
    order = ("raw", "scaled", "masked", "weights", "output")
    for at, scene in enumerate(frames):
        clock = scene["clock"]
        assert isinstance(clock, Clock) and clock.step == at
        waiting = [name for name in order if scene[name].blank == "…"]
        assert waiting == list(order[at:])


def test_the_terms_of_a_cell_add_up_to_it():
    for example in (*VECTORS, MANY):
        for view in draw(last(example=example)).values():
            if (
                isinstance(view, Matrix)
                and view.row_vectors is not None
                and "score" not in view.notes
            ):
                assert np.allclose(view.row_vectors @ view.column_vectors.T, view.values)


# --- the lesson ------------------------------------------------------------------------------------


def test_the_lesson_is_true():
    steps = {s.title: s.params for s in parse((FOLDER / "lesson.md").read_text(), Params)}
    hand = last()
    assert hand.it.raw[3, 1] == 4 == 2 * 1.5 + 0.5 * 2
    assert hand.it.weight[3].argmax() == 1 != np.linalg.norm(hand.case.k, axis=1).argmax()
    k = (e.HAND_K[0], (-0.5, 2.0), *e.HAND_K[2:])
    assert last(k=k).it.raw[3, 1] == 0
    assert last(k=k).it.weight[3].argmax() == 3
    wish = e.BOOKS_Q[0]
    spread = [
        last(example=LIBRARY, wish=((c * wish[0], c * wish[1]),)).entropy[0] for c in (0, 1, 1.5)
    ]
    assert spread == sorted(spread, reverse=True)
    assert np.isclose(spread[0], 2)
    swapped = last(example=LIBRARY, labels=(*e.BOOKS_K[:3], e.BOOKS_K[0])).it.weight[0]
    assert swapped[0] == swapped[3] > 0.3
    row = last(**vars(steps["The slide's scores"])).it.weight[2]
    assert row.argmax() == 2
    assert row[3] > row[5]
    patches = last(**vars(steps["A picture asks its caption"]))
    assert patches.it.weight.shape == (6, 4)
    assert patches.case.rows[patches.query] == "sea"
    assert patches.it.weight[patches.query].argmax() == 0
    maps = last(**vars(steps["Many narrow heads"])).it.each.weight
    apart = np.abs(maps[1] - maps[2]).max(-1)
    assert apart.argmax() == 1


def test_the_examples_are_those_of_the_worked_examples():
    """The file lies beside the project, not in it: compared where it is there."""
    path = Path("/work/shared/catalogue/worked_examples.json")
    if not path.exists():
        pytest.skip("no catalogue here")
    found = json.loads(path.read_text())
    known = {row["name"]: row for row in (found if isinstance(found, list) else found["examples"])}
    raw, masked = known["raw-attention-scores"], known["masked-attention-weights"]
    assert np.array_equal(raw["inputs"]["scores"], e.SIX_S)
    assert np.allclose(raw["right"]["softmax_rows"], last(example=SIX).it.weight, atol=1e-5)
    causal = last(example=SIX, mask="causal").it.weight
    assert np.allclose(raw["right"]["causal_softmax_rows"], causal, atol=1e-5)
    assert np.array_equal(masked["inputs"]["recovered_raw_scores"], e.SEVEN_S)
    assert np.array_equal(masked["expected_in_seed"], e.PRINTED)
    right = masked["right"]["softmax_of_recovered"]
    assert np.allclose(right, last(example=SEVEN).it.weight, atol=1e-5)
