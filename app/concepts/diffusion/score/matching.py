r"""Learning a score nobody can see, from noise alone.

Denoising: $\mathbb E \|s_\theta(x_0 + \sigma\epsilon, \sigma) + \epsilon / \sigma\|^2$ exceeds
$\mathbb E \|s_\theta - s\|^2$ by $\frac{d}{\sigma^2} - J$ with $J = \mathbb E \|s\|^2$, whatever
$\theta$ is. Hyvärinen's $\mathbb E[\|s_\theta\|^2 + 2 \nabla\!\cdot s_\theta]$ falls short of it by $J$.
So the two losses differ by $d / \sigma^2$ and have one gradient.
(Vincent, 2011, eq. 11; doi:10.1162/NECO_a_00142; Hyvärinen, 2005, thm. 1; JMLR 6)
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from models.maths.langevin import Score
from models.maths.mixtures import Mixture
from models.maths.mlp import MLP, Moments, adam

from .world import Params, ladder_of

Array = np.ndarray
NET = MLP((3, 64, 64, 2), "silu")  # of x, y and log sigma
BATCH = 256


class Dress(NamedTuple):
    """What is put round a net F: s_theta = skip x + out F(inside x, log sigma); each (n, 1)."""

    skip: Float[Array, "n 1"]
    out: Float[Array, "n 1"]
    inside: Float[Array, "n 1"]
    weight: Float[Array, "n 1"]  # lambda(sigma) of the loss


def dress(gives: str, sigma: Float[Array, " n"], spread: float) -> Dress:
    """The net gives the score; or the noise, s = -F / sigma; or what EDM asks of it.

    EDM: D = c_skip x + c_out F(c_in x) with s = (D - x) / sigma², and lambda = 1 / c_out² in D's
    units; `spread` is their sigma_data. (Karras et al., 2022, tab. 1; arXiv:2206.00364). Noise with
    lambda = sigma² is NCSN's choice (Song and Ermon, 2019, sec. 4.2; arXiv:1907.05600).
    """
    s, one = sigma[:, None], np.ones((len(sigma), 1))
    if gives == "score":
        return Dress(0 * one, one, one, one)
    if gives == "noise":
        return Dress(0 * one, -1 / s, one, s**2)
    both = s**2 + spread**2
    c_out = s * spread / np.sqrt(both)
    return Dress(-1 / both, c_out / s**2, 1 / np.sqrt(both), s**4 / c_out**2)


def seen(x: Array, sigma: Array, inside: Array) -> Array:
    """What the net is shown."""
    return np.column_stack([inside * x, np.log(sigma)]).astype(np.float32)


def spread_of(data: Mixture) -> float:
    """The rms size of a coordinate: sigma_data."""
    squares = np.square(data.means).sum(-1) / data.means.shape[1] + np.square(data.std)
    return float(np.sqrt(data.shares @ squares))


def learned(theta: Float[Array, " p"], p: Params, data: Mixture) -> Score:
    """The score that a net with these weights gives."""

    def score(x: Array, sigma: Array) -> Array:
        skip, out, inside, _ = dress(p.gives, sigma, spread_of(data))
        return np.asarray(skip * x + out * NET(theta, seen(x, sigma, inside)))

    return score


def divergence(
    theta: Float[Array, " p"],
    p: Params,
    data: Mixture,
    x: Float[Array, "n 2"],
    sigma: Float[Array, " n"],
) -> Float[Array, " n"]:
    """The sum of ds_theta/dx over both directions: one pass backwards for each."""
    skip, out, inside, _ = dress(p.gives, sigma, spread_of(data))
    trace = NET.forward(theta, seen(x, sigma, inside))
    total = 2 * skip[:, 0]
    for axis in range(2):
        towards = np.zeros_like(trace.y)
        towards[:, axis] = 1
        _, slope = NET.backward(theta, trace, towards)
        total = total + (out * inside)[:, 0] * slope[:, axis]
    return np.asarray(total)


class Step(NamedTuple):
    """Where a training stands: steps taken, and the running mean of the weights."""

    at: int
    theta: Float[Array, " p"]


def train(p: Params, data: Mixture, rng: np.random.Generator) -> Iterator[Step]:
    """Denoising score matching for ever, on all levels at once; yields before every step.

    (Song and Ermon, 2019, eq. 5 and 6; arXiv:1907.05600)
    """
    levels, spread = ladder_of(p), spread_of(data)
    theta = NET.init(rng)
    mean, moments, at = theta.copy(), Moments.like(theta), 0
    while True:
        yield Step(at, mean)
        sigma = rng.choice(levels, BATCH)
        eps = rng.standard_normal((BATCH, 2))
        x = data.sample(BATCH, rng) + sigma[:, None] * eps
        skip, out, inside, weight = dress(p.gives, sigma, spread)
        trace = NET.forward(theta, seen(x, sigma, inside))
        error = skip * x + out * trace.y + eps / sigma[:, None]
        slope = (2 / BATCH * weight * out * error).astype(np.float32)
        grad, _ = NET.backward(theta, trace, slope)
        theta, moments = adam(theta, grad, moments, 0.01 / np.sqrt(1 + at / 200))
        at += 1
        mean = mean + max(0.01, 1 / (1 + 0.2 * at)) * (theta - mean)
