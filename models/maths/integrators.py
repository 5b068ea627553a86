r"""Following arrows: four rules to walk along a velocity field in steps of finite length.

$\frac{dx}{dt} = u(x, t)$. A step of length $h$ asks the field at one place or more, and goes
$x \leftarrow x + h \sum_i b_i u_i$; rules differ in where they ask and which answers they trust.
(Hairer, Nørsett & Wanner, 1993, sec. II.1; doi:10.1007/978-3-540-78862-1)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float

Array = np.ndarray
Velocity = Callable[[Array, Array], Array]  # places x (n, d) at times t (n,) -> (n, d)


@dataclass(frozen=True)
class Rule:
    """Each question is asked a part of the step ahead, along the answer before it."""

    ahead: tuple[float, ...]
    trust: tuple[float, ...]  # the weights b of the answers; they sum to one
    order: int  # the error at the end of the walk falls like steps^-order


RULES = {
    "Euler": Rule((0.0,), (1.0,), 1),
    "midpoint": Rule((0.0, 1 / 2), (0.0, 1.0), 2),
    "Heun": Rule((0.0, 1.0), (1 / 2, 1 / 2), 2),
    "RK4": Rule((0.0, 1 / 2, 1 / 2, 1.0), (1 / 6, 1 / 3, 1 / 3, 1 / 6), 4),
}


def solve(
    velocity: Velocity, x: Float[Array, "n d"], times: Float[Array, "k n"], rule: Rule
) -> Iterator[Float[Array, "n d"]]:
    """The places at each row of times, the first being x itself; every place has its own clock.

    Times may run either way.
    """
    yield x
    for now, then in pairwise(times):
        x = x + advance(velocity, x, now, then - now, rule)
        yield x


def advance(
    velocity: Velocity,
    x: Float[Array, "n d"],
    now: Float[Array, " n"],
    h: Float[Array, " n"],
    rule: Rule,
) -> Float[Array, "n d"]:
    """How far each place gets in a step of length h from its own time on."""
    step, answer = np.zeros_like(x), np.zeros_like(x)
    for ahead, trust in zip(rule.ahead, rule.trust, strict=True):
        answer = velocity(x + (ahead * h)[:, None] * answer, now + ahead * h)
        step += trust * answer
    way: Array = h[:, None] * step
    return way


def evenly(steps: int, n: int, start: float = 0.0, end: float = 1.0) -> Float[Array, "k n"]:
    """The times of equal steps from start to end, the same for n places: (steps + 1, n)."""
    times: Array = np.repeat(np.linspace(start, end, steps + 1)[:, None], n, 1)
    return times


def ticked(
    velocity: Velocity, x: Float[Array, "n d"], rule: Rule, steps: int, ticks: int
) -> Iterator[Float[Array, "n d"]]:
    """The places at 0, 1, …, ticks equal parts of the time from 0 to 1, walked in so many steps."""
    return between(solve(velocity, x, evenly(steps, len(x)), rule), steps, ticks)


def between(
    places: Iterator[Float[Array, "n d"]], steps: int, ticks: int
) -> Iterator[Float[Array, "n d"]]:
    """The places at 0, 1, …, ticks equal parts of the way, given those at its steps + 1 stops.

    Between two stops they go straight, which is what a step is.
    """
    stops = pairwise(places)
    done, (here, there) = 0, next(stops)
    for tick in range(ticks + 1):
        place = tick * steps / ticks
        while place > done + 1:
            done, (here, there) = done + 1, next(stops)
        yield here + (place - done) * (there - here)


def straightness(ways: Float[Array, "n k d"]) -> float:
    """E|x_1 - x_0|² over E of the integral of |dx/dt|², for ways seen at k even times.

    1 for straight ways at constant speed, which a single Euler step follows; less for all others.
    (Liu et al., 2023, sec. 2.2: 1 / (1 + S) with their S in units of E|x_1 - x_0|²; arXiv:2209.03003)
    """
    chords, pieces = ways[:, -1] - ways[:, 0], np.diff(ways, axis=1)
    return float(np.square(chords).sum() / (np.square(pieces).sum() * pieces.shape[1]))
