r"""The score $s(x, \sigma) = \nabla_x \log p_\sigma(x)$ points to where data is denser.

Of data blurred by noise, $x = x_0 + \sigma \epsilon$, it is also the noise turned round and the way to
the best guess of the clean point:
$$s(x, \sigma) = -\frac{\mathbb E[\epsilon \mid x]}{\sigma} = \frac{\mathbb E[x_0 \mid x] - x}{\sigma^2} .$$
It can be followed (`walk.py`), learned from noise alone (`lessons.py`, `matching.py`), and turns
noise into data with chance or without (`reversal.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from .lessons import Taught, lessons
from .reversal import Journey, journey
from .walk import Walk, walk
from .world import REACH, Params, density, grid, mixture_of, rms

__all__ = ["Field", "Params", "compute"]

Array = np.ndarray


@dataclass(frozen=True)
class Field:
    """The exact score at one noise level, over the plane, at the probe and along a line."""

    params: Params
    density: Float[Array, "h w"]
    at: Float[Array, "g 2"]
    arrows: Float[Array, "g 2"]  # the score, or what was asked for in its place
    probe: Float[Array, "5 2"]  # s, eps, x_0, u twice: see `four_names`
    shares: Float[Array, " k"]  # who sent the probe: p(k | x)
    along: Float[
        Array, "m 3"
    ]  # place on the line through two centres, score along it, shares swapped
    swapped: float  # rms of score - score with shares swapped, under p_sigma, times sigma


Frame = Field | Walk | Taught | Journey


def compute(p: Params) -> Iterator[Frame]:
    """The field in one frame; a walk step by step; a training; noise on its way to data."""
    match p.view:
        case "field":
            yield field(p)
        case "Langevin":
            yield from walk(p)
        case "learning":
            yield from lessons(p)
        case _:
            yield from journey(p)


def four_names(
    x: Float[Array, "n d"], s: Float[Array, "n d"], sigma: float
) -> dict[str, Float[Array, "n d"]]:
    r"""Score, noise, clean point and velocity: any one gives the others.

    The velocity is that of the straight flow $z = t x_0 + (1 - t) \epsilon$ which passes $x$ at
    $t = 1 / (1 + \sigma)$, as $z = t x$: there its score is $s / t$, and
    $u = \left(\beta^2 \frac{\dot\alpha}{\alpha} - \dot\beta \beta\right) \frac{s}{t} +
    \frac{\dot\alpha}{\alpha} z$ with $\alpha = t$, $\beta = 1 - t$.
    """
    eps, x_0 = -sigma * s, x + sigma**2 * s
    t = 1 / (1 + sigma)
    from_score = ((1 - t) ** 2 / t + (1 - t)) * (s / t) + (t * x) / t
    return {"score": s, "noise": eps, "clean": x_0, "velocity": x_0 - eps, "again": from_score}


def field(p: Params) -> Field:
    """Everything about one noise level, in closed form."""
    data, at, sigma = mixture_of(p), grid(23), p.sigma
    names = four_names(at, data.score(at, 1.0, sigma), sigma)
    place = np.array(p.probe)
    here = four_names(place, data.score(place, 1.0, sigma), sigma)
    arrows = names["clean"] - at if p.arrows == "clean" else names[p.arrows]
    first, second = np.array(p.centres[:2])
    ahead = (second - first) / max(float(np.linalg.norm(second - first)), 1e-9)
    ways = np.linspace(-REACH, REACH, 161)
    line = (first + second) / 2 + ways[:, None] * ahead
    other = mixture_of(Params(**{**vars(p), "share": 1 - p.share}))
    draws = data.sample(2000, np.random.default_rng(p.seed))
    draws = draws + sigma * np.random.default_rng((p.seed, 1)).standard_normal(draws.shape)
    gap = data.score(draws, 1.0, sigma) - other.score(draws, 1.0, sigma)
    return Field(
        params=p,
        density=density(data, sigma),
        at=at,
        arrows=arrows,
        probe=np.concatenate(list(here.values())),
        shares=data.responsibilities(place, 1.0, sigma)[0],
        along=np.column_stack(
            [ways, data.score(line, 1.0, sigma) @ ahead, other.score(line, 1.0, sigma) @ ahead]
        ),
        swapped=sigma * rms(gap),
    )
