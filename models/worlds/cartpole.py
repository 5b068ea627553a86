r"""A pole hinged on a cart: it falls unless the cart keeps moving under it.

With $u = (F + m_p l \dot\theta^2 \sin\theta) / (m_c + m_p)$ the pole turns by
$\ddot\theta = (g \sin\theta - u \cos\theta) / (l\,(4/3 - m_p \cos^2\theta / (m_c + m_p)))$ and the cart
moves by $\ddot x = u - m_p l\, \ddot\theta \cos\theta / (m_c + m_p)$, without friction.
"""

from dataclasses import dataclass
from math import pi

import numpy as np
from jaxtyping import Bool, Float

Array = np.ndarray


@dataclass(frozen=True)
class CartPole:
    """Gymnasium's CartPole-v1 by default (Barto, Sutton and Anderson, 1983; Florian, 2007).

    A state is x (m), its speed (m/s), the angle from upright (rad) and its speed (rad/s).
    """

    gravity: float = 9.8  # m/s²
    cart: float = 1.0  # kg
    pole: float = 0.1  # kg
    half_length: float = 0.5  # m, from the hinge to the pole's centre of mass
    force: float = 10.0  # N, to the left or to the right
    tau: float = 0.02  # s from one step to the next
    steps: int = 500
    track: float = 2.4  # m from the middle to where an episode fails
    lean: float = 24 * pi / 360  # rad, likewise: 12 degrees
    observed: int = 4
    usual: tuple[float, ...] = (2.4, 2.0, 0.21, 2.0)
    usual_reward: float = 1.0

    def reset(self, rng: np.random.Generator, many: tuple[int, ...]) -> Float[Array, "*many 4"]:
        """States near rest in the middle, each number uniform within ±0.05."""
        return rng.uniform(-0.05, 0.05, (*many, 4))

    def observe(self, state: Float[Array, "*many 4"]) -> Float[Array, "*many 4"]:
        """The state itself: nothing is hidden."""
        return state

    def step(
        self,
        state: Float[Array, "*many 4"],
        action: Array,
        push: float = 0.0,
    ) -> tuple[Float[Array, "*many 4"], Float[Array, "*many"], Bool[Array, "*many"]]:
        """The state one Euler step later, reward 1 for having stood, and whether it failed.

        Action 1 drives the cart right, 0 left; `push` is a further force on the cart in newtons.
        """
        x_dot, theta, theta_dot = state[..., 1], state[..., 2], state[..., 3]
        force = self.force * (2.0 * action - 1.0) + push
        total, moment = self.cart + self.pole, self.pole * self.half_length
        cos, sin = np.cos(theta), np.sin(theta)
        u = (force + moment * theta_dot * theta_dot * sin) / total
        inertia = self.half_length * (4.0 / 3.0 - self.pole * cos * cos / total)
        theta_acc = (self.gravity * sin - cos * u) / inertia
        x_acc = u - moment * theta_acc * cos / total
        moved = np.empty_like(state)
        for part, rate in enumerate((x_dot, x_acc, theta_dot, theta_acc)):
            moved[..., part] = state[..., part] + self.tau * rate
        return moved, np.ones(moved.shape[:-1]), self.failed(moved)

    def failed(self, state: Float[Array, "*many 4"]) -> Bool[Array, "*many"]:
        """Whether the cart has left its track or the pole leans too far."""
        off: Array = np.abs(state[..., 0]) > self.track
        fallen: Array = np.abs(state[..., 2]) > self.lean
        failed: Array = off | fallen
        return failed
