r"""Two nets that learn from each other: $\partial L_G / \partial x$ is all G ever hears of the data.

The two steps of Algorithm 1 (Goodfellow et al., 2014; arXiv:1406.2661), with Adam in place of
plain gradient descent, for every loss of adversarial_losses.py.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from models.maths.adversarial_losses import Loss
from models.maths.mlp import MLP, Moments, Trace, adam

Array = np.ndarray
WIDTH = 32  # units in each of two hidden layers
AROUND = (16, 2, 16)  # units of an autoencoder
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


def untrained(inputs: int, outputs: int, rng: np.random.Generator, width: int = WIDTH) -> Player:
    """A player with two hidden layers who has learned nothing."""
    return _fresh(MLP((inputs, width, width, outputs)), rng)


def autoencoder(dims: int, rng: np.random.Generator) -> Player:
    """A critic of energies, narrow in the middle: a wide one would soon keep every point as it is."""
    return _fresh(MLP((dims, *AROUND, dims)), rng)


def _fresh(net: MLP, rng: np.random.Generator) -> Player:
    theta = net.init(rng)
    return Player(net, theta, Moments.like(theta))


def judged(d: Player, loss: Loss, x: Float[Array, "n i"]) -> tuple[Trace, Float[Array, "n 1"]]:
    """What D saw, and its output a: the net's own, or the energy |x - AE(x)|²."""
    trace = d.net.forward(d.theta, x)
    if loss.kind == "energy":
        return trace, np.square(trace.y - x).sum(-1, keepdims=True)
    return trace, trace.y


def blame(
    d: Player, loss: Loss, trace: Trace, da: Float[Array, "n 1"]
) -> tuple[Float[Array, " p"], Float[Array, "n i"]]:
    """The slopes by D's weights and by its inputs, from those by its outputs."""
    if loss.kind != "energy":
        return d.net.backward(d.theta, trace, da)
    dy = 2 * da * (trace.y - trace.inputs[0])
    grad, dx = d.net.backward(d.theta, trace, dy)
    return grad, dx - dy  # the energy sees x twice


def train_d(
    d: Player,
    loss: Loss,
    real: Float[Array, "n i"],
    fake: Float[Array, "n i"],
    lr: float,
    mix: Float[Array, "n 1"] | None = None,
    weight: float = 1.0,
) -> Player:
    """D after one step down its loss.

    `mix` says where between both kinds the gradient penalty looks; `weight` is that of the fake
    points' price, BEGAN's k_t.
    """
    trace, a = judged(d, loss, np.concatenate([real, fake]))
    n = len(real)
    if loss.kind == "pair":
        slope = loss.real.slope(a[:n] - a[n:])
        da = np.concatenate([slope, -slope]) / n
    else:
        da = np.concatenate([loss.real.slope(a[:n]), weight * loss.fake.slope(a[n:])]) / n
    grad, _ = blame(d, loss, trace, da)
    if loss.steep and mix is not None:
        grad = grad + too_steep(d, mix * real + (1 - mix) * fake, loss.steep)
    if loss.flat:
        grad = grad + not_flat(d, real, loss.flat)
    d = d.step(grad, lr)
    return replace(d, theta=np.clip(d.theta, -loss.clip, loss.clip)) if loss.clip else d


def train_g(
    g: Player,
    d: Player,
    loss: Loss,
    z: Float[Array, "n z"],
    lr: float,
    real: Float[Array, "n i"] | None = None,
) -> Player:
    """G after one step down the slope that its samples feel; `real` points only pairs need."""
    trace = g.net.forward(g.theta, z)
    grad, _ = g.net.backward(g.theta, trace, slope_at(d, loss, trace.y, real) / len(z))
    return g.step(grad, lr)


def slope_at(
    d: Player, loss: Loss, x: Float[Array, "n i"], real: Float[Array, "n i"] | None = None
) -> Float[Array, "n i"]:
    """dL_G/dx of each sample on its own; where prices are of pairs, beside the real point given."""
    trace, a = judged(d, loss, x)
    if loss.kind == "pair" and real is not None:
        a = a - d(real)
    _, dx = blame(d, loss, trace, loss.generator.slope(a))
    return dx


def steepness(d: Player, x: Float[Array, "n i"]) -> Float[Array, "n i"]:
    """da/dx at each point."""
    trace = d.net.forward(d.theta, x)
    _, dx = d.net.backward(d.theta, trace, np.ones_like(trace.y))
    return dx


def too_steep(d: Player, x: Float[Array, "n i"], weight: float) -> Float[Array, " p"]:
    """The slope by D's weights of weight · mean (|da/dx| - 1)² (Gulrajani et al., 2017, eq. 3)."""
    slope = steepness(d, x)
    length = np.linalg.norm(slope, axis=-1, keepdims=True)
    return twice(d, x, 2 * weight / len(x) * (1 - 1 / np.maximum(length, 1e-9)) * slope)


def not_flat(d: Player, x: Float[Array, "n i"], weight: float) -> Float[Array, " p"]:
    """The slope by D's weights of weight/2 · mean |da/dx|² (Mescheder et al., 2018, eq. 9)."""
    return twice(d, x, weight / len(x) * steepness(d, x))


def twice(d: Player, x: Float[Array, "n i"], v: Float[Array, "n i"]) -> Float[Array, " p"]:
    r"""Double backpropagation: the slope by D's weights of $\sum_i v_i \cdot \partial a / \partial x_i$.

    $v \cdot \partial a / \partial x$ is how fast a changes as x moves along v; so that motion is
    carried forward beside the values, and both are gone through backwards (tanh units only).
    """
    trace, layers = d.net.forward(d.theta, x), d.net.layers(d.theta)
    moves, rates = [v], []  # of each layer's inputs, of the sums before each activation
    for depth, (weight, _) in enumerate(layers[:-1]):
        rates.append(moves[-1] @ weight)
        h = trace.inputs[depth + 1]
        moves.append((1 - h * h) * rates[-1])
    grad = np.empty_like(d.theta)
    views = d.net.layers(grad)
    by_move = np.ones_like(trace.y)  # slope by the rate of this layer's sums
    by_sum = np.zeros_like(trace.y)  # and by the sums themselves
    for depth in reversed(range(len(layers))):
        d_weight, d_bias = views[depth]
        d_weight[...] = moves[depth].T @ by_move + trace.inputs[depth].T @ by_sum
        d_bias[...] = by_sum.sum(0)
        if depth:
            h, back = trace.inputs[depth], layers[depth][0].T
            slope, move, value = 1 - h * h, by_move @ back, by_sum @ back
            by_sum = slope * value - 2 * h * slope * rates[depth - 1] * move
            by_move = slope * move
    return grad
