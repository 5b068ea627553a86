"""Beam search on a text, beside the greedy choice that it is to beat."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.attention import log_softmax

from .beam import Beginning, Step, Tokens, beam_search, choose
from .text import Written, ends, foresee, written

Array = np.ndarray
WIDEST = 8  # beams, read in one batch


@dataclass(frozen=True)
class Beams:
    """One step of the search."""

    at: int  # so many tokens were taken before
    length: int
    width: int
    alpha: float
    steps: tuple[Step, ...]  # up to this one
    answers: tuple[Beginning, ...]  # all that have ended or are open, best first
    greedy: Beginning
    bits: Float[Array, " n"]  # surprise of the best answer up to its first, second, … token
    greedy_bits: Float[Array, " m"]
    written: Written  # the best answer
    weighed: int  # beginnings whose probability was computed


def race(prompt: Tokens, width: int, alpha: float, length: int, stop: str) -> Iterator[Beams]:
    """One frame a step of the search; greedy choice is the search with one beam."""
    heard: dict[Tokens, Array] = {}

    def hear(texts: Sequence[Tokens]) -> Float[Array, "b v"]:
        if new := [text for text in texts if text not in heard]:
            heard.update(zip(new, foresee(prompt, new), strict=True))
        return log_softmax(np.array([heard[text] for text in texts]))

    alone = (step.seen[0] for step in beam_search(hear, 1, length, ends(stop)))
    greedy, weighed = Beginning(), 0
    steps: tuple[Step, ...] = ()
    ended: tuple[Beginning, ...] = ()
    for at, step in enumerate(beam_search(hear, width, length, ends(stop))):
        weighed += len(steps[-1].open if steps else [prompt]) * len(heard[()])
        steps, ended = (*steps, step), (*ended, *step.ended)
        answers = choose(ended, step.open, alpha)
        greedy = next(alone, greedy)  # if it has ended, as it is
        told, greedily = (
            written(prompt, text, [heard[text[:i]] for i in range(len(text))])
            for text in (answers[0].tokens, greedy.tokens)
        )
        yield Beams(
            at,
            length,
            width,
            alpha,
            steps,
            answers,
            greedy,
            -np.log2(told.p).cumsum(),
            -np.log2(greedily.p).cumsum(),
            told,
            weighed,
        )
