"""A training from its first step to its last, with an exam at every snapshot."""

from collections.abc import Iterator
from functools import lru_cache
from math import log
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from app.params import Point
from models.maths.denoiser import Told, train
from models.maths.distances import noise_floor
from models.maths.noising import Noising
from models.recipes import denoiser_8x8
from models.tape import Tape

from .exam import Exam
from .forward import noising_of
from .frame import Shown
from .sampling import by_graph, by_heart, by_nets, graph_error, ships
from .world import World, digits, plane

Array = np.ndarray
SHOTS = 100  # snapshots of a training


class Course(NamedTuple):
    """All that a training depends on."""

    subject: str
    data: str
    yours: tuple[Point, ...]
    schedule: str
    steps: int
    iterations: int
    loss: str
    blind: bool
    seed: int

    @property
    def world(self) -> World:
        return plane(self.data, self.yours, self.seed) if self.subject == "plane" else digits()

    @property
    def noising(self) -> Noising:
        return noising_of(self.schedule, self.steps)

    @property
    def told(self) -> Told:
        return (True, False) if self.blind else (True,)


class Report(NamedTuple):
    """A training at a snapshot: its nets, how they did, and samples from always the same noise."""

    step: int
    theta: Float[Array, "nets p"]
    loss: Float[Array, " nets"]  # mean since the snapshot before
    error: Float[Array, "nets T"]  # E|eps^ - best|² at each t
    samples: Float[Array, "nets n d"]
    distance: Float[Array, " nets"]  # of the samples to fresh data


class Taught(NamedTuple):
    """A training with its exam; the reports are made when they are first read."""

    exam: Exam
    shown: Shown
    reports: Tape[Report]


@lru_cache(maxsize=3)  # a training of two nets of digits keeps 80 MB of weights
def taught(course: Course) -> Taught:
    """A training; looking at it from elsewhere computes nothing of it again."""
    world, noising = course.world, course.noising
    rng = np.random.default_rng((course.seed, 3))
    exam = Exam.of(world, noising, rng)
    noise, new = (
        rng.standard_normal((world.particles, world.net.d)),
        world.new(world.particles, rng),
    )
    return Taught(
        exam, shown_of(course, exam, noise, new, rng), Tape(reports(course, exam, noise, new))
    )


def reports(
    course: Course, exam: Exam, noise: Float[Array, "n d"], new: Float[Array, "n d"]
) -> Iterator[Report]:
    """The training at its snapshots, close at first."""
    world, noising, told = course.world, course.noising, course.told
    shots = {round(course.iterations * (shot / SHOTS) ** 1.5) for shot in range(SHOTS + 1)}
    weight = noising.bound_weights()
    weights = weight / weight.mean() if course.loss == "bound" else None
    rng, losses = np.random.default_rng((course.seed, 2)), []
    for lesson in train(world.net, world.data, noising, rng, told, weights, rate=world.rate):
        losses.append(lesson.loss)
        if lesson.step in shots:
            samples = by_nets(lesson.theta, told, world, noising, noise)
            yield Report(
                step=lesson.step,
                theta=lesson.theta,
                loss=np.mean(losses, 0, dtype=float),
                error=exam.error(lesson.theta, told),
                samples=samples,
                distance=np.array([world.distance(cloud, new) for cloud in samples]),
            )
            losses = []
        if lesson.step == course.iterations:
            return


def shown_of(
    course: Course,
    exam: Exam,
    noise: Float[Array, "n d"],
    new: Float[Array, "n d"],
    rng: np.random.Generator,
) -> Shown:
    """What stands beside the nets: the data, a net without error, and the shipped graph."""
    world, noising = course.world, course.noising
    d, graph = world.net.d, ships(world, noising)
    return Shown(
        data=world.data.means,
        new=new,
        drawn=course.data == "yours",
        perfect=by_heart(world, noising, noise[: 10 if d > 2 else None]),
        graph=by_graph(world, noise[:10]) if graph else np.empty((0, d)),
        signal=float(noising.levels[0][-1]),
        floor=float(exam.floor.mean()) / d,
        untold=float((exam.floor + exam.untold).mean()) / d if course.blind else 0.0,
        distance_floor=noise_floor(world.distance, world.new, len(noise), rng),
        entropy=exam.entropy / log(2),
        graph_error=graph_error(exam) if graph else -1.0,
        read_floor=read(new) if d > 2 else 1.0,
    )


def read(samples: Float[Array, "n 64"]) -> float:
    """The share of digits, asked for in turn, whose nearest known digit has the class asked for."""
    return float((denoiser_8x8.read(samples) == np.arange(len(samples)) % 10).mean())
