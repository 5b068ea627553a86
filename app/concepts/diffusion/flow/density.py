r"""How dense is it here? A flow that spreads thins what it carries, one that gathers packs it.

$$\log p_t(x_t) = \log p_0(x_0) - \int_0^t \nabla \cdot u_s(x_s)\, ds , \qquad
\nabla \cdot u = \operatorname{tr} J = \mathbb E\, \epsilon^\top J \epsilon ,\quad
\epsilon \sim \mathcal N(0, I).$$
(Chen et al., 2018, eq. 8; arXiv:1806.07366; Grathwohl et al., 2019, eq. 7; arXiv:1810.01367)
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.flow_matching import Flow
from models.maths.integrators import Velocity

from .probe import Way, through
from .world import TICKS, Params

Array = np.ndarray
FINE = 4  # pieces of a tick, for the integral
PIECES = 60  # steps of the way, for that
RIM, DROP = 24, 0.05  # places round the particle, and how far from it
BLOTTED = np.linspace(-3.2, 3.2, 49)  # where the density is shown, across and up
Jacobian = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class Inked:
    """The density where the particle is, found in three ways, and a drop of ink round it."""

    tick: int
    t: Float[Array, " k"]
    truth: Float[Array, " k"]  # log p_t(x_t), in closed form
    integral: Float[Array, " k"]  # log p_0(x_0) less the divergence so far
    estimate: Float[Array, "k 3"]  # the same by Hutchinson's draws, less and plus a standard error
    divergence: Float[Array, " k"]
    guesses: Float[Array, "k 2"]  # lowest and highest of the draws
    drop: Float[Array, "1 r 2"]  # the rim of the drop, now
    area: float  # of the drop, over what it was when it was held
    spread: float  # exp of the divergence since then, which the area of a tiny drop would follow
    log_p: Float[Array, "g g"]  # the exact log-density of the plane, now


def drops(velocity: Velocity, place: Float[Array, "1 2"], held: float) -> Way:
    """The way of a particle and of the rim of a drop of ink round it."""
    angle = 2 * np.pi * np.arange(RIM) / RIM
    rim = place + DROP * np.stack([np.cos(angle), np.sin(angle)], -1)
    return through(velocity, np.concatenate([place, rim]), held, PIECES)


def inked(p: Params, flow: Flow, jacobian: Jacobian, way: Way) -> Callable[[int], Inked]:
    """The densities along the way of the first particle, at a tick."""
    fine = np.arange(FINE * TICKS + 1) / (FINE * TICKS)
    x = way.at(fine)[:, 0]
    slopes = jacobian(x, fine)
    eps = np.random.default_rng((p.seed, 4)).standard_normal((p.draws, 2))
    guesses = np.einsum("di,tij,dj->td", eps, slopes, eps)
    div = np.trace(slopes, axis1=1, axis2=2)
    start = -0.5 * float(np.square(x[0]).sum()) - np.log(2 * np.pi)
    spread, drawn = integral(div[:, None], fine)[:, 0], integral(guesses, fine)
    mean, error = drawn.mean(-1), drawn.std(-1, ddof=1) / np.sqrt(p.draws)
    tick, t = slice(None, None, FINE), fine[::FINE]
    mix = flow.schedule(t)
    truth = flow.data.log_prob(x[tick], mix.alpha, mix.beta)
    rims = way.at(t)[:, 1:]
    areas, since = area(rims), np.interp(p.held, fine, spread)
    first = float(area(way.at(np.array([p.held]))[:, 1:])[0])
    told = start - np.stack([mean, mean + error, mean - error], -1)[tick]
    bounds = np.stack([guesses.min(-1), guesses.max(-1)], -1)[tick]

    def seen(i: int) -> Inked:
        return Inked(
            i,
            t,
            truth,
            start - spread[tick],
            told,
            div[tick],
            bounds,
            np.concatenate([rims[i], rims[i, :1]])[None],
            float(areas[i] / first),
            float(np.exp(spread[FINE * i] - since)),
            blot(flow, t[i]),
        )

    return seen


def integral(values: Float[Array, "k d"], t: Float[Array, " k"]) -> Float[Array, "k d"]:
    """The integral up to each time, by trapezia."""
    pieces = 0.5 * (values[1:] + values[:-1]) * np.diff(t)[:, None]
    return np.concatenate([np.zeros_like(values[:1]), np.cumsum(pieces, 0)])


def area(rims: Float[Array, "k r 2"]) -> Float[Array, " k"]:
    """What a closed line of corners encloses."""
    after = np.roll(rims, -1, axis=1)
    doubled = rims[..., 0] * after[..., 1] - rims[..., 1] * after[..., 0]
    return np.asarray(0.5 * np.abs(doubled.sum(-1)))


def blot(flow: Flow, t: float) -> Float[Array, "g g"]:
    """log p_t over the plane."""
    at = np.stack(np.meshgrid(BLOTTED, BLOTTED), -1).reshape(-1, 2)
    mix = flow.schedule(t)
    log_p = flow.data.log_prob(at, mix.alpha, mix.beta)
    return np.asarray(log_p.reshape(len(BLOTTED), -1))
