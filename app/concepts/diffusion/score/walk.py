r"""Langevin particles: on one noise level they stay in the mode they meet first, on a ladder they do not.

The mass of a mode is the mean of $p(k \mid x)$ over the particles: over perfect draws its mean is
the mode's share, exactly, however much the modes overlap.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths import langevin
from models.maths.distances import between_shadows, shadows, sliced_w2_floor
from models.maths.langevin import Score, Stand

from .lessons import last_theta
from .matching import learned
from .world import CLOUD, Params, density, exact, grid, ladder_of, mixture_of, rms

Array = np.ndarray
FRAMES = 120  # of the longest walks


@dataclass(frozen=True)
class Walk:
    """The particles after some steps."""

    params: Params
    step: int
    last: int  # steps in all, with the final denoising
    sigma: float
    ladder: Float[Array, " s"]  # the level of each step
    particles: Float[Array, "n 2"]
    density: Float[Array, "h w"]  # p_sigma
    at: Float[Array, "g 2"]
    arrows: Float[Array, "g 2"]  # the score that the particles follow
    history: Float[Array, "f 3"]  # step, mass of the narrow mode, sliced W2 to the data
    chance: float  # standard deviation of the mass in perfect draws of this number
    floor: float  # sliced W2 of two perfect clouds
    width: float  # of the narrow mode as the particles have it
    drift: float  # rms of the score's part of a step over rms of the noise's
    denoised: bool


def walk(p: Params) -> Iterator[Walk]:
    """The particles at the start, after every so many steps, and denoised if asked for."""
    data, rng = mixture_of(p), np.random.default_rng((p.seed, 2))
    score = exact(data) if p.score == "exact" else learned(last_theta(p), p, data)
    levels = ladder_of(p)
    x = p.high * rng.standard_normal((CLOUD, 2))
    truth, floor = shadows(data.sample(CLOUD, rng)), sliced_w2_floor(data.sample, CLOUD, rng)
    total, at = p.levels * p.each, grid(19)
    every = max(1, -(-total // FRAMES))
    history: list[tuple[float, float, float]] = []
    stands = langevin.annealed(score, x, levels, p.each, p.pace, rng)
    for stand, denoised in ending(stands, score, p, every, total):
        x = stand.x
        mine = data.responsibilities(x, 1.0, 0.0 if denoised else stand.sigma)[:, 0]
        history.append((stand.step, mine.mean(), between_shadows(shadows(x), truth)))
        a = p.pace * stand.sigma**2
        yield Walk(
            params=p,
            step=stand.step,
            last=total + p.denoise,
            sigma=0.0 if denoised else stand.sigma,
            ladder=np.repeat(levels, p.each),
            particles=x,
            density=density(data, 0.0 if denoised else stand.sigma),
            at=at,
            arrows=score(at, np.full(len(at), stand.sigma)),
            history=np.array(history),
            chance=float(np.sqrt(p.share * (1 - p.share) / CLOUD)),
            floor=floor,
            width=width(x, mine),
            drift=float(np.sqrt(a / 8)) * rms(score(x, np.full(len(x), stand.sigma))),
            denoised=denoised,
        )


def ending(
    stands: Iterator[Stand], score: Score, p: Params, every: int, total: int
) -> Iterator[tuple[Stand, bool]]:
    """Every so many stands and the last; after it, if asked for, the denoised particles."""
    for stand in stands:
        if stand.step % every == 0 or stand.step == total:
            yield stand, False
    if p.denoise:
        cleaned = langevin.clean(score, stand.x, stand.sigma)
        yield Stand(total + 1, stand.sigma, cleaned), True


def width(x: Float[Array, "n 2"], weights: Float[Array, " n"]) -> float:
    """The standard deviation per direction of particles that belong somewhere by these weights."""
    weights = (weights + 1e-12) / (weights + 1e-12).sum()
    return float(np.sqrt(weights @ np.square(x - weights @ x).sum(-1) / 2))
