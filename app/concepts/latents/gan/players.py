r"""Two nets that learn from each other: $\partial L_G / \partial x$ is all G ever hears of the data.

The two steps of Algorithm 1 (Goodfellow et al., 2014; arXiv:1406.2661), with Adam in place of
plain gradient descent.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from models.maths.mlp import MLP, Moments, adam

from .losses import Loss

Array = np.ndarray
WIDTH = 32  # units in each of two hidden layers
BETAS = (0.5, 0.999)  # less momentum than usual (Radford et al., 2016; arXiv:1511.06434)


@dataclass(frozen=True)
class Player:
    """A net: its shape, its weights, and Adam's memory of them."""

    net: MLP
    theta: Float[Array, " p"]
    moments: Moments

    def __call__(self, x: Float[Array, "n i"]) -> Float[Array, "n o"]:
        y: Array = self.net(self.theta, x)
        return y

    def step(self, grad: Float[Array, " p"], lr: float) -> "Player":
        theta, moments = adam(self.theta, grad, self.moments, lr, BETAS)
        return replace(self, theta=theta, moments=moments)


def untrained(inputs: int, outputs: int, rng: np.random.Generator) -> Player:
    """A player with two hidden layers who has learned nothing."""
    net = MLP((inputs, WIDTH, WIDTH, outputs))
    theta = net.init(rng)
    return Player(net, theta, Moments.like(theta))


def train_d(
    d: Player, loss: Loss, real: Float[Array, "n 2"], fake: Float[Array, "n 2"], lr: float
) -> Player:
    """D after one step towards 1 on real and 0 on fake points."""
    trace = d.net.forward(d.theta, np.concatenate([real, fake]))
    error = loss.score(trace.y) / len(real)
    error[: len(real)] -= 1 / len(real)  # score less label, the slope of every loss here
    grad, _ = d.net.backward(d.theta, trace, error)
    return d.step(grad, lr)


def train_g(g: Player, d: Player, loss: Loss, z: Float[Array, "n z"], lr: float) -> Player:
    """G after one step down the slope that its samples feel."""
    trace = g.net.forward(g.theta, z)
    grad, _ = g.net.backward(g.theta, trace, slope_at(d, loss, trace.y) / len(z))
    return g.step(grad, lr)


def slope_at(d: Player, loss: Loss, x: Float[Array, "n 2"]) -> Float[Array, "n 2"]:
    """dL_G/dx of each sample on its own."""
    trace = d.net.forward(d.theta, x)
    _, dx = d.net.backward(d.theta, trace, loss.slope(loss.score(trace.y)))
    return dx
