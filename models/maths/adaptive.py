r"""Steps as long as the way allows: two answers of orders 5 and 4 to one step, compared.

$x \leftarrow x + h \sum_i b_i u_i$, and $h \sum_i (b_i - \hat b_i)\, u_i$ says how wrong that may be: a
step whose error is above the tolerance is refused, and the next one is made longer or shorter by
$0.9\, \text{err}^{-1/5}$. (Dormand and Prince, 1980, table 2; doi:10.1016/0771-050X(80)90013-3)
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from models.maths.integrators import Velocity

Array = np.ndarray
FIRST = 0.05  # the first step that is tried
AHEAD = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
ASKED = (  # how far along which answers each question is asked; the last row is the step itself
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
DOUBT = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)  # b - b_hat


@dataclass(eq=False)
class Walkers:
    """Places that walk along a field, each with its own clock and its own length of step."""

    velocity: Velocity
    tolerance: float  # of one step, absolute and relative
    t: Float[Array, " n"]  # at the last stop
    x: Float[Array, "n d"]
    slope: Float[Array, "n d"]  # the field there
    t_before: Float[Array, " n"]  # at the stop before
    x_before: Float[Array, "n d"]
    h: Float[Array, " n"]  # the step that each will try next
    wary: Bool[Array, " n"]  # its last step was refused: the next is no longer
    calls: Int[Array, " n"]
    refused: Int[Array, " n"]

    @classmethod
    def at(cls, velocity: Velocity, x: Float[Array, "n d"], tolerance: float) -> "Walkers":
        """All at time 0, where the field is asked once."""
        n, t = len(x), np.zeros(len(x))
        here = (t, x.copy(), velocity(x, t), t.copy(), x.copy(), np.full(n, FIRST))
        return cls(velocity, tolerance, *here, np.zeros(n, bool), np.ones(n, int), np.zeros(n, int))

    def until(self, t: float) -> Float[Array, "n d"]:
        """Where all are at time t, on the straight line between their two stops round it."""
        while len(late := np.flatnonzero(self.t < t)):
            self._step(late)
        taken = self.t - self.t_before
        part = np.where(taken > 0, (t - self.t_before) / np.where(taken > 0, taken, 1), 1.0)
        return np.asarray(self.x_before + part[:, None] * (self.x - self.x_before))

    def _step(self, late: Int[Array, " m"]) -> None:
        """One try of those that are late: taken where the two answers agree."""
        t, x = self.t[late], self.x[late]
        end = np.minimum(t + self.h[late], 1.0)
        h = (end - t)[:, None]
        answers, there = [self.slope[late]], x
        for ahead, along in zip(AHEAD[1:], ASKED[1:], strict=True):
            there = x + h * sum(a * u for a, u in zip(along, answers, strict=True))
            answers.append(self.velocity(there, t + ahead * h[:, 0]))
        doubt = h * sum(e * u for e, u in zip(DOUBT, answers, strict=True))
        scale = self.tolerance * (1 + np.maximum(np.abs(x), np.abs(there)))
        error = np.sqrt(np.square(doubt / scale).mean(-1))
        good = error < 1
        self.calls[late] += len(AHEAD) - 1  # the last answer of a step is the first of the next
        self.refused[late] += ~good
        took = late[good]
        self.t_before[took], self.x_before[took] = t[good], x[good]
        self.t[took], self.x[took], self.slope[took] = end[good], there[good], answers[-1][good]
        with np.errstate(divide="ignore"):  # no error at all: as much longer as is allowed
            factor = np.clip(0.9 * error**-0.2, 0.2, 10.0)
        held = ~good | self.wary[late]
        self.h[late] = h[:, 0] * np.where(held, np.minimum(factor, 1), factor)
        self.wary[late] = ~good


def adaptive(
    velocity: Velocity, x: Float[Array, "n d"], tolerance: float, ticks: int
) -> Iterator[tuple[Float[Array, "n d"], Walkers]]:
    """The places at 0, 1, …, ticks equal parts of the time from 0 to 1, and those who walk there."""
    walkers = Walkers.at(velocity, x, tolerance)
    for tick in range(ticks + 1):
        yield walkers.until(tick / ticks), walkers
