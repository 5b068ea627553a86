"""A walk through the layers, there or back: what each of them does to a grid, a cloud and one point."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from models.maths.normalising import Flow

from .frame import Frame, Params, Reading, Walk
from .world import LATTICE, REACH, SHOWN, World

Array = np.ndarray
FRAMES = 48  # of a walk, about


def walk(p: Params, world: World, flow: Flow, reading: Reading) -> Iterator[Frame]:
    """Frame by frame; within a layer everything goes straight to where the layer sends it."""
    way = there_or_back(p, world, flow, reading.theta.astype(float))
    layers = len(flow.layers)
    each = max(3, FRAMES // layers)
    past = np.empty((0, 4))
    for step in range(layers * each + 1):
        yield Frame(p, world, flow, reading, past, way, step, step / each)


def there_or_back(p: Params, world: World, flow: Flow, theta: Float[Array, " p"]) -> Walk:
    """Every station of the walk, and what each layer does where the point passes."""
    if p.way == "data to latent":
        point, cloud = np.array(p.x), world.data

        def stations(x: Array) -> Array:
            return np.stack([x, *(step.z for step in flow.forward(theta, x))])

    else:
        point, cloud = np.array(p.z), np.random.default_rng((p.seed, 4)).standard_normal((SHOWN, 2))

        def stations(x: Array) -> Array:
            return np.stack(flow.inverse(theta, x))

    passed = stations(point)[:, 0]
    x = passed[:1] if p.way == "data to latent" else passed[-1:]
    steps, clouds = flow.forward(theta, x), stations(cloud)
    reach = np.quantile(np.abs(clouds), 0.99, axis=(1, 2)).max()
    return Walk(
        cloud=clouds,
        mesh=stations(LATTICE.reshape(-1, 2)).reshape(-1, *LATTICE.shape),
        point=passed,
        log_dets=np.concatenate([step.log_det for step in steps]),
        jacobians=flow.jacobians(theta, x)[:, 0],
        log_p=float(flow.log_prob(theta, x)[0]),
        exact=float(world.truth.log_prob(x)[0]),
        reach=max(REACH, float(reach)),
    )
