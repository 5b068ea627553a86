r"""The best linear control of a linear world: $u = -K s$ for $s' = A s + B u$ at the cost $s^\top Q s + u^\top R u$ a step."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

Array = np.ndarray
LONGEST = 10_000  # steps to look ahead, at most
ENDLESS = 1e100  # a cost that grows beyond this grows for ever


def linearised(
    step: Callable[[Float[Array, "n s"], Float[Array, "n u"]], Float[Array, "n s"]],
    state: Float[Array, " s"],
    control: Float[Array, " u"],
) -> tuple[Float[Array, "s s"], Float[Array, "s u"]]:
    """A and B of a world about a state that it stays in, by central differences of its own step."""
    nudge = 1e-6
    both = np.eye(len(state) + len(control)) * nudge
    at = np.concatenate([state, control])
    ahead, behind = at + both, at - both
    split = len(state)
    moved = step(ahead[:, :split], ahead[:, split:]) - step(behind[:, :split], behind[:, split:])
    jacobian = moved.T / (2 * nudge)
    return jacobian[:, :split], jacobian[:, split:]


def gain(
    a: Float[Array, "s s"], b: Float[Array, "s u"], q: Float[Array, "s s"], r: Float[Array, "u u"]
) -> Float[Array, "u s"]:
    """K, from the Riccati equation P = Q + A'P(A - BK), K = (R + B'PB)^-1 B'PA, step by step.

    Raises ValueError where no control holds the world (Kalman, 1960).
    """
    p = q
    for _ in range(LONGEST):
        k: Array = np.linalg.solve(r + b.T @ p @ b, b.T @ p @ a)
        better = q + a.T @ p @ (a - b @ k)
        if np.abs(better - p).max() <= 1e-12 * np.abs(better).max():
            return k
        if np.abs(better).max() > ENDLESS:
            break
        p = better
    raise ValueError("no linear control holds this world")
