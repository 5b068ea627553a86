"""What a person may change: an example, its numbers, the mask, the scale."""

from dataclasses import dataclass
from typing import Any

from app import params
from models import reader

from . import examples as e

MOST = 7  # rows and columns of the largest scores
HAND, FROM, LIBRARY, CROSS = "by hand", "from tokens", "library", "cross-attention"
SIX, SEVEN, MANY, ROOT = "slide scores", "slide weights", "multi-head", "why √d"
TRAINED = "trained head"
EXAMPLES = (HAND, FROM, LIBRARY, SIX, SEVEN, CROSS, MANY, TRAINED, ROOT)
SCORED = "|".join(EXAMPLES[:-1])
MASKED = "|".join(name for name in EXAMPLES[:-1] if name != LIBRARY)
REACH = 3.0  # of the numbers of a vector that is drawn in the plane


def flat(default: e.Table, label: str, example: str) -> Any:
    """Vectors of two numbers: typed in a matrix, or dragged in the plane."""
    return params.table(default, label, -REACH, REACH, example=example)


@dataclass(frozen=True)
class Params(params.Params):
    example: str = params.choice(*EXAMPLES, label="Example")
    text: str = params.text(
        reader.OWN, "Text", 1000, shared=True, examples=reader.EXAMPLES, example=TRAINED
    )
    trained: int = params.slider(6, 0, 15, 1, "Head", example=TRAINED)
    q: e.Table = flat(e.HAND_Q, "Q", HAND)
    k: e.Table = flat(e.HAND_K, "K", HAND)
    v: e.Table = flat(e.HAND_V, "V", HAND)
    x: e.Table = params.table(e.TOKENS_X, "X", -3, 3, example=FROM)
    w_q: e.Table = params.table(e.W_Q, "W_Q", -3, 3, example=FROM)
    w_k: e.Table = params.table(e.W_K, "W_K", -3, 3, example=FROM)
    w_v: e.Table = params.table(e.W_V, "W_V", -3, 3, example=FROM)
    wish: e.Table = flat(e.BOOKS_Q, "Query", LIBRARY)
    labels: e.Table = flat(e.BOOKS_K, "Labels K", LIBRARY)
    contents: e.Table = flat(e.BOOKS_V, "Contents V", LIBRARY)
    patches: e.Table = flat(e.PATCHES_Q, "Patches Q", CROSS)
    words: e.Table = flat(e.WORDS_K, "Words K", CROSS)
    meanings: e.Table = flat(e.WORDS_V, "Words V", CROSS)
    six: e.Table = params.table(e.SIX_S, "Scores", -9, 9, example=SIX)
    seven: e.Table = params.table(e.SEVEN_S, "Scores", -9, 9, example=SEVEN)
    d_six: int = params.slider(1, 1, 64, 1, "d_k", example=SIX)  # the slide names none
    d_seven: int = params.slider(4, 1, 64, 1, "d_k", example=SEVEN)
    many: e.Table = params.table(e.MANY_X, "X", -3, 3, example=MANY)
    heads: str = params.choice("1", "2", "4", "8", label="Heads", default="2", example=MANY)
    head: int = params.slider(0, 0, 7, 1, "Head shown", example=MANY)
    place: bool = params.toggle(False, "Positions", example=f"{FROM}|{MANY}")
    scale: bool = params.toggle(True, "Divide by √d_k", example=SCORED)
    mask: str = params.choice("as given", "none", "causal", "painted", label="Mask", example=MASKED)
    blocked: tuple[tuple[int, ...], ...] = params.cells(
        ((0,) * MOST,) * MOST, "Blocked", mask="painted", example=MASKED
    )
    query: int = params.slider(3, 0, MOST - 1, 1, "Query", example=MASKED)
    seed: int = params.seed(example=f"{MANY}|{ROOT}")
