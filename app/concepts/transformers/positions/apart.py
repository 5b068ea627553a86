r"""A query and a key at two places, moved along together: does their score know where they are?

RoPE turns both, $(R_m q) \cdot (R_n k) = q \cdot R_{n-m} k$: only the distance is left (Su et al., 2021,
eq. 16; arXiv:2104.09864). Waves alone do the same, $PE(m) \cdot PE(n) = \sum_i \cos((m - n)\theta_i)$. Waves added
to a token and then projected, as a transformer does, $(x + PE(m)) W_Q \cdot (y + PE(n)) W_K$, do not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Real

from models.maths.positions import LAYOUTS, frequencies, pairs, rotate, sinusoidal

Array = np.ndarray
SCHEMES = ("RoPE", "waves alone", "waves added")
LAST = 63  # of the places on the ruler
FAR = 60  # the two are moved so many tokens on, one a frame
CHECKS = (0, 100, 1000)  # further moves whose scores are printed


@dataclass(frozen=True)
class Tokens:
    """What two tokens say, how a head reads it, and the waves that tell their places."""

    query: Float[Array, " d"]  # q = x W_Q
    key: Float[Array, " d"]  # k = y W_K
    w_q: Float[Array, "d d"]
    w_k: Float[Array, "d d"]
    theta: Float[Array, " k"]  # radians a token
    layout: str


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
    m, n = round(at[0]), round(at[1])
    tokens = meet(np.random.default_rng(seed), frequencies(d, base), layout)
    shifts, lag = np.arange(FAR + 1.0), np.arange(-float(LAST), LAST + 1.0)
    moved = {name: scores(name, tokens, m + shifts, n + shifts) for name in SCHEMES}
    hands = pairs(d // 2, layout)
    query, key = (x[:, hands] for x in placed(scheme, tokens, m + shifts, n + shifts))
    part = (query * key).sum(-1) / np.sqrt(d)
    checks = scores(scheme, tokens, m + np.array(CHECKS), n + np.array(CHECKS))
    other, mended = elsewhere(tokens, m, n)
    for s in range(FAR + 1):
        yield Frame(
            scheme=scheme,
            layout=layout,
            shift=s,
            m=m + s,
            n=n + s,
            theta=tokens.theta,
            query=query[s],
            key=key[s],
            angle=turn(query[s], key[s]),
            longest=np.linalg.norm([query, key], axis=-1).max(1),
            reach=float(np.abs(part).max()),
            part=part[s],
            score=float(part[s].sum()),
            moved=moved,
            lag=lag,
            by_lag=scores(scheme, tokens, 0 * lag + m + s, m + s + lag),
            checks=checks,
            other=other,
            mended=mended,
        )


def turn(query: Float[Array, "k 2"], key: Float[Array, "k 2"]) -> Float[Array, " k"]:
    """The angle from one arrow to the other, in degrees between -180 and 180."""
    cross = query[:, 0] * key[:, 1] - query[:, 1] * key[:, 0]
    return np.asarray(np.degrees(np.arctan2(cross, (query * key).sum(-1))))


def meet(rng: np.random.Generator, theta: Float[Array, " k"], layout: str) -> Tokens:
    """Two tokens at random, and a head's matrices at random, that keep lengths on average."""
    d = 2 * len(theta)
    x, y = rng.standard_normal((2, d))
    w_q, w_k = rng.standard_normal((2, d, d)) / np.sqrt(d)
    return Tokens(x @ w_q, y @ w_k, w_q, w_k, theta, layout)


def elsewhere(tokens: Tokens, m: int, n: int) -> tuple[float, float]:
    """RoPE's score in the other layout: of the same vectors, and of these put where it looks."""
    k = len(tokens.theta)
    (layout,) = (name for name in LAYOUTS if name != tokens.layout)
    order = np.empty(2 * k, int)
    order[pairs(k, layout)] = pairs(k, tokens.layout)
    same = replace(tokens, layout=layout)
    moved = replace(same, query=tokens.query[order], key=tokens.key[order])
    at = np.array([float(m)]), np.array([float(n)])
    other, mended = (float(scores("RoPE", those, *at)[0]) for those in (same, moved))
    return other, mended


def placed(
    scheme: str, tokens: Tokens, m: Real[Array, " s"], n: Real[Array, " s"]
) -> tuple[Float[Array, "s d"], Float[Array, "s d"]]:
    """Query and key as they meet in the dot product, for places m and n."""
    waves = tokens.theta, tokens.layout
    if scheme == "RoPE":
        q, k = (np.tile(v, (len(m), 1)) for v in (tokens.query, tokens.key))
        return rotate(q, m, *waves), rotate(k, n, *waves)
    at_m, at_n = sinusoidal(m, *waves), sinusoidal(n, *waves)
    if scheme == "waves alone":
        return at_m, at_n
    return tokens.query + at_m @ tokens.w_q, tokens.key + at_n @ tokens.w_k  # (x + PE) W


def scores(
    scheme: str, tokens: Tokens, m: Real[Array, " s"], n: Real[Array, " s"]
) -> Float[Array, " s"]:
    """q · k / √d for each of the pairs of places."""
    q, k = placed(scheme, tokens, m, n)
    return np.asarray((q * k).sum(-1) / np.sqrt(q.shape[-1]))
