r"""PPO's update closely: after each small step, where every moment stands on $\min(r A, \mathrm{clip}(r) A)$."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from models.maths.proximal import clipped, flows, steps
from models.maths.surrogate import ratio

from .metrics import Metrics, explained, metrics
from .race import Race, race
from .study import Params, study

Array = np.ndarray


class Spot(NamedTuple):
    """The moment that a person drags: its ratio, its advantage and what PPO makes of them."""

    r: float
    advantage: float
    objective: float
    slope: float  # d objective / d r
    counted: float  # the objective in units of |A|


@dataclass(frozen=True)
class Frame:
    """The batch after some of the update's steps."""

    params: Params
    k: int  # steps taken
    r: Float[Array, " m"]
    advantage: Float[Array, " m"]
    flows: Bool[Array, " m"]  # the gradient is not zero
    cases: Int[Array, "2 3"]  # moments with A < 0, A ≥ 0 × below, within, above 1 ± epsilon
    counted: Float[Array, " m"]  # the objective in units of |A|
    whole: Float[Array, "steps metrics"]  # Metrics after every step of the update
    explained: float
    spot: Spot
    hinges: Float[Array, "2 3 2"]  # the objective's corners over r, for A = 1 and A = -1
    race: Race

    @property
    def now(self) -> Metrics:
        """The metrics of this step."""
        return Metrics(*self.whole[self.k].tolist())


def compute(p: Params) -> Iterator[Frame]:
    """Yield the batch before the update and after each of its steps."""
    for frame in update(p.still):
        yield replace(frame, params=p, spot=spot(p))


@lru_cache(maxsize=12)
def update(p: Params) -> tuple[Frame, ...]:
    """The frames of an update: dragging the ring makes none anew."""
    given, epsilon = study(p.before, p.settings, p.seed), p.epsilon
    policy, whole, a = given.policy, given.batch, given.batch.advantage[0]
    ways = [theta for theta, _ in steps(policy, given.moment.training, whole, p.proximal)]
    logged = np.array([metrics(policy, theta, whole, epsilon) for theta in ways])
    hinges, run, foretold, ring = corners(epsilon), race(p, given), explained(given.moment), spot(p)
    frames = []
    for k, theta in enumerate(ways):
        r = ratio(policy, theta, whole)[0]
        counted = clipped(r, np.where(a < 0, -1.0, 1.0), epsilon)
        free, many = flows(r, a, epsilon), cases(r, a, epsilon)
        frames.append(Frame(p, k, r, a, free, many, counted, logged, foretold, ring, hinges, run))
    return tuple(frames)


def corners(epsilon: float) -> Float[Array, "2 3 2"]:
    """Where min(r A, clip(r) A) begins, bends and ends between r = 0 and 2, for A = 1 and -1."""
    good, bad = np.array([0.0, 1 + epsilon, 2.0]), np.array([0.0, 1 - epsilon, 2.0])
    one = np.ones(3)
    lines = (clipped(good, one, epsilon), clipped(bad, -one, epsilon))
    return np.stack([np.stack([good, lines[0]], -1), np.stack([bad, lines[1]], -1)])


def cases(
    r: Float[Array, " m"], advantage: Float[Array, " m"], epsilon: float
) -> Int[Array, "2 3"]:
    """How many moments are in each of the six cases of the clip."""
    where, good = np.digitize(r, (1 - epsilon, 1 + epsilon)), advantage >= 0
    rows = [[np.sum((where == i) & (good == sign)) for i in range(3)] for sign in (False, True)]
    return np.array(rows)


def spot(p: Params) -> Spot:
    """What PPO makes of the moment that a person has put somewhere."""
    r, a = np.array([p.spot[0][0]]), np.array([p.spot[0][1]])
    slope = a * flows(r, a, p.epsilon)
    counted = clipped(r, np.where(a < 0, -1.0, 1.0), p.epsilon)
    parts = (r, a, clipped(r, a, p.epsilon), slope, counted)
    return Spot(*(part.item() for part in parts))
