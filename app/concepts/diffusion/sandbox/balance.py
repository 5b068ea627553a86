r"""Why the density changes at a place: three terms that add up, on the grid and exactly.

$$\frac{\partial p}{\partial t} = -p\, \nabla \cdot u \;-\; u \cdot \nabla p \;+\; \frac{\sigma^2}{2}\, \Delta p$$
what the field thins out, what it brings along, what noise evens out.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from models.maths import pde
from models.maths.pde import Faces, Grid

from .world import Law

Array = np.ndarray
BLOCK = 5  # cells of the grid along a cell in which particles are counted
MOMENT = 1e-4  # between two looks at the exact density


@dataclass(frozen=True)
class Density:
    """p on the grid at a time, and what drives it."""

    grid: Grid
    p: Float[Array, "h w"]
    drift: Faces
    sigma: float
    t: float
    known: bool  # whether the exact density is


@dataclass(frozen=True)
class Balance:
    """The terms at the centre of a cell, a row each, as the grid has them and exactly."""

    place: Float[Array, " 2"]
    terms: Float[Array, "5 2"]  # -p div u, -u grad p, sigma²/2 Lap p, their sum, dp/dt itself
    hidden: Bool[Array, "5 2"]


def divergence(drift: Faces, width: float) -> Float[Array, "h w"]:
    """What flows out of each cell less what flows in, over its area."""
    return np.asarray(sum(np.diff(u, axis=axis) for axis, u in enumerate(drift)) / width)


def laplacian(p: Float[Array, "h w"], width: float) -> Float[Array, "h w"]:
    """How much the four neighbours exceed each cell; nothing lies outside."""
    q = np.pad(p, 1)
    around = q[2:, 1:-1] + q[:-2, 1:-1] + q[1:-1, 2:] + q[1:-1, :-2]
    return np.asarray((around - 4 * p) / width**2)


def maps(name: str, density: Density, law: Law) -> Float[Array, "h w"]:
    """What is shown beside the density, on the same grid."""
    grid = density.grid
    if name == "Laplacian of p":
        return laplacian(density.p, grid.width)
    if name == "change of p":
        return pde.rate(density.p, density.drift, density.sigma**2 / 2, grid.width)[0]
    return law.divergence(grid.centres, density.t).reshape(density.p.shape)


def balance(density: Density, law: Law, probe: tuple[float, float]) -> Balance:
    """The terms in the cell of the probe; the exact ones at its centre."""
    grid, p = density.grid, density.p
    i, j = (int((probe[axis] - grid.low) / grid.width) for axis in (1, 0))
    place = grid.low + grid.width * (np.array([j, i]) + 0.5)
    u = law.drift(place[None], np.array([density.t]))[0]
    half = density.sigma**2 / 2
    uphill = np.array([p[i, j + 1] - p[i, j - 1], p[i + 1, j] - p[i - 1, j]]) / (2 * grid.width)
    on_grid = [
        -p[i, j] * divergence(density.drift, grid.width)[i, j],
        -u @ uphill,
        half * laplacian(p, grid.width)[i, j],
    ]
    change = pde.rate(p, density.drift, half, grid.width)[0][i, j]
    terms, hidden = np.zeros((5, 2)), np.zeros((5, 2), bool)
    terms[:, 0] = [*on_grid, sum(on_grid), change]
    hidden[:, 1] = not density.known
    if density.known:
        terms[:, 1] = exact_terms(law, place[None], density.t, half)
    return Balance(place, terms, hidden)


def exact_terms(law: Law, x: Float[Array, "1 2"], t: float, half: float) -> list[float]:
    """The same in closed form; the last from two exact densities a moment apart."""
    assert law.exact is not None
    here, u = law.exact(t), law.drift(x, np.array([t]))[0]
    p = float(here.density(x)[0])
    parts = [
        -p * float(law.divergence(x, t)[0]),
        -p * float(u @ here.score(x)[0]),
        half * float(here.laplacian(x)[0]),
    ]
    early, late = max(t - MOMENT, 0.0), min(t + MOMENT, law.span)
    change = (law.exact(late).density(x)[0] - law.exact(early).density(x)[0]) / (late - early)
    return [*parts, sum(parts), float(change)]


def variation(
    counts: Array, masses: Array, n: int, rng: np.random.Generator
) -> tuple[float, float]:
    """The total variation between the shares of n particles and masses of cells, and what n perfect draws would read.

    Over blocks of cells, with one for all that is off the grid: half the sum of |difference|.
    """
    seen, expected = (_blocks(part) for part in (counts, masses))
    draws = rng.multinomial(n, expected, size=8) / n
    floor = 0.5 * np.abs(draws - expected).sum(-1).mean()
    return float(0.5 * np.abs(seen - expected).sum()), float(floor)


def _blocks(cells: Array) -> Float[Array, " b"]:
    sums = cells
    for axis in range(cells.ndim):
        sums = np.add.reduceat(sums, np.arange(0, cells.shape[axis], BLOCK), axis)
    sums = sums.ravel()
    whole = np.append(np.maximum(sums, 0), max(1 - float(sums.sum()), 0.0))  # rounding is not mass
    return np.asarray(whole / whole.sum())
