r"""A net that names the noise, and DDPM's training of it: $\min_\theta \mathbb E\, \|\epsilon - \epsilon_\theta(x_t, t)\|^2$.

The net is a small one of plain layers, $F$, behind a shortcut: $\epsilon_\theta = \sigma_t x_t + \alpha_t
F_\theta(x_t, t)$. In pure noise $x_t$ is the answer, and where there is next to no noise $F$ alone is; so what
is left to learn is of the same size at all $t$ ($F$ is the $v = \alpha_t \epsilon - \sigma_t x_0$ of Salimans
and Ho, 2022, app. D; arXiv:2202.00512).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from models.maths.labelled import Labelled
from models.maths.mlp import MLP, Moments, adam
from models.maths.noising import Noising, Times

Array = np.ndarray
WAVES = 0.5 * np.pi * 2.0 ** np.arange(4)  # of the encoding of t / T
Told = tuple[bool, ...]  # for each of several nets side by side, whether it is told t


@dataclass(frozen=True)
class Denoiser:
    """Reads x_t (d numbers), t and a class; nets that are not told t are always told the same."""

    d: int
    classes: int
    hidden: tuple[int, ...]

    @property
    def net(self) -> MLP:
        return MLP((self.d + 2 * len(WAVES) + self.classes, *self.hidden, self.d), "silu")

    def __call__(
        self, theta: Float[Array, "nets p"], seen: "Seen", told: Told
    ) -> Float[Array, "nets n d"]:
        """The noise in x_t, as each of the nets sees it."""
        inputs, alpha, sigma = self.read(seen, told)
        return np.asarray(sigma * seen.x + alpha * self.net(theta, inputs))

    def read(self, seen: "Seen", told: Told) -> tuple[Array, Array, Array]:
        """What each net is shown (nets, n, i), and the two weights of its shortcut (nets, n, 1)."""
        which, (n, d) = np.array(told)[:, None, None], seen.x.shape[-2:]
        middle = np.float32(np.sqrt(0.5))
        alpha, sigma = (np.where(which, part, middle) for part in (seen.alpha, seen.sigma))
        wave = np.where(which, encoding(seen.time), encoding(np.full(n, 0.5)))
        label = np.eye(self.classes, dtype=np.float32)[seen.label]
        x = np.broadcast_to(seen.x, (len(told), n, d))
        label = np.broadcast_to(label, (len(told), *label.shape))
        return np.concatenate([x, wave, label], -1, dtype=np.float32), alpha, sigma


class Seen(NamedTuple):
    """Noisy data as the nets get them."""

    x: Float[Array, "*nets n d"]  # the same for all nets, or to each its own
    time: Float[Array, " n"]  # t / T
    alpha: Float[Array, "n 1"]
    sigma: Float[Array, "n 1"]
    label: Times


def seen(noising: Noising, x: Float[Array, "*nets n d"], t: Times, label: Times) -> Seen:
    """Noisy data at whole times, in single precision."""
    alpha, sigma = noising.at(t)
    parts = (x, (t + 1) / len(noising.betas), alpha, sigma)
    x, time, alpha, sigma = (np.asarray(part, np.float32) for part in parts)
    return Seen(x, time, alpha, sigma, label)


def encoding(time: Float[Array, " n"]) -> Float[Array, "n 8"]:
    """t / T as sines and cosines of rising pitch (after Vaswani et al., 2017, sec. 3.5; arXiv:1706.03762)."""
    angle = time[:, None] * WAVES
    return np.concatenate([np.sin(angle), np.cos(angle)], -1).astype(np.float32)


class Lesson(NamedTuple):
    """Where a training stands: steps taken, each net's loss on the latest batch, averaged weights."""

    step: int
    loss: Float[Array, " nets"]  # mean of (eps - eps^)², so that silence reads 1
    theta: Float[Array, "nets p"]


def train(
    denoiser: Denoiser,
    data: Labelled,
    noising: Noising,
    rng: np.random.Generator,
    told: Told = (True,),
    weights: Float[Array, " T"] | None = None,
    batch: int = 128,
    rate: float = 3e-3,
) -> Iterator[Lesson]:
    """Algorithm 1 of Ho et al. (2020; arXiv:2006.11239), for ever; yields before each step.

    Nets side by side start alike and see the same batches. `weights` of t, mean 1, stand before the
    squared error; without them it is L_simple. What is kept is a running mean of the weights.
    """
    theta = np.repeat(denoiser.net.init(rng)[None], len(told), 0)
    mean, moments, step = theta.copy(), Moments.like(theta), 0
    while True:
        x_0, label = data.draw(batch, rng)
        t = rng.integers(len(noising.betas), size=batch)
        eps = rng.standard_normal(x_0.shape).astype(np.float32)
        x = seen(noising, noising.jump(x_0, eps, t), t, label)
        inputs, alpha, sigma = denoiser.read(x, told)
        trace = denoiser.net.forward(theta, inputs)
        error = sigma * x.x + alpha * trace.y - eps
        yield Lesson(step, np.square(error).mean((1, 2)), mean)
        pull = 2 / batch * alpha * error
        if weights is not None:
            pull = pull * weights[t, None].astype(np.float32)
        grad, _ = denoiser.net.backward(theta, trace, pull)
        slow = rate * min(1.0, (step + 1) / 50) / sqrt(1 + step / 1000)
        theta, moments = adam(theta, grad, moments, slow)
        step += 1
        mean = mean + np.float32(max(0.005, 1 / (1 + 0.2 * step))) * (theta - mean)
