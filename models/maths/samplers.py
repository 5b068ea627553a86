r"""From noise to data: each sampler asks a net for the noise in $x_t$ and takes one step towards $x_0$.

With $x_t = \alpha_t x_0 + \sigma_t \epsilon$ and $\alpha_t^2 + \sigma_t^2 = 1$, an answer $\hat\epsilon$
means $\hat x_0 = (x_t - \sigma_t \hat\epsilon) / \alpha_t$; what differs is the way to the next level.
A sampler is a generator that yields what it asks, `(x, level)`, and is sent the noise; so any number
of samplers can race side by side, their questions answered by one call of the net.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from models.maths import schedules
from models.maths.levels import Level, Path
from models.maths.mixtures import Mixture

Array = np.ndarray


class Ask(NamedTuple):
    """A question to the net: which noise is in x at this level? None is asked where sigma is 0."""

    x: Array
    at: Level


class Moment(NamedTuple):
    """Where a sampler stands after its latest answer; at the end x_t and x_0 are the sample."""

    at: Level
    x_t: Array
    eps: Array
    x_0: Array  # the clean data that x_t and eps point to
    calls: int  # answers so far


Sampler = Generator[Ask, Array, None]
Eps = Callable[[Array, Array], Array]  # x (lanes, ...), t (lanes,) -> the noise in each lane's x


def clean(x: Array, eps: Array, at: Level) -> Array:
    """x̂_0, the clean data that x and its noise point to (Ho et al., 2020, eq. 15; arXiv:2006.11239)."""
    return (x - at.sigma * eps) / at.alpha


def ddpm(x: Array, levels: Path, rng: np.random.Generator) -> Sampler:
    """Ancestral sampling: the mean of q(x_s | x_t, x̂_0), plus noise of its variance.

    (Ho et al., 2020, eq. 6, 7 and alg. 2; arXiv:2006.11239; on fewer steps than trained, Nichol and
    Dhariwal, 2021, sec. 4; arXiv:2102.09672)
    """
    for now, then in pairwise(levels):
        eps = yield Ask(x, now)
        alpha = (now.alpha / then.alpha) ** 2  # of this one step; its product is alpha_bar
        beta, left = 1 - alpha, (then.sigma / now.sigma) ** 2
        x_0 = clean(x, eps, now)
        mean = then.alpha * beta / now.sigma**2 * x_0 + np.sqrt(alpha) * left * x
        x = mean + np.sqrt(beta * left) * rng.standard_normal(x.shape)
    yield Ask(x, levels[-1])


def ddim(x: Array, levels: Path, rng: np.random.Generator, eta: float = 0.0) -> Sampler:
    """DDIM: x̂_0 noised again, partly by the same noise, partly (eta) by new noise.

    (Song, Meng and Ermon, 2021, eq. 12 and 16; arXiv:2010.02502; their alpha is our alpha_bar)
    """
    for now, then in pairwise(levels):
        eps = yield Ask(x, now)
        beta = 1 - (now.alpha / then.alpha) ** 2
        c = eta * np.sqrt(beta) * then.sigma / now.sigma
        same = np.sqrt(then.sigma**2 - c**2) * eps
        x = then.alpha * clean(x, eps, now) + same + c * rng.standard_normal(x.shape)
    yield Ask(x, levels[-1])


def ode(x: Array, levels: Path, heun: bool = True) -> Sampler:
    """The probability-flow ODE d(x / alpha) = eps d(sigma / alpha), by Heun's or Euler's rule.

    Heun asks again at the end of each step but the last and goes by the mean of both answers.
    (Song et al., 2021, eq. 13; arXiv:2011.13456; Karras et al., 2022, alg. 1; arXiv:2206.00364)
    """
    for now, then in pairwise(levels):
        eps = yield Ask(x, now)
        length = then.sigma / then.alpha - now.sigma / now.alpha
        start = x / now.alpha
        x = then.alpha * (start + length * eps)
        if heun and then.sigma > 0:
            eps = (eps + (yield Ask(x, then))) / 2
            x = then.alpha * (start + length * eps)
    yield Ask(x, levels[-1])


def flow(x: Array, levels: Path) -> Sampler:
    """Euler's rule on the straight path y_s = (1 - s) x_0 + s eps, with velocity eps - x̂_0.

    With y = x / (alpha + sigma) and s = sigma / (alpha + sigma) the noise-predicting net is a flow's
    net; time runs from s = 1, noise, to s = 0, data. (Liu et al., 2023, eq. 1; arXiv:2209.03003)
    """
    for now, then in pairwise(levels):
        eps = yield Ask(x, now)
        whole, next_whole = now.alpha + now.sigma, then.alpha + then.sigma
        velocity = eps - clean(x, eps, now)
        y = x / whole + (then.sigma / next_whole - now.sigma / whole) * velocity
        x = next_whole * y
    yield Ask(x, levels[-1])


def dpm(x: Array, levels: Path) -> Sampler:
    """DPM-Solver++ (2M): x̂_0 carried on in a straight line in log(alpha / sigma), from the last two.

    The first step and the one to the clean data, which lies infinitely far in that time, know one
    x̂_0 only: they are DDIM's. (Lu et al., 2022, alg. 2; arXiv:2211.01095)
    """
    before = None  # the step before: its x̂_0 and its length
    for now, then in pairwise(levels):
        eps = yield Ask(x, now)
        x_0 = ahead = clean(x, eps, now)
        fade = then.sigma * now.alpha / (then.alpha * now.sigma)  # exp(-length)
        if before and then.sigma > 0:
            length = -np.log(fade)
            ahead = x_0 + (x_0 - before[0]) * length / (2 * before[1])
        x = then.sigma / now.sigma * x + then.alpha * (1 - fade) * ahead
        before = then.sigma > 0 and (x_0, -np.log(fade))
    yield Ask(x, levels[-1])


# --- the race ------------------------------------------------------------------------------------


def race(samplers: Sequence[Sampler], eps: Eps) -> Iterator[tuple[Moment, ...]]:
    """All samplers side by side: one moment of each for every call of the net, then the samples.

    Samplers that are through wait, and are no longer in the batch.
    """
    asks = [next(sampler) for sampler in samplers]
    lanes: dict[int, Moment] = {}
    while running := [i for i, ask in enumerate(asks) if ask.at.sigma > 0]:
        x, t = np.stack([asks[i].x for i in running]), np.array([asks[i].at.t for i in running])
        for i, found in zip(running, eps(x, t), strict=True):
            ask, calls = asks[i], lanes[i].calls + 1 if i in lanes else 1
            lanes[i] = Moment(ask.at, ask.x, found, clean(ask.x, found, ask.at), calls)
        yield tuple(lanes.values())
        for i in running:
            x_s, at = asks[i] = samplers[i].send(lanes[i].eps)
            if at.sigma == 0:
                lanes[i] = lanes[i]._replace(at=at, x_t=x_s, x_0=x_s)
    yield tuple(lanes.values())


# --- who answers ---------------------------------------------------------------------------------


def exact(data: Mixture, alpha_bar: Float[Array, " T"]) -> Eps:
    """The answers of a perfect net: (x_t - alpha E[x_0 | x_t]) / sigma, in closed form.

    (Efron, 2011, eq. 1.4; doi:10.1198/jasa.2011.tm11181)
    """

    def eps(x: Array, t: Array) -> Array:
        a = schedules.between(alpha_bar, t)
        lanes = zip(x, np.sqrt(a), np.sqrt(1 - a), strict=True)
        found = [(y - alpha * data.denoise(y, alpha, sigma)) / sigma for y, alpha, sigma in lanes]
        return np.stack(found)

    return eps


def clipped(eps: Eps, alpha_bar: Float[Array, " T"], most: float = 1.0) -> Eps:
    """The same net, its answers bent so that x̂_0 stays within ±most, as data does."""

    def bent(x: Array, t: Array) -> Array:
        a = schedules.between(alpha_bar, t).reshape(-1, *[1] * (x.ndim - 1))
        alpha, sigma = np.sqrt(a), np.sqrt(1 - a)
        x_0 = np.clip((x - sigma * eps(x, t)) / alpha, -most, most)
        return np.asarray((x - alpha * x_0) / sigma)

    return bent
