r"""A net learns to name noise: $\min_\theta\, \mathbb E_{x_0, \epsilon, t}\, \|\epsilon - \epsilon_\theta(\sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon,\ t)\|^2$.

One step: take data $x_0$, a time $t$ and noise $\epsilon$; mix them; ask the net; go downhill. Beside it the
process that makes the noise (forward.py), and what a net could know at best (exam.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from app import params
from models.maths.denoiser import Told, train
from models.maths.distances import noise_floor
from models.maths.noising import SCHEDULES, Noising
from models.recipes import denoiser_8x8
from models.tape import Tape

from .exam import Exam
from .forward import noised, noising_of
from .frame import Noised, Shown, Trained
from .looking import curves_of, look
from .sampling import by_graph, by_heart, by_nets, graph_error, ships
from .world import World, digits, plane

Array = np.ndarray
SIDE = (-2.8, 2.8)  # of the square in which data can be drawn
SHOTS = 100  # snapshots of a training
A = np.linspace(0.3, 4.4, 9)
# The letter S: a bow, and the same turned by half a circle.
BOW = np.stack([np.cos(A), 0.7 + 0.7 * np.sin(A)], -1).round(2)
LETTER = tuple((float(x), float(y)) for x, y in np.concatenate([BOW, -BOW[::-1]]))


@dataclass(frozen=True)
class Params(params.Params):
    show: str = params.choice("training", "noising", label="Show")
    subject: str = params.choice("plane", "digits", label="Subject")
    data: str = params.choice("ring", "moons", "spiral", "yours", label="Data", subject="plane")
    yours: tuple[params.Point, ...] = params.points(
        LETTER, "Your points", count=(1, 60), x=SIDE, y=SIDE, subject="plane", data="yours"
    )
    schedule: str = params.choice(*SCHEDULES, label="Schedule")
    steps: int = params.slider(1000, 40, 1000, 10, "Steps T", log=True)
    iterations: int = params.slider(2000, 0, 6000, 200, "Iterations", show="training")
    loss: str = params.choice("simple", "bound", label="Loss", show="training")
    blind: bool = params.toggle(False, "Net without t", show="training")
    level: float = params.slider(0.15, 0.0, 1.0, 0.01, "Noise level t / T", show="training")
    against: str = params.choice("loss", "bits", "score", label="By t", show="training")
    variance: str = params.choice("β", "β̃", label="Variance", show="training", against="bits")
    probe: tuple[params.Point, ...] = params.points(
        ((0.5, 0.3),), "Probe", count=(1, 1), x=SIDE, y=SIDE, subject="plane", show="training"
    )
    seed: int = params.seed()


class Course(NamedTuple):
    """All that a training depends on."""

    subject: str
    data: str
    yours: tuple[params.Point, ...]
    schedule: str
    steps: int
    iterations: int
    loss: str
    blind: bool
    seed: int

    @classmethod
    def of(cls, p: Params) -> "Course":
        """Of these parameters; those that do not matter are left at their defaults."""
        course = cls(*(getattr(p, name) for name in cls._fields))
        if p.subject == "digits":
            course = course._replace(data=Params.data)
        return course if course.data == "yours" else course._replace(yours=Params.yours)

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


def compute(p: Params) -> Iterator[Trained | Noised]:
    """The forward process step by step, or a training snapshot by snapshot."""
    course = Course.of(p)
    if p.show == "noising":
        yield from noised(course.world, p.schedule, p.steps, p.seed)
        return
    exam, shown, reports = taught(course)
    t, posterior, past = max(1, round(p.level * p.steps)), p.variance == "β̃", []
    for report in reports:
        error = report.error.mean(-1) / exam.world.net.d
        past.append([report.step, *report.loss, *error, *report.distance])
        yield Trained(
            shown=shown,
            step=report.step,
            last=p.iterations,
            steps=p.steps,
            against=p.against,
            past=np.array(past, float),
            samples=report.samples,
            bits=exam.above(report.error, posterior),
            best_bits=float(exam.above(np.zeros_like(exam.floor), posterior)),
            read=read(report.samples[0]) if p.subject == "digits" else 1.0,
            curves=curves_of(exam, report.error, course.told, p.against, posterior),
            look=look(exam, report.theta, course.told, t, p.probe[0], p.seed),
        )


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
