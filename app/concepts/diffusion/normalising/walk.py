"""A walk through the layers, there or back: what each of them does to a grid, a cloud and one point."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from models.maths.normalising import Flow

from .frame import Frame, Params, Reading, Walk
from .world import REACH, SHOWN, World, net

Array = np.ndarray
FRAMES = 48  # of a walk, about
CELL = 0.4  # side of the square round the point


def taught(p: Params, frame: Frame, number: int) -> Frame:
    """The far end of the way, while the layers are still learning."""
    way = there_or_back(p, frame.world, frame.flow, frame.reading.theta.astype(float))
    return replace(frame, params=p, walk=way, step=number, at=float(len(frame.flow.layers)))


def walk(p: Params, world: World, flow: Flow, reading: Reading, before: int = 0) -> Iterator[Frame]:
    """Frame by frame; within a layer everything goes straight to where the layer sends it."""
    way = there_or_back(p, world, flow, reading.theta.astype(float))
    layers = len(flow.layers)
    each = max(3, FRAMES // layers)
    past = np.empty((0, 4))
    for step in range(layers * each + 1):
        yield Frame(p, world, flow, reading, past, way, before + step, step / each)


def there_or_back(p: Params, world: World, flow: Flow, theta: Float[Array, " p"]) -> Walk:
    """Every station of the walk, and what each layer does where the point passes."""
    forth = p.way == "data to latent"
    if forth:
        point, cloud = np.array(p.x), world.data

        def stations(x: Array) -> Array:
            return np.stack([x, *(step.z for step in flow.forward(theta, x))])

    else:
        point, cloud = np.array(p.z), np.random.default_rng((p.seed, 4)).standard_normal((SHOWN, 2))

        def stations(x: Array) -> Array:
            return np.stack(flow.inverse(theta, x))

    passed = stations(point)[:, 0]
    x = passed[:1] if forth else passed[-1:]
    steps, clouds, grid = flow.forward(theta, x), stations(cloud), net(15, 49)
    jacobians = flow.jacobians(theta, x)[:, 0]
    reach = np.quantile(np.abs(clouds), 0.99, axis=(1, 2)).max()
    return Walk(
        cloud=clouds,
        net=stations(grid.reshape(-1, 2)).reshape(-1, *grid.shape),
        point=passed,
        log_dets=np.concatenate([step.log_det for step in steps]),
        cell=passed[:, None] + cells(jacobians if forth else np.linalg.inv(jacobians[::-1])),
        jacobians=jacobians,
        log_p=float(flow.log_prob(theta, x)[0]),
        exact=float(world.truth.log_prob(x)[0]),
        reach=max(REACH, float(np.ceil(reach / 0.8)) * 0.8),  # so that it seldom jumps
    )


def cells(jacobians: Float[Array, "k 2 2"]) -> Float[Array, "s 4 2"]:
    """The corners of a small square, and of the parallelogram it is after each map in turn."""
    corners = CELL / 2 * np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
    passed = [corners]
    for jacobian in jacobians:
        passed.append(passed[-1] @ jacobian.T)
    return np.stack(passed)
