"""Lookahead decoding on a text: each run of the network, and what it proved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from models import reader

from .beam import Tokens
from .lookahead import Run, lookahead
from .text import ends

Array = np.ndarray


@dataclass(frozen=True)
class Drafts:
    """One run."""

    length: int
    runs: tuple[Run, ...]  # up to this one
    pieces: tuple[str, ...]  # prompt and all that is added, as it is written
    added: int
    checked: int  # guesses that all runs have checked


def hurry(prompt: Tokens, window: int, n: int, length: int, stop: str) -> Iterator[Drafts]:
    """One frame a run of the network."""

    def answer(texts: Sequence[Tokens], places: int) -> Int[Array, "b k"]:
        start, room = prompt[:1], reader.CONTEXT - 1
        read = np.array([(*start, *text[1:][-room:]) for text in texts])
        best: Array = reader.read(read, "logits")["logits"][:, -places:].argmax(-1)
        return best

    runs: tuple[Run, ...] = ()
    added: Tokens = ()
    for run in lookahead(answer, prompt, window, n, length, ends(stop)):
        runs, added = (*runs, run), (*added, *run.new)
        pieces = tuple(reader.spellings()[i] for i in (*prompt, *added))
        checked = sum(len(it.drafts) * window for it in runs)
        yield Drafts(length, runs, pieces, len(added), checked)
