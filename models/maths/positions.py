r"""Where a token stands, as numbers: waves of many lengths, turns by them, and turns for longer texts.

A position $p$ turns one hand a frequency, $\theta_i = b^{-2i/d}$ radians a token, $i = 0 \dots d/2 - 1$.
Sinusoidal codes are where the hands point, $(\sin p\theta_i, \cos p\theta_i)$ (Vaswani et al., 2017,
sec. 3.5; arXiv:1706.03762). RoPE turns pair $i$ of a query or key by $p\theta_i$ (Su et al., 2021,
eqs. 14-16; arXiv:2104.09864). Which two numbers are a pair is a matter of layout: neighbours
("interleaved"), or one from each half ("half-split").
"""

import numpy as np
from jaxtyping import Float, Int, Real

Array = np.ndarray
LAYOUTS = ("interleaved", "half-split")  # the two ways to make pairs of d numbers


def frequencies(d: int, base: float = 10_000.0) -> Float[Array, " k"]:
    """The k = d/2 frequencies, fastest first, in radians a token."""
    k = d // 2
    return np.asarray(base ** (-np.arange(k) / k))


def pairs(k: int, layout: str) -> Int[Array, "k 2"]:
    """Which two of 2 k numbers belong to each frequency."""
    i = np.arange(k)
    first, second = (2 * i, 2 * i + 1) if layout == "interleaved" else (i, i + k)
    return np.stack([first, second], -1)


def sinusoidal(
    position: Real[Array, " n"], frequency: Float[Array, " k"], layout: str = "interleaved"
) -> Float[Array, "n d"]:
    """The code of each position: sine and cosine of each angle."""
    angle = position[:, None] * frequency
    code = np.empty((len(position), 2 * len(frequency)))
    code[:, pairs(len(frequency), layout)] = np.stack([np.sin(angle), np.cos(angle)], -1)
    return code


def rotate(
    x: Float[Array, "*n d"],
    position: Real[Array, "*n"],
    frequency: Float[Array, " k"],
    layout: str = "interleaved",
) -> Float[Array, "*n d"]:
    """Vectors turned by their positions: pair (a, b) to (a cos - b sin, a sin + b cos)."""
    angle = np.asarray(position)[..., None] * frequency
    cos, sin = np.cos(angle), np.sin(angle)
    first, second = pairs(len(frequency), layout).T
    a, b = x[..., first], x[..., second]
    turned = np.empty(np.broadcast_shapes(x.shape, (*angle.shape[:-1], x.shape[-1])))
    turned[..., first], turned[..., second] = a * cos - b * sin, a * sin + b * cos
    return turned


def by_distance(similarity: Float[Array, "n n"]) -> Float[Array, "n 3"]:
    """Mean, least and largest similarity of two positions that lie 0, 1, …, n - 1 apart."""
    n = len(similarity)
    lanes = [
        np.concatenate([np.diagonal(similarity, k), np.diagonal(similarity, -k)]) for k in range(n)
    ]
    return np.array([(lane.mean(), lane.min(), lane.max()) for lane in lanes])


# --- the same turns for texts `factor` times as long as those of the training --------------------


def interpolated(frequency: Float[Array, " k"], factor: float) -> Float[Array, " k"]:
    """Position interpolation: every hand slower by the factor (Chen et al., 2023, eq. 4; arXiv:2306.15595)."""
    return np.asarray(frequency / factor)


def ntk(d: int, factor: float, base: float = 10_000.0) -> Float[Array, " k"]:
    """NTK-aware: a larger base, so that only the slowest hand slows by the whole factor.

    b' = b s^(d/(d-2)) (Peng et al., 2023, definition 1; arXiv:2309.00071).
    """
    return frequencies(d, base * factor ** (d / (d - 2)))


def yarn(
    frequency: Float[Array, " k"],
    factor: float,
    length: int,
    base: float = 10_000.0,
    turns: tuple[float, float] = (1.0, 32.0),
) -> Float[Array, " k"]:
    """NTK-by-parts: hands that turned often keep their pace, hands that did not finish one turn slow.

    `length` is that of the training; between `turns`, the fewest and most full turns in it, lies a
    ramp that is straight over the pairs, as in the authors' code. Their paper has it straight over
    the turns (Peng et al., 2023, definition 2; arXiv:2309.00071).
    """
    k = len(frequency)
    few, many = (k * np.log(length / (2 * np.pi * turn)) / np.log(base) for turn in turns)
    low, high = max(np.floor(many), 0.0), min(np.ceil(few), 2.0 * k - 1)
    slowed = np.clip((np.arange(k) - low) / max(high - low, 1e-3), 0, 1)
    return np.asarray(frequency / factor * slowed + frequency * (1 - slowed))


def yarn_scale(factor: float) -> float:
    """What YaRN multiplies queries and keys with, √(1/t) (Peng et al., 2023, definition 3; arXiv:2309.00071)."""
    return float(0.1 * np.log(factor) + 1)
