"""The small worlds look as they are called."""

import numpy as np
import pytest

from models.maths.toys import DATASETS, dataset, grid, ring


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_fills_the_window_and_stays_in_it(name):
    x = dataset(name, 2000, np.random.default_rng(0))
    assert x.shape == (2000, 2)
    assert np.abs(x).max() < 3.2
    assert np.abs(x.mean(0)).max() < 0.3
    assert (x.std(0) > 0.7).all() and (x.std(0) < 2).all()


@pytest.mark.parametrize("name", DATASETS)
def test_the_same_seed_draws_the_same_points(name):
    draws = [dataset(name, 50, np.random.default_rng(7)) for _ in range(2)]
    assert np.array_equal(*draws)


def test_ring_and_grid_stand_where_they_should():
    assert np.allclose(np.linalg.norm(ring(6, 1.5).means, axis=-1), 1.5)
    assert np.allclose(ring().means[0], [2, 0])
    assert np.allclose(grid(3).means[0], [-1, -1])
    assert len(grid(5).means) == 25


def test_the_checkerboard_leaves_every_other_square_empty():
    column, row = (dataset("checkerboard", 2000, np.random.default_rng(1)) // 1.1).astype(int).T
    assert not ((column + row) % 2).any()
    assert len({*zip(column, row, strict=True)}) == 8


def test_an_unknown_name_is_refused():
    with pytest.raises(KeyError):
        dataset("no such thing", 10, np.random.default_rng(0))
