r"""From noise to data with as much chance as you like: one knob from ODE to SDE, and the marginals stay.

Noising is $dx = f\, d\tau + dw$ in its own clock: $f = 0$, $\tau = \sigma^2$ (VE), or
$f = -\frac12 x$, $\tau = \ln(1 + \sigma^2)$ (VP, which shrinks as much as it adds). Backwards, for every
$\lambda \ge 0$,
$$dx = \left[f - \tfrac12 (1 + \lambda^2)\, s\right] d\tau + \lambda\, d\bar w$$
has the same marginals: $\lambda = 0$ is the probability flow, $\lambda = 1$ the noising reversed.
(Song et al., 2021, eq. 6, 13 and app. D.1; arXiv:2011.13456; Zhang and Chen, 2023, sec. 2; arXiv:2204.13902)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, pairwise

import numpy as np
from jaxtyping import Float

from models.maths.distances import between_shadows, shadows
from models.maths.langevin import even_in_rho
from models.maths.mixtures import Mixture
from models.tape import Tape

from .world import CLOUD, Params, density, grid, mixture_of

Array = np.ndarray
FUTURES = 256
SHOWN = 64  # of them with their ways
FRAMES = 60  # of the longest runs, about
CHURNS = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0])


@dataclass(frozen=True)
class Journey:
    """The cloud and the fan at one noise level."""

    params: Params
    step: int
    sigma: float  # of the noise in units of the data: std / alpha
    alpha: float
    particles: Float[Array, "n 2"]
    density: Float[Array, "h w"]
    at: Float[Array, "g 2"]
    arrows: Float[Array, "g 2"]  # the drift towards the data, a unit of the clock
    fan: Float[Array, "f 2"]  # the futures of the probe; before its level it waits alone
    ways: Float[Array, "w k 2"]  # of some of them
    fork: float  # the level at which the fan leaves
    spread: float  # rms distance of the futures from their mean
    futures: float  # mean p(narrow | x) over the futures
    posterior: float  # p(narrow | probe)
    history: Float[Array, "s 3"]  # sigma, sliced W2 to the marginal, and its floor
    low: float  # the lowest level
    ends: Float[Array, "c 3"]  # lambda, sliced W2 at the end in these steps, and in half as many
    floor: float  # of these


@dataclass(frozen=True)
class Noising:
    """Levels sigma = std / alpha, their alpha and std, and the clock between."""

    sigmas: Float[Array, " k"]
    preserving: bool  # of variance

    @property
    def alpha(self) -> Float[Array, " k"]:
        grown: Array = 1 / np.sqrt(1 + self.sigmas**2)
        return grown if self.preserving else np.ones_like(self.sigmas)

    @property
    def std(self) -> Float[Array, " k"]:
        noise: Array = self.alpha * self.sigmas
        return noise

    @property
    def clock(self) -> Float[Array, " k"]:
        time: Array = np.log1p(self.sigmas**2) if self.preserving else self.sigmas**2
        return time

    def drift(self, data: Mixture, x: Array, i: int, lam: float) -> Array:
        """Towards the data, a unit of the clock: (1 + lambda²) s / 2 - f."""
        s = data.score(x, float(self.alpha[i]), float(self.std[i]))
        return np.asarray((1 + lam**2) / 2 * s + (x / 2 if self.preserving else 0))

    def back(
        self, data: Mixture, x: Float[Array, "n 2"], lam: float, rng: np.random.Generator, at: int
    ) -> Iterator[Float[Array, "n 2"]]:
        """The places at level `at` and all after it, by Euler's rule (Maruyama's with noise)."""
        yield x
        for i, (now, then) in enumerate(pairwise(self.clock[at:]), at):
            d = now - then
            z = rng.standard_normal(x.shape)
            x = x + d * self.drift(data, x, i, lam) + lam * np.sqrt(d) * z
            yield x


def noising_of(p: Params, steps: int) -> Noising:
    """The levels that a run of so many steps stops at."""
    return Noising(even_in_rho(p.high, p.low, steps + 1, p.rho), p.sde == "VP")


def marginal(data: Mixture, noising: Noising, i: int, seed: tuple[int, ...]) -> Array:
    """Fresh draws at a level."""
    rng = np.random.default_rng(seed)
    noise = noising.std[i] * rng.standard_normal((CLOUD, 2))
    return np.asarray(noising.alpha[i] * data.sample(CLOUD, rng) + noise)


def journey(p: Params) -> Iterator[Journey]:
    """The cloud from the highest level to the lowest, and the fan from its own level on."""
    data, noising, at = mixture_of(p), noising_of(p, p.steps), grid(19)
    fork = int(np.abs(np.log(noising.sigmas[:-1] / p.sigma)).argmin())
    probe = np.array(p.probe)
    fans = noising.back(
        data, np.tile(probe, (FUTURES, 1)), p.lam, np.random.default_rng((p.seed, 6)), fork
    )
    fan, trail = probe, [np.tile(probe, (SHOWN, 1))]
    home = (float(noising.alpha[fork]), float(noising.std[fork]))
    posterior = float(data.responsibilities(probe, *home)[0, 0])
    rng = np.random.default_rng((p.seed, 5))
    start = marginal(data, noising, 0, (p.seed, 7))
    history: list[tuple[float, float, float]] = []
    board = iter(ends_of(board_of(p)))
    ends: list[tuple[float, float, float]] = []
    every = -(-p.steps // FRAMES)
    for i, x in enumerate(noising.back(data, start, p.lam, rng, 0)):
        if i >= fork:
            fan = next(fans)
            trail.append(fan[:SHOWN])
        if i % every and i < p.steps:
            continue
        level = (float(noising.alpha[i]), float(noising.std[i]))
        others = [shadows(marginal(data, noising, i, (p.seed, 8, k))) for k in range(3)]
        gap = between_shadows(shadows(x), others[0])
        floor = float(np.mean([between_shadows(a, b) for a, b in combinations(others, 2)]))
        history.append((noising.sigmas[i], gap, floor))
        ends += [found for found in [next(board, None)] if found]
        yield Journey(
            params=p,
            step=i,
            sigma=float(noising.sigmas[i]),
            alpha=level[0],
            particles=x,
            density=density(data, level[1], level[0]),
            at=at,
            arrows=noising.drift(data, at, i, p.lam),
            fan=fan,
            ways=thinned(trail),
            fork=float(noising.sigmas[fork]),
            spread=spread_of(fan),
            futures=float(data.responsibilities(fan, *(home if i < fork else level))[:, 0].mean()),
            posterior=posterior,
            history=np.array(history),
            low=float(noising.sigmas[-1]),
            ends=np.array(ends),
            floor=floor,
        )


def spread_of(fan: Float[Array, "f 2"]) -> float:
    """The rms distance from the mean; exactly 0 for futures that are one."""
    apart = fan - fan[0]
    return float(np.sqrt(np.square(apart - apart.mean(0)).sum(-1).mean()))


def thinned(trail: list[Array]) -> Float[Array, "f k 2"]:
    """At most 40 of the moments, from first to last."""
    picked = np.unique(np.linspace(0, len(trail) - 1, 40).astype(int))
    return np.stack([trail[i] for i in picked], 1)


def board_of(p: Params) -> Params:
    """The same, less all that the ends do not depend on."""
    return replace(p, view="ODE and SDE", lam=Params.lam, probe=Params.probe, sigma=Params.sigma)


@lru_cache(maxsize=12)
def ends_of(p: Params) -> Tape[tuple[float, float, float]]:
    """How far from the last marginal a cloud ends: for each lambda, in these steps and in half."""
    data = mixture_of(p)
    goal = shadows(marginal(data, noising_of(p, p.steps), -1, (p.seed, 8, 0)))

    def end(lam: float, steps: int) -> float:
        noising = noising_of(p, steps)
        start = marginal(data, noising, 0, (p.seed, 7))
        *_, x = noising.back(data, start, lam, np.random.default_rng((p.seed, 5)), 0)
        return between_shadows(shadows(x), goal)

    return Tape((lam, end(lam, p.steps), end(lam, p.steps // 2)) for lam in map(float, CHURNS))
