r"""Attention by hand: every number between the tokens and the output.

$Z = \mathrm{softmax}\!\left(Q K^\top / \sqrt{d_k} + M\right) V$, with $Q = X W_Q$, $K = X W_K$,
$V = X W_V$; $M$ is 0 where a query may look and $-\infty$ where it may not.
(Vaswani et al., 2017, eq. 1; arXiv:1706.03762)
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.attention import entropy

from . import cases
from . import examples as e
from .attention import Attention, attend, positions
from .cases import Case, Projections, allow, from_scores, from_tokens, from_vectors, hull
from .choices import CROSS, FROM, LIBRARY, MANY, MOST, ROOT, SEVEN, SIX, TRAINED, Params
from .heads import Heads, Weights, drawn, multihead
from .root import Sweep, sweep

Array = np.ndarray
WINDOW = ((-4.5, 4.5), (-3.4, 3.4))
FIELD = ((-7.0, 7.0), (-5.0, 5.0))  # where the plane shows the query's score, beyond any window
GRID = (29, 21)  # places across and up


@dataclass(frozen=True)
class Plane:
    """Two numbers a vector: what can be drawn."""

    field: Float[Array, "h w"]  # the score that a key at each place would get
    hull: Float[Array, "corners 2"]  # of the values


@dataclass(frozen=True)
class Board:
    """The matrices of one head, as far as this stage has got."""

    p: Params
    case: Case
    it: Attention
    stages: tuple[str, ...]
    at: int  # of the stages
    query: int  # the row followed
    divisor: float
    plane: Plane | None
    entropy: Float[Array, " n"]  # of each row, bits
    leak: float | None  # None where queries and keys are not the same tokens
    moved: float | None  # by reversing the order; None where there are no tokens to reverse


@dataclass(frozen=True)
class Split:
    """The matrices of several heads, as far as this stage has got."""

    p: Params
    names: tuple[str, ...]
    x: Float[Array, "n e"]  # with positions, where they are on
    w: Weights
    it: Heads
    at: int  # 0 the heads, 1 side by side, 2 projected
    head: int
    query: int
    entropy: Float[Array, "h n"]
    moved: float


def compute(p: Params) -> Iterator[Board | Split | Sweep]:
    """One frame a stage of the computation; for √d one frame a width."""
    if p.example == ROOT:
        yield from sweep(p.seed)
    elif p.example == MANY:
        yield from split(p)
    else:
        yield from board(p)


def given(p: Params) -> Case:
    """What the example and the hand put into the formula."""
    a = {name: np.array(value) for name, value in vars(p).items() if isinstance(value, tuple)}
    if p.example == FROM:
        place = p.place * positions(*a["x"].shape)
        return from_tokens(e.TOKENS, Projections(a["x"], place, a["w_q"], a["w_k"], a["w_v"]))
    if p.example == LIBRARY:
        return from_vectors(("you",), e.BOOKS, a["wish"], a["labels"], a["contents"])
    if p.example == CROSS:
        return from_vectors(e.PATCHES, e.WORDS, a["patches"], a["words"], a["meanings"])
    if p.example == TRAINED:
        return cases.from_network(p.text, p.trained, MOST)
    if p.example in (SIX, SEVEN):
        six = (e.SIX, a["six"], p.d_six, False)
        return (
            from_scores(*six)
            if p.example == SIX
            else from_scores(e.SEVEN, a["seven"], p.d_seven, True)
        )
    return from_vectors(e.HAND, e.HAND, a["q"], a["k"], a["v"])


def board(p: Params) -> Iterator[Board]:
    """The stages of one head."""
    case = given(p)
    divisor = float(np.sqrt(case.d_k)) if p.scale else 1.0
    v = np.eye(len(case.columns)) if case.v is None else case.v
    it = attend(case.raw, v, divisor, allow(p.mask, case, np.array(p.blocked)))
    query = min(p.query, len(case.rows) - 1)
    stages: tuple[str, ...] = ("raw scores", "scaled", "masked", "weights")
    stages = ("vectors",) * (case.q is not None) + stages + ("output",) * (case.v is not None)
    stages = ("tokens",) * (case.made is not None) + stages
    for at in range(len(stages)):
        yield Board(
            p, case, it, stages, at, query, divisor,
            plane=plane(case, query, divisor),
            entropy=entropy(it.weight),
            leak=cases.leak(case, it, divisor) if case.rows == case.columns else None,
            moved=cases.moved(case.made, it, divisor) if case.made else None,
        )  # fmt: skip


def plane(case: Case, query: int, divisor: float) -> Plane | None:
    """The score of the query followed with every place, and the region of all mixtures."""
    if case.q is None or case.v is None or case.made:
        return None
    (west, east), (south, north) = FIELD
    places = np.stack(
        np.meshgrid(np.linspace(west, east, GRID[0]), np.linspace(south, north, GRID[1])), -1
    )
    return Plane(places @ case.q[query] / divisor, hull(case.v))


def split(p: Params) -> Iterator[Split]:
    """The stages of several heads."""
    tokens, h = np.array(p.many), int(p.heads)
    n, width = tokens.shape
    w = drawn(width, np.random.default_rng(p.seed))
    place = p.place * positions(n, width)
    same = from_vectors(e.MANY, e.MANY, tokens, tokens, tokens)
    allowed = allow(p.mask, same, np.array(p.blocked))
    it = multihead(tokens + place, w, h, p.scale, allowed)
    back = multihead(tokens[::-1] + place, w, h, p.scale, allowed)
    for at in range(3):
        yield Split(
            p, e.MANY, tokens + place, w, it, at, min(p.head, h - 1), min(p.query, n - 1),
            entropy=np.stack([entropy(a) for a in it.each.weight]),
            moved=float(np.abs(back.output[::-1] - it.output).max()),
        )  # fmt: skip
