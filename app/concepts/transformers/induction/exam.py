"""The texts on which every frame is measured, and what rules without a net would read on them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float

from models.recordings.induction import LENGTH, OFFSETS, PERIOD, PERIODS, STEPS, VOCABULARY, texts
from models.worlds.repeats import Texts, repeats

from .scores import Scores, copied, score

Array = np.ndarray
NINE = np.arange(PERIODS[0], PERIODS[1] + 1)
EACH = 6  # texts of each period


@dataclass(frozen=True)
class Exam:
    """Texts that no training reads: drawn apart from those."""

    seed: int
    shown: Texts  # one text, of the period chosen
    same: Texts  # of period 8
    various: Texts  # EACH of every period
    even: Scores  # of a head that looks at all it may see in equal parts
    copier: Float[Array, " periods"]  # accuracy of copying the token that stood 8 places before


@lru_cache(maxsize=8)
def questions(seed: int) -> tuple[Texts, Texts]:
    """Texts of period 8, and texts of every period with offsets spread evenly."""
    rng = np.random.default_rng([seed, STEPS])
    offset = np.tile(np.linspace(*OFFSETS, EACH).round().astype(int), len(NINE))
    same = texts(2 * EACH, 1, rng)
    return same, repeats(np.repeat(NINE, EACH), offset, LENGTH, VOCABULARY, rng)


@lru_cache(maxsize=32)
def exam(seed: int, shown: int) -> Exam:
    """The same texts for the same seed, and one more of the period shown."""
    rng = np.random.default_rng([seed, shown, STEPS])
    one = repeats(np.array([shown]), np.zeros(1, int), LENGTH, VOCABULARY, rng)
    same, various = questions(seed)
    everywhere = np.tri(LENGTH) / np.arange(1, LENGTH + 1)[:, None]
    even = score(np.tile(everywhere, (len(various.tokens), 1, 1, 1)), various, PERIOD)
    copier = by_period(copied(various, PERIOD), various)
    return Exam(seed, one, same, various, even, copier)


def by_period(hits: Bool[Array, "n t"], texts: Texts) -> Float[Array, " periods"]:
    """The share of hits at the places whose next token can be known, for texts of each period."""
    of = [(texts.period == n)[:, None] & texts.known for n in NINE]
    return np.array([hits[places].mean() for places in of])
