"""Filters, chance and measures of decoding, against transformers' own processors and scipy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from transformers import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from models.maths import decoding
from models.maths.attention import entropy
from models.maths.decoding import (
    cut_nucleus,
    draw,
    min_p,
    nucleus,
    perplexity,
    repetition,
    said_before,
    sampling_floor,
    softmax,
    temperature,
    top_k,
    top_p,
    total_variation,
)

MAT = np.array([0.8, 0.1, 0.05, 0.05])  # next-word-mat: mat, floor, table, cloud
# transformer-probabilities: the rows of the slide, cat sat on the mat . other, as printed
SLIDE = np.array(
    [
        [0.98, 0.01, 0.002, 0.003, 0.002, 0.001, 0.002],
        [0.002, 0.95, 0.02, 0.01, 0.01, 0.002, 0.006],
        [0.001, 0.02, 0.97, 0.005, 0.002, 0.002, 0.0005],
        [0.001, 0.005, 0.002, 0.99, 0.001, 0.001, 0.0002],
        [0.001, 0.002, 0.002, 0.02, 0.94, 0.03, 0.005],
        [0.0005, 0.002, 0.003, 0.01, 0.03, 0.99, 0.0005],
    ]
)


def logits(seed: int, v: int = 1024) -> np.ndarray:
    """Such as a network has: most tokens far below a few."""
    return 3 * np.random.default_rng(seed).normal(size=v)


SAID = (3, 3, 17, 900)
OURS = {
    "temperature": lambda z: temperature(z, 0.7),
    "top-k": lambda z: top_k(z, 40),
    "top-p": lambda z: top_p(z, 0.85),
    "min-p": lambda z: min_p(z, 0.02),
    "repetition": lambda z: repetition(z, SAID, 1.3),
}
THEIRS = {
    "temperature": TemperatureLogitsWarper(0.7),
    "top-k": TopKLogitsWarper(40),
    "top-p": TopPLogitsWarper(0.85),
    "min-p": MinPLogitsWarper(0.02),
    "repetition": RepetitionPenaltyLogitsProcessor(1.3),
}


def theirs(z: np.ndarray, *names: str) -> np.ndarray:
    x = torch.tensor(z)[None]
    for name in names:
        x = THEIRS[name](torch.tensor([SAID]), x)
    return x[0].numpy()


@pytest.mark.parametrize("name", OURS)
def test_each_filter_is_that_of_transformers(name):
    for seed in range(5):
        z = logits(seed)
        assert np.allclose(OURS[name](z), theirs(z, name))


@given(st.permutations(list(OURS)), st.integers(0, 99))
def test_filters_in_any_order_are_those_of_transformers_in_that_order(order, seed):
    z = ours = logits(seed)
    for name in order:
        ours = OURS[name](ours)
    assert np.allclose(ours, theirs(z, *order))


def test_filters_do_not_commute():
    z = logits(0)
    hot = temperature(z, 2.0)
    late, early = temperature(top_p(z, 0.9), 2.0), top_p(hot, 0.9)
    assert np.isfinite(late).sum() < np.isfinite(early).sum()
    assert total_variation(softmax(late), softmax(early)) > 0.1


def test_temperature_zero_is_the_argmax_exactly_and_the_limit_of_small_ones():
    z = logits(1)
    p = softmax(temperature(z, 0.0))
    assert p[z.argmax()] == 1 and p.sum() == 1
    assert total_variation(softmax(temperature(z, 1e-3)), p) < 1e-12
    assert softmax(temperature(np.array([1.0, 5.0, 5.0]), 0.0)).tolist() == [0, 1, 0]


def test_temperature_one_and_filters_wide_open_change_nothing():
    z = logits(2)
    assert np.array_equal(temperature(z, 1.0), z)
    for same in (top_k(z, len(z)), top_p(z, 1.0), min_p(z, 0.0), repetition(z, SAID, 1.0)):
        assert np.array_equal(same, z)


def test_a_penalty_lowers_what_was_said_whatever_its_sign():
    z = np.array([2.0, -2.0, 1.0, -1.0])
    assert repetition(z, (0, 1), 2.0).tolist() == [1.0, -4.0, 1.0, -1.0]
    assert z.tolist() == [2.0, -2.0, 1.0, -1.0]  # the given logits stay


def test_the_nucleus_is_the_smallest_set_that_holds_enough():
    for seed in range(20):
        p = softmax(logits(seed))
        size = nucleus(p, 0.9)
        best = sorted(p, reverse=True)
        assert sum(best[:size]) >= 0.9 > sum(best[: size - 1])
        assert np.isfinite(top_p(np.log(p), 0.9)).sum() == size


def test_a_cut_before_the_nucleus_makes_it_smaller_where_it_is_wide_and_never_larger():
    flat, sharp = softmax(logits(0) / 6), softmax(3 * logits(0))
    assert cut_nucleus(flat, 0.9, 50) < 50 < nucleus(flat, 0.9) / 2
    assert cut_nucleus(sharp, 0.9, 50) == nucleus(sharp, 0.9)
    assert cut_nucleus(flat, 0.9, len(flat)) == nucleus(flat, 0.9)


def test_a_coin_falls_on_each_token_as_often_as_it_should_and_never_on_what_was_dropped():
    p = softmax(top_k(logits(3), 8))
    coins = (np.arange(20_000) + 0.5) / 20_000
    drawn = np.bincount([draw(p, u) for u in coins], minlength=len(p)) / len(coins)
    assert np.abs(drawn - p).max() < 1e-4
    assert not drawn[p == 0].any()
    assert p[draw(p, 0.0)] > 0 and p[draw(p, np.nextafter(1, 0))] > 0


@pytest.mark.parametrize("n", [1, 10, 1000])
def test_the_floor_is_the_mean_deviation_of_binomials(n):
    p = np.append(softmax(logits(4, 50)), 0.0)
    count = np.arange(n + 1)
    mean = sum((binom.pmf(count, n, q) * np.abs(count / n - q)).sum() for q in p) / 2
    assert np.isclose(sampling_floor(p, n), mean)


def test_fair_draws_are_as_far_off_as_the_floor_says():
    p, rng = softmax(logits(5, 100)), np.random.default_rng(0)
    off = [total_variation(rng.multinomial(1000, p) / 1000, p) for _ in range(300)]
    assert np.isclose(np.mean(off), sampling_floor(p, 1000), rtol=0.03)
    assert sampling_floor(np.array([0.0, 1.0]), 1000) == 0


def test_the_slides_cat_sits_on_the_mat():
    assert np.isclose(MAT.sum(), 1)
    assert temperature(np.log(MAT), 0.0).argmax() == 0
    assert np.isclose(entropy(MAT[None])[0] * np.log(2), 0.708347, atol=1e-6)
    assert (nucleus(MAT, 0.8), nucleus(MAT, 0.9 + 1e-9)) == (1, 3)


def test_three_rows_of_the_slides_table_are_no_distributions_and_a_softmax_mends_them():
    assert np.allclose(SLIDE.sum(1), [1, 1, 1.0005, 1.0002, 1, 1.036])
    mended = softmax(np.log(SLIDE))
    assert np.allclose(mended.sum(1), 1)
    assert np.allclose(mended[5, 5], 0.955598, atol=1e-6)


def test_the_slides_perplexity_is_right():
    assert np.isclose(
        perplexity(np.array([0.98, 0.95, 0.97, 0.99, 0.94, 0.99])), 1.03113, atol=1e-5
    )
    assert np.isclose(perplexity(np.full(7, 1 / 1024)), 1024)
    assert perplexity(np.array([])) == 1


def test_what_is_said_before_is_counted_in_runs():
    assert said_before((1, 2, 3, 4)) == 0
    assert said_before((1, 2, 3, 1, 2, 3)) == 1 - 3 / 4
    assert said_before((1, 2)) == 0


def test_nothing_here_forgets_what_it_was_given():
    z = logits(6)
    before = z.copy()
    for change in OURS.values():
        change(z)
    assert np.array_equal(z, before)
    assert decoding.softmax(z).sum() == pytest.approx(1)
