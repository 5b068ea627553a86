r"""Walking with noise: $dx = u_t(x)\, dt + g(x)\, dW_t$, step by step along one Brownian path.

$W$ starts at 0 and gains independent $\mathcal N(0, h)$ in a time $h$. The plainest step is
$$x \leftarrow x + h\, u_t(x) + g(x)\, \Delta W$$
(Euler-Maruyama); Milstein adds $\tfrac12\, g g' (\Delta W^2 - h)$; the others walk better along $u$ only.
(Kloeden and Platen, 1992, sec. 10.2 and 10.3; doi:10.1007/978-3-662-12616-5)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.integrators import RULES, Rule, Velocity, advance

Array = np.ndarray


@dataclass(frozen=True)
class Scheme:
    """How a step goes along the drift, and whether it minds that the noise changes on the way."""

    rule: Rule
    milstein: bool = False


SCHEMES = {
    "Euler": Scheme(RULES["Euler"]),
    "Milstein": Scheme(RULES["Euler"], milstein=True),
    "Heun": Scheme(RULES["Heun"]),
    "RK4": Scheme(RULES["RK4"]),
}


def constant(sigma: float) -> Callable[[Array], Array]:
    """Noise of the same strength everywhere: g = sigma."""
    return lambda x: np.full_like(x, sigma)


@dataclass(frozen=True)
class SDE:
    """The drift u_t(x), and the strength g(x) of the noise with its slope; each axis has its own W."""

    drift: Velocity
    noise: Callable[[Array], Array]
    slope: float = 0.0  # dg/dx, where g is linear in x


def brownian(
    n: int, d: int, steps: int, span: float, rng: np.random.Generator
) -> Float[Array, "k n d"]:
    """n paths of W in d dimensions at steps + 1 even times from 0 to span."""
    gains = np.sqrt(span / steps) * rng.standard_normal((steps, n, d))
    return np.concatenate([np.zeros((1, n, d)), np.cumsum(gains, 0)])


def walk(
    sde: SDE, x: Float[Array, "n d"], w: Float[Array, "k n d"], span: float, scheme: Scheme
) -> Iterator[Float[Array, "n d"]]:
    """The places at the times of w, the first being x itself: one step between two neighbours.

    Fewer, longer steps on the same path of W: w[::2], w[::4], …
    """
    yield x
    h = span / (len(w) - 1)
    for step, gain in enumerate(np.diff(w, axis=0)):
        g = sde.noise(x)
        now, length = np.full(len(x), step * h), np.full(len(x), h)
        way = advance(sde.drift, x, now, length, scheme.rule) + g * gain
        if scheme.milstein:
            way = way + sde.slope * g / 2 * (np.square(gain) - h)
        x = x + way
        yield x


def ornstein_uhlenbeck(
    x: Float[Array, "n d"],
    w: Float[Array, "k n d"],
    rate: float,
    sigma: float,
    span: float,
    rng: np.random.Generator,
) -> Float[Array, "k n d"]:
    r"""The exact solution of $dx = -\theta x\, dt + \sigma\, dW$ on the given path of W.

    A step's noise, the integral of $e^{-\theta (h - s)} dW_s$, is Gaussian and correlated with the
    gain of W in that step; what that gain leaves open is drawn. The law is that of Uhlenbeck and
    Ornstein, 1930 (doi:10.1103/PhysRev.36.823).
    """
    h = span / (len(w) - 1)
    fade = np.exp(-rate * h)
    shared = (1 - fade) / rate / h  # covariance with the gain, over the gain's variance
    rest = np.sqrt(max((1 - fade**2) / (2 * rate) - shared**2 * h, 0.0))
    places = [x]
    for gain in np.diff(w, axis=0):
        noise = shared * gain + rest * rng.standard_normal(x.shape)
        places.append(fade * places[-1] + sigma * noise)
    return np.stack(places)


def geometric(
    x: Float[Array, "n d"], w: Float[Array, "k n d"], rate: float, sigma: float, span: float
) -> Float[Array, "k n d"]:
    r"""The exact solution of $dx = \mu x\, dt + \sigma x\, dW$: $x_0 e^{(\mu - \sigma^2/2) t + \sigma W_t}$.

    (Kloeden and Platen, 1992, sec. 4.4)
    """
    t = np.linspace(0, span, len(w))[:, None, None]
    grown: Array = x * np.exp((rate - sigma**2 / 2) * t + sigma * w)
    return grown


def gaussian_flow(a: Float[Array, "d d"], sigma: float, t: float) -> tuple[Array, Array]:
    r"""How $dx = A x\, dt + \sigma\, dW$ carries a point: $x_t \sim \mathcal N(M x_0, C)$.

    $M = e^{A t}$ and $C = \sigma^2 \int_0^t e^{A s} e^{A^\top s} ds$, both read off one exponential
    of twice the size (Van Loan, 1978; doi:10.1109/TAC.1978.1101743).
    """
    d = len(a)
    block = np.block([[-a, sigma**2 * np.eye(d)], [np.zeros((d, d)), a.T]]) * t
    halvings = max(0, int(np.ceil(np.log2(np.abs(block).sum() + 1e-300))) + 2)
    term = power = np.eye(2 * d)
    for k in range(1, 13):
        term = term @ block / 2**halvings / k
        power = power + term
    for _ in range(halvings):
        power = power @ power
    m = power[d:, d:].T
    return m, m @ power[:d, d:]
