"""Distances of clouds against scipy and against what is known in closed form."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist, pdist
from scipy.stats import wasserstein_distance

from models.maths.distances import (
    frechet,
    mean_distance,
    mmd,
    noise_floor,
    sliced_w2,
    sliced_w2_floor,
)

RNG = np.random.default_rng(0)
CLOUD = RNG.standard_normal((300, 2))


def gaussian(n, rng):
    return rng.standard_normal((n, 2))


def test_a_cloud_is_no_way_from_itself():
    assert sliced_w2(CLOUD, CLOUD[::-1]) == pytest.approx(0, abs=1e-12)
    assert mmd(CLOUD, CLOUD[::-1]) == pytest.approx(0, abs=1e-7)


def test_diversity_is_the_mean_over_all_pairs():
    assert mean_distance(CLOUD) == pytest.approx(pdist(CLOUD).mean(), rel=1e-9)
    assert mean_distance(np.ones((5, 3)) / 3) == 0


def test_a_moved_cloud_is_its_move_over_root_two_away():
    assert sliced_w2(CLOUD, CLOUD + np.array([3.0, 4.0])) == pytest.approx(5 / np.sqrt(2))


def test_a_doubled_cloud_is_the_same_cloud():
    assert sliced_w2(CLOUD, np.concatenate([CLOUD, CLOUD])) == pytest.approx(0, abs=1e-7)


def test_unequal_sizes_agree_with_scipy_where_it_can_tell():
    # Points of 0 and 1 alone: squared and plain distances are equal, so W2² = W1.
    a, b = RNG.integers(2, size=(7, 1)), RNG.integers(2, size=(12, 1))
    flat = np.zeros
    ours = sliced_w2(np.hstack([a, flat(a.shape)]), np.hstack([b, flat(b.shape)]))
    w1 = wasserstein_distance(a.ravel(), b.ravel())
    assert ours == pytest.approx(np.sqrt(w1 / 2))  # the mean of cos² over all directions is a half


def test_mmd_is_the_three_means_of_the_kernel():
    other = CLOUD[:100] + 0.5
    k = lambda x, y: np.exp(-cdist(x, y, "sqeuclidean") / (2 * 0.7**2)).mean()  # noqa: E731
    expected = np.sqrt(k(CLOUD, CLOUD) + k(other, other) - 2 * k(CLOUD, other))
    assert mmd(CLOUD, other, 0.7) == pytest.approx(expected)


def test_more_samples_lower_the_floor_like_the_root_of_their_number():
    floors = [sliced_w2_floor(gaussian, n, np.random.default_rng(1)) for n in (100, 1600)]
    assert floors[0] / floors[1] == pytest.approx(4, rel=0.35)


def test_the_floor_is_what_a_perfect_model_reads():
    rng = np.random.default_rng(2)
    floor = noise_floor(mmd, gaussian, 400, rng)
    reads = [mmd(gaussian(400, rng), gaussian(400, rng)) for _ in range(8)]
    assert np.mean(reads) == pytest.approx(floor, rel=0.3)
    assert mmd(gaussian(400, rng), gaussian(400, rng) + 0.5) > 2 * floor


def test_the_frechet_distance_is_the_formula_with_scipys_root():
    a, b = (
        RNG.standard_normal((300, 5)) @ RNG.standard_normal((5, 5)),
        RNG.standard_normal((200, 5)),
    )
    c_a, c_b = np.cov(a.T), np.cov(b.T)
    apart = np.square(a.mean(0) - b.mean(0)).sum()
    expected = apart + np.trace(c_a + c_b - 2 * sqrtm(c_a @ c_b).real)
    assert frechet(a, b) ** 2 == pytest.approx(expected)
    assert frechet(a, a + 3.0) == pytest.approx(3 * np.sqrt(5))
