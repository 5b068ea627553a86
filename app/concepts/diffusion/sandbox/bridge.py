r"""From one crowd to another with as little change to Brownian motion as possible: the Schrödinger bridge.

Particles that move by $\sigma\, dW$ are seen to start as $p_0$ and, against all odds, to end as $p_1$. The likeliest
way that this came about pairs starts with ends by
$$\pi_{ij} = e^{f_i + g_j - |x_i - y_j|^2 / 2 \sigma^2}, \qquad \textstyle\sum_j \pi_{ij} = \sum_i \pi_{ij} = \frac1n ,$$
joins each pair by a Brownian bridge, and is itself an SDE with drift $\sigma^2 \nabla \log h_t$,
$h_t(x) = \sum_j e^{g_j} \exp(-|x - y_j|^2 / 2 \sigma^2 (1 - t))$.
(Léonard, 2014, sec. 2 and 3; arXiv:1308.0215; Cuturi, 2013; arXiv:1306.0895)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from jaxtyping import Float

from models.maths.couplings import assignment, costs
from models.maths.distances import between_shadows, shadows
from models.maths.integrators import Velocity
from models.maths.mixtures import Mixture
from models.maths.sde import SCHEMES, SDE, brownian, constant, walk
from models.tape import Tape

from .world import TICKS, Params

Array = np.ndarray
POINTS, COPIES = 100, 8  # of each crowd; walkers that start at each point
WIDTH = 0.3  # of a cluster


@dataclass(frozen=True)
class Coupling:
    """Who goes where."""

    x: Float[Array, "n 2"]
    y: Float[Array, "n 2"]
    pi: Float[Array, "n n"]
    g: Float[Array, " n"]
    errors: Float[
        Array, " r"
    ]  # of the columns' sums after each round, half the sum of |difference|
    cost: float  # E |y - x|² over the pairs
    least: float  # of the best pairs one to one
    apart: float  # of pairs drawn without a thought
    partners: float  # exp of the mean entropy of a row


@dataclass(frozen=True)
class Bridge:
    """Both crowds of walkers at one time."""

    params: Params
    coupling: Coupling
    step: int
    t: float
    walkers: Float[Array, "m 2"]  # by the SDE
    drawn: Float[Array, "m 2"]  # by pairs, each joined by a Brownian bridge
    ways: Float[Array, "w k 2"]  # of some walkers
    at: Float[Array, "g 2"]
    arrows: Float[Array, "g 2"]
    gap: float  # sliced W2 of walkers and drawn, and of two crowds that are drawn
    floor: float


def bridge(p: Params) -> Iterator[Bridge]:
    """From start to end, tick by tick."""
    return iter(kept(p))


@lru_cache(maxsize=8)
def kept(p: Params) -> Tape[Bridge]:
    """A run is computed once."""
    return Tape(moments(p))


def coupling_of(p: Params, rng: np.random.Generator) -> Coupling:
    """Sinkhorn's rounds: rows put right, then columns, in turn."""
    x = sorted_(Mixture(np.array(p.origins), WIDTH).sample(POINTS, rng))
    y = sorted_(Mixture(np.array(p.clusters), WIDTH).sample(POINTS, rng))
    squares = costs(x, y)
    kernel, g = -squares / (2 * p.shake**2), np.zeros(POINTS)
    errors = []
    for _ in range(p.rounds):
        f = -np.log(POINTS) - log_sum(kernel + g)
        columns = log_sum((kernel + f[:, None]).T)
        errors.append(0.5 * float(np.abs(np.exp(columns + g) - 1 / POINTS).sum()))
        g = -np.log(POINTS) - columns
    f = -np.log(POINTS) - log_sum(kernel + g)
    pi = np.exp(kernel + f[:, None] + g)
    rows = pi / pi.sum(1, keepdims=True)
    entropy = -(rows * np.log(np.maximum(rows, 1e-300))).sum(1).mean()
    best = squares[np.arange(POINTS), assignment(squares)].mean()
    return Coupling(
        x,
        y,
        pi,
        g,
        np.array(errors),
        float((pi * squares).sum()),
        float(best),
        float(squares.mean()),
        float(np.exp(entropy)),
    )


def sorted_(cloud: Float[Array, "n 2"]) -> Float[Array, "n 2"]:
    """From left to right, so that neighbours are neighbours in the table too."""
    return np.asarray(cloud[np.argsort(cloud[:, 0])])


def log_sum(logs: Float[Array, "n m"]) -> Float[Array, " n"]:
    """log of the sum of exp over each row."""
    top = logs.max(1)
    return np.asarray(top + np.log(np.exp(logs - top[:, None]).sum(1)))


def drift_of(c: Coupling, sigma: float) -> Velocity:
    """σ² ∇ log h_t: to the mean of the ends, as likely as each is from here, in the time that is left."""

    def drift(x: Array, times: Array) -> Array:
        left = 1 - float(np.ravel(times)[0])  # one time for all places
        logs = c.g - costs(x, c.y) / (2 * sigma**2 * left)
        weights = np.exp(logs - log_sum(logs)[:, None])
        return np.asarray((weights @ c.y - x) / left)

    return drift


def moments(p: Params) -> Iterator[Bridge]:
    rng = np.random.default_rng((p.seed, 7))
    c = coupling_of(p, rng)
    starts = np.tile(c.x, (COPIES, 1))
    drift, w = drift_of(c, p.shake), brownian(len(starts), 2, TICKS, 1.0, rng)
    walkers = walk(SDE(drift, constant(p.shake)), starts, w, 1.0, SCHEMES["Euler"])
    draws = [joined(c, p, np.random.default_rng((p.seed, 8, k))) for k in range(4)]
    line = np.linspace(-3, 3, 13)
    at = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    trail: list[Array] = []
    for step, x in enumerate(walkers):
        trail.append(x[:: len(starts) // 24])
        t, views = step / TICKS, [shadows(drawn[step]) for drawn in draws]
        yield Bridge(
            params=p,
            coupling=c,
            step=step,
            t=t,
            walkers=x,
            drawn=draws[0][step],
            ways=np.stack(trail + [trail[-1]] * (TICKS - step), 1),
            at=at,
            arrows=drift(at, np.full(len(at), min(t, 1 - 1 / TICKS))),
            gap=between_shadows(shadows(x), views[0]),
            floor=float(np.mean([between_shadows(a, b) for a, b in combinations(views, 2)])),
        )


def joined(c: Coupling, p: Params, rng: np.random.Generator) -> Float[Array, "k m 2"]:
    """Ends drawn for every start, and Brownian bridges between: (1 - t) x + t y + σ (W_t - t W_1)."""
    rows = np.cumsum(c.pi / c.pi.sum(1, keepdims=True), 1)
    starts = np.tile(np.arange(POINTS), COPIES)
    ends = (rng.random((len(starts), 1)) > rows[starts]).sum(1)
    x, y = c.x[starts], c.y[np.minimum(ends, POINTS - 1)]
    w, t = brownian(len(starts), 2, TICKS, 1.0, rng), np.linspace(0, 1, TICKS + 1)[:, None, None]
    places: Array = (1 - t) * x + t * y + p.shake * (w - t * w[-1])
    return places
