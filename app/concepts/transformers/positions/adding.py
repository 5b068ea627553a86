r"""What a token says plus where it stands: $X = X_\mathrm{tok} + X_\mathrm{pos}$, with the slides' numbers.

The slides print a table of positions beside their tokens. Here each of its cells is held against
$PE_{p,2i} = \sin(p / 10000^{2i/d})$, $PE_{p,2i+1} = \cos(p / 10000^{2i/d})$, $i = 0 \dots d/2 - 1$, $d = 4$.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from models.maths.positions import frequencies, sinusoidal

Array = np.ndarray
WORDS = ("The", "cat", "sat", "on", "the", "mat", ".")
TOKENS = np.array([
    [0.2, -0.1, 0.5, 0.3],
    [0.4, 0.7, -0.3, 0.8],
    [0.1, 0.6, -0.5, 0.9],
    [0.5, -0.2, 0.7, 0.3],
    [0.2, -0.1, 0.5, 0.3],
    [-0.4, 0.9, 0.1, -0.6],
    [0.6, 0.3, -0.1, 0.2],
])  # fmt: skip
PRINTED = np.array([
    [0.0, 1.0, 0.0, 1.0],
    [0.841, 0.54, 0.009, 0.999],
    [0.909, 0.41, 0.018, 0.999],
    [0.951, 0.3, 0.027, 0.999],
    [0.978, 0.2, 0.036, 0.999],
    [0.993, 0.1, 0.045, 0.999],
    [1.0, 0.0, 0.054, 0.999],
])  # fmt: skip
CAT, MAT = 1, 5


@dataclass(frozen=True)
class Frame:
    """One place of the sentence: its token, its position and their sum."""

    at: int
    words: tuple[str, ...]
    token: Float[Array, "n d"]
    position: Float[Array, "n d"]  # what is added
    exact: Float[Array, "n d"]  # the formula's value
    wrong: Bool[Array, "n d"]  # cells of the printed table that no rounding explains
    printed: bool  # whether the printed table is the one that is added
    added: bool
    sum: Float[Array, "n d"]
    alike: Float[Array, "n n"]  # x·x'
    the: float  # |x - x'| of "The" and "the", one token in two places
    change: Float[Array, "n n"]  # of each word pair's x·x' when cat and mat change places
    reordered: float  # the largest of these


def rows(printed: bool, added: bool, swap: bool) -> Iterator[Frame]:
    """Yield the sum, place by place."""
    exact = positions(len(WORDS), TOKENS.shape[1])
    wrong = ~explained(PRINTED, exact)
    position = (PRINTED if printed else exact) * added
    order, other = seats(swap), seats(not swap)
    x, y = TOKENS[order] + position, TOKENS[other] + position
    # word by word: the same two words, wherever they stand
    alike, change = x @ x.T, (y @ y.T)[np.ix_(seats(True), seats(True))] - x @ x.T
    for at in range(len(WORDS)):
        yield Frame(
            at=at,
            words=tuple(WORDS[i] for i in order),
            token=TOKENS[order],
            position=position,
            exact=exact,
            wrong=wrong,
            printed=printed,
            added=added,
            sum=x,
            alike=alike,
            the=float(np.linalg.norm(x[0] - x[4])),
            change=change,
            reordered=float(np.abs(change).max()),
        )


def positions(n: int, d: int) -> Float[Array, "n d"]:
    """The table that the formula gives."""
    return sinusoidal(np.arange(float(n)), frequencies(d))


def explained(table: Float[Array, "n d"], exact: Float[Array, "n d"]) -> Bool[Array, "n d"]:
    """Which cells are the exact value, rounded or cut off after three digits."""
    rounded, cut = np.round(exact, 3), np.trunc(exact * 1000) / 1000
    return np.asarray(np.isclose(table, rounded, atol=1e-9) | np.isclose(table, cut, atol=1e-9))


def seats(swap: bool) -> list[int]:
    """Which word sits at each place."""
    order = list(range(len(WORDS)))
    if swap:
        order[CAT], order[MAT] = MAT, CAT
    return order
