r"""TRPO's update closely: conjugate gradients find the direction, the line search how far to go.

All is seen in the plane of theta that the step $\sqrt{2\delta / x^\top H x}\,x$ and the gradient span.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from models.maths.trust_region import search

from .race import Race, race
from .slices import Along, Plane, Slice, Tried, sliced
from .study import Params, study

Array = np.ndarray


@dataclass(frozen=True)
class Frame:
    """The update after some iterations and some candidates."""

    params: Params
    iteration: int  # of conjugate gradients
    residual: Float[Array, " i"]  # |g - H x|, of all iterations
    tried: tuple[Tried, ...]  # candidates so far
    accepted: bool
    yours: Tried  # where a person has put the step
    slice: Slice
    along: Along
    race: Race


@lru_cache(maxsize=12)
def looked(p: Params) -> tuple[Plane, Slice, Along, Race]:
    """All that does not depend on where a person has put the step."""
    given = study(p.before, p.settings, p.seed)
    plane = sliced(p, given)
    return plane, plane.seen(), plane.along(), race(p, given)


def compute(p: Params) -> Iterator[Frame]:
    """Yield each iteration of conjugate gradients, then each candidate of the line search."""
    plane, seen, along, run = looked(p.still)
    residual = np.array([one.residual.item() for one in plane.iterates])
    yours = plane.tried(np.array(p.step[0]))
    frame = Frame(p, 0, residual, (), False, yours, seen, along, run)
    for i in range(p.iterations + 1):
        frame = replace(frame, iteration=i)
        yield frame
    given = plane.given
    for one in search(given.policy, plane.theta, plane.step, given.batch, p.region):
        here = plane.tried(np.array([p.region.backtrack**one.j, 0.0]))
        frame = replace(frame, tried=(*frame.tried, here), accepted=bool(one.accepted.all()))
        yield frame
        if frame.accepted:
            return
