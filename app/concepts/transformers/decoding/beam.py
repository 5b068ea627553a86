r"""Beam search: keep the w likeliest beginnings, lengthen each by every token, keep the w likeliest.

$\log p(y) = \sum_i \log p(y_i \mid y_{<i})$; at the end the best by $\log p(y) / n^\alpha$, $n$ tokens long.
A beginning that ends leaves the beam and frees its place. With $w \ge V^n$ nothing is dropped:
the search is exhaustive. (Graves, 2012, alg. 1, arXiv:1211.3711; Wu et al., 2016, eq. 14,
arXiv:1609.08144, whose $((5 + n) / 6)^\alpha$ is here $n^\alpha$, as in transformers)
"""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Array = np.ndarray
Tokens = tuple[int, ...]
# The natural logarithms of the next token's probabilities, after each of several equally long texts.
Foresee = Callable[[Sequence[Tokens]], Float[Array, "b v"]]


@dataclass(frozen=True)
class Beginning:
    """A text begun: its tokens, how likely they are, and which beginning of the step before it had."""

    tokens: Tokens = ()
    log_p: float = 0.0  # nats
    parent: int = 0

    def score(self, alpha: float) -> float:
        """Its log-probability over its length to the power alpha: 0 is the sum, 1 the mean."""
        return float(self.log_p / max(1, len(self.tokens)) ** alpha)


@dataclass(frozen=True)
class Step:
    """What one step looked at and what it kept, each from the likeliest down."""

    seen: tuple[Beginning, ...]  # the best 2w of all w·V, or more, so that w of them can go on
    open: tuple[Beginning, ...]
    ended: tuple[Beginning, ...]  # in this step

    def kept(self, candidate: Beginning) -> bool:
        """Whether the candidate is in the beam, or has ended well."""
        return candidate in self.open or candidate in self.ended


def beam_search(foresee: Foresee, width: int, length: int, ends: Set[int]) -> Iterator[Step]:
    """One step a token, until `width` texts have ended or `length` tokens are reached."""
    beam: tuple[Beginning, ...] = (Beginning(),)
    done = 0
    for _ in range(length):
        log_p = foresee([it.tokens for it in beam])
        total = np.array([it.log_p for it in beam])[:, None] + log_p
        best = np.argsort(-total, axis=None, kind="stable")
        places = np.flatnonzero(~np.isin(best % log_p.shape[1], list(ends)))[:width]  # can go on
        at = [divmod(int(i), log_p.shape[1]) for i in best[: max(2 * width, *places + 1)]]
        seen = tuple(
            Beginning((*beam[row].tokens, token), float(total[row, token]), row)
            for row, token in at
        )
        ended = tuple(it for it in seen[:width] if it.tokens[-1] in ends)
        beam = tuple(seen[i] for i in places)
        done += len(ended)
        beam = beam if done < width else ()  # enough have ended: nothing goes on
        yield Step(seen, beam, ended)
        if not beam:
            return


def choose(
    ended: Sequence[Beginning], still_open: Sequence[Beginning], alpha: float
) -> tuple[Beginning, ...]:
    """All that could be answered, best first."""
    return tuple(sorted((*ended, *still_open), key=lambda it: -it.score(alpha)))
