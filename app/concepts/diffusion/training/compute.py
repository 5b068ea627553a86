r"""A net learns to name noise: $\min_\theta\, \mathbb E_{x_0, \epsilon, t}\, \|\epsilon - \epsilon_\theta(\sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon,\ t)\|^2$.

One step: take data $x_0$, a time $t$ and noise $\epsilon$; mix them; ask the net; go downhill. Beside it the
process that makes the noise (forward.py), and what a net could know at best (exam.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app import params
from models.maths.noising import SCHEDULES

from .course import Course, read, taught
from .forward import noised
from .frame import Noised, Trained
from .looking import curves_of, look

SIDE = (-2.8, 2.8)  # of the square in which data can be drawn
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


def compute(p: Params) -> Iterator[Trained | Noised]:
    """The forward process step by step, or a training snapshot by snapshot."""
    course = course_of(p)
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


def course_of(p: Params) -> Course:
    """What the training depends on; of the rest, the defaults."""
    course = Course(*(getattr(p, name) for name in Course._fields))
    if p.subject == "digits":
        course = course._replace(data=Params.data)
    return course if course.data == "yours" else course._replace(yours=Params.yours)
