r"""One game under two losses: $L_D = E_x[r(a_x)] + E_z[f(a_{G(z)})]$, $L_G = E_z[g(a_{G(z)})]$.

Both lanes begin with the same generator and see the same minibatches and latents in the same order;
they differ in the prices r, f, g and in what holds the critic (racers.py). Beside it the prices of
five scores, worked by hand.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from app import params
from models.maths.cells import CENTRES
from models.worlds.clusters import truth

from .example import SCORES, Example, worked
from .judge import LINE, Judge
from .lanes import Draw, Lane, View, begin, iterate, look
from .racers import ENTRANTS

Array = np.ndarray
PICTURES, BATCH = 150, 128
RACE = "race"
FIRST: tuple[params.Pick, ...] = (("ns", None), ("gp", 1.0))


@dataclass(frozen=True)
class Params(params.Params):
    show: str = params.choice(RACE, "five scores", label="Show")
    lanes: tuple[params.Pick, ...] = params.lineup(FIRST, "Lanes", ENTRANTS, 2, show=RACE)
    data: str = params.choice("ring", "grid", "line", label="Data", show=RACE)
    k: int = params.slider(3, 1, 10, 1, "D steps, k", show=RACE)
    lr_d: float = params.slider(0.002, 1e-4, 0.05, 1e-4, "Rate of D", log=True, show=RACE)
    lr_g: float = params.slider(0.001, 1e-4, 0.05, 1e-4, "Rate of G", log=True, show=RACE)
    iterations: int = params.slider(1800, 150, 4500, 150, "Iterations", show=RACE)
    seed: int = params.seed(show=RACE)
    scores: tuple[tuple[float, ...], ...] = params.table(
        SCORES, "Scores", 0.01, 0.99, 0.01, show="five scores"
    )


@dataclass(frozen=True)
class Frame:
    """Both lanes after `step` iterations, and what is seen of them."""

    step: int
    params: Params
    lanes: tuple[Lane, ...]
    views: tuple[View, ...]
    data: Float[Array, "n d"]
    density: Float[Array, " b"]  # the data's share of each bin of a line; none in the plane
    perfect: dict[str, float]  # what a perfect generator would read


def compute(p: Params, start: Frame | None = None) -> Iterator[Frame | Example]:
    """Yield the lanes as they train; or the prices of five scores."""
    if p.show != RACE:
        yield worked(np.array(p.scores))
        return
    yield from race(p, start)


def race(p: Params, start: Frame | None = None) -> Iterator[Frame]:
    """Yield the lanes from the beginning, or on from a kept frame."""
    real, rng = truth(p.data, ()), np.random.default_rng(p.seed)
    judge = Judge.of(real, rng)
    perfect, shown = judge.perfect(rng), rng.random((len(judge.data), 2))
    dims = real.means.shape[1]
    places = (LINE[:, None] if dims == 1 else CENTRES).astype(np.float32)
    every = p.iterations // PICTURES

    def frame(step: int, lanes: tuple[Lane, ...], before: tuple[View, ...]) -> Frame:
        pairs = zip(lanes, before or (None,) * len(lanes), strict=True)
        views = tuple(look(lane, judge, places, shown, step, view) for lane, view in pairs)
        density = judge.bins() if dims == 1 else np.empty(0)
        return Frame(step, p, lanes, views, judge.data, density, perfect)

    now = start or frame(0, tuple(begin(pick, dims, p.seed) for pick in p.lanes), ())
    if start is None:
        yield now
    while now.step < p.iterations:
        lanes = now.lanes
        for number in range(now.step, now.step + every):
            draw = Draw.of(real, p.k, BATCH, np.random.default_rng([p.seed, number]))
            lanes = tuple(iterate(lane, draw, p.lr_d, p.lr_g) for lane in lanes)
        now = frame(now.step + every, lanes, now.views)
        yield now
