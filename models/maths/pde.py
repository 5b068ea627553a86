r"""Density on a grid: probability flows from cell to cell, and none is made or lost on the way.

$$\frac{\partial p}{\partial t} = -\nabla \cdot J, \qquad J = u\, p - D\, \nabla p .$$
With $D = 0$ this is the continuity equation, with $D = \sigma^2 / 2$ that of Fokker and Planck. Each
cell keeps its share of the mass; what leaves one cell through a face enters the next.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Array = np.ndarray
Faces = tuple[
    Array, ...
]  # for each axis of p, a value at every face across it: one more than cells


@dataclass(frozen=True)
class Grid:
    """Equal square cells from `low` to `high` along each of `axes` axes; y comes before x."""

    low: float
    high: float
    cells: int
    axes: int = 2

    @property
    def width(self) -> float:
        """The side of a cell."""
        return (self.high - self.low) / self.cells

    @property
    def centres(self) -> Float[Array, "g d"]:
        """The middle of every cell, row by row from below, x before y."""
        line = self.low + self.width * (np.arange(self.cells) + 0.5)
        return _places([line] * self.axes)

    def faces(self, axis: int) -> Float[Array, "f d"]:
        """The middle of every face across an axis of p."""
        line = self.low + self.width * (np.arange(self.cells) + 0.5)
        edges = self.low + self.width * np.arange(self.cells + 1)
        return _places([edges if a == axis else line for a in range(self.axes)])

    def across(self, axis: int) -> tuple[int, ...]:
        """The shape of values at the faces across an axis."""
        return tuple(self.cells + (a == axis) for a in range(self.axes))

    def counted(self, x: Float[Array, "n d"]) -> Array:
        """The share of the points that lies in each cell; those outside count in the whole."""
        edges = [np.linspace(self.low, self.high, self.cells + 1)] * self.axes
        counts: Array = np.histogramdd(x[:, ::-1], edges)[0] / len(x)
        return counts


def _places(lines: list[Array]) -> Array:
    """All combinations, the first line varying slowest, each place as (x, y) or (x,)."""
    mesh = np.meshgrid(*lines, indexing="ij")
    return np.stack([part.ravel() for part in mesh[::-1]], -1)


def steepness(p: Array) -> Array:
    """The change of p across each cell of axis 0, never so much that a face would be below zero.

    The harmonic mean of the changes on both sides, 0 at a peak or a dip (van Leer, 1974;
    doi:10.1016/0021-9991(74)90019-9).
    """
    change = p[1:] - p[:-1]
    back, ahead = change[:-1], change[1:]
    total = back + ahead  # not 0 where both have one sign
    slope: Array = 2 * np.maximum(back * ahead, 0) / np.where(total == 0, 1, total)
    return slope


def flux(p: Array, u: Array, diffusion: Array | float, width: float) -> Array:
    """J at the faces across axis 0: drift from the side that it comes from, spreading downhill.

    Outside the grid there is nothing: what drifts or spreads over its edge is gone.
    """
    wide = np.zeros((len(p) + 4, *p.shape[1:]))
    wide[2:-2] = p
    inside, half = wide[1:-1], steepness(wide) / 2
    carried = np.where(u > 0, u * (inside + half)[:-1], u * (inside - half)[1:])
    through: Array = carried - diffusion * (inside[1:] - inside[:-1]) / width
    return through


def rate(p: Array, u: Faces, diffusion: Array | float, width: float) -> tuple[Array, float]:
    """dp/dt = -div J in every cell, and how much mass leaves the grid a unit of time."""
    change, lost = np.zeros_like(p), 0.0
    for axis, along in enumerate(u):
        j = flux(np.moveaxis(p, axis, 0), np.moveaxis(along, axis, 0), diffusion, width)
        change -= np.moveaxis(np.diff(j, axis=0), 0, axis) / width
        lost += float((j[-1] - j[0]).sum()) * width ** (p.ndim - 1)
    return change, lost


def longest_step(u: Faces, diffusion: Array | float, width: float) -> float:
    """The longest time step in which no cell can give more than it has, so that p stays ≥ 0.

    A condition of the kind of Courant, Friedrichs and Lewy, 1928 (doi:10.1007/BF01448839): what may
    leave a cell is twice its density times the speed at its faces, and 2 D / width², an axis.
    """
    speed = sum(2 * float(np.abs(along).max()) / width for along in u)
    return 1 / (speed + 2 * len(u) * float(np.max(diffusion)) / width**2 + 1e-12)


def step(
    p: Array, now: Faces, then: Faces, diffusion: Array | float, width: float, dt: float
) -> tuple[Array, float]:
    """p a step later, and the mass that left: the mean of p and of two Euler steps from it.

    Second order in time; no less than 0 where an Euler step is not (Shu and Osher, 1988, sec. 2;
    doi:10.1016/0021-9991(88)90177-5).
    """
    first, lost = rate(p, now, diffusion, width)
    middle = p + dt * first
    second, more = rate(middle, then, diffusion, width)
    return (p + middle + dt * second) / 2, dt * (lost + more) / 2
