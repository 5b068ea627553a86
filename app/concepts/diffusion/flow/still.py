"""What does not change while a run is watched: data, noise, the grid of arrows, the floor."""

import numpy as np

from models.maths.distances import sliced_w2, sliced_w2_floor
from models.maths.flow_matching import Flow

from .frame import Still
from .world import EXAMPLES, PARTICLES, Params, data_of

NOWHERE = np.empty((0, 65, 2))
# Arrows are drawn where p_t is at least this: what a net was taught a little, what is exact far out.
TAUGHT, EXACT = 1e-3, 1e-6


def still_of(p: Params, flow: Flow) -> Still:
    """What does not change in a run; the ways are those of some pairs of noise and data."""
    rng = np.random.default_rng((p.seed, 1))
    noise, fresh = rng.standard_normal((PARTICLES, 2)), flow.data.sample(PARTICLES, rng)
    line, t = np.linspace(-2.8, 2.8, 15), np.arange(65) / 64
    some, alpha, beta = slice(EXAMPLES), *flow.schedule(t)[:2]
    pairs = flow.mix(fresh[some], noise[some], np.full(EXAMPLES, p.time))
    return Still(
        data=data_of(p),
        goal=flow.data.means,
        fresh=fresh,
        noise=noise,
        grid=np.stack(np.meshgrid(line, line), -1).reshape(-1, 2),
        mix=np.stack([t, alpha, beta], -1),
        ways=alpha[:, None] * fresh[some, None] + beta[:, None] * noise[some, None],
        targets=np.stack([pairs.x_t, pairs.target], 1),
        floor=sliced_w2_floor(flow.data.sample, PARTICLES, rng),
        lump=sliced_w2(fresh.mean(0, keepdims=True), fresh),
        drawn=p.data == "yours",
        aimed=p.field == "one point",
    )
