"""What a hand has drawn, as a picture: strokes of a round pen on a grid of pixels."""

from itertools import pairwise

import numpy as np
from jaxtyping import Float

Array = np.ndarray
Strokes = tuple[tuple[tuple[int, int], ...], ...]
PEN = 1.3  # radius in pixels: strokes as wide as those of the digits that the net knows


def ink(strokes: Strokes, side: int, pen: float = PEN) -> Float[Array, "side side"]:
    """How far each pixel is covered by the strokes, 0 to 1, with soft edges one pixel wide."""
    y, x = np.mgrid[:side, :side].astype(float)
    cover = np.zeros((side, side))
    for stroke in strokes:
        for a, b in pairwise(stroke) if len(stroke) > 1 else [(stroke[0], stroke[0])]:
            cover = np.maximum(cover, np.clip(pen + 0.5 - distance(x, y, a, b), 0, 1))
    return cover


def distance(x: Array, y: Array, a: tuple[int, int], b: tuple[int, int]) -> Array:
    """The distance of each (x, y) from the straight line between a and b."""
    way = np.array([b[0] - a[0], b[1] - a[1]])
    length = float(way @ way)
    share = ((x - a[0]) * way[0] + (y - a[1]) * way[1]) / length if length else np.zeros(x.shape)
    share = np.clip(share, 0, 1)
    far: Array = np.hypot(x - a[0] - share * way[0], y - a[1] - share * way[1])
    return far
