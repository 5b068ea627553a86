"""What is written so far: the prompt, the tokens added to it, and how likely the network finds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float

from models import reader
from models.maths.attention import entropy, log_softmax
from models.maths.decoding import perplexity, said_before

from .beam import Tokens

Array = np.ndarray

NEVER = "only when long"
STOPS = {NEVER: b"", "with a line": b"\n", "with a sentence": b".!?"}  # bytes that end a text


@cache
def ends(stop: str) -> frozenset[int]:
    """The tokens after which nothing is added: those that hold one of the bytes."""
    marks = set(STOPS[stop])
    return frozenset(i for i, raw in enumerate(reader.vocabulary().token_bytes) if marks & set(raw))


def prompt_of(text: str) -> Tokens:
    """The start mark, and the tokens of the text."""
    return (reader.vocabulary().start, *reader.vocabulary().encode(text))


def foresee(prompt: Tokens, added: Sequence[Tokens]) -> Float[Array, "b v"]:
    """Logits of the next token after equally long texts; of one too long, the oldest tokens go."""
    start, room = prompt[:1], reader.CONTEXT - 1
    texts = np.array([(*start, *(*prompt[1:], *more)[-room:]) for more in added])
    return reader.read(texts, "logits")["logits"][:, -1].astype(float)


@dataclass(frozen=True)
class Written:
    """A text, and what the network itself makes of what was added, before any filter."""

    pieces: tuple[str, ...]  # tokens as they are written, the start mark first
    added: int  # so many of them, at the end
    p: Float[Array, " n"]  # probability of each added token
    bits: Float[Array, " n"]  # entropy of each prediction
    perplexity: float
    said_before: float  # share of the runs of 3 added tokens that were added before


def written(prompt: Tokens, added: Tokens, z: Sequence[Float[Array, " v"]]) -> Written:
    """The text with the logits z that each added token had."""
    log_p = log_softmax(np.array(z))
    p = np.exp(log_p[np.arange(len(added)), list(added)])
    pieces = tuple(reader.spellings()[i] for i in (*prompt, *added))
    bits = entropy(np.exp(log_p))
    return Written(pieces, len(added), p, bits, perplexity(p), said_before(added))
