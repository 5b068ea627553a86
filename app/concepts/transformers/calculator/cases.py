"""What each example puts into the formula: names, tokens, queries, keys and values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from models import reader

from . import examples as e
from .attention import Attention, attend, causal

Array = np.ndarray


@dataclass(frozen=True)
class Projections:
    """Tokens and the matrices that make queries, keys and values of them."""

    x: Float[Array, "n e"]
    place: Float[Array, "n e"]  # what is added for the position; zeros where nothing is
    w_q: Float[Array, "e d"]
    w_k: Float[Array, "e d"]
    w_v: Float[Array, "e v"]


@dataclass(frozen=True)
class Case:
    """What goes in: either vectors, or raw scores alone where a slide gives no more."""

    rows: tuple[str, ...]  # who asks
    columns: tuple[str, ...]  # who is asked
    made: Projections | None  # where queries, keys and values come from, if from tokens
    q: Float[Array, "n d"] | None
    k: Float[Array, "m d"] | None
    v: Float[Array, "m v"] | None
    raw: Float[Array, "n m"]
    d_k: int
    causal: bool  # as given
    own: Float[Array, "n m"] | None = None  # a trained network's weights
    head: str = ""  # whose: layer.number, both from 1


def from_vectors(
    rows: Sequence[str],
    columns: Sequence[str],
    q: Float[Array, "n d"],
    k: Float[Array, "m d"],
    v: Float[Array, "m v"],
    made: Projections | None = None,
) -> Case:
    """Queries, keys and values are given."""
    return Case(tuple(rows), tuple(columns), made, q, k, v, q @ k.T, q.shape[1], False)


def from_tokens(names: Sequence[str], made: Projections) -> Case:
    """Queries, keys and values are projections of the same tokens."""
    x = made.x + made.place
    return from_vectors(names, names, x @ made.w_q, x @ made.w_k, x @ made.w_v, made)


def from_scores(names: Sequence[str], raw: Float[Array, "n n"], d_k: int, mask: bool) -> Case:
    """Only raw scores are given."""
    return Case(tuple(names), tuple(names), None, None, None, None, raw, d_k, mask)


def from_network(text: str, head: int, most: int) -> Case:
    """The first tokens of a text, as a head of the trained GPT asks and offers (positions turned in)."""
    tokens, _ = reader.tokenise(text)
    found = reader.read(tokens[None], "query", "key", "attention")
    layer, number = divmod(head, found["query"].shape[2])
    q, k, own = (found[name][0, layer, number, :most] for name in ("query", "key", "attention"))
    names = tuple(reader.spellings()[i] for i in tokens[:most])
    q, k = q.astype(np.float64), k.astype(np.float64)
    whose = f"{layer + 1}.{number + 1}"
    return Case(names, names, None, q, k, None, q @ k.T, q.shape[1], True, own[:, :most], whose)


def hull(points: Float[Array, "n 2"]) -> Float[Array, "k 2"]:
    """The corners of the smallest convex region around the points, counter-clockwise.

    No mixture of the points can leave it. (Andrew, 1979, monotone chain)
    """
    order = sorted(set(map(tuple, points.tolist())))
    if len(order) < 3:
        return np.array(order)

    def chain(path: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
        kept: list[tuple[float, ...]] = []
        for point in path:
            while len(kept) > 1 and turn(kept[-2], kept[-1], point) <= 0:
                kept.pop()
            kept.append(point)
        return kept[:-1]

    return np.array(chain(order) + chain(order[::-1]))


def turn(a: Sequence[float], b: Sequence[float], c: Sequence[float]) -> float:
    """Positive where the way a, b, c turns left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def leak(case: Case, it: Attention, divisor: float) -> float:
    """How far any earlier output moves when the last token scores 1 more and is worth 1 more."""
    v = np.eye(len(case.columns)) if case.v is None else case.v
    raw, value = case.raw.copy(), v.copy()
    raw[:, -1] += 1
    value[-1] += 1
    before = it.weight @ v
    after = attend(raw, value, divisor, it.allowed).output
    return float(np.abs(after - before)[:-1].max(initial=0.0))


def moved(made: Projections, it: Attention, divisor: float) -> float:
    """How far any token's output moves when the tokens are written in the reverse order."""
    x = made.x[::-1] + made.place
    raw = (x @ made.w_q) @ (x @ made.w_k).T
    output = attend(raw, x @ made.w_v, divisor, it.allowed).output
    return float(np.abs(output[::-1] - it.output).max())


def printed_alike(weight: Float[Array, "n n"]) -> int:
    """How many of the slide's printed weights are these, cut off after three digits."""
    cut = np.floor(weight * 1000 + 1e-9) / 1000
    return int(np.isclose(cut, e.PRINTED, atol=1e-9).sum())


def allow(kind: str, case: Case, blocked: Array) -> Bool[Array, "n m"]:
    """The cells where M is 0: as the example is given, none blocked, causal, or painted by hand."""
    n, m = case.raw.shape
    if kind == "painted":
        return ~blocked[:n, :m].astype(bool)
    hides = kind == "causal" or (kind == "as given" and case.causal)
    return causal(n, m) if hides else np.ones((n, m), bool)
