r"""Who pulls at a particle? Every data point, each by its own velocity, in proportion to its weight.

$u_t(x) = \sum_z p_t(z \mid x)\, u_t(x \mid z)$, and the way that leads through $x$, both ways in time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.flow_matching import Flow
from models.maths.integrators import RULES, Velocity, evenly, solve

Array = np.ndarray
PULLERS = 8  # whose ways are drawn
LEAST = 0.005  # of the weight, for that
BUNDLES = 24  # directions in which pulls are told apart
PIECES = 30  # steps of a way from noise to data


@dataclass(frozen=True)
class Probe:
    """One particle at one time: the data points that pull at it, and the way that it takes."""

    place: Float[Array, "1 2"]
    weights: Float[Array, " m"]  # p_t(z | x)
    parts: Float[Array, "bundles 2"]  # weight times velocity, summed over the points of each bundle
    ways: Float[Array, "b k 2"]  # the conditional ways through the place to some, from noise
    exact: Float[Array, "1 2"]  # the sum of all parts, u_t(x)
    field: Float[Array, "1 2"]  # what the field in use says
    count: float  # exp of the weights' entropy: as many equal points would pull
    spread: float  # rms distance of the targets from their mean at this place
    way: Float[Array, "1 w 2"]  # along the field in use
    fastest: float  # of the exact speeds on it, at all the times that are shown


@dataclass(frozen=True)
class Way:
    """The way of particles along a field: stops, places, and slopes there."""

    t: Float[Array, " s"]
    x: Float[Array, "s n 2"]
    u: Float[Array, "s n 2"]

    def at(self, times: Float[Array, " k"]) -> Float[Array, "k n 2"]:
        """The places at any times: the cubics that fit places and slopes at the stops."""
        i = np.clip(np.searchsorted(self.t, times, "right") - 1, 0, len(self.t) - 2)
        h = (self.t[i + 1] - self.t[i])[:, None, None]
        s = ((times - self.t[i]) / (self.t[i + 1] - self.t[i]))[:, None, None]
        rise = self.x[i + 1] - self.x[i]
        bend = s * (1 - s) * ((1 - s) * (h * self.u[i] - rise) - s * (h * self.u[i + 1] - rise))
        return np.asarray(self.x[i] + s * rise + bend)


def through(velocity: Velocity, x: Float[Array, "n 2"], held: float, pieces: int = PIECES) -> Way:
    """The ways of particles that are at x at the time `held`: back to noise and on to data."""
    times, places = [], []
    for end in (0.0, 1.0):
        stops = evenly(int(np.ceil(pieces * abs(end - held))), len(x), held, end)
        places.append(np.stack(list(solve(velocity, x, stops, RULES["RK4"]))))
        times.append(stops[:, 0])
    t = np.concatenate([times[0][::-1], times[1][1:]])
    way = np.concatenate([places[0][::-1], places[1][1:]])
    asked = velocity(way.reshape(-1, 2), np.repeat(t, len(x)))
    return Way(t, way, asked.reshape(way.shape))


def look(
    flow: Flow, velocity: Velocity, way: Way, times: Float[Array, " k"]
) -> Callable[[int], Probe]:
    """What is to be seen from the first of the particles on their way, at the time of a number."""
    x = way.at(times)[:, 0]
    weights, towards = flow.weights(x, times), flow.conditional(x, times)
    entropy = -(weights * np.log(np.maximum(weights, 1e-300))).sum(-1)
    exact, field = flow.velocity(x, times), velocity(x, times)
    spread = np.sqrt(flow.disagreement(x, times))
    whole = way.x[None, :, 0]
    fastest = float(np.linalg.norm(exact, axis=-1).max())

    def seen(i: int) -> Probe:
        heaviest = np.argsort(-weights[i], kind="stable")[:PULLERS]
        heaviest = heaviest[weights[i, heaviest] >= LEAST]
        return Probe(
            x[i : i + 1],
            weights[i],
            bundles(weights[i, :, None] * towards[i], exact[i]),
            flow.conditional_ways(x[i], float(times[i]), heaviest),
            exact[i : i + 1],
            field[i : i + 1],
            float(np.exp(entropy[i])),
            float(spread[i]),
            whole,
            fastest,
        )

    return seen


def bundles(arrows: Float[Array, "m 2"], ahead: Float[Array, " 2"]) -> Float[Array, "b 2"]:
    """The sums of arrows of nearly the same direction, in order of the angle from `ahead`.

    Laid tip to tail in this order their chain turns one way only: it is an arc.
    """
    across = ahead[0] * arrows[:, 1] - ahead[1] * arrows[:, 0]
    turn = np.arctan2(across, arrows @ ahead) / (2 * np.pi) + 0.5  # 0 to 1
    bundle = np.minimum((turn * BUNDLES).astype(int), BUNDLES - 1)
    return np.stack([np.bincount(bundle, part, BUNDLES) for part in arrows.T], -1)
