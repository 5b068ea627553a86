"""What one moment of the page holds, whichever way of editing it shows."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Array = np.ndarray


@dataclass(frozen=True)
class Changed:
    """A run left alone and one that was changed on the way, with those changed at other times."""

    now: Float[Array, "2 3 32 32"]  # untouched, changed: x_t, x̂_0; x̂_0 at the change
    read: Float[Array, "2 10"]  # p(digit | x̂_0)
    when: Float[Array, " k"]  # calls before the change, of those changed so far
    kept: Float[Array, " k"]  # share of the change that is still in x̂_0
    taken: Float[Array, " k"]  # p(wanted digit | x̂_0)
    apart: Float[Array, " k"]  # rms difference from the untouched x̂_0


@dataclass(frozen=True)
class Inverted:
    """A drawing carried to the noise and back, in three ways."""

    now: Float[Array, "3 4 32 32"]  # as drawn, x_t, x̂_0, x̂_0 less the drawing
    read: Float[Array, "4 10"]  # p(digit) of the drawing and of each x̂_0
    rising: bool  # still on the way to the noise
    error: Float[Array, " 3"]  # rms of x̂_0 less the drawing
    noise: Float[Array, "3 3"]  # mean, variance, neighbours' correlation of each x_t
    steps: Float[Array, " k"]  # of other round trips, those that are through
    errors: Float[Array, " k"]


@dataclass(frozen=True)
class Between:
    """Pictures from noises between two."""

    now: Float[Array, "2 5 32 32"]  # x̂_0 from lerp and from slerp
    share: Float[Array, " 5"]  # of the second noise
    norm: Float[Array, "2 5"]  # ‖x_T‖/√d
    read: Float[Array, "2 5 10"]


@dataclass(frozen=True)
class Filled:
    """A part painted anew, in three ways."""

    now: Float[Array, "3 3 32 32"]  # what is known, x_t, x̂_0 with the known part in its place
    hole: Float[Array, "32 32"]  # 1 where it is painted anew
    read: Float[Array, "3 10"]  # mean over all samples
    seam: Float[Array, " 3"]  # share of the strokes at the edge of the hole that end there
    whole: float  # the same in the picture as it was
    wrong: Float[Array, " 3"]  # largest change of a known pixel
    calls: tuple[int, ...]  # of the net, each way
    at: tuple[Float[Array, " _"], ...]  # share of the run, each way
    seams: tuple[Float[Array, " _"], ...]  # there
