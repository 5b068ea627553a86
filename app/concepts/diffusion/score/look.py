"""What the planes of this page share: the window, the shaded density, the handles, arrows held short."""

import numpy as np

from app.figures.scene import Handles, Heat, Layer, Words

from .world import BEYOND, REACH, Params

Array = np.ndarray
WINDOW = (-REACH, REACH)
FIELD = (-BEYOND, BEYOND)
LONGEST = 0.55  # of an arrow


def shade(values: Array) -> Heat:
    """A density over the field."""
    return Heat(values, FIELD, FIELD, "sequential", 0.0, 1.0, 0.35)


def worlds(p: Params) -> tuple[Layer, ...]:
    """The centres, to be dragged, and which of them is the narrow one."""
    centres = np.array(p.centres)
    name = Words(centres[:1] - np.array([0, 0.55]), (f"narrow, {p.share:.0%}",), "ink")
    return Handles("centres", centres, "data", grow=True, label="centres"), name


def capped(uv: Array) -> Array:
    """Arrows to scale where short, held below LONGEST where long."""
    length = np.linalg.norm(uv, axis=-1, keepdims=True)
    return np.asarray(uv / np.sqrt(1 + (length / LONGEST) ** 2))
