"""Texts of random tokens that repeat themselves: a few tokens, then one block again and again."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

Array = np.ndarray


class Texts(NamedTuple):
    """n texts; x_i = x_{i - period} from place offset + period on, all tokens before it differ."""

    tokens: Int[Array, "n t"]
    period: Int[Array, " n"]
    offset: Int[Array, " n"]  # tokens before the block

    @property
    def known(self) -> Bool[Array, "n t"]:
        """Whether the token after place i can be known: the one at i has been read before."""
        i = np.arange(self.tokens.shape[1])
        known: Array = (i >= (self.offset + self.period)[:, None]) & (i < len(i) - 1)
        return known

    @property
    def after(self) -> Bool[Array, "n t t"]:
        """Whether place j holds what came after an earlier copy of the token at i: x_{j-1} = x_i."""
        same = self.tokens[:, :, None] == self.tokens[:, None, :]
        after: Array = np.zeros_like(same)
        after[:, :, 1:] = same[:, :, :-1]
        after &= np.tri(self.tokens.shape[1], k=-1, dtype=bool)
        return after


def repeats(
    period: Int[Array, " n"],
    offset: Int[Array, " n"],
    length: int,
    vocabulary: int,
    rng: np.random.Generator,
) -> Texts:
    """One text for each period and offset; vocabulary must be at least their largest sum."""
    order = rng.random((len(period), vocabulary)).argsort(-1)  # tokens without a double
    i = np.arange(length)
    late = np.maximum(i - offset[:, None], 0) % period[:, None] + offset[:, None]
    at = np.where(i < offset[:, None], i, late)
    return Texts(np.take_along_axis(order, at, -1), period, offset)
