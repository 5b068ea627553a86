r"""Digits drawn by a program: strokes bent by chance, seen on 8 × 8 pixels from -1 (paper) to 1 (ink).

A point $p$ of a stroke moves to $p + C\,(1, x, y, x^2, xy, y^2)^\top$ with a random $C$: shift, turn,
slant, size and a bend at once. A pixel is as dark as the nearest stroke is near.
"""

from functools import cache

import numpy as np
from jaxtyping import Float, Int

Array = np.ndarray
SIDE, CLASSES = 8, 10
DOTS = 48  # along the strokes of one digit
# Standard deviations of C for the monomials 1, x, y, x², xy, y², in units of half a digit's height.
BENDS = np.array([0.07, 0.10, 0.10, 0.05, 0.06, 0.05])


def _arc(x: float, y: float, rx: float, ry: float, start: int, end: int) -> Array:
    """Part of an ellipse, angles in degrees, counted from the right through the top."""
    angle = np.radians(np.linspace(start, end, 25))
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], -1)


def _line(*corners: tuple[float, float]) -> Array:
    return np.array(corners, float)


# Strokes in a box from (-0.6, -1) to (0.6, 1), y upwards.
GLYPHS: tuple[tuple[Array, ...], ...] = (
    (_arc(0.0, 0.0, 0.58, 0.95, 90, 450),),
    (_line((-0.35, 0.6), (0.05, 0.95), (0.05, -0.95)),),
    (_arc(0.0, 0.45, 0.55, 0.5, 165, -40), _line((0.42, 0.13), (-0.55, -0.95), (0.6, -0.95))),
    (_arc(-0.05, 0.48, 0.52, 0.47, 150, -90), _arc(-0.05, -0.47, 0.6, 0.48, 90, -150)),
    (_line((0.2, 0.95), (-0.6, -0.3), (0.6, -0.3)), _line((0.28, 0.3), (0.28, -0.95))),
    (_line((0.5, 0.95), (-0.42, 0.95), (-0.48, 0.1)), _arc(-0.08, -0.37, 0.6, 0.58, 130, -140)),
    (_arc(0.55, 0.1, 1.1, 0.9, 105, 180), _arc(0.0, -0.42, 0.54, 0.53, 180, 540)),
    (_line((-0.55, 0.9), (0.55, 0.9), (-0.15, -0.95)),),
    (_arc(0.0, 0.48, 0.45, 0.46, -90, 270), _arc(0.0, -0.48, 0.55, 0.48, 90, 450)),
    (_arc(-0.02, 0.42, 0.54, 0.53, 0, 360), _arc(-0.55, -0.1, 1.07, 0.9, 0, -75)),
)


@cache
def _dots() -> Float[Array, "10 dots 2"]:
    """Every glyph as the same number of points, evenly along its strokes."""
    return np.stack([_evenly(strokes) for strokes in GLYPHS])


def _evenly(strokes: tuple[Array, ...]) -> Float[Array, "dots 2"]:
    """Points at equal steps along the strokes; a lifted pen leaves no ink."""
    ways = [np.linalg.norm(np.diff(stroke, axis=0), axis=-1) for stroke in strokes]
    ends = np.cumsum([0.0, *(way.sum() for way in ways)])
    dots = np.empty((DOTS, 2))
    at = (np.arange(DOTS) + 0.5) / DOTS * ends[-1]
    for stroke, way, start, end in zip(strokes, ways, ends, ends[1:], strict=False):
        mine = (at >= start) & (at < end)
        along = np.concatenate([[0.0], np.cumsum(way)])
        for axis in (0, 1):
            dots[mine, axis] = np.interp(at[mine] - start, along, stroke[:, axis])
    return dots


def draw(label: Int[Array, " n"], rng: np.random.Generator) -> Float[Array, "n 64"]:
    """One digit of each class asked for, row by row from above, values in [-1, 1]."""
    n, dots = len(label), _dots()[label]
    x, y = dots[..., 0], dots[..., 1]
    monomials = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1)
    bend = BENDS[:, None] * rng.standard_normal((n, 6, 2))
    dots = dots + monomials @ bend
    width = 0.22 + 0.035 * rng.standard_normal((n, 1))  # of half a stroke
    ticks = (np.arange(SIDE) - 3.5) * 0.32
    pixels = np.stack(np.meshgrid(ticks, ticks[::-1]), -1).reshape(-1, 2)
    squares = np.square(dots).sum(-1)[:, None] + np.square(pixels).sum(-1)[:, None]
    far = np.sqrt(np.maximum(squares - 2 * pixels @ dots.swapaxes(-1, -2), 0).min(-1))
    ink: Array = np.tanh((width - far) / 0.14)
    return ink


def balanced(per_class: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """As many of each class, in turn 0 to 9: images (10 per_class, 64) and labels."""
    label = np.tile(np.arange(CLASSES), per_class)
    return draw(label, rng), label
