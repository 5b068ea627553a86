"""What is read off attention, on maps whose roles are known, and against scipy and torch."""

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch

from models.maths import attention

PERIOD = 5
T = 2 * PERIOD + 1


def looks_back(distance):
    """A head that gives all its weight to one place, `distance` back, or to the start."""
    weight = np.zeros((T, T))
    i = np.arange(T)
    weight[i, np.maximum(0, i - distance)] = 1
    return weight


ROLE = dict(zip(attention.ROLES, range(4), strict=True))


@pytest.mark.parametrize(
    ("distance", "role"),
    [(1, "previous"), (T, "first"), (PERIOD, "same"), (PERIOD - 1, "induction")],
)
def test_a_head_that_does_nothing_but_its_role_scores_one(distance, role):
    assert attention.roles(looks_back(distance), PERIOD)[ROLE[role]] == 1


def test_the_roles_exclude_each_other():
    for distance, role in ((1, "previous"), (PERIOD, "same"), (PERIOD - 1, "induction")):
        scores = attention.roles(looks_back(distance), PERIOD)
        others = [ROLE[r] for r in ("previous", "same", "induction") if r != role]
        assert (scores[others] == 0).all()


def test_roles_keep_the_axes_of_a_batch_of_heads():
    maps = np.stack([looks_back(1), looks_back(PERIOD)])[None].repeat(3, 0)
    assert attention.roles(maps, PERIOD).shape == (4, 3, 2)
    assert (attention.roles(maps, PERIOD)[ROLE["previous"]] == [1, 0]).all()


def test_a_head_that_looks_everywhere_alike_has_rows_of_one_and_sees_nothing_ahead():
    weight = attention.everywhere_alike(T)
    assert np.allclose(weight.sum(-1), 1)
    assert (np.triu(weight, 1) == 0).all()
    assert np.allclose(attention.entropy(weight), np.log2(np.arange(1, T + 1)))


def test_entropy_is_that_of_scipy_also_where_a_weight_is_zero():
    p = np.random.default_rng(0).dirichlet(np.ones(9), 20)
    p[:, :3] = 0
    p /= p.sum(-1, keepdims=True)
    assert np.allclose(attention.entropy(p), scipy.stats.entropy(p, base=2, axis=-1))


def test_log_softmax_is_that_of_scipy_also_for_huge_logits():
    logits = np.random.default_rng(0).normal(size=(7, 50)).astype(np.float32) * 300
    expected = scipy.special.log_softmax(np.float64(logits), -1)
    assert np.allclose(attention.log_softmax(logits), expected)


def test_divergence_is_that_of_scipy_and_zero_only_for_the_same():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(40), (2, 5))
    expected = scipy.stats.entropy(p, q, base=2, axis=-1)
    assert np.allclose(attention.divergence(np.log(p), np.log(q)), expected)
    assert (attention.divergence(np.log(p), np.log(p)) == 0).all()


def test_mean_surprise_is_the_cross_entropy_of_torch():
    rng = np.random.default_rng(0)
    logits, tokens = rng.normal(size=(12, 30)), rng.integers(0, 30, 12)
    nats = torch.nn.functional.cross_entropy(torch.tensor(logits[:-1]), torch.tensor(tokens[1:]))
    bits = attention.surprise(attention.log_softmax(logits), tokens)
    assert np.isclose(bits.mean(), nats.item() / np.log(2))


def test_one_token_alone_surprises_nobody():
    assert attention.surprise(np.log(np.full((1, 4), 0.25)), np.array([2])).shape == (0,)


def test_cosines_are_those_of_torch():
    x = torch.tensor(np.random.default_rng(0).normal(size=(6, 8)))
    expected = torch.nn.functional.cosine_similarity(x[:, None], x[None], -1)
    assert np.allclose(attention.cosines(x.numpy()), expected)


def test_the_slides_row_of_sat_is_the_softmax_of_its_scores():
    row = np.exp(attention.log_softmax(np.array([[0.2, 0.5, 1.8]])))
    assert np.allclose(row, [[0.136932, 0.184839, 0.678229]], atol=1e-6)
    assert np.allclose(attention.entropy(row), 1.2229, atol=1e-4)


def test_the_slides_masked_matrix_is_a_softmax_cut_after_three_digits():
    score = np.array([0.0, 0.4, 0.8, 1.3, 1.5, 1.7, 1.8]) / np.sqrt(4)  # its last row, d_k = 4
    printed = [0.079, 0.097, 0.118, 0.152, 0.168, 0.186, 0.196]
    row = np.exp(attention.log_softmax(score[None]))[0]
    assert np.isclose(row.sum(), 1)
    assert np.array_equal(np.floor(row * 1000) / 1000, printed)
    assert np.isclose(sum(printed), 0.996)
