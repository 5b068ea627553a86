r"""One noise, many ways to data: $x_s = \alpha_s \hat x_0 + \sqrt{\sigma_s^2 - c^2}\, \hat\epsilon + c z$.

All ask one net for the noise $\hat\epsilon$ in $x_t = \alpha_t x_0 + \sigma_t \epsilon$; they differ in the new
noise $c z$ they add, in how often they look before a step, in what they keep of the step before, and
in where they stop on the way.
"""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from models.maths.lanes import Runner
from models.maths.predictions import score, velocity
from models.maths.samplers import Eps, Moment, race

from .digits import Pictures
from .frame import Digits, Frame, Lane, Params, Plane
from .plane import Particles
from .starts import ruler, schedule, starting

Array = np.ndarray
MOST = 100  # moments shown; of a longer race every second, third, … and the last


class Subject(Protocol):
    """What the samplers draw: it has the noise they start from, answers for the net, and looks on."""

    x_T: Array
    eps: Eps

    def watch(self, step: int, lanes: tuple[Lane, ...]) -> None: ...
    def shown(self) -> Digits | Plane: ...
    def rest(self) -> Iterator[Digits | Plane]: ...


def compute(p: Params) -> Iterator[Frame]:
    """Yield the race, call by call of the net, from noise to the samples."""
    alpha_bar = schedule(p)
    subject: Subject = (Pictures if p.subject == "digits" else Particles)(p, alpha_bar)
    runners = starting(p, subject.x_T, alpha_bar)
    last, drawn = max(len(one.asks) for one in runners), ruler(alpha_bar)
    for step, lanes in enumerate(walked(runners, subject.eps, p.view)):
        subject.watch(step, lanes)
        if step % -(-last // MOST) == 0 or step == last:
            yield Frame(step, p, lanes, drawn, subject.shown())
    for more in subject.rest():
        yield Frame(last, p, lanes, drawn, more)


def walked(runners: list[Runner], eps: Eps, view: str) -> Iterator[tuple[Lane, ...]]:
    """The moments of the race, each lane with its history."""
    sizes: list[list[float]] = [[] for _ in runners]
    answers: list[Array] = [np.empty(0) for _ in runners]
    for moments in race([one.sampler for one in runners], eps):
        for i, now in enumerate(moments):
            if len(sizes[i]) < now.calls:
                answers[i] = seen(now, view)
                sizes[i].append(float(np.sqrt(np.square(answers[i]).mean())))
            elif view == "x0":  # the race is run: the sample itself
                answers[i] = now.x_0
        yield tuple(
            Lane(one.name, now.at, now.x_t, now.x_0, answers[i], np.array(sizes[i]), one.asks)
            for i, (one, now) in enumerate(zip(runners, moments, strict=True))
        )


def seen(now: Moment, view: str) -> Array:
    """The net's answer as the noise, the clean data, the velocity or the score: all the same."""
    match view:
        case "eps":
            return now.eps
        case "v":
            return velocity(now.eps, now.x_0, now.at)
        case "score":
            return score(now.eps, now.at)
        case _:
            return now.x_0
