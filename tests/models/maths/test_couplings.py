"""Pairs: the exact assignment against scipy's, and what crosses against a drawing done by hand."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from models.maths.couplings import assignment, costs, crossings, paired, transport


def clouds(n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)), 0.2 * rng.normal(size=(n, 2)) + 2 * rng.choice([-1, 1], (n, 2))


@pytest.mark.parametrize("n", [1, 2, 7, 40, 200])
def test_the_assignment_is_as_cheap_as_scipys(n):
    cost = costs(*clouds(n, n))
    column = assignment(cost)
    assert sorted(column) == list(range(n))
    expected = cost[linear_sum_assignment(cost)].sum()
    assert cost[np.arange(n), column].sum() == pytest.approx(expected)


def test_the_assignment_takes_any_costs_ties_and_negative_ones_too():
    rng = np.random.default_rng(3)
    for cost in (rng.integers(-3, 3, (30, 30)).astype(float), np.zeros((5, 5))):
        column = assignment(cost)
        expected = cost[linear_sum_assignment(cost)].sum()
        assert cost[np.arange(len(cost)), column].sum() == pytest.approx(expected)


def test_larger_batches_find_cheaper_pairs_and_a_batch_of_one_leaves_them():
    x_0, x_1 = clouds(200)
    price = [transport(x_0, paired(x_0, x_1, batch)) for batch in (1, 5, 50, 200)]
    assert price[0] == transport(x_0, x_1)
    assert (np.diff(price) < 0).all()
    np.testing.assert_allclose(np.sort(paired(x_0, x_1, 7), 0), np.sort(x_1, 0))


def test_ways_that_cross_are_counted_once_a_pair():
    x_0 = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 3.0]])
    x_1 = np.array([[1.0, 1.0], [1.0, 0.0], [1.0, 2.0]])
    assert crossings(x_0, x_1) == pytest.approx(1 / 3)
    assert crossings(x_0, x_0 + np.array([1.0, 0.0])) == 0


def test_the_best_pairs_never_meet_on_their_way_but_may_cross_on_paper():
    """(x_0 - y_0)·(x_1 - y_1) >= 0 for every two pairs: at no time are they in one place."""
    x_0, x_1 = clouds(100)
    best = x_1[assignment(costs(x_0, x_1))]
    apart = ((x_0[:, None] - x_0) * (best[:, None] - best)).sum(-1)
    assert apart.min() > -1e-9
    tandem = np.array([[-0.9, 0.0], [-0.1, -0.02]]), np.array([[0.1, 0.0], [0.9, 0.18]])
    assert crossings(*tandem) == 1
    np.testing.assert_array_equal(assignment(costs(*tandem)), [0, 1])
