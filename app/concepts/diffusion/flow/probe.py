r"""Who pulls at a place? Every data point, each by its own velocity, in proportion to its weight.

$u_t(x) = \sum_z p_t(z \mid x)\, u_t(x \mid z)$, and the way that leads through $x$, both ways in time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.flow_matching import Flow
from models.maths.integrators import RULES, Velocity, solve

Array = np.ndarray
PULLERS = 8  # shown one by one
LEAST = 0.005  # of the weight, to be shown so


@dataclass(frozen=True)
class Probe:
    """One place at one time: the data points that pull there, and the way that leads through it."""

    place: Float[Array, "1 2"]
    weights: Float[Array, " m"]  # p_t(z | x)
    parts: Float[Array, "c 2"]  # weight times velocity, largest weight first, small ones together
    ways: Float[Array, "b k 2"]  # the conditional ways through the place to these, from noise
    exact: Float[Array, "1 2"]  # the sum of all parts, u_t(x)
    field: Float[Array, "1 2"]  # what the field in use says
    count: float  # exp of the weights' entropy: as many equal points would pull
    spread: float  # rms distance of the targets from their mean at this place
    way: Float[Array, "1 w 2"]  # along the field in use


def look(
    flow: Flow, velocity: Velocity, place: Float[Array, "1 2"], times: Float[Array, " n"]
) -> Iterator[Probe]:
    """What is to be seen from one place at each of the times."""
    x = np.repeat(place, len(times), 0)
    weights, towards = flow.weights(x, times), flow.conditional(x, times)
    entropy = -(weights * np.log(np.maximum(weights, 1e-300))).sum(-1)
    exact, field, way = flow.velocity(x, times), velocity(x, times), through(velocity, x, times)
    spread = np.sqrt(flow.disagreement(x, times))
    for i, t in enumerate(times):
        order = np.argsort(-weights[i], kind="stable")[:PULLERS]
        order = order[weights[i, order] >= LEAST]
        parts = weights[i, order, None] * towards[i, order]
        yield Probe(
            place,
            weights[i],
            np.vstack([parts, exact[i] - parts.sum(0)]),
            flow.conditional_ways(x[i], t, order),
            exact[i : i + 1],
            field[i : i + 1],
            float(np.exp(entropy[i])),
            float(spread[i]),
            way[i : i + 1],
        )


def through(
    velocity: Velocity, x: Float[Array, "n 2"], times: Float[Array, " n"]
) -> Float[Array, "n k 2"]:
    """The ways that lead through each place at its time, from noise to data."""
    back = solve(velocity, x, np.linspace(times, 0 * times, 17), RULES["RK4"])
    forth = solve(velocity, x, np.linspace(times, 0 * times + 1, 17), RULES["RK4"])
    return np.stack([*list(back)[:0:-1], *forth], 1)
