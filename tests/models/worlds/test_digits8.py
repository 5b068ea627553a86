"""The drawn digits: ten classes that can be told apart, ink where the strokes are."""

import numpy as np

from models.worlds.digits8 import CLASSES, GLYPHS, SIDE, balanced, draw


def test_the_same_seed_draws_the_same_digits_and_no_two_are_alike():
    one, label = balanced(20, np.random.default_rng(3))
    np.testing.assert_array_equal(one, balanced(20, np.random.default_rng(3))[0])
    assert one.shape == (200, SIDE**2) and len(np.unique(one, axis=0)) == 200
    assert np.bincount(label).tolist() == [20] * CLASSES == [20] * len(GLYPHS)


def test_paper_is_minus_one_and_ink_one():
    images, _ = balanced(50, np.random.default_rng(0))
    assert images.min() >= -1 and images.max() <= 1
    pixels = images.reshape(-1, SIDE, SIDE)
    assert np.median(pixels[:, :, 0]) < -0.95
    assert (pixels.max((1, 2)) > 0.3).mean() > 0.95


def test_a_one_is_upright_and_a_seven_is_heavy_at_the_top():
    label = np.array([1, 7, 0])
    images = np.mean([draw(label, np.random.default_rng(i)) for i in range(50)], 0)
    one, seven, zero = images.reshape(3, SIDE, SIDE)
    assert one[:, 3:6].mean() > one[:, :2].mean() + 0.8
    assert seven[:2].mean() > seven[5:7].mean() + 0.2
    assert zero[3:5, 3:5].max() < -0.3 < zero[3, 2]


def test_new_digits_are_nearest_to_known_ones_of_their_class():
    known, label = balanced(100, np.random.default_rng(8))
    new, asked = balanced(20, np.random.default_rng(9))
    nearest = (np.square(known).sum(-1) - 2 * new @ known.T).argmin(-1)
    assert (label[nearest] == asked).mean() > 0.97
