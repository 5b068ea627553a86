r"""A part painted anew: what is known is noised afresh at every level, the rest is the net's.

$x_s = m \odot x_s^{net} + (1-m) \odot (\alpha_s x_0 + \sigma_s z)$. The net has seen the known part
only after it filled the hole; so each level is looked at $r$ times, with the noise of one step put back
in between. (Lugmayr et al., 2022, eq. 8 and alg. 1; arXiv:2201.09865)
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from models.digits import SIDE
from models.maths.levels import Level, Path
from models.maths.samplers import Ask, Moment, Sampler, ddpm, race

from .frame import Filled
from .nets import of_class, read

Array = np.ndarray
SAMPLES = 6  # of each way, all judged, the first one shown


def repaint(
    x: Array, known: Array, hole: Array, levels: Path, looks: int, rng: np.random.Generator
) -> Sampler:
    """From noise to a picture whose known part stays, each level but the last looked at `looks` times."""
    for now, then in pairwise(levels):
        for left in reversed(range(looks if then.sigma > 0 else 1)):
            step = ddpm(x, (now, then), rng)
            there = step.send((yield next(step))).x
            around = then.alpha * known + then.sigma * rng.standard_normal(x.shape)
            x = hole * there + (1 - hole) * around
            if left:
                x = noised(x, then, now, rng)
    yield Ask(x, levels[-1])


def noised(x: Array, then: Level, now: Level, rng: np.random.Generator) -> Array:
    """x of the level `then` with the noise of the step before it put back (Ho et al., 2020, eq. 2)."""
    signal = now.alpha / then.alpha
    more: Array = signal * x + np.sqrt(1 - signal**2) * rng.standard_normal(x.shape)
    return more


def pasted(x: Array, known: Array, hole: Array, levels: Path, rng: np.random.Generator) -> Sampler:
    """A run that knows nothing of the picture; the known part is laid over it at the end."""
    sampler = ddpm(x, levels, rng)
    ask = next(sampler)
    while ask.at.sigma > 0:
        ask = sampler.send((yield ask))
    yield Ask(hole * ask.x + (1 - hole) * known, ask.at)


def run(
    known: Float[Array, "32 32"],
    cover: Float[Array, "32 32"],
    digit: int,
    looks: int,
    levels: Path,
    seed: int,
) -> Iterator[tuple[float, Filled]]:
    """A paste, one look a level, several looks a level: all from the same SAMPLES noises."""
    hole = (cover > 0.5).astype(float)  # a pixel is known or not: the known are kept to the bit
    x_T = np.random.default_rng(seed).standard_normal((SAMPLES, SIDE, SIDE))
    chance = [np.random.default_rng([seed, 1]) for _ in range(3)]
    ways = [
        pasted(x_T, known, hole, levels, chance[0]),
        repaint(x_T, known, hole, levels, 1, chance[1]),
        repaint(x_T, known, hole, levels, looks, chance[2]),
    ]
    n = len(levels) - 1
    calls = (n, n, (n - 1) * looks + 1)
    at: list[list[float]] = [[], [], []]
    seams: list[list[float]] = [[], [], []]
    for lanes in race(ways, of_class(digit)):
        shown = np.stack([hole * lane.x_0 + (1 - hole) * known for lane in lanes])
        for i, lane in enumerate(lanes):
            if not at[i] or at[i][-1] < 1:
                at[i].append(1.0 if lane.at.sigma == 0 else (lane.calls - 1) / calls[i])
                seams[i].append(broken(shown[i], hole))
        yield lanes[-1].at.t, look(lanes, shown, known, hole, calls, at, seams)


def look(
    lanes: tuple[Moment, ...],
    shown: Float[Array, "3 s 32 32"],
    known: Array,
    hole: Array,
    calls: tuple[int, ...],
    at: list[list[float]],
    seams: list[list[float]],
) -> Filled:
    """The three ways at one moment."""
    outside = np.where(hole > 0, 0.0, known)  # grey: neither ink nor paper
    wrong = [np.abs((1 - hole) * (x - known)).max() for x in shown]
    return Filled(
        now=np.stack([[outside, lane.x_t[0], x[0]] for lane, x in zip(lanes, shown, strict=True)]),
        hole=hole,
        read=read(shown.reshape(-1, SIDE, SIDE)).reshape(3, SAMPLES, -1).mean(1),
        seam=np.array([one[-1] for one in seams]),
        whole=broken(known, hole),
        wrong=np.array(wrong),
        calls=calls,
        at=tuple(map(np.array, at)),
        seams=tuple(map(np.array, seams)),
    )


def broken(x: Float[Array, "*n 32 32"], hole: Float[Array, "32 32"]) -> float:
    """Of the strokes that touch the edge of the hole, the share that ends there; 0 if none does.

    Two neighbours of which one is in the hole and at least one is ink: is only one of them ink?
    """
    ink, ends, all_ = x > 0, 0, 0
    for axis in (-2, -1):
        edge = np.diff(hole, axis=axis) != 0
        pairs = np.moveaxis(
            np.stack([_cut(ink, axis, slice(1, None)), _cut(ink, axis, slice(-1))]), 0, -1
        )[..., edge, :]
        all_ += int(pairs.any(-1).sum())
        ends += int((pairs.any(-1) & ~pairs.all(-1)).sum())
    return ends / all_ if all_ else 0.0


def _cut(x: Array, axis: int, part: slice) -> Array:
    """A part of x along one of its last two axes."""
    cut: Array = x[..., part, :] if axis == -2 else x[..., part]
    return cut
