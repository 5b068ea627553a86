r"""A net as the field, taught live by the likelihood of what it carries to the data, or by flow matching.

$\dot x = u_\theta(x, t)$ from $\mathcal N(0, I)$ at $t = 0$; the loss is $-\mathbb E \log p_1(x_1)$ with
$\log p_1(x_1) = \log \mathcal N(x_0) - \int_0^1 \nabla \cdot u_\theta\, dt$, derived through every step of the solver.
(Chen et al., 2018; arXiv:1806.07366; Grathwohl et al., 2019; arXiv:1810.01367)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from models.maths import cnf
from models.maths.distances import sliced_w2, sliced_w2_floor
from models.maths.mixtures import Mixture
from models.maths.mlp import Moments, adam
from models.maths.pde import Grid
from models.tape import Tape

from .ways import WAY, adaptively, along, ends, single
from .world import Params

Array = np.ndarray
MAP = Grid(-4.2, 4.2, 36)
WIDTH = 0.4  # of a cluster
BATCH, STEPS = 256, 4  # examples, and steps of the solver, an iteration
DRAWS = 600  # on which likelihoods are compared
WALKERS = 300  # samples that are shown


class Shot(NamedTuple):
    """The weights after so many iterations, averaged, and calls of the net an example so far."""

    step: int
    theta: Float[Array, " p"]
    calls: int


@dataclass(frozen=True)
class Snapshot:
    """What the net does after some iterations."""

    step: int
    theta: Float[Array, " p"]
    data: Float[Array, "n 2"]
    samples: Float[Array, "n 2"]  # carried, or walked, from noise to the time shown
    apart: float  # sliced W2 of the samples to as many data
    perfect: float  # what perfect samples would read
    density: Float[Array, "h w"]  # at that time
    target: Float[Array, "h w"]  # the data's, exactly
    at: Float[Array, "g 2"]
    arrows: Float[Array, "g 2"]
    history: Float[Array, "s 2"]  # iterations; -E log p_1, in nats
    floor: float  # -E log of the data's own density, over the same draws
    mass: float  # of the density over the map
    calls: int  # of the net, an example, in the training so far


@dataclass(frozen=True)
class Learned:
    """A snapshot, and the way to the point that is looked at."""

    params: Params
    shot: Snapshot
    way: Float[Array, "1 k 2"]  # from noise to the point
    t: Float[Array, " k"]
    told: Float[Array, " k"]  # log p_t along it, by the exact divergence
    miss: Float[Array, " k"]  # by how much one draw of signs misses that, either way
    stops: Float[Array, "m 2"]  # of an adaptive solver on that way
    asked: int  # its calls of the net
    astray: float  # how far from the point it ends
    truth: float  # log of the data's density at the point


def clusters_of(p: Params) -> Mixture:
    return Mixture(np.array(p.clusters), WIDTH)


def net(p: Params) -> Iterator[Learned]:
    """The training, snapshot by snapshot, and one way at each."""
    point = np.array(p.aim)
    truth = float(clusters_of(p).log_prob(point)[0])
    for shot in kept(replace(p, aim=Params.aim, tolerance=Params.tolerance)):
        way, told, miss = along(shot.theta, point)
        stops, asked = adaptively(shot.theta, way[:1], p.tolerance)
        yield Learned(
            params=p,
            shot=shot,
            way=way[None],
            t=np.linspace(0, 1, WAY + 1),
            told=told,
            miss=miss,
            stops=stops,
            asked=asked,
            astray=float(np.linalg.norm(stops[-1] - point[0])),
            truth=truth,
        )


@lru_cache(maxsize=8)
def kept(p: Params) -> Tape[Snapshot]:
    """The snapshots without the point: dragging it computes none of them again."""
    return Tape(snapshots(p))


def snapshots(p: Params) -> Iterator[Snapshot]:
    data, rng = clusters_of(p), np.random.default_rng((p.seed, 5))
    draws, noise = data.sample(DRAWS, rng), single(rng.standard_normal((WALKERS, 2)))
    perfect = sliced_w2_floor(data.sample, WALKERS, rng)
    floor = -float(data.log_prob(draws).mean())
    line = np.linspace(-3, 3, 13)
    at = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    target = np.exp(data.log_prob(MAP.centres)).reshape(MAP.cells, MAP.cells)
    history: list[tuple[float, float]] = []
    for step, theta, calls in lessons(p.taught, p.clusters, p.seed):
        history.append((step, -float(cnf.log_prob(theta, single(draws)).mean())))
        density = np.exp(cnf.log_prob(theta, single(MAP.centres), p.time).astype(float))
        samples = ends(theta, noise, p)
        yield Snapshot(
            step=step,
            theta=theta,
            data=draws[:WALKERS],
            samples=samples,
            apart=sliced_w2(samples, draws[:WALKERS]),
            perfect=perfect,
            density=density.reshape(MAP.cells, MAP.cells),
            target=target,
            at=at,
            arrows=cnf.call(theta, single(at), p.time).u.astype(float),
            history=np.array(history),
            floor=floor,
            mass=float(density.sum() * MAP.width**2),
            calls=calls,
        )
        if step >= p.iterations:
            return


@lru_cache(maxsize=8)
def lessons(taught: str, clusters: tuple[tuple[float, float], ...], seed: int) -> Tape[Shot]:
    """A training, kept for all that look at it."""
    return Tape(training(taught, Mixture(np.array(clusters), WIDTH), seed))


def training(taught: str, data: Mixture, seed: int) -> Iterator[Shot]:
    """Batch by batch for ever; what is shown is a running mean of the weights."""
    rng = np.random.default_rng((seed, 6))
    theta = cnf.NET.init(rng)
    mean, moments, step = theta.copy(), Moments.like(theta), 0
    by_likelihood = taught == "likelihood"
    cost = 2 * len(cnf.RULE.ahead) * STEPS if by_likelihood else 2
    while True:
        if step in (1, 2, 3) or step % (5 if by_likelihood else 10) == 0:
            yield Shot(step, mean, cost * step)
        x = single(data.sample(BATCH, rng))
        grad = (
            cnf.likelihood(theta, x, STEPS)[1] if by_likelihood else cnf.matching(theta, x, rng)[1]
        )
        theta, moments = adam(theta, grad, moments, 0.02 / np.sqrt(1 + step / 100))
        step += 1
        mean = mean + max(0.02, 1 / (1 + 0.2 * step)) * (theta - mean)
