r"""Walking uphill in the dark: Langevin dynamics, and a ladder of noise levels to do it on.

$x \leftarrow x + \frac{a}{2}\, s(x, \sigma) + \sqrt{a}\, z$ with $z \sim \mathcal N(0, I)$: half a step
$a$ along the score and noise of variance $a$. On a ladder $\sigma_1 > \dots > \sigma_L$ the step is
$a_i = \varepsilon\, \sigma_i^2 / \sigma_L^2$. (Song and Ermon, 2019, alg. 1; arXiv:1907.05600)
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

Array = np.ndarray
Score = Callable[[Array, Array], Array]  # places x (n, d) at noise levels sigma (n,) -> (n, d)


class Stand(NamedTuple):
    """Where the walkers are: steps taken, the level of the latest (the first at the start), places."""

    step: int
    sigma: float
    x: Float[Array, "n d"]


def annealed(
    score: Score,
    x: Float[Array, "n d"],
    ladder: Float[Array, " L"],
    steps: int,
    pace: float,
    rng: np.random.Generator,
) -> Iterator[Stand]:
    """The walkers at the start and after each of `steps` steps a level.

    `pace` is epsilon / sigma_L², so a step at sigma is pace sigma². Below 4 no walk runs away from
    a mixture whose noise is sigma: all its widths are at least that.
    """
    done = 0
    yield Stand(done, float(ladder[0]), x)
    for sigma in ladder:
        a, level = pace * sigma**2, np.full(len(x), sigma)
        for _ in range(steps):
            x = x + a / 2 * score(x, level) + np.sqrt(a) * rng.standard_normal(x.shape)
            done += 1
            yield Stand(done, float(sigma), x)


def stationary_variance(variance: float, a: float) -> float:
    """Where steps of length a settle on N(0, variance): V = (1 - a / 2v)² V + a.

    That is v / (1 - a / 4v): too wide by a quarter of the step. Raises ValueError for a ≥ 4 v, where
    the walk runs away.
    """
    if a >= 4 * variance:
        raise ValueError(f"step {a}: expected less than four times the variance, {4 * variance}")
    return variance / (1 - a / (4 * variance))


def geometric(high: float, low: float, n: int) -> Float[Array, " n"]:
    """n levels with equal ratios from high to low (Song and Ermon, 2019, sec. 4; arXiv:1907.05600)."""
    levels: Array = np.geomspace(high, low, n)
    return levels


def even_in_rho(high: float, low: float, n: int, rho: float) -> Float[Array, " n"]:
    """n levels whose rho-th roots fall evenly: 1 is even, infinity geometric.

    (Karras et al., 2022, eq. 5; arXiv:2206.00364)
    """
    levels: Array = np.linspace(high ** (1 / rho), low ** (1 / rho), n) ** rho
    return levels


def bent(high: float, low: float, knots: tuple[float, ...], n: int) -> Float[Array, " n"]:
    """n falling levels; knots say how far log sigma has risen from low to high at equal distances."""
    heights = (0.0, *knots, 1.0)
    places = np.linspace(len(heights) - 1, 0, n)
    risen = np.interp(places, np.arange(len(heights)), heights)
    levels: Array = low ** (1 - risen) * high**risen
    return levels


def clean(score: Score, x: Float[Array, "n d"], sigma: float) -> Float[Array, "n d"]:
    """One step to E[x_0 | x] = x + sigma² s, without noise (Jolicoeur-Martineau et al., 2021,
    sec. 3.1; arXiv:2009.05475)."""
    guess: Array = x + sigma**2 * score(x, np.full(len(x), sigma))
    return guess
