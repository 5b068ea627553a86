"""A net that learns the score, watched: its arrows, its two losses, and where it knows nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from models.maths.mixtures import Mixture
from models.tape import Tape

from .matching import Step, divergence, learned, train
from .world import Params, grid, mixture_of, rms

Array = np.ndarray
SHOTS = 40
DRAWS = 1024  # points, each with a noise and its opposite
EMPTY = 1e-3  # of p_sigma: below, hardly a training point comes by
SIDE = 48  # of the map of errors


@dataclass(frozen=True)
class Taught:
    """One snapshot of a training, looked at on one noise level."""

    params: Params
    step: int
    at: Float[Array, "g 2"]
    arrows: Float[Array, "g 2"]
    exact: Float[Array, "g 2"]
    data: Float[Array, "n 2"]  # noisy draws, as the net is shown them
    error: Float[Array, "h w"]  # sigma |s_theta - s| over the window
    full: float  # the same, rms under p_sigma
    empty: float  # the same, rms over the empty part of the window
    history: Float[Array, "f 4"]  # step; sigma² times: denoising loss, its excess, Hyvärinen's + d
    loss: float  # E|s_theta + eps / sigma|²
    hyvarinen: float  # E[|s_theta|² + 2 div s_theta]
    fisher: float  # J = E|s|²
    levels: Float[Array, "l 4"]  # sigma, floors of the score's and the noise's loss, error at sigma


@dataclass(frozen=True)
class Exam:
    """What every snapshot of a training is asked: fixed draws at one level and at many."""

    x: Float[Array, "n 2"]
    eps: Float[Array, "n 2"]
    s: Float[Array, "n 2"]  # exact
    many: tuple[tuple[float, Array, Array], ...]  # sigma, draws, their scores
    floors: Float[Array, "l 3"]  # sigma, and the floors of the two losses

    @classmethod
    def at(cls, data: Mixture, sigma: float, rng: np.random.Generator) -> "Exam":
        x, eps, s = draws(data, sigma, DRAWS, rng)
        many = []
        for level in np.geomspace(0.05, 5, 14):
            there, _, score = draws(data, float(level), 256, rng)
            many.append((float(level), there, score))
        floors = [(level, *floor(score, level)) for level, _, score in many]
        return cls(x, eps, s, tuple(many), np.array(floors))


def draws(
    data: Mixture, sigma: float, n: int, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """2n noisy points, their noises of mean square exactly 1, and their scores."""
    clean, eps = data.sample(n, rng), rng.standard_normal((n, 2))
    eps /= np.sqrt(np.square(eps).mean())
    eps = np.concatenate([eps, -eps])  # a noise and its opposite: odd errors cancel
    x = np.concatenate([clean, clean]) + sigma * eps
    return x, eps, data.score(x, 1.0, sigma)


def floor(s: Float[Array, "n 2"], sigma: float) -> tuple[float, float]:
    """What no net goes below: d / sigma² - J of the score's loss, sigma² times that of the noise's."""
    least = 2 / sigma**2 - rms(s) ** 2
    return least, sigma**2 * least


def lessons(p: Params) -> Iterator[Taught]:
    """The training at its snapshots, close at first."""
    data, sigma = mixture_of(p), p.sigma
    rng = np.random.default_rng((p.seed, 4))
    exam, at, map_ = Exam.at(data, sigma, rng), grid(21), grid(SIDE)
    right, right_map = data.score(at, 1.0, sigma), data.score(map_, 1.0, sigma)
    bare = np.exp(data.log_prob(map_, 1.0, sigma)) < EMPTY
    history: list[tuple[float, float, float, float]] = []
    for step in shots(course_of(p)):
        score = learned(step.theta, p, data)
        mine = score(exam.x, np.full(len(exam.x), sigma))
        excess = rms(mine - exam.s) ** 2
        loss = rms(mine + exam.eps / sigma) ** 2
        slopes = divergence(step.theta, p, data, exam.x, np.full(len(exam.x), sigma))
        hyvarinen = rms(mine) ** 2 + 2 * float(slopes.mean())
        history.append((step.at, *(sigma**2 * np.array([loss, excess, hyvarinen]) + [0, 0, 2])))
        error = score(map_, np.full(len(map_), sigma)) - right_map
        yield Taught(
            params=p,
            step=step.at,
            at=at,
            arrows=score(at, np.full(len(at), sigma)),
            exact=right,
            data=exam.x[:300],
            error=sigma * np.linalg.norm(error, axis=-1).reshape(SIDE, SIDE),
            full=sigma * float(np.sqrt(excess)),
            empty=sigma * rms(error[bare]) if bare.any() else 0.0,
            history=np.array(history),
            loss=loss,
            hyvarinen=hyvarinen,
            fisher=rms(exam.s) ** 2,
            levels=np.column_stack([exam.floors, errors(step, p, data, exam)]),
        )


def errors(step: Step, p: Params, data: Mixture, exam: Exam) -> Float[Array, " l"]:
    """sigma² E|s_theta - s|² at each of many levels: the error in the noise."""
    score = learned(step.theta, p, data)
    found = [(level * rms(score(x, np.full(len(x), level)) - s)) ** 2 for level, x, s in exam.many]
    return np.array(found)


def course_of(p: Params) -> Params:
    """The same, less all that a training does not depend on."""
    keep = ["centres", "share", "narrow", "wide", "ladder", "bend", "high", "low", "levels"]
    keep += ["gives", "iterations", "seed"]
    return Params(view="learning", **{name: getattr(p, name) for name in keep})


@lru_cache(maxsize=12)
def shots(course: Params) -> Tape[Step]:
    """A training at its snapshots."""
    wanted = {round(course.iterations * (shot / SHOTS) ** 2) for shot in range(SHOTS + 1)}

    def taught() -> Iterator[Step]:
        rng = np.random.default_rng((course.seed, 3))
        for step in train(course, mixture_of(course), rng):
            if step.at in wanted:
                yield step
            if step.at == course.iterations:
                return

    return Tape(taught())


def last_theta(p: Params) -> Float[Array, " p"]:
    """The weights at the end of the training."""
    return list(shots(course_of(p)))[-1].theta
