r"""What a net is worth at each level of noise, against the best that any net could say.

At $x_t$ the best answer is $\epsilon^\star = \mathbb E[\epsilon \mid x_t] = -\sigma_t \nabla \log p_t(x_t)$, and
$\mathbb E \|\epsilon - \hat\epsilon\|^2 = \mathbb E \|\epsilon - \epsilon^\star\|^2 + \mathbb E \|\hat\epsilon - \epsilon^\star\|^2$:
the first part is the floor, known in closed form, the second is what the net is asked about here.
"""

from dataclasses import dataclass
from functools import cached_property
from math import ceil, log

import numpy as np
from jaxtyping import Float

from models.maths.denoiser import Seen, Told, seen
from models.maths.noising import Noising, Times

from .world import World

Array = np.ndarray
# Places x_t by dimension, as many at each t: to ask the nets at, and to know the floor well.
ASKED, KNOWN = {2: 2000, 64: 1000}, {2: 30_000, 64: 5000}
BINS = 40  # of t, for a curve


@dataclass(frozen=True, eq=False)
class Exam:
    """The same noisy data for every net, with the best answers to it."""

    world: World
    noising: Noising
    x_t: Float[Array, "n d"]
    t: Times  # 0 … T - 1, again and again
    label: Times
    seen: Seen
    best: Float[Array, "n d"]  # E[eps | x_t]
    floor: Float[Array, " T"]  # E|eps - best|² at each t
    entropy: float  # of x_0, nats
    prior: float  # L_T of the bound, nats

    @classmethod
    def of(cls, world: World, noising: Noising, rng: np.random.Generator) -> "Exam":
        """An exam with draws of its own."""
        steps, d, data = len(noising.betas), world.net.d, world.data
        t = np.tile(np.arange(steps), ceil(ASKED[d] / steps))
        x_0, label = data.draw(len(t), rng)
        x_t = noising.jump(x_0, rng.standard_normal(x_0.shape), t)
        best, asked = data.noise(x_t, label, *noising.at(t)), seen(noising, x_t, t, label)
        floor, entropy = data.floors(noising, KNOWN[d], rng), data.entropy(8000, rng)
        prior = float(noising.prior(x_0).mean())
        return cls(world, noising, x_t, t, label, asked, best, floor, entropy, prior)

    def error(self, theta: Float[Array, "nets p"], told: Told) -> Float[Array, "nets T"]:
        """E|eps^ - best|² at each t: how far the nets are from the best answer."""
        return self.off(self.world.net(theta, self.seen, told).astype(float))

    def off(self, answers: Float[Array, "*nets n d"]) -> Float[Array, "*nets T"]:
        """E|answer - best|² at each t."""
        return by_t(np.square(answers - self.best).sum(-1), len(self.floor))

    @cached_property
    def untold(self) -> Float[Array, " T"]:
        """How far the best answer without knowing t is from the best answer."""
        return self.off(self.world.data.untold(self.x_t, self.label, self.noising))

    @cached_property
    def loudness(self) -> Float[Array, " T"]:
        """E|best|² at each t."""
        return self.off(np.zeros_like(self.best))

    def terms(self, error: Float[Array, "*nets T"], posterior: bool) -> Float[Array, "*nets T"]:
        """The terms of the bound in bits, L_0 first, for nets that are so far from the best answer."""
        nats = self.noising.bound(self.floor + error, self.world.net.d, posterior)
        return nats / log(2)

    def above(self, error: Float[Array, "*nets T"], posterior: bool) -> Float[Array, "*nets"]:
        """The whole bound less the entropy, bits: more than this a code by this net never wastes."""
        extra = (self.prior - self.entropy) / log(2)
        return np.asarray(self.terms(error, posterior).sum(-1) + extra)


def by_t(values: Float[Array, "*nets n"], steps: int) -> Float[Array, "*nets T"]:
    """The mean at each t, where t runs from 0 to T - 1 again and again."""
    return np.asarray(values.reshape(*values.shape[:-1], -1, steps).mean(-2))


def binned(
    values: Float[Array, "*nets T"], ratio: bool
) -> tuple[Float[Array, " b"], Float[Array, "*nets b"]]:
    """Middles of at most BINS bins of t = 1 … T, even in t or in log t (`ratio`), and the means there."""
    steps = values.shape[-1]
    ends = np.linspace(0, steps, BINS + 1)
    if ratio:
        ends = (steps + 1) ** (ends / steps) - 1
    starts = np.unique(np.round(ends[:-1]).astype(int))
    width = np.diff(np.append(starts, steps))
    middle = starts + (width + 1) / 2
    return middle, np.add.reduceat(values, starts, -1) / width
