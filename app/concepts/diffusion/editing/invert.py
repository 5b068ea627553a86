r"""From a picture back to its noise: the steps of DDIM the other way round, and down again.

$x_{t} = \alpha_t \hat x_0 + \sigma_t\, \epsilon_\theta(x_s, t)$ with $s < t$: the noise should be asked of $x_t$,
which is not known yet, and is asked of $x_s$. That is Euler's rule on an ODE, so that the way back misses
by less the more steps there are. (Song, Meng and Ermon, 2021, sec. 4.3; arXiv:2010.02502)
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, repeat

import numpy as np
from jaxtyping import Float

from models.digits import ALPHA_BAR
from models.maths.levels import Path, even_in_t
from models.maths.samplers import Ask, Moment, Sampler, clean, ddim, race

from .frame import Inverted
from .nets import of_class, of_classes, read

Array = np.ndarray
OTHERS = (5, 10, 20, 40)  # steps of other round trips, for the curve
PAUSE = 4  # their calls between two frames


def there_and_back(x: Array, levels: Path) -> Sampler:
    """A picture's way to the noise by DDIM's steps in reverse, and from there to a picture."""
    before = levels[-1]
    for at in reversed(levels[:-1]):
        eps = yield Ask(x, at)
        x = at.alpha * clean(x, eps, before) + at.sigma * eps
        before = at
    yield from ddim(x, levels, np.random.default_rng(0))  # eta is 0: no chance is asked for


def run(
    drawn: Float[Array, "32 32"], labels: tuple[int, int], omega: float, levels: Path
) -> Iterator[tuple[float, Inverted]]:
    """The drawing to its noise, and back as its digit, as its digit with guidance, as another.

    Guidance is for the way back alone, as it is used: both ways at once would undo each other.
    """
    up, noises = len(levels) - 1, np.zeros((3, 3))
    answers = chain(
        repeat(of_classes((labels[0],) * 3), up),
        repeat(of_classes((labels[0], *labels), (1.0, omega, omega))),
    )
    lanes_of = [there_and_back(drawn, levels) for _ in range(3)]
    for call, lanes in enumerate(race(lanes_of, lambda x, t: next(answers)(x, t))):
        if call <= up:
            noises = np.array([statistics(lane.x_t) for lane in lanes])
        shown = look(drawn, lanes, call < up, noises)
        yield lanes[0].at.t, shown
    trips = [there_and_back(drawn, even_in_t(n, ALPHA_BAR)) for n in OTHERS]
    for call, lanes in enumerate(race(trips, of_class(labels[0], clip=False))):
        through = [i for i, lane in enumerate(lanes) if lane.at.sigma == 0]
        if call % PAUSE == 0 or len(through) == len(OTHERS):
            errors = np.array([rms(lanes[i].x_0 - drawn) for i in through])
            steps = np.array([OTHERS[i] for i in through], float)
            yield -1.0, replace(shown, steps=steps, errors=errors)


def look(
    drawn: Float[Array, "32 32"], lanes: tuple[Moment, ...], rising: bool, noises: Array
) -> Inverted:
    """What is seen of the three ways at one moment."""
    x_0 = np.stack([lane.x_0 for lane in lanes])
    return Inverted(
        now=np.stack([[drawn, lane.x_t, lane.x_0, lane.x_0 - drawn] for lane in lanes]),
        read=read(np.concatenate([drawn[None], x_0])),
        rising=rising,
        error=np.array([rms(x - drawn) for x in x_0]),
        noise=noises,
        steps=np.empty(0),
        errors=np.empty(0),
    )


def statistics(x: Float[Array, "32 32"]) -> Float[Array, " 3"]:
    """Mean, variance, and correlation of neighbours: 0, 1 and 0 in white noise."""
    beside = np.mean([(x[1:] * x[:-1]).mean(), (x[:, 1:] * x[:, :-1]).mean()])
    return np.array([x.mean(), x.var(), beside / np.square(x).mean()])


def rms(x: Array) -> float:
    """The root of the mean square."""
    return float(np.sqrt(np.square(x).mean()))
