r"""A query and a key at two places, moved along together: does their score know where they are?

RoPE turns both, $(R_m q) \cdot (R_n k) = q \cdot R_{n-m} k$: only the distance is left (Su et al., 2021,
eq. 16; arXiv:2104.09864). Waves alone do the same, $PE(m) \cdot PE(n) = \sum_i \cos((m - n)\theta_i)$. Waves added
to a token and then projected, as a transformer does, $(x + PE(m)) W_Q \cdot (y + PE(n)) W_K$, do not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.positions import LAYOUTS, frequencies, pairs, rotate, sinusoidal

Array = np.ndarray
SCHEMES = ("RoPE", "waves alone", "waves added")
LAST = 63  # of the places on the ruler
FAR = 60  # the two are moved so many tokens on, one a frame
CHECKS = (0, 100, 1000)  # further moves whose scores are printed


@dataclass(frozen=True)
class Tokens:
    """What two tokens say, and how a head reads it."""

    query: Float[Array, " d"]  # q = x W_Q
    key: Float[Array, " d"]  # k = y W_K
    w_q: Float[Array, "d d"]
    w_k: Float[Array, "d d"]


@dataclass(frozen=True)
class Frame:
    """Both tokens `shift` places further on."""

    scheme: str
    layout: str
    shift: int
    m: int
    n: int
    theta: Float[Array, " k"]  # radians a token
    query: Float[Array, "k 2"]  # pair by pair
    key: Float[Array, "k 2"]
    angle: Float[Array, " k"]  # from query to key, degrees
    longest: Float[Array, "2 k"]  # of each arrow, query and key, wherever the two are moved
    reach: float  # the largest part of any pair, likewise
    part: Float[Array, " k"]  # of the score, from each pair
    score: float
    moved: dict[str, Array]  # of each scheme, the score by shift
    lag: Float[Array, " l"]  # distances n - m
    by_lag: Float[Array, " l"]  # the score with the query here and the key so far off
    checks: Float[Array, " c"]  # the score after each of CHECKS
    other: float  # the score in the other layout, of the same vectors
    mended: float  # the same, with the numbers put where the other layout looks for them


def walk(
    scheme: str, at: tuple[float, float], d: int, base: float, layout: str, seed: int
) -> Iterator[Frame]:
    """Yield the pair at its places, then one token further on, and so forth."""
    rng, theta = np.random.default_rng(seed), frequencies(d, base)
    m, n = round(at[0]), round(at[1])
    tokens = meet(d, rng)
    (swapped,) = (name for name in LAYOUTS if name != layout)
    shifts = np.arange(FAR + 1.0)
    moved = {name: scores(name, tokens, m + shifts, n + shifts, theta, layout) for name in SCHEMES}
    order = np.empty(d, int)
    order[pairs(d // 2, swapped)] = pairs(d // 2, layout)
    packed = Tokens(tokens.query[order], tokens.key[order], tokens.w_q, tokens.w_k)
    lag = np.arange(-float(LAST), LAST + 1.0)
    there, far = np.array([float(m)]), np.array(CHECKS, float)
    hands = pairs(d // 2, layout)
    both = placed(scheme, tokens, m + shifts, n + shifts, theta, layout)
    part = (both[0][:, hands] * both[1][:, hands]).sum(-1) / np.sqrt(d)
    longest = np.stack([np.linalg.norm(x[:, hands], axis=-1).max(0) for x in both])
    for s in range(FAR + 1):
        query, key = (x[s, hands] for x in both)
        yield Frame(
            scheme,
            layout,
            s,
            m + s,
            n + s,
            theta,
            query,
            key,
            turn(query, key),
            longest,
            float(np.abs(part).max()),
            part[s],
            float(part[s].sum()),
            moved,
            lag,
            scores(scheme, tokens, 0 * lag + m + s, m + s + lag, theta, layout),
            scores(scheme, tokens, m + far, n + far, theta, layout),
            float(scores("RoPE", tokens, there, there + n - m, theta, swapped)[0]),
            float(scores("RoPE", packed, there, there + n - m, theta, swapped)[0]),
        )


def turn(query: Float[Array, "k 2"], key: Float[Array, "k 2"]) -> Float[Array, " k"]:
    """The angle from one arrow to the other, in degrees between -180 and 180."""
    cross = query[:, 0] * key[:, 1] - query[:, 1] * key[:, 0]
    return np.asarray(np.degrees(np.arctan2(cross, (query * key).sum(-1))))


def meet(d: int, rng: np.random.Generator) -> Tokens:
    """Two tokens at random, and a head's matrices at random, that keep lengths on average."""
    x, y = rng.standard_normal((2, d))
    w_q, w_k = rng.standard_normal((2, d, d)) / np.sqrt(d)
    return Tokens(x @ w_q, y @ w_k, w_q, w_k)


def placed(
    scheme: str,
    tokens: Tokens,
    m: Float[Array, " s"],
    n: Float[Array, " s"],
    theta: Float[Array, " k"],
    layout: str,
) -> tuple[Float[Array, "s d"], Float[Array, "s d"]]:
    """Query and key as they meet in the dot product, for places m and n."""
    if scheme == "RoPE":
        q, k = (np.tile(v, (len(m), 1)) for v in (tokens.query, tokens.key))
        return rotate(q, m, theta, layout), rotate(k, n, theta, layout)
    at_m, at_n = (sinusoidal(place, theta, layout) for place in (m, n))
    if scheme == "waves alone":
        return at_m, at_n
    return tokens.query + at_m @ tokens.w_q, tokens.key + at_n @ tokens.w_k  # (x + PE) W


def scores(
    scheme: str,
    tokens: Tokens,
    m: Float[Array, " s"],
    n: Float[Array, " s"],
    theta: Float[Array, " k"],
    layout: str,
) -> Float[Array, " s"]:
    """q · k / √d for each of the pairs of places."""
    q, k = placed(scheme, tokens, m, n, theta, layout)
    return np.asarray((q * k).sum(-1) / np.sqrt(q.shape[-1]))
