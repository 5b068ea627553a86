"""Linear control against scipy's solution of the Riccati equation."""

import numpy as np
import pytest
from scipy.linalg import solve_discrete_are

from models.maths.lqr import gain, linearised


@pytest.mark.parametrize("seed", range(5))
def test_the_gain_is_the_one_that_scipys_riccati_solution_gives(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((4, 4)), rng.standard_normal((4, 2))
    q, r = np.diag(rng.uniform(0.1, 2, 4)), np.diag(rng.uniform(0.1, 2, 2))
    p = solve_discrete_are(a, b, q, r)
    theirs = np.linalg.solve(r + b.T @ p @ b, b.T @ p @ a)
    assert np.allclose(gain(a, b, q, r), theirs, rtol=1e-6)


def test_a_held_world_settles():
    a, b = np.array([[1.0, 0.1], [0.5, 1.0]]), np.array([[0.0], [0.1]])
    k = gain(a, b, np.eye(2), np.eye(1))
    assert np.abs(np.linalg.eigvals(a - b @ k)).max() < 1 < np.abs(np.linalg.eigvals(a)).max()


def test_a_world_that_no_control_reaches_is_refused():
    with pytest.raises(ValueError, match="no linear control"):
        gain(np.diag([2.0, 0.5]), np.array([[0.0], [1.0]]), np.eye(2), np.eye(1))


def test_a_linear_world_is_its_own_linearisation():
    rng = np.random.default_rng(9)
    a, b = rng.standard_normal((3, 3)), rng.standard_normal((3, 2))
    found = linearised(lambda s, u: s @ a.T + u @ b.T, np.zeros(3), np.zeros(2))
    assert np.allclose(found[0], a) and np.allclose(found[1], b)
