r"""The formula itself, one matrix after the other.

$S = Q K^\top$, $\;S / \sqrt{d_k}$, $\;+ M$, $\;A_{ij} = e^{s_{ij}} / \sum_{j'} e^{s_{ij'}}$ over the
allowed $j'$, $\;Z = A V$. (Vaswani et al., 2017, eq. 1 and sec. 3.2.3; arXiv:1706.03762)
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

Array = np.ndarray


@dataclass(frozen=True)
class Attention:
    """Every matrix between the scores and the output; with several heads, one of each per head."""

    raw: Float[Array, "*h n m"]  # S = Q Kᵀ
    scaled: Float[Array, "*h n m"]  # S / √d_k, or S where scaling is off
    allowed: Bool[Array, "n m"]  # where M is 0; elsewhere it is -∞
    power: Float[Array, "*h n m"]  # e^(s - the row's largest), 0 where masked
    weight: Float[Array, "*h n m"]  # A, the power over its row's sum
    output: Float[Array, "*h n d"]  # Z = A V


def attend(
    raw: Float[Array, "*h n m"],
    v: Float[Array, "*h m d"],
    divisor: float,
    allowed: Bool[Array, "n m"],
) -> Attention:
    """From raw scores to the output; `divisor` is √d_k, or 1 where scores are not scaled."""
    scaled = raw / divisor
    power = powers(scaled, allowed)
    weight = shares(power)
    return Attention(raw, scaled, allowed, power, weight, weight @ v)


def powers(scores: Float[Array, "*h n m"], allowed: Bool[Array, "n m"]) -> Float[Array, "*h n m"]:
    """e to the masked scores, less the row's largest: the same weights, and nothing overflows."""
    masked = np.where(allowed, scores, -np.inf)
    top = masked.max(-1, keepdims=True)
    power: Array = np.exp(masked - np.where(np.isfinite(top), top, 0.0))
    return power


def shares(power: Float[Array, "*h n m"]) -> Float[Array, "*h n m"]:
    """Each cell's part of its row; a row with nothing allowed has none: 0 / 0 is shown as zeros."""
    total = power.sum(-1, keepdims=True)
    share: Array = power / np.where(total > 0, total, 1.0)
    return share


def causal(n: int, m: int) -> Bool[Array, "n m"]:
    """Query i may look at keys 0 to i."""
    return np.tri(n, m, dtype=bool)


def positions(n: int, d: int) -> Float[Array, "n d"]:
    """Sines and cosines of the place, from fast to slow. (Vaswani et al., 2017, sec. 3.5)"""
    angle = np.arange(n)[:, None] / 10000.0 ** (np.arange(0, d, 2) / d)
    return np.stack([np.sin(angle), np.cos(angle)], -1).reshape(n, -1)[:, :d]
