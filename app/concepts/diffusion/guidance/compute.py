r"""Guidance: lean on the class $\omega$ times, $\tilde s = (1 - \omega)\, s(x) + \omega\, s(x, y)$.

By Bayes' rule this is $s(x) + \omega \nabla \log p_t(y \mid x)$, the score of
$p_t(x)\, p_t(y \mid x)^\omega$. In the plane all of it is known exactly, so what is left between the
samples and $p(x)\, p(y \mid x)^\omega$ is no fault of a net.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from models.digits import ALPHA_BAR
from models.maths.guidance import Labelled, places
from models.maths.levels import Level, Path, even_in_rho
from models.maths.samplers import Ask, Eps, Sampler, ddpm, ode, race
from models.tape import Tape

from .digits import Digits, pictures
from .dropped import Dropped, lessons
from .probe import Probe, look
from .reading import Reading, floor, grounds, read, truth, world
from .state import (
    CLEAN,
    CLOUD,
    DRAWS,
    FREE,
    LAW,
    RUN,
    STD,
    Params,
    level,
    only,
    weight,
    weights,
)

Array = np.ndarray
OMEGAS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)  # of the sweep
FIELD = places(np.linspace(-3.6, 3.6, 13))  # where the class's pull is drawn
ROUNDS, STRIDE = 6, 0.4  # Langevin steps at a level, and their length in units of its variance


@dataclass(frozen=True)
class Plane:
    """One moment of guided sampling in the plane."""

    at: Level
    weight: float  # omega(t) in use
    weights: Float[Array, "1000 2"]  # t and omega(t), the same in every frame
    calls: int  # of model and classifier, so far
    x: Float[Array, "n 2"]
    trails: Float[Array, "24 levels 2"]
    posterior: Float[Array, "49 49"]  # p_t(y | x)
    own: Float[Array, "49 49"]  # log p_t(x | y) less its largest
    tilted: Float[Array, "49 49"]  # log p_t(x) p_t(y | x)^omega(t) less its largest
    pull: Float[Array, "169 2"]  # what is added to the unconditional score, on a grid
    probe: Probe
    reading: Reading
    floor: float  # sliced W2 of two perfect clouds
    sweep: Float[Array, "omegas 6"]  # a Reading for each of OMEGAS, as far as run
    exact: Float[Array, "n 2"]  # draws of p(x) p(y | x)^omega, the same in every frame


@dataclass(frozen=True)
class Frame:
    step: int
    params: Params
    shown: Plane | Digits | Dropped


def compute(p: Params) -> Iterator[Frame]:
    """Guided sampling in the plane or of digits, or a net that learns to do without its label."""
    subjects: dict[str, Callable[[Params], Iterator[Plane | Digits | Dropped]]]
    subjects = {"plane": plane, "digits": pictures, "null label": lessons}
    for step, shown in enumerate(subjects[p.subject](p)):
        yield Frame(step, p, shown)


# --- the guided score ----------------------------------------------------------------------------


def pull(p: Params, law: Labelled, x: Float[Array, "n 2"], at: Level, null: Array) -> Array:
    """The gradient of log p_t(y | x): the class's score less that of all, or by a classifier.

    (Ho and Salimans, 2022, eq. 6; arXiv:2207.12598; Dhariwal and Nichol, 2021, sec. 4;
    arXiv:2105.05233)
    """
    if p.by == FREE:
        return np.asarray(law.of(p.y).score(x, at.alpha, at.sigma) - null)
    if p.by == CLEAN:  # it has never seen noise and is asked about noisy points all the same
        return law.classifier_gradient(x, p.y)
    return law.classifier_gradient(x, p.y, at.alpha, at.sigma)


def answers(p: Params, law: Labelled) -> Eps:
    """The guided noise -sigma (s + omega(t) pull), as a sampler asks for it."""

    def eps(x: Array, t: Array) -> Array:
        at = level(float(t[0]))
        null = law.data.score(x[0], at.alpha, at.sigma)
        return -at.sigma * (null + weight(p, at.t) * pull(p, law, x[0], at, null))[None]

    return eps


def langevin(x: Array, levels: Path, rng: np.random.Generator) -> Sampler:
    """At each level ROUNDS steps of Langevin's dynamics in its law, then one of DDIM to the next.

    (Song et al., 2021, alg. 1; arXiv:2011.13456; for guidance Bradley and Nakkiran, 2024,
    alg. 1; arXiv:2408.09000)
    """
    for now, then in pairwise(levels):
        delta = STRIDE / 2 * ((now.alpha * STD) ** 2 + now.sigma**2)
        for _ in range(ROUNDS):
            score = -(yield Ask(x, now)) / now.sigma
            x = x + delta * score + np.sqrt(2 * delta) * rng.standard_normal(x.shape)
        eps = yield Ask(x, now)
        x = then.alpha * (x - now.sigma * eps) / now.alpha + then.sigma * eps
    yield Ask(x, levels[-1])


class Stand(NamedTuple):
    """Where the particles stand when the sampler leaves a level, and the calls made so far."""

    at: Level
    x: Float[Array, "n 2"]
    calls: int


@lru_cache(maxsize=64)
def run(p: Params) -> Tape[Stand]:
    """The particles from noise to data, level by level."""
    return Tape(walk(p))


def walk(p: Params) -> Iterator[Stand]:
    """A call is one score or one gradient of a classifier; where omega is 0 or 1 one may do."""
    rng, levels = np.random.default_rng([p.seed, 0]), even_in_rho(p.steps, ALPHA_BAR)
    x = rng.standard_normal((CLOUD, 2))
    sampler = {
        "ODE": lambda: ode(x, levels),
        "DDPM": lambda: ddpm(x, levels, rng),
        "Langevin": lambda: langevin(x, levels, rng),
    }[p.sampler]()
    moments = (now for (now,) in race([sampler], answers(p, world(p))))
    calls = asked = 0
    for at, stay in groupby(moments, lambda now: now.at):
        *_, last = stay
        alone = weight(p, at.t) in ((0, 1) if p.by == FREE else (0,))
        calls, asked = calls + (last.calls - asked) * (1 if alone else 2), last.calls
        yield Stand(at, last.x_t, calls)


# --- what is shown of it -------------------------------------------------------------------------


def plane(p: Params) -> Iterator[Plane]:
    """The run of this omega; beside it the sweep over OMEGAS, one more for each moment."""
    law, known, sweep = world(p), only(p, DRAWS, omega=p.omega), swept(p)
    trails: list[Array] = []
    for at, x, calls in run(only(p, RUN, omega=p.omega)):
        w = weight(p, at.t)
        trails.append(x[:24])
        shown = Plane(
            at,
            w,
            weights(p),
            calls,
            x,
            np.stack(trails, 1),
            *grounds(law, p.y, w, at),
            w * pull(p, law, FIELD, at, law.data.score(FIELD, at.alpha, at.sigma)),
            look(law, p.y, np.array(p.probe), at, w, p.form, p.by == CLEAN),
            read(known, x),
            floor(only(p, LAW)),
            next(sweep),
            truth(known).tilted,
        )
        yield shown
    while len(shown.sweep) < len(OMEGAS):
        shown = replace(shown, sweep=next(sweep))
        yield shown


def swept(p: Params) -> Iterator[Array]:
    """Readings of every omega run so far (k, 6), one more each time."""
    rows: list[Reading] = []
    for omega in OMEGAS:
        yield np.reshape(rows, (-1, len(Reading._fields)))
        rows.append(ended(only(p, RUN, omega=omega)))
    while True:
        yield np.array(rows)


@lru_cache(maxsize=512)  # the same while only omega changes
def ended(p: Params) -> Reading:
    """Where the samples of this omega end."""
    *_, (_, x, _) = run(p)
    return read(only(p, DRAWS, omega=p.omega), x)
