"""Small worlds in the plane: data sets that every picture of a distribution can be shown on.

All are centred near the origin and reach about 2.5 from it.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from models.maths.mixtures import Mixture

Array = np.ndarray


def ring(k: int = 8, radius: float = 2.0, std: float = 0.16) -> Mixture:
    """k equal clusters on a circle, the first one to the right."""
    angle = 2 * np.pi * np.arange(k) / k
    return Mixture(radius * np.stack([np.cos(angle), np.sin(angle)], -1), std)


def grid(side: int = 5, spacing: float = 1.0, std: float = 0.1) -> Mixture:
    """side × side equal clusters, `spacing` apart, row by row from below."""
    ticks = spacing * (np.arange(side) - (side - 1) / 2)
    x, y = np.meshgrid(ticks, ticks)
    return Mixture(np.stack([x.ravel(), y.ravel()], -1), std)


def _moons(n: int, rng: np.random.Generator) -> Array:
    """Two half circles, each reaching into the other."""
    angle, lower = np.pi * rng.random(n), rng.random(n) < 0.5
    upper_arc = np.stack([np.cos(angle), np.sin(angle)], -1)
    arc = np.where(lower[:, None], [1.0, 0.5] - upper_arc, upper_arc)
    return 1.6 * (arc - [0.5, 0.25]) + 0.1 * rng.standard_normal((n, 2))


def _spiral(n: int, rng: np.random.Generator) -> Array:
    """Two arms that wind round each other one and a half times."""
    turn = 3 * np.pi * np.sqrt(0.03 + 0.97 * rng.random(n))  # square root: even along the arm
    arm = np.pi * (rng.random(n) < 0.5)
    point = turn[:, None] * np.stack([np.cos(turn + arm), np.sin(turn + arm)], -1)
    arms: Array = 2.4 / (3 * np.pi) * point + 0.05 * rng.standard_normal((n, 2))
    return arms


def _checkerboard(n: int, rng: np.random.Generator) -> Array:
    """The dark squares of a board of four by four."""
    column = rng.integers(4, size=n)
    row = 2 * rng.integers(2, size=n) + column % 2
    return 1.1 * (np.stack([column, row], -1) + rng.random((n, 2)) - 2)


def _pinwheel(n: int, rng: np.random.Generator) -> Array:
    """Five blades that bend further the further out they reach."""
    along, across = 1.0 + 0.3 * rng.standard_normal(n), 0.1 * rng.standard_normal(n)
    angle = 2 * np.pi * rng.integers(5, size=n) / 5 + 0.25 * np.exp(along)
    forth = np.stack([np.cos(angle), np.sin(angle)], -1)
    side = np.stack([-np.sin(angle), np.cos(angle)], -1)
    blade: Array = 1.3 * (along[:, None] * forth + across[:, None] * side)
    return blade


def _smile(n: int, rng: np.random.Generator) -> Array:
    """A face: its outline, two eyes and a mouth."""
    part = rng.choice(4, n, p=[0.5, 0.125, 0.125, 0.25])[:, None]
    angle = 2 * np.pi * rng.random(n)
    circle = np.stack([np.cos(angle), np.sin(angle)], -1)
    bow = 1.3 * np.stack([np.cos(angle / 2 + np.pi), np.sin(angle / 2 + np.pi)], -1)
    left, right = [-0.75, 0.65] + 0.15 * circle, [0.75, 0.65] + 0.15 * circle
    face: Array = np.select([part == 0, part == 1, part == 2], [2.3 * circle, left, right], bow)
    return face + 0.05 * rng.standard_normal((n, 2))


DATASETS: dict[str, Callable[[int, np.random.Generator], Array]] = {
    "ring": lambda n, rng: ring().sample(n, rng),
    "grid": lambda n, rng: grid().sample(n, rng),
    "moons": _moons,
    "spiral": _spiral,
    "checkerboard": _checkerboard,
    "pinwheel": _pinwheel,
    "smile": _smile,
}


def dataset(name: str, n: int, rng: np.random.Generator) -> Float[Array, "n 2"]:
    """n fresh points of the named data set; KeyError for a name that is not in DATASETS."""
    return DATASETS[name](n, rng)
