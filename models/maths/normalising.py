r"""A normalising flow as a whole: density, samples, Jacobians, and training by maximum likelihood.

$\log p_\theta(x) = \log \mathcal N(f_\theta(x); 0, I) + \sum_k \log|\det \partial f_k|$, and
$\min_\theta -\tfrac1N \sum_i \log p_\theta(x_i)$ is, but for the data's entropy, $\min
\mathrm{KL}(p \,\|\, p_\theta)$. (Papamakarios et al., 2021, sec. 2.1 and 2.3.1;
arXiv:1912.02762)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import sqrt
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from models.maths.coupling import Layer, Step
from models.maths.mlp import Moments, adam

Array = np.ndarray
Draw = Callable[[int, np.random.Generator], Array]
BATCH, RATE = 256, 5e-3
PART = 512  # points
SLOW = 60  # steps after which the rate begins to fall
STEEP = 20.0  # a gradient longer than this is cut to it: one far point must not undo a training


@dataclass(frozen=True)
class Flow:
    """Layers one after another, from data to latent; their weights lie in one vector."""

    layers: tuple[Layer, ...]

    @cached_property
    def cuts(self) -> tuple[slice, ...]:
        """Where in theta the weights of each layer lie."""
        ends = np.cumsum([0, *(layer.size for layer in self.layers)]).tolist()
        return tuple(slice(a, b) for a, b in pairwise(ends))

    @property
    def rounds(self) -> tuple[int, int]:
        """How many times something must wait for a net, in a density and in a sample."""
        density, sample = zip(*(layer.rounds for layer in self.layers), strict=True)
        return sum(density), sum(sample)

    def init(self, rng: np.random.Generator, x: Float[Array, "n d"]) -> Float[Array, " p"]:
        """Weights from which to learn; x is the first batch, which some layers standardise."""
        parts = []
        for layer in self.layers:
            parts.append(layer.init(rng, x))
            x = layer.forward(parts[-1], x).z
        return np.concatenate(parts)

    def forward(self, theta: Float[Array, " p"], x: Float[Array, "n d"]) -> list[Step]:
        """What each layer makes of x in turn."""
        steps = []
        for layer, cut in zip(self.layers, self.cuts, strict=True):
            steps.append(layer.forward(theta[cut], x))
            x = steps[-1].z
        return steps

    def inverse(self, theta: Float[Array, " p"], z: Float[Array, "n d"]) -> list[Array]:
        """z, then what each layer makes of it on the way back, the last layer first."""
        way = [z]
        for layer, cut in zip(reversed(self.layers), reversed(self.cuts), strict=True):
            way.append(layer.inverse(theta[cut], way[-1]))
        return way

    def log_prob(self, theta: Float[Array, " p"], x: Float[Array, "n d"]) -> Float[Array, " n"]:
        """log p(x), in nats."""
        return np.concatenate([log_density(self.forward(theta, part)) for part in parts(x)])

    def sample(self, theta: Float[Array, " p"], z: Float[Array, "n d"]) -> Float[Array, "n d"]:
        """x = f^-1(z): samples, where z are draws of N(0, I)."""
        return np.concatenate([self.inverse(theta, part)[-1] for part in parts(z)])

    def gradient(
        self, theta: Float[Array, " p"], x: Float[Array, "n d"]
    ) -> tuple[float, Float[Array, " p"]]:
        """The mean of -log p over x, in nats, and its slope by theta."""
        steps, n = self.forward(theta, x), len(x)
        dz, dl = steps[-1].z / n, np.full(n, -1 / n, x.dtype)
        grad = np.empty_like(theta)
        for layer, cut, step in reversed(list(zip(self.layers, self.cuts, steps, strict=True))):
            grad[cut], dz = layer.backward(theta[cut], step, dz, dl)
        return -float(log_density(steps).mean()), grad

    def jacobians(
        self, theta: Float[Array, " p"], x: Float[Array, "n d"]
    ) -> Float[Array, "k n d d"]:
        """dz_i/dx_j of every layer by itself, where the way of x passes: the chain rule, row by row."""
        steps, (n, d) = self.forward(theta, x), x.shape
        found = np.empty((len(steps), n, d, d))
        for k, (layer, cut) in enumerate(zip(self.layers, self.cuts, strict=True)):
            for i in range(d):
                asked = np.zeros_like(x)
                asked[:, i] = 1
                _, found[k, :, i] = layer.backward(
                    theta[cut], steps[k], asked, np.zeros(n, x.dtype)
                )
        return found


def parts(x: Float[Array, "n d"]) -> list[Array]:
    """x in pieces whose every layer fits in a processor's cache: a tenth of the time of one piece."""
    return np.split(x, range(PART, len(x), PART))


def log_density(steps: list[Step]) -> Float[Array, " n"]:
    """log p(x), in nats, from what the layers made of x."""
    log_p: Array = log_normal(steps[-1].z) + np.sum([step.log_det for step in steps], 0)
    return log_p


def log_normal(z: Float[Array, "n d"]) -> Float[Array, " n"]:
    """log N(z; 0, I)."""
    return np.asarray(-0.5 * np.square(z).sum(-1) - 0.5 * z.shape[-1] * np.log(2 * np.pi))


class Lesson(NamedTuple):
    """Where a training stands: steps taken, the batch's mean -log p, and the weights."""

    step: int
    loss: float
    theta: Float[Array, " p"]


def train(
    flow: Flow, draw: Draw, rng: np.random.Generator, batch: int = BATCH, rate: float = RATE
) -> Iterator[Lesson]:
    """Maximum likelihood on fresh batches with Adam, for ever; yields before each step.

    What is kept is a running mean of the weights over the latest tenth of the steps.
    """
    theta = flow.init(rng, np.asarray(draw(batch, rng), np.float32))
    mean, moments, step = theta.copy(), Moments.like(theta), 0
    while True:
        loss, grad = flow.gradient(theta, np.asarray(draw(batch, rng), np.float32))
        yield Lesson(step, loss, mean)
        length = float(np.linalg.norm(grad))
        grad = grad * np.float32(min(1.0, STEEP / max(length, 1e-12)))
        slow = rate / sqrt(1 + max(0, step - SLOW) / 200)
        theta, moments = adam(theta, grad, moments, slow)
        step += 1
        mean = mean + np.float32(max(0.01, 10 / (10 + step))) * (theta - mean)
