"""The worlds as one sees them: bars and boxes, as polygons of four corners."""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def bars(
    foot: Float[Array, "n 2"],
    angle: Float[Array, " n"],
    length: float,
    width: float,
    unit: tuple[float, float] = (1.0, 1.0),
) -> Float[Array, "n 4 2"]:
    """Bars that rise from their feet, leaning right by `angle` (rad).

    Lengths count in `unit`, what one looks like along each axis of a picture that is not square.
    """
    along = np.stack([np.sin(angle), np.cos(angle)], -1)
    across = np.stack([np.cos(angle), -np.sin(angle)], -1) * width / 2
    tip = length * along
    corners = np.stack([-across, across, tip + across, tip - across], 1)
    placed: Array = foot[:, None] + corners * np.array(unit)
    return placed


def boxes(centre: Float[Array, "n 2"], width: float, height: float) -> Float[Array, "n 4 2"]:
    """Upright boxes about their centres."""
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) / 2
    placed: Array = centre[:, None] + corners * np.array([width, height])
    return placed
