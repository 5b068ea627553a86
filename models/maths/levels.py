r"""Where a sampler stops on its way from noise to data: the same schedule, cut in different places.

A level is a time $t$ with its $\alpha_t = \sqrt{\bar\alpha_t}$ and $\sigma_t = \sqrt{1 - \bar\alpha_t}$.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths import schedules

Array = np.ndarray


@dataclass(frozen=True)
class Level:
    """One noise level: its time in training steps, the weight of the data and that of the noise."""

    t: float
    alpha: float  # sqrt(alpha_bar)
    sigma: float  # sqrt(1 - alpha_bar)


DATA = Level(-1.0, 1.0, 0.0)
Path = tuple[Level, ...]  # from the noise down to the data


def path(times: Float[Array, " n"], alpha_bar: Float[Array, " T"]) -> Path:
    """The levels at these falling times and, last, the clean data."""
    a = schedules.between(alpha_bar, times)
    levels = zip(times, np.sqrt(a), np.sqrt(1 - a), strict=True)
    return (*(Level(float(t), float(alpha), float(sigma)) for t, alpha, sigma in levels), DATA)


def even_in_t(n: int, alpha_bar: Float[Array, " T"]) -> Path:
    """n levels at whole times, evenly from T - 1 ("trailing": Lin et al., 2024, tab. 2; arXiv:2305.08891)."""
    steps = len(alpha_bar)
    return path(np.round(steps - np.arange(n) * steps / n) - 1, alpha_bar)


def even_in_s(n: int, alpha_bar: Float[Array, " T"]) -> Path:
    """n levels whose share of noise s = sigma / (alpha + sigma), the time of a flow, falls evenly.

    From the noisiest level that the schedule has, in equal parts, but never below its cleanest.
    """
    first, last = (_share(alpha_bar[t]) for t in (-1, 0))
    s = np.linspace(first, max(first / n, last), n)
    return path(time_at((1 - s) ** 2 / ((1 - s) ** 2 + s**2), alpha_bar), alpha_bar)


def even_in_rho(n: int, alpha_bar: Float[Array, " T"], rho: float = 7.0) -> Path:
    """n levels whose (sigma / alpha)^(1 / rho) falls evenly (Karras et al., 2022, eq. 5; arXiv:2206.00364)."""
    first, last = (np.sqrt((1 - alpha_bar[t]) / alpha_bar[t]) for t in (-1, 0))
    sigma = np.linspace(first ** (1 / rho), last ** (1 / rho), n) ** rho
    return path(time_at(1 / (1 + sigma**2), alpha_bar), alpha_bar)


def _share(alpha_bar: float) -> float:
    alpha, sigma = np.sqrt(alpha_bar), np.sqrt(1 - alpha_bar)
    return float(sigma / (alpha + sigma))


def time_at(value: Float[Array, " n"], alpha_bar: Float[Array, " T"]) -> Float[Array, " n"]:
    """The times at which alpha_bar has these values: the inverse of `schedules.between`."""
    falling = np.log(alpha_bar[::-1])
    times: Array = np.interp(np.log(value), falling, np.arange(len(alpha_bar))[::-1])
    return times
