r"""Where each token of a text looks, in every head of a trained GPT, and what a head is good for.

$A = \mathrm{softmax}(Q K^\top / \sqrt{d_h} + M)$ with $M = -\infty$ above the diagonal and where a
person has hidden a cell. A head adds $g\, A V W_O$ to the residual stream; its gate $g$ is 1, or 0
where the head is switched off. (Vaswani et al., 2017, eq. 1; arXiv:1706.03762)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from app import params
from models import reader
from models.maths.attention import log_softmax

from . import inputs, reading, texts
from .chain import Chain, follow
from .heads import ORDERS, Scores, ranked, scores
from .inputs import ACROSS, CELL, COLUMN, EVERY, HEADS, LAYERS
from .plane import REACH, Plane, shift, spread

Array = np.ndarray
READ, ONE, MASK, MOVE = "read", "cell", "mask", "query"
MOST = reader.CONTEXT
LAST = MOST - 1


@dataclass(frozen=True)
class Params(params.Params):
    text: str = params.text(reader.OWN, "Text", 1000, shared=True, examples=reader.EXAMPLES)
    tool: str = params.choice(READ, ONE, MASK, MOVE, label="Tool")
    head: int = params.slider(15, 0, HEADS - 1, 1, "Head")
    off: tuple[int, ...] = params.tokens("Heads off", HEADS)
    order: str = params.choice(*ORDERS, label="Sort heads by")
    chart: str = params.choice("surprise", "meaning", label="Small chart", tool=f"{READ}|{MASK}")
    word: int = params.slider(0, 0, LAST, 1, "Word", tool=READ)
    reader: int = params.slider(LAST, 0, LAST, 1, "Reader", tool=f"{MASK}|{MOVE}")
    cell: tuple[tuple[int, int], ...] = params.spots("Cell", MOST, MOST, 1, tool=ONE)
    hidden: tuple[tuple[int, int], ...] = params.spots(
        "Hidden cells", MOST, MOST, 1000, tool=f"{MASK}|{ONE}"
    )
    reach: str = params.choice(CELL, COLUMN, EVERY, label="A painted cell hides", tool=MASK)
    pull: tuple[params.Point, ...] = params.points(
        (), "Query", count=(0, 1), x=(-REACH, REACH), y=(-REACH, REACH), tool=MOVE
    )
    seed: int = params.seed()


@dataclass(frozen=True)
class Reading:
    """What the network makes of the whole text: the same in every frame."""

    p: Params
    pieces: tuple[str, ...]  # the tokens as they are written, the start mark first
    dropped: int  # tokens at the end that the network's context does not hold
    changed: bool  # whether anything is switched off, hidden or moved
    attention: Float[Array, "heads t t"]  # layer after layer
    row_error: float  # the largest |1 - sum of a row| of all that may look anywhere
    masked: float  # the largest weight of all heads where they may not look
    scores: Scores
    order: tuple[int, ...]  # the heads as they stand on the wall
    head: reading.Head
    word: reading.Word
    foresight: reading.Foresight


@dataclass(frozen=True)
class Frame:
    """One token as the reader: what it looks at and which token it expects next."""

    reading: Reading
    t: int
    labels: tuple[str, ...]  # every token there is
    probability: Float[Array, " v"]
    before: Float[Array, " v"]  # the same with nothing changed
    chain: Chain | None  # of the cell that is looked into
    plane: Plane | None  # in which the query is moved


def compute(p: Params) -> Iterator[Frame]:
    """One frame a token of the text; where a tool is at work, the frame of its reader alone."""
    return (frame for _, frame in around(p, 0))


def around(p: Params, first: int) -> Iterator[tuple[int, Frame]]:
    """The frames with their numbers: from the one that is looked at on, then those before it."""
    tokens, dropped = reader.tokenise(p.text)
    at = place(p, len(tokens))
    changes = changed(p, tokens, at)
    now, whole = reader.read(tokens[None], **changes), reader.read(tokens[None])
    log_q, log_p = log_softmax(now["logits"][0]), log_softmax(whole["logits"][0])
    foresight = reading.foresee(tokens, log_q, log_p)
    it = read(p, tokens, dropped, now, foresight, changes)
    q, k, v = (by_head(now[name])[p.head] for name in ("query", "key", "value"))
    chain = plane = None
    if p.tool == ONE:
        column = min(p.cell[0][1], len(tokens) - 1) if p.cell else int(it.head.most[at])
        chain = follow((at, column), q, k, v, it.head.hidden, it.head.weight)
    elif p.tool == MOVE:
        home = reader.read(tokens[None], **gated(p))
        q_0, weight = (by_head(home[name])[p.head, at] for name in ("query", "attention"))
        plane = spread(k[: at + 1], q_0, q[at], it.head.weight[at], weight)
    probability, before = np.exp(log_q), np.exp(log_p)
    readers = range(len(tokens)) if p.tool == READ else (at,)
    looked = min(first, len(readers) - 1)
    for number in (*range(looked, len(readers)), *range(looked)):
        t = readers[number]
        yield number, Frame(it, t, reader.spellings(), probability[t], before[t], chain, plane)


def place(p: Params, t: int) -> int:
    """The reader that a tool is about: the last token where the text ends before the one asked for."""
    wanted = {ONE: p.cell[0][0] if p.cell else LAST, READ: LAST}.get(p.tool, p.reader)
    return min(wanted, t - 1)


def changed(p: Params, tokens: Int[Array, " t"], at: int) -> dict[str, Any]:
    """The inputs of the graph that are not as the network would have them."""
    t, changes = len(tokens), gated(p)
    if p.hidden and p.tool in (MASK, ONE):
        changes["allowed"] = inputs.allowed(p.hidden, p.head, p.reach, t)
    if p.pull and p.tool == MOVE:
        home = reader.read(tokens[None], **changes)
        q, k = (by_head(home[name])[p.head] for name in ("query", "key"))
        changes["query_shift"] = inputs.shifted(shift(p.pull, q[at], k[: at + 1]), p.head, at, t)
    return changes


def gated(p: Params) -> dict[str, Any]:
    """The heads that are switched off, as an input of the graph."""
    return {"head_gate": inputs.gate(p.off)} if p.off else {}


def read(
    p: Params,
    tokens: Int[Array, " t"],
    dropped: int,
    now: Mapping[str, Array],
    foresight: reading.Foresight,
    changes: Mapping[str, Array],
) -> Reading:
    """All that holds for the whole text, of a run with these changes."""
    attention, query, key = (by_head(now[name]) for name in ("attention", "query", "key"))
    free = seen(changes, len(tokens))
    probe = reader.read(texts.probes(p.seed), "attention", **gated(p))
    found = scores(attention, np.moveaxis(probe["attention"], 0, 2))
    at = p.word if 0 < p.word < len(tokens) else texts.notable(p.text, tokens)
    hidden = ~free[p.head]
    hidden.setflags(write=False)
    return Reading(
        p,
        tuple(reader.spellings()[i] for i in tokens),
        dropped,
        bool(changes),
        attention,
        row_error=float(np.abs(attention.sum(-1) - 1)[free.any(-1)].max()),
        masked=float((attention * ~free).max()),
        scores=found,
        order=ranked(found, p.order),
        head=reading.attend(query[p.head], key[p.head], attention[p.head], hidden),
        word=reading.follow(at, tokens, now["hidden"][0], attention[:, :, at].max(0)),
        foresight=foresight,
    )


def seen(changes: Mapping[str, Array], t: int) -> Bool[Array, "heads t t"]:
    """Where each head may look: at what lies behind, and is not hidden."""
    free: Array = np.tri(t, dtype=bool) & changes.get(
        "allowed", np.ones((LAYERS, ACROSS, 1, 1), bool)
    )
    return free.reshape(HEADS, t, t)


def by_head(x: Float[Array, "1 layers h t d"]) -> Float[Array, "heads t d"]:
    """The heads of all layers in one row, layer after layer; of the only text."""
    return x.reshape(HEADS, *x.shape[3:])
