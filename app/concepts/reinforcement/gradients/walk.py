"""How an estimate comes about: trajectories push one after the other; and what so many runs prove."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from .course import Lap

Array = np.ndarray
SOLVED = {"cartpole": 475.0, "pendulum": -200.0, "corridor": 3.0}  # mean return of late
LATELY = 100  # episodes


@dataclass(frozen=True)
class Walk:
    """Partial sums of g_tau / n in a plane through 0 and the reference, in units of the noise.

    Across lies the direction, at right angles to the reference, in which the trajectories differ most.
    """

    places: Float[Array, "m 2"]  # from 0 to g-hat
    goal: Float[Array, " 2"]  # the reference: all of it lies along the first axis
    circle: Float[Array, "k 2"]  # one standard error of g-hat about the reference, in this plane


def walk(
    rows: Float[Array, "n p"],
    usual: Float[Array, "n p"],
    reference: Float[Array, " p"],
    unit: float,
) -> Walk:
    """The walk of these rows, in the plane and with the circle of the usual ones."""
    n, size = len(rows), float(np.linalg.norm(reference))
    along = reference / max(size, 1e-12)
    far = (usual - usual.mean(0)).astype(float)
    aside = far - np.outer(far @ along, along)
    across = np.linalg.svd(aside, full_matrices=False)[2][0]
    across *= np.sign(usual.mean(0) @ across) or 1.0
    plane = np.stack([along, across], -1) / max(unit, 1e-12)
    sums = np.cumsum(rows @ plane, 0) / n
    spread = np.linalg.cholesky(np.cov(far @ plane, rowvar=False) / n + 1e-12 * np.eye(2))
    turn = np.linspace(0, 2 * np.pi, 49)
    goal = np.array([size / max(unit, 1e-12), 0.0])
    circle = goal + np.stack([np.cos(turn), np.sin(turn)], -1) @ spread.T
    return Walk(np.vstack([np.zeros(2), sums]), goal, circle)


def luck(lap: Lap) -> tuple[int, tuple[float, float]]:
    """How many runs have solved it, and where the chance of a fresh one then lies.

    Wilson's interval at 95 %: all shares p that k of n would not surprise, |k/n - p| < 1.96 of
    sqrt(p (1 - p) / n) (Wilson, 1927).
    """
    past, course = lap.history.returns, lap.course
    count = int(np.ceil(LATELY / course.many)) if course.world != "pendulum" else 10
    n, z2 = course.runs, 1.96**2
    enough = len(past) >= count
    k = int((past[-count:].mean(0) >= SOLVED[course.world]).sum()) if enough else 0
    middle, half = (k + z2 / 2) / (n + z2), np.sqrt(z2 * (k * (n - k) / n + z2 / 4)) / (n + z2)
    return k, (max(0.0, float(middle - half)), min(1.0, float(middle + half)))
