r"""The yardstick: the linear control that is best about the upright state, $u = -K s$."""

import numpy as np
from jaxtyping import Float

from models.maths.lqr import gain, linearised
from models.worlds.cartpole import CartPole
from models.worlds.pendulum import Pendulum

Array = np.ndarray


def drive(cart: CartPole) -> Float[Array, " 4"]:
    """N for a usual amount of each observed number, where usual amounts cost alike."""

    def step(state: Array, force: Array) -> Array:
        return cart.step(state, (force[:, 0] / cart.force + 1) / 2)[0]

    usual = np.array(cart.usual)
    a, b = linearised(step, np.zeros(4), np.zeros(1))
    k = gain(a, b, np.diag(usual**-2), np.array([[cart.force**-2]]))
    force: Array = -k[0] * usual
    return force


def hold(rod: Pendulum, gamma: float) -> Float[Array, " 3"]:
    """N m for a usual cosine (none), sine and speed: the best there is at the reward's own cost."""
    a, b = linearised(lambda state, torque: rod.step(state, torque)[0], np.zeros(2), np.zeros(1))
    root = np.sqrt(gamma)  # a discount is a world that shrinks by its root each step
    k = gain(root * a, root * b, np.diag([1.0, 0.1]), np.array([[0.001]]))
    return np.array([0.0, -k[0, 0], -k[0, 1] * rod.usual[2]])
