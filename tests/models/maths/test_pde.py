"""Densities on a grid: what theory says of any finite-volume scheme, and of this one."""

import numpy as np
import pytest

from models.maths import pde
from models.maths.pde import Grid

GRID = Grid(-4.0, 4.0, 40)


def faces(grid, field):
    """The components of a field (n, 2) -> (n, 2) across the faces of the grid."""
    return tuple(
        field(grid.faces(axis))[:, 1 - axis].reshape(grid.across(axis)) for axis in range(2)
    )


def spun(x):
    return np.stack([-x[:, 1], x[:, 0]], -1)


def gaussian(grid, centre, std):
    square = np.square(grid.centres - np.array(centre)).sum(-1) / std**2
    return (np.exp(-square / 2) / (2 * np.pi * std**2)).reshape(grid.cells, grid.cells)


def walked(grid, p, u, diffusion, span, part=1.0):
    """The density at the end, and the mass that left."""
    steps = int(np.ceil(span / (part * pde.longest_step(u, diffusion, grid.width))))
    lost = 0.0
    for _ in range(steps):
        p, left = pde.step(p, u, u, diffusion, grid.width, span / steps)
        lost += left
    return p, lost


def test_places_are_x_before_y_and_rows_go_up():
    grid = Grid(0.0, 3.0, 3)
    np.testing.assert_allclose(grid.centres[:4], [[0.5, 0.5], [1.5, 0.5], [2.5, 0.5], [0.5, 1.5]])
    assert grid.across(0) == (4, 3) and len(grid.faces(0)) == 12
    np.testing.assert_allclose(grid.faces(1)[:2], [[0.0, 0.5], [1.0, 0.5]])
    counted = grid.counted(np.array([[2.5, 0.5], [2.5, 1.5], [9.0, 9.0], [2.6, 1.4]]))
    assert counted[0, 2] == 0.25 and counted[1, 2] == 0.5 and counted.sum() == 0.75


@pytest.mark.parametrize("diffusion", [0.0, 0.3])
def test_no_mass_is_made_or_lost_and_no_density_is_negative(diffusion):
    rng = np.random.default_rng(0)
    p = rng.random((40, 40)) * (rng.random((40, 40)) < 0.3)  # rough, with empty cells
    p /= p.sum() * GRID.width**2
    u = faces(GRID, lambda x: 2 * spun(x) + np.sin(3 * x))
    end, lost = walked(GRID, p, u, diffusion, 0.8)
    assert lost > 0.1
    assert end.sum() * GRID.width**2 + lost == pytest.approx(1, abs=1e-12)
    assert end.min() >= -1e-15


def test_three_times_the_longest_step_breaks_what_it_promises():
    """The bound is not idle: well beyond it densities fall below zero."""
    p = np.zeros((40, 40))
    p[20, 20] = 1
    u = faces(GRID, lambda x: 0 * x)
    assert walked(GRID, p, u, 0.5, 0.2)[0].min() >= 0
    assert walked(GRID, p, u, 0.5, 0.2, part=3.0)[0].min() < -1e-3


def test_diffusion_alone_adds_its_variance():
    p, lost = walked(GRID, gaussian(GRID, (0.2, -0.1), 0.5), faces(GRID, lambda x: 0 * x), 0.3, 0.8)
    assert lost < 1e-4
    x = GRID.centres[:, 0]
    mean = x @ p.ravel() * GRID.width**2
    variance = np.square(x - mean) @ p.ravel() * GRID.width**2
    assert mean == pytest.approx(0.2, abs=1e-3)
    assert variance == pytest.approx(0.25 + 2 * 0.3 * 0.8, rel=0.01)


def test_a_turn_brings_the_density_back_better_on_a_finer_grid():
    gaps = []
    for cells in (30, 60):
        grid = Grid(-4.0, 4.0, cells)
        first = gaussian(grid, (1.5, 0.0), 0.6)
        end, _ = walked(grid, first, faces(grid, spun), 0.0, 2 * np.pi)
        gaps.append(np.abs(end - first).sum() * grid.width**2 / 2)
    assert gaps[1] < 0.1
    assert gaps[1] < gaps[0] / 2.5  # better than first order would do


def test_drift_against_diffusion_settles_on_the_gaussian():
    grid = Grid(-4.0, 4.0, 60)
    end, _ = walked(grid, gaussian(grid, (1.0, 1.0), 0.4), faces(grid, lambda x: -x), 0.5, 6.0)
    rest = gaussian(grid, (0, 0), np.sqrt(0.5))
    assert np.abs(end - rest).sum() * grid.width**2 / 2 < 0.01


def test_one_axis_works_alone_and_an_open_edge_lets_out():
    grid = Grid(0.0, 2.0, 50, axes=1)
    p = np.where(np.abs(grid.centres[:, 0] - 1) < 0.2, 2.5, 0.0)
    u = (np.ones(grid.across(0)),)
    end, lost = walked(grid, p, u, 0.0, 1.0)
    assert lost == pytest.approx(0.5, abs=0.01)
    assert end.sum() * grid.width + lost == pytest.approx(1, abs=1e-12)


def test_a_face_is_never_below_zero_and_a_slope_is_exact_on_a_line():
    line = 2 * np.arange(6.0) + 1
    np.testing.assert_allclose(pde.steepness(line), 2)
    rough = np.random.default_rng(1).random((50, 3)) ** 4
    inner, half = rough[1:-1], pde.steepness(rough) / 2
    assert (inner - half).min() >= 0 and (inner + half).min() >= 0
    assert pde.steepness(np.array([0.0, 1.0, 0.0])) == 0
