r"""How the next token is chosen from what a language model foresees: filters, chance and measures.

$p_i = e^{z_i} / \sum_j e^{z_j}$. A filter turns logits $z$ into logits; $z_i = -\infty$ is a token that
can no longer be drawn. Filters do not commute: what one drops, the next does not see.
"""

from collections.abc import Iterable
from math import lgamma

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def softmax(z: Float[Array, "*batch v"]) -> Float[Array, "*batch v"]:
    """The probabilities of logits of which some, but not all, may be -inf."""
    e = np.exp(z.astype(float) - z.max(-1, keepdims=True))
    p: Array = e / e.sum(-1, keepdims=True)
    return p


# --- filters: logits in, logits out --------------------------------------------------------------


def temperature(z: Float[Array, " v"], t: float) -> Float[Array, " v"]:
    """$z / T$; at exactly 0 its limit, all on the largest (of equal ones the first).

    (Hinton et al., 2015, eq. 1; arXiv:1503.02531)
    """
    if t > 0:
        return z.astype(float) / t
    alone = np.full(len(z), -np.inf)
    alone[z.argmax()] = 0.0
    return alone


def top_k(z: Float[Array, " v"], k: int) -> Float[Array, " v"]:
    """The k largest, and whatever equals the last of them. (Fan et al., 2018, sec. 5.4; arXiv:1805.04833)"""
    k = min(k, len(z))
    return np.where(z < np.partition(z, -k)[-k], -np.inf, z)


def top_p(z: Float[Array, " v"], p: float) -> Float[Array, " v"]:
    r"""The nucleus: fewest tokens with $\sum p_i \ge p$. (Holtzman et al., 2020, eq. 2; arXiv:1904.09751)"""
    order = np.argsort(-z, kind="stable")
    kept = np.full(len(z), -np.inf)
    first = order[: nucleus(softmax(z), p)]
    kept[first] = z[first]
    return kept


def min_p(z: Float[Array, " v"], share: float) -> Float[Array, " v"]:
    r"""All with $p_i \ge$ share $\cdot \max_j p_j$. (Nguyen et al., 2024, sec. 3; arXiv:2407.01082)"""
    p = softmax(z)
    return np.where(p < share * p.max(), -np.inf, z)


def repetition(z: Float[Array, " v"], said: Iterable[int], penalty: float) -> Float[Array, " v"]:
    r"""A token said before has $z / \theta$ if $z > 0$, else $z\,\theta$.

    The paper divides always, which *favours* tokens of negative logit; all libraries do it so.
    (Keskar et al., 2019, sec. 4.1; arXiv:1909.05858)
    """
    less = z.astype(float)
    seen = sorted(set(said))
    less[seen] = np.where(less[seen] > 0, less[seen] / penalty, less[seen] * penalty)
    return less


# --- chance --------------------------------------------------------------------------------------


def draw(p: Float[Array, " v"], u: float) -> int:
    """The token on which a coin u between 0 and 1 falls, tokens laid end to end as they are given."""
    ends = np.cumsum(p)
    return int(np.searchsorted(ends, u * ends[-1], side="right"))


# --- measures ------------------------------------------------------------------------------------


def nucleus(p: Float[Array, " v"], mass: float) -> int:
    """How many of the likeliest tokens it takes to hold `mass` together; for 1, all that there are."""
    held = np.cumsum(np.sort(p)[::-1])
    there = int((p > 0).sum())
    return there if mass >= 1 else min(int(np.searchsorted(held, mass)) + 1, there)


def cut_nucleus(p: Float[Array, " v"], mass: float, most: int) -> int:
    """The same where only the `most` likeliest are looked at, as if there were no others."""
    best = np.sort(p)[::-1][:most]
    return nucleus(best / best.sum(), mass)


def total_variation(p: Float[Array, " v"], q: Float[Array, " v"]) -> float:
    r"""$\frac12 \sum_i |p_i - q_i|$: the largest difference in the probability of any event."""
    return float(np.abs(p - q).sum() / 2)


def sampling_floor(p: Float[Array, " v"], n: int) -> float:
    r"""The total variation between p and the shares of n perfect draws, on average.

    $E|X - np| = 2\nu \binom{n}{\nu} p^\nu (1-p)^{n-\nu+1}$ with $\nu = \lfloor np \rfloor + 1$
    (De Moivre, 1730; Diaconis and Zabell, 1991, doi:10.1214/ss/1177011699), summed over tokens.
    """
    inside = p[(p > 0) & (p < 1)]
    whole = np.floor(n * inside) + 1
    ways = np.array([lgamma(n + 1) - lgamma(v + 1) - lgamma(n - v + 1) for v in whole])
    each = ways + whole * np.log(inside) + (n - whole + 1) * np.log1p(-inside)
    return float((whole * np.exp(each)).sum() / n)


def perplexity(p: Float[Array, " n"]) -> float:
    r"""$\exp(-\frac1n \sum_i \ln p_i)$ of the probabilities that a text's tokens had; 1 for no token."""
    return float(np.exp(-np.log(p).mean())) if len(p) else 1.0


def said_before(tokens: tuple[int, ...], n: int = 3) -> float:
    """The share of runs of n tokens that stand earlier in the text too; 0 where there is none."""
    runs = [tokens[i : i + n] for i in range(len(tokens) - n + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0
