r"""A pendulum to be swung up and held upright by a motor too weak to lift it in one go.

$\ddot\theta = \tfrac{3 g}{2 l} \sin\theta + \tfrac{3}{m l^2} a$, with $\theta = 0$ upright, and the reward
is $-(\theta^2 + 0.1\, \dot\theta^2 + 0.001\, a^2)$ with $\theta$ taken in $[-\pi, \pi)$.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

Array = np.ndarray


def wrapped(theta: Float[Array, "*many"]) -> Float[Array, "*many"]:
    """The same angle within [-pi, pi)."""
    return (theta + np.pi) % (2 * np.pi) - np.pi


@dataclass(frozen=True)
class Pendulum:
    """Gymnasium's Pendulum-v1 by default: a rod hung at one end.

    A state is the angle from upright (rad, not wrapped) and its speed (rad/s).
    """

    gravity: float = 10.0  # m/s²
    mass: float = 1.0  # kg
    length: float = 1.0  # m
    torque: float = 2.0  # N m, the most the motor gives
    fastest: float = 8.0  # rad/s
    tau: float = 0.05  # s from one step to the next
    steps: int = 200
    observed: int = 3
    usual: tuple[float, ...] = (1.0, 1.0, 8.0)
    usual_reward: float = 4.0

    def reset(self, rng: np.random.Generator, many: tuple[int, ...]) -> Float[Array, "*many 2"]:
        """Any angle, at any speed within ±1 rad/s."""
        ends = np.array([np.pi, 1.0])
        return rng.uniform(-ends, ends, (*many, 2))

    def observe(self, state: Float[Array, "*many 2"]) -> Float[Array, "*many 3"]:
        """Cosine and sine of the angle, which do not jump where the angle does, and the speed."""
        theta, speed = state[..., 0], state[..., 1]
        return np.stack([np.cos(theta), np.sin(theta), speed], -1)

    def step(
        self,
        state: Float[Array, "*many 2"],
        action: Float[Array, "*many 1"],
        push: float = 0.0,
    ) -> tuple[Float[Array, "*many 2"], Float[Array, "*many"], Bool[Array, "*many"]]:
        """The state one step later, the reward, and False: a pendulum cannot fail.

        The motor gives no more than `torque`, whatever the action; `push` is a further torque in N m.
        """
        theta, speed = state[..., 0], state[..., 1]
        turn = np.clip(action[..., 0], -self.torque, self.torque)
        cost = wrapped(theta) ** 2 + 0.1 * speed**2 + 0.001 * turn**2
        pull = 3 * self.gravity / (2 * self.length) * np.sin(theta)
        acc = pull + 3.0 / (self.mass * self.length**2) * (turn + push)
        speed = np.clip(speed + acc * self.tau, -self.fastest, self.fastest)
        moved = np.stack([theta + speed * self.tau, speed], -1)
        return moved, -cost, np.zeros(cost.shape, bool)
