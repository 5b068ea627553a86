r"""A change half way: $\hat x_0$ is painted on, or the net is asked for another digit from there on.

The picture in $x_t$ is changed and its noise kept, so that the net meets what it might have met by
itself. Early changes become part of the digit, or are healed; late ones stay as they are.
(Meng et al., 2022, sec. 3; arXiv:2108.01073, who change a real picture and add new noise)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from models.digits import ALPHA_BAR, SIDE
from models.maths.levels import Path
from models.maths.samplers import clean, clipped

from .drawing import Strokes
from .frame import Changed
from .nets import of_classes, read

__all__ = ["Brush", "Edit", "Strokes", "run"]

Array = np.ndarray
MOMENTS = 10  # at which other runs are changed, for the curve


class Brush(NamedTuple):
    """Where it is painted, 0 to 1, and whether white or black."""

    cover: Float[Array, "32 32"]
    how: str

    def over(self, x_0: Float[Array, "32 32"]) -> Float[Array, "32 32"]:
        """The picture after the brush."""
        return x_0 + self.cover * ((1.0 if self.how == "brush" else -1.0) - x_0)


@dataclass(frozen=True)
class Edit:
    """What is changed after `at` calls of the net: the picture, or else the digit asked for.

    A change that would come after the last call never does.
    """

    brush: Brush | None
    digit: int
    wanted: int
    at: int


@dataclass(frozen=True)
class Lane:
    """A run that was changed after so many calls; 0: never."""

    after: int
    label: int
    x: Float[Array, "32 32"]  # x_t
    before: Float[Array, "32 32"]  # x̂_0 when the change came
    change: Float[Array, "32 32"]  # what the brush added to it


def run(edit: Edit, levels: Path, seed: int) -> Iterator[tuple[float, Changed]]:
    """Call by call: the run left alone, the one that is changed, and others changed at other times.

    Each lane leaves the untouched run when its change comes; until then it would be the same.
    """
    x_T = np.random.default_rng(seed).standard_normal((SIDE, SIDE))
    none = np.zeros_like(x_T)
    lanes, last = [Lane(0, edit.digit, x_T, none, none)], len(levels) - 1
    moments = {edit.at, *np.linspace(1, last, min(MOMENTS, last)).round().astype(int)}
    for call, (now, then) in enumerate(pairwise(levels), 1):
        x = np.stack([lane.x for lane in lanes])
        eps = clipped(of_classes([lane.label for lane in lanes]), ALPHA_BAR)(
            x, np.full(len(x), now.t)
        )
        x_0 = clean(x, eps, now)
        yield now.t, look(edit, lanes, x_0)
        following = then.alpha * x_0 + then.sigma * eps
        lanes = [replace(one, x=x) for one, x in zip(lanes, following, strict=True)]
        if call in moments:
            painted = edit.brush.over(x_0[0]) if edit.brush else x_0[0]
            x_s = then.alpha * painted + then.sigma * eps[0]
            lanes.append(Lane(call, edit.wanted, x_s, x_0[0], painted - x_0[0]))
    yield levels[-1].t, look(edit, lanes, np.stack([lane.x for lane in lanes]))


def look(edit: Edit, lanes: list[Lane], x_0: Float[Array, "n 32 32"]) -> Changed:
    """The untouched run beside the changed one, and how each change fares."""
    number = next((i for i, lane in enumerate(lanes) if lane.after == edit.at), 0)
    told = read(x_0)
    others = sorted(range(1, len(lanes)), key=lambda i: lanes[i].after)
    away = x_0 - x_0[0]
    before = lanes[number].before if number else x_0[0]  # until the change comes: what it would be
    painted = edit.brush.over(before) if edit.brush else before
    return Changed(
        now=np.stack([[lanes[0].x, x_0[0], before], [lanes[number].x, x_0[number], painted]]),
        read=told[[0, number]],
        when=np.array([lanes[i].after for i in others], float),
        kept=np.array([kept(away[i], lanes[i].change) for i in others]),
        taken=told[others, edit.wanted],
        apart=np.sqrt(np.square(away[others]).mean((1, 2))),
    )


def kept(away: Float[Array, "32 32"], change: Float[Array, "32 32"]) -> float:
    """The share of a change that is there: 1 as it was painted, 0 healed; 0 where none was made."""
    size = float(np.square(change).sum())
    return float((away * change).sum() / size) if size else 0.0
