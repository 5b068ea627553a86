r"""A query moved by hand in the plane in which the keys of a head differ most.

With $P$ the two principal axes of the keys, moving $q_i$ by $\delta P$ changes each score by
$\delta \cdot P k_j / \sqrt{d_h}$, and what the plane does not show of the query stays as it is.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Array = np.ndarray
REACH = 12.0  # how far from the middle a query can be dragged


@dataclass(frozen=True)
class Plane:
    """The keys that a reader may look at and its query, along the keys' principal axes."""

    keys: Float[Array, "n 2"]  # from their mean, which the softmax cannot tell
    home: Float[Array, " 2"]  # the query as the network made it
    place: Float[Array, " 2"]  # where it has been moved to
    share: float  # of the keys' variance that the plane holds
    moved: float  # the length of the way
    weight: Float[Array, " n"]  # of each key now
    before: Float[Array, " n"]  # and without the move


def axes(key: Float[Array, "n d"]) -> tuple[Float[Array, "2 d"], float]:
    """The two directions in which the keys differ most, and their share of all variance."""
    apart = (key - key.mean(0)).astype(float)
    size, direction = np.linalg.eigh(apart.T @ apart)  # in rising order
    first: Array = direction.T[:-3:-1]
    # A direction and its opposite are one axis: the sign is that of its largest component.
    sign = np.sign(np.take_along_axis(first, np.abs(first).argmax(1)[:, None], 1))
    total = float(size.sum())
    return first * sign, float(size[-2:].sum()) / total if total else 1.0


def shift(
    pull: tuple[tuple[float, float], ...], query: Float[Array, " d"], key: Float[Array, "n d"]
) -> Float[Array, " d"]:
    """What to add to the query so that it comes to lie at the place in the plane."""
    plane = axes(key)[0]
    return (np.array(pull[0]) - plane @ query) @ plane  # type: ignore[no-any-return]


def spread(
    key: Float[Array, "n d"],
    home: Float[Array, " d"],
    query: Float[Array, " d"],
    weight: Float[Array, " t"],
    before: Float[Array, " t"],
) -> Plane:
    """The keys behind a reader, its query as it was and as it is, and the weights of both."""
    plane, share = axes(key)
    n, moved = len(key), float(np.linalg.norm(query - home))
    keys = (key - key.mean(0)) @ plane.T
    return Plane(keys, plane @ home, plane @ query, share, moved, weight[:n], before[:n])
