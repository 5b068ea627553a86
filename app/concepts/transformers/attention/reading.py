"""What is read off a run: one head's map, a word on its way through the layers, and foresight."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from models.maths.attention import divergence, entropy, surprise

Array = np.ndarray


@dataclass(frozen=True)
class Head:
    """The selected head on this text."""

    query: Float[Array, "t d"]
    key: Float[Array, "t d"]
    weight: Float[Array, "t t"]
    hidden: Bool[Array, "t t"]  # cells that lie ahead, or were painted
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
    """How well each next token is foreseen, and what a person's hand has changed."""

    surprise: Float[Array, " n"]  # bits of each token after the start mark
    before: Float[Array, " n"]  # the same with nothing changed
    mean: float  # of surprise, bits a token
    mean_before: float
    blind: float  # what a guess among all tokens alike costs, bits
    divergence: Float[Array, " t"]  # of each prediction from the one with nothing changed, bits
    peak: float  # the largest probability of any next token


def attend(
    query: Float[Array, "t d"],
    key: Float[Array, "t d"],
    weight: Float[Array, "t t"],
    hidden: Bool[Array, "t t"],
) -> Head:
    """One head: its weights, and where each row looks."""
    return Head(query, key, weight, hidden, entropy(weight), weight.argmax(-1))


def follow(
    at: int,
    tokens: Int[Array, " t"],
    hidden: Float[Array, "depth t w"],
    link: Float[Array, " t"],
) -> Word:
    """A token and its twins, as the residual stream holds them before and after each layer."""
    twins = sorted(np.flatnonzero(tokens == tokens[at]), key=lambda i: abs(i - at))[1:4]
    unit = hidden / np.linalg.norm(hidden, axis=-1, keepdims=True)
    cosine = np.clip(unit[:, twins] @ unit[:, at, :, None], -1, 1)[..., 0]
    return Word(at, tuple(map(int, twins)), cosine, typical(tokens[1:], unit[:, 1:]), link)


def typical(tokens: Int[Array, " n"], unit: Float[Array, "depth n w"]) -> Float[Array, " depth"]:
    """The mean cosine of two different tokens; the start mark, which is like no word, left out.

    By sums, for there are many pairs: with S the sum of all unit vectors and S_v that of token v's,
    the cosines of all pairs of different tokens add up to (S·S - sum over v of S_v·S_v) / 2.
    """
    kinds, kind, count = np.unique(tokens, return_inverse=True, return_counts=True)
    by_kind = (np.arange(len(kinds))[:, None] == kind).astype(unit.dtype) @ unit
    alike = (by_kind**2).sum((-1, -2))
    pairs = len(tokens) ** 2 - (count**2).sum()
    every = (unit.sum(1) ** 2).sum(-1)
    mean: Array = (every - alike) / pairs if pairs else np.zeros(len(unit))
    return mean


def foresee(
    tokens: Int[Array, " t"], log_q: Float[Array, "t v"], log_p: Float[Array, "t v"]
) -> Foresight:
    """The predictions log_q against the text, and against log_p, those with nothing changed."""
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
