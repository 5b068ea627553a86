r"""Where each token of a text looks, in every head of a trained GPT, and what a head is good for.

$A = \mathrm{softmax}(Q K^\top / \sqrt{d_h} + M)$ with $M = -\infty$ above the diagonal. A head adds
$g\, A V W_O$ to the residual stream; its gate $g$ is 1, or 0 where the head is switched off.
(Vaswani et al., 2017, eq. 1; arXiv:1706.03762)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from app import params
from models import reader
from models.maths.attention import (
    cosines,
    divergence,
    entropy,
    everywhere_alike,
    log_softmax,
    roles,
    surprise,
)

from . import texts
from .texts import CONTEXT, EXAMPLES, PERIOD, RANDOM

Array = np.ndarray
LAYERS = 4
HEADS = 16  # of the graph, all layers together; a test holds this to its card


@dataclass(frozen=True)
class Params(params.Params):
    example: str = params.choice("own text", *EXAMPLES, RANDOM, label="Example")
    text: str = params.text(reader.OWN, "Text", 200, example="own text")
    head: int = params.slider(15, 0, HEADS - 1, 1, "Head")
    off: tuple[int, ...] = params.tokens("Heads off", HEADS)
    word: int = params.slider(0, 0, CONTEXT - 1, 1, "Word")
    chart: str = params.choice("surprise", "meaning", label="Small chart")
    seed: int = params.seed()


@dataclass(frozen=True)
class Head:
    """The selected head on this text."""

    query: Float[Array, "t d"]
    key: Float[Array, "t d"]
    score: Float[Array, "t t"]  # q·k
    scaled: Float[Array, "t t"]  # q·k / √d
    weight: Float[Array, "t t"]
    entropy: Float[Array, " t"]  # of each row, bits
    most: Int[Array, " t"]  # where each row has its largest weight


@dataclass(frozen=True)
class Word:
    """A token followed through the layers: is it the same in another place?"""

    at: int
    twins: tuple[int, ...]  # other places of the same token, nearest first
    cosine: Float[Array, "depth twins"]  # of its residual stream with each twin's
    typical: Float[Array, " depth"]  # mean cosine of two different tokens
    link: Float[Array, " t"]  # the largest weight that any head gives it, from each reader


@dataclass(frozen=True)
class Foresight:
    """How well each next token is foreseen, and what switching heads off has changed."""

    surprise: Float[Array, " n"]  # bits of each token after the start mark
    before: Float[Array, " n"]  # the same with every head on
    mean: float  # of surprise, bits a token
    mean_before: float
    blind: float  # what a guess among all tokens alike costs, bits
    divergence: Float[Array, " t"]  # of each prediction from the one with every head on, bits
    peak: float  # the largest probability of any next token


@dataclass(frozen=True)
class Reading:
    """What the network makes of the whole text: the same in every frame."""

    p: Params
    pieces: tuple[str, ...]  # the tokens as they are written, the start mark first
    dropped: int  # tokens at the end that the network's context does not hold
    across: int  # heads in a layer
    attention: Float[Array, "heads t t"]  # layer after layer
    row_error: float  # the largest |1 - sum of a row| of all heads
    masked: float  # the largest weight on a later token of all heads
    roles: Float[Array, "roles heads"]  # scores on random texts
    uniform: Float[Array, " roles"]  # the scores of a head that looks everywhere alike
    head: Head
    word: Word
    foresight: Foresight


@dataclass(frozen=True)
class Frame:
    """One token as the reader: what it looks at and which token it expects next."""

    reading: Reading
    t: int
    labels: tuple[str, ...]  # every token there is, by the larger of probability and before
    probability: Float[Array, " v"]
    before: Float[Array, " v"]  # the same with every head on


def compute(p: Params) -> Iterator[Frame]:
    """One frame a token of the text, all from a single run (from two where heads are off)."""
    tokens, dropped = texts.tokenise(p.example, p.text, p.seed)
    now = run(tokens[None], p.off)
    whole = run(tokens[None], ()) if p.off else now
    log_q, log_p = log_softmax(now["logits"][0]), log_softmax(whole["logits"][0])
    attention, query, key = (by_head(now[name])[:, 0] for name in ("attention", "query", "key"))
    probe = by_head(run(texts.probes(p.seed), p.off)["attention"])
    at = p.word if 0 < p.word < len(tokens) else texts.notable(p.example, tokens)
    spelled = reader.spellings()
    reading = Reading(
        p,
        tuple(spelled[i] for i in tokens),
        dropped,
        now["attention"].shape[2],
        attention,
        row_error=float(np.abs(attention.sum(-1) - 1).max()),
        masked=float(np.triu(attention, 1).max()),
        roles=roles(probe, PERIOD).mean(-1),
        uniform=roles(everywhere_alike(2 * PERIOD + 1), PERIOD),
        head=attend(query[p.head], key[p.head], attention[p.head]),
        word=follow(at, tokens, now["hidden"][0], attention[:, :, at].max(0)),
        foresight=foresee(tokens, log_q, log_p),
    )
    for t in range(len(tokens)):
        # By the larger of now and before, so that what was lost is seen as well as what was won.
        order = np.argsort(-np.maximum(log_q[t], log_p[t]), kind="stable")
        labels = tuple(spelled[i] for i in order)
        yield Frame(reading, t, labels, np.exp(log_q[t, order]), np.exp(log_p[t, order]))


def run(tokens: Int[Array, "b t"], off: Sequence[int]) -> Mapping[str, Array]:
    """Every output of the graph, with the output of each head in `off` multiplied by 0."""
    gate = np.ones((LAYERS, HEADS // LAYERS), np.float32)
    gate.flat[list(off)] = 0
    return reader.read(tokens, head_gate=gate)


def by_head(x: Float[Array, "b layers h t d"]) -> Float[Array, "heads b t d"]:
    """The heads of all layers in one row, layer after layer."""
    b, layers, h, t, d = x.shape
    return x.transpose(1, 2, 0, 3, 4).reshape(layers * h, b, t, d)


def attend(
    query: Float[Array, "t d"], key: Float[Array, "t d"], weight: Float[Array, "t t"]
) -> Head:
    """One head: the scores behind its weights, and where each row looks."""
    score = query @ key.T
    scaled = score / np.float32(np.sqrt(query.shape[1]))
    return Head(query, key, score, scaled, weight, entropy(weight), weight.argmax(-1))


def follow(
    at: int,
    tokens: Int[Array, " t"],
    hidden: Float[Array, "depth t w"],
    link: Float[Array, " t"],
) -> Word:
    """A token and its twins, as the residual stream holds them before and after each layer."""
    twins = sorted(np.flatnonzero(tokens == tokens[at]), key=lambda i: abs(i - at))[1:4]
    cosine = cosines(hidden)
    i, j = np.triu_indices(len(tokens), 1)
    other = (i > 0) & (tokens[i] != tokens[j])  # the start mark is like no word
    typical = cosine[:, i[other], j[other]].mean(-1) if other.any() else np.zeros(len(hidden))
    return Word(at, tuple(map(int, twins)), cosine[:, at, twins], typical, link)


def foresee(
    tokens: Int[Array, " t"], log_q: Float[Array, "t v"], log_p: Float[Array, "t v"]
) -> Foresight:
    """The predictions log_q against the text, and against log_p, those with every head on."""
    now, before = surprise(log_q, tokens), surprise(log_p, tokens)
    return Foresight(
        now,
        before,
        mean=float(now.mean()) if len(now) else 0.0,
        mean_before=float(before.mean()) if len(now) else 0.0,
        blind=float(np.log2(log_q.shape[1])),
        divergence=divergence(log_p, log_q),
        peak=float(np.exp(max(log_q.max(), log_p.max()))),
    )
