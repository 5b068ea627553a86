r"""Small fully connected nets in plain arrays, many at once: $h = \phi(x W + b)$, backwards too.

All weights of a net lie in one vector theta (p,), or in (nets, p) for several nets trained side by
side, so an optimiser is three lines and a frame can carry a whole net.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from jaxtyping import Float

Array = np.ndarray
Act = Literal["tanh", "relu", "leaky_relu", "silu"]


def _sigmoid(a: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * a))  # never overflows


# phi(a), and its slope from a and h = phi(a)
ACTS: dict[Act, tuple[Callable[[Array], Array], Callable[[Array, Array], Array]]] = {
    "tanh": (np.tanh, lambda a, h: 1 - h * h),
    "relu": (lambda a: np.maximum(a, 0), lambda a, h: (a > 0).astype(a.dtype)),
    "leaky_relu": (
        lambda a: np.maximum(a, 0.1 * a),
        lambda a, h: np.where(a > 0, 1, 0.1).astype(a.dtype),
    ),
    "silu": (
        lambda a: a * _sigmoid(a),
        lambda a, h: (s := _sigmoid(a)) * (1 + a * (1 - s)),
    ),
}


@dataclass(frozen=True)
class Trace:
    """What forward saw, for backward: inputs of each layer and the sums before each activation."""

    inputs: tuple[Array, ...]  # x, h_1, h_2, …
    sums: tuple[Array, ...]  # a_1, a_2, …; the last one is the output
    y: Array  # (*nets, n, out)


@dataclass(frozen=True)
class MLP:
    """A net of layer sizes (in, hidden, …, out); the last layer is linear."""

    sizes: tuple[int, ...]
    act: Act = "tanh"

    @property
    def size(self) -> int:
        """Number of weights p."""
        return sum(i * o + o for i, o in pairwise(self.sizes))

    def init(
        self, rng: np.random.Generator, nets: tuple[int, ...] = (), dtype: type = np.float32
    ) -> Float[Array, "*nets p"]:
        """Weights drawn with variance gain²/in, biases zero (He et al., 2015, eq. 10; arXiv:1502.01852)."""
        gain = 1.0 if self.act == "tanh" else np.sqrt(2.0)
        theta: Array = np.zeros((*nets, self.size), dtype)
        for weight, _ in self.layers(theta):
            last = weight.shape[-1] == self.sizes[-1]
            scale = (1.0 if last else gain) / np.sqrt(weight.shape[-2])
            weight[...] = scale * rng.standard_normal(weight.shape)
        return theta

    def layers(self, theta: Float[Array, "*nets p"]) -> list[tuple[Array, Array]]:
        """Views of theta as (W (*nets, in, out), b (*nets, 1, out)), layer by layer."""
        nets, at, views = theta.shape[:-1], 0, []
        for i, o in pairwise(self.sizes):
            weight = theta[..., at : at + i * o].reshape(*nets, i, o)
            bias = theta[..., at + i * o : at + i * o + o].reshape(*nets, 1, o)
            views.append((weight, bias))
            at += i * o + o
        return views

    def forward(self, theta: Float[Array, "*nets p"], x: Float[Array, "*b n i"]) -> Trace:
        """Every layer's values for inputs x (n, in) or (nets, n, in)."""
        phi, _ = ACTS[self.act]
        layers, inputs, sums, h = self.layers(theta), [], [], x
        for depth, (weight, bias) in enumerate(layers):
            inputs.append(h)
            sums.append(h @ weight + bias)
            h = phi(sums[-1]) if depth < len(layers) - 1 else sums[-1]
        return Trace(tuple(inputs), tuple(sums), h)

    def __call__(self, theta: Float[Array, "*nets p"], x: Float[Array, "*b n i"]) -> Array:
        """The outputs y (*nets, n, out)."""
        return self.forward(theta, x).y

    def backward(
        self, theta: Float[Array, "*nets p"], trace: Trace, dy: Float[Array, "*nets n o"]
    ) -> tuple[Float[Array, "*nets p"], Float[Array, "*nets n i"]]:
        """The chain rule: dL/dtheta and dL/dx from dL/dy."""
        _, slope = ACTS[self.act]
        grad = np.empty((*dy.shape[:-2], self.size), dy.dtype)
        layers, views, delta = self.layers(theta), self.layers(grad), dy
        for depth in reversed(range(len(layers))):
            d_weight, d_bias = views[depth]
            d_weight[...] = trace.inputs[depth].swapaxes(-1, -2) @ delta
            d_bias[...] = delta.sum(-2, keepdims=True)
            delta = delta @ layers[depth][0].swapaxes(-1, -2)
            if depth:
                delta = delta * slope(trace.sums[depth - 1], trace.inputs[depth])
        return grad, delta

    def tangent(
        self, theta: Float[Array, "*nets p"], trace: Trace, v: Float[Array, "*nets p"]
    ) -> Float[Array, "*nets n o"]:
        """J v: how the outputs begin to change where theta moves along v."""
        _, slope = ACTS[self.act]
        dh: Array = np.zeros_like(trace.inputs[0])
        pairs = zip(self.layers(theta), self.layers(v), strict=True)
        for depth, ((weight, _), (d_weight, d_bias)) in enumerate(pairs):
            if depth:
                dh = dh * slope(trace.sums[depth - 1], trace.inputs[depth])
            dh = dh @ weight + trace.inputs[depth] @ d_weight + d_bias
        return dh


@dataclass(frozen=True)
class Moments:
    """Adam's memory: running means of the gradient and of its square, and how many steps went in."""

    m: Array
    v: Array
    step: int = 0

    @classmethod
    def like(cls, theta: Array) -> "Moments":
        return cls(np.zeros_like(theta), np.zeros_like(theta))


def adam(
    theta: Array,
    grad: Array,
    moments: Moments,
    lr: float,
    betas: tuple[float, float] = (0.9, 0.999),
) -> tuple[Array, Moments]:
    """One downhill step: new weights and new moments (Kingma and Ba, 2015, alg. 1; arXiv:1412.6980)."""
    step = moments.step + 1
    m = betas[0] * moments.m + (1 - betas[0]) * grad
    v = betas[1] * moments.v + (1 - betas[1]) * grad * grad
    m_hat = m / (1 - betas[0] ** step)
    v_hat = v / (1 - betas[1] ** step)
    return theta - lr * m_hat / (np.sqrt(v_hat) + 1e-8), Moments(m, v, step)
