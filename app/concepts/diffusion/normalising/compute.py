r"""Layers that can be undone, from data to a Gaussian:
$\log p_\theta(x) = \log \mathcal N(f_\theta(x); 0, I) + \sum_k \log|\det \partial f_k|$, trained by
$\max_\theta \frac1N \sum_i \log p_\theta(x_i)$.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice

import numpy as np

from models.maths.autoregressive import Autoregressive
from models.maths.coupling import Coupling, Layer, Mixing
from models.maths.normalising import Flow, Lesson, train
from models.maths.rising import RISING
from models.tape import Tape

from . import bent
from .frame import EVERY, LAST, Frame, Params, Reading
from .walk import taught, walk
from .world import CELLS, CENTRES, SHOWN, World, net, world

Array = np.ndarray
BACK = 100  # points sent there and back in double precision
SOON = 2500  # layers times iterations of affine coupling: about a second
COSTS = {"additive": 1.0, "affine": 1.0, "mixture": 2.0}


def compute(p: Params) -> Iterator[Frame | bent.Frame]:
    """A walk through the layers of a trained flow, its training, or one number bent."""
    return (frame for _, frame in around(p, 0))


def around(p: Params, first: int) -> Iterator[tuple[int, Frame | bent.Frame]]:
    """The frames with their numbers: from the one that is looked at on, then those before it."""
    if p.watch == "one number":
        bumps = bent.two_bumps(p.apart, p.left, p.right, p.share)
        truth = bumps if p.line == "exact CDF" else None
        yield from enumerate(bent.walk(truth, p.knots, p.place, p.seed))
        return
    course, shots = course_of(p), p.iterations // EVERY + 1
    tape = training(course)
    if p.watch == "training":
        yield from ((i, replace(frame, params=p)) for i, frame in enumerate(islice(tape, shots)))
        return
    before = shots - 1 if slow(p) else 0  # layers that take long to teach are watched meanwhile
    if len(tape.items) >= before and first >= before:
        yield from walked(p, before, first - before)
        yield from watched(p, before)
    else:
        yield from watched(p, before)
        yield from walked(p, before, 0)


def slow(p: Params) -> bool:
    """Whether the training takes longer than anyone waits without seeing something."""
    cost = COSTS[p.rising] + 0.5 * p.mixing
    return p.iterations * p.layers * cost * (1.5 if p.structure == "autoregressive" else 1) > SOON


def watched(p: Params, shots: int) -> Iterator[tuple[int, Frame]]:
    """All layers at once, at the first so many snapshots of their training."""
    for number, frame in enumerate(islice(training(course_of(p)), shots)):
        yield number, taught(p, frame, number)


def walked(p: Params, before: int, first: int) -> Iterator[tuple[int, Frame]]:
    """The walk through the trained layers from a frame on, then what is before that."""
    now = reading(course_of(p), p.iterations // EVERY + 1)
    frames = [(f.step, f) for f in walk(p, world_of(p), flow_of(p), now, before)]
    first = min(first, len(frames) - 1)
    yield from frames[first:] + frames[:first]


def flow_of(p: Params) -> Flow:
    """K layers; the coordinate that is read changes from layer to layer, or W mixes them anew."""
    first, rising = ("x₁", "x₂").index(p.first), RISING[p.rising]
    layers: list[Layer] = []
    for k in range(p.layers):
        read = first if p.mixing else (first + k) % 2
        if p.mixing:
            layers.append(Mixing())
        if p.structure == "coupling":
            layers.append(Coupling((read,), (1 - read,), rising))
        else:
            layers.append(Autoregressive((read, 1 - read), rising))
    return Flow(tuple(layers))


def world_of(p: Params) -> World:
    """What is to be learned."""
    return world(p.data, p.clusters, p.seed)


def course_of(p: Params) -> Params:
    """The same, less all that a training does not depend on."""
    keep = ["data", "structure", "rising", "mixing", "first", "layers", "seed"]
    keep += ["clusters"] * (p.data == "yours")
    return Params(**{name: getattr(p, name) for name in keep})


@lru_cache(maxsize=12)
def lessons(course: Params) -> Tape[Lesson]:
    """A training, snapshot by snapshot, as far as anyone has asked; losses are means since the last."""

    def taught() -> Iterator[Lesson]:
        losses: list[float] = []
        draw = world_of(course).truth.sample
        for lesson in train(flow_of(course), draw, np.random.default_rng((course.seed, 3))):
            losses.append(lesson.loss)
            if lesson.step % EVERY == 0:
                yield lesson._replace(loss=float(np.mean(losses)))
                losses = []
            if lesson.step == LAST:
                return

    return Tape(taught())


@lru_cache(maxsize=6)
def training(course: Params) -> Tape[Frame]:
    """The same, with what the flow says of the world at each snapshot."""

    def frames() -> Iterator[Frame]:
        past: list[tuple[float, float, float, float]] = []
        here, flow = world_of(course), flow_of(course)
        for lesson in lessons(course):
            now = read(course, lesson)
            past.append((lesson.step, lesson.loss, now.nll, now.kl))
            yield Frame(course, here, flow, now, np.array(past), step=lesson.step)

    return Tape(frames())


@lru_cache(maxsize=12)
def reading(course: Params, shots: int) -> Reading:
    """What the flow says of the world at the last of so many snapshots: a point dragged costs none of it."""
    *_, lesson = islice(lessons(course), shots)
    return read(course, lesson)


def read(p: Params, lesson: Lesson) -> Reading:
    """Density, latents, samples and likelihood under the weights of a snapshot."""
    here, flow, theta = world_of(p), flow_of(p), lesson.theta
    noise = np.random.default_rng((p.seed, 4)).standard_normal((SHOWN, 2))
    grid = net(13, 41)
    data, test, centres, z = (
        part.astype(np.float32)
        for part in (here.data, here.test, CENTRES, np.append(noise, grid.reshape(-1, 2), 0))
    )
    samples, bent_net = np.split(flow.sample(theta, z), [SHOWN])
    steps, log_p = flow.forward(theta, data), flow.log_prob(theta, test)
    gain = here.log_p - log_p
    some, exact = here.data[:BACK], theta.astype(float)
    back = flow.sample(exact, flow.forward(exact, some)[-1].z)
    return Reading(
        step=lesson.step,
        theta=theta,
        density=np.exp(flow.log_prob(theta, centres)).reshape(CELLS, CELLS),
        latents=steps[-1].z,
        samples=samples,
        net=bent_net.reshape(grid.shape),
        log_dets=np.array([step.log_det.mean() for step in steps]),
        nll=-float(log_p.mean()),
        kl=float(gain.mean()),
        spread=float(gain.std() / np.sqrt(len(gain))),
        back=float(np.abs(back - some).max()),
    )
