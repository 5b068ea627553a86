r"""One net for two answers: in training the label is hidden now and then, $y \to \varnothing$ with probability $p$.

$\min_\theta\, \mathbb E\, \|\epsilon_\theta(x_t, t, y') - \epsilon\|^2$, with $y' = \varnothing$ for a share
$p$ of the pairs and $y' = y$ for the others (Ho and Salimans, 2022, alg. 1; arXiv:2207.12598).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from models.digits import ALPHA_BAR
from models.maths.distances import sliced_w2
from models.maths.guidance import Labelled, guided, places
from models.maths.levels import Level, even_in_rho
from models.maths.mlp import MLP, Moments, adam
from models.maths.samplers import ode, race
from models.maths.schedules import between
from models.tape import Tape

from .reading import world
from .state import CLASSES, LAST, Params, level, only, weight, weights

Array = np.ndarray
NULL = len(CLASSES)  # the label that stands for none
NET = MLP((2 + 1 + NULL + 1, 64, 64, 64, 2), "silu")  # place, time, label -> noise
BATCH, RATE, SHOTS = 256, 0.01, 45
TESTED, CLOUD, STEPS = 1000, 400, 8  # draws that errors are measured on; particles; Heun steps
GRID = np.linspace(-2.7, 2.7, 12)
TRAINED = ("means", "seed", "drop", "iterations")  # what a training depends on
Answer = Callable[[Array, Level, int], Array]  # places, level, label -> the noise there


@dataclass(frozen=True)
class Dropped:
    """A moment of the training: what the net says with and without a label, and where that leads."""

    iteration: int
    at: Level
    weight: float  # omega(t) there
    weights: Float[Array, "1000 2"]  # t and omega(t), the same in every frame
    grid: Float[Array, "g 2"]
    null: Float[Array, "g 2"]  # -noise, the way towards data: the net's answer without label
    cond: Float[Array, "g 2"]  # and with it
    null_exact: Float[Array, "g 2"]
    cond_exact: Float[Array, "g 2"]
    crowded: Float[Array, " g"]  # p_t there over its largest value
    x: Float[Array, "n 2"]  # samples guided by the net
    x_exact: Float[Array, "n 2"]  # from the same noise, guided by the exact answers
    past: Float[Array, "k 4"]  # iteration, rms errors without and with label, distance of x


def seen(x: Float[Array, "n 2"], t: float | Array, label: Array) -> Float[Array, "n 7"]:
    """What the net is shown: place, time, and the label as one number in four that is 1."""
    time = np.broadcast_to(4 * t / LAST - 2, len(x))
    return np.column_stack([x, time, np.eye(NULL + 1)[label]]).astype(np.float32)


def noised(
    law: Labelled, n: int, rng: np.random.Generator
) -> tuple[Float[Array, "n 2"], Float[Array, " n"], Int[Array, " n"], Float[Array, "n 2"]]:
    """n noisy points, their times and labels, and the noise in them."""
    k = rng.choice(len(law.labels), n, p=law.data.shares)
    x_0 = law.data.means[k] + law.data.std * rng.standard_normal((n, 2))
    t, eps = rng.uniform(0, LAST, n), rng.standard_normal((n, 2))
    a = between(ALPHA_BAR, t)[:, None]
    return np.sqrt(a) * x_0 + np.sqrt(1 - a) * eps, t, law.labels[k], eps


def train(law: Labelled, drop: float, seed: int) -> Iterator[Float[Array, " p"]]:
    """The averaged weights before the first step and after each, for ever."""
    rng, hide = np.random.default_rng([seed, 3]), np.random.default_rng([seed, 4])
    theta = NET.init(rng)
    mean, moments, step = theta.copy(), Moments.like(theta), 0
    while True:
        yield mean
        x_t, t, y, eps = noised(law, BATCH, rng)
        label = np.where(hide.random(BATCH) < drop, NULL, y)
        trace = NET.forward(theta, seen(x_t, t, label))
        grad, _ = NET.backward(theta, trace, 2 / BATCH * (trace.y - eps.astype(np.float32)))
        theta, moments = adam(theta, grad, moments, RATE / np.sqrt(1 + step / 300))
        step += 1
        mean = mean + max(0.01, 1 / (1 + 0.2 * step)) * (theta - mean)


@lru_cache(maxsize=8)
def snapshots(p: Params) -> Tape[tuple[int, Array]]:
    """The weights at some iterations, close at first."""

    def shots() -> Iterator[tuple[int, Array]]:
        due = {round(p.iterations * (shot / SHOTS) ** 1.5) for shot in range(SHOTS + 1)}
        for step, theta in enumerate(train(world(p), p.drop, p.seed)):
            if step in due:
                yield step, theta
            if step == p.iterations:
                return

    return Tape(shots())


def lessons(p: Params) -> Iterator[Dropped]:
    """What the net has learned, snapshot by snapshot, beside what there was to learn."""
    law, at, grid = world(p), level(float(p.time)), places(GRID)
    known, test = exact(law), draws(law, p.seed)
    null_exact, cond_exact = (-known(grid, at, label) for label in (NULL, p.y))
    log_p, goal = law.data.log_prob(grid, at.alpha, at.sigma), carried(p, known)
    past: list[tuple[float, ...]] = []
    for iteration, theta in snapshots(only(p, TRAINED)):
        net = learned(theta)
        x = carried(p, net)
        past.append((iteration, *errors(theta, test), sliced_w2(x, goal)))
        yield Dropped(
            iteration,
            at,
            weight(p, at.t),
            weights(p),
            grid,
            -net(grid, at, NULL),
            -net(grid, at, p.y),
            null_exact,
            cond_exact,
            np.exp(log_p - log_p.max()),
            x,
            goal,
            np.array(past),
        )


# --- who answers ---------------------------------------------------------------------------------


def exact(law: Labelled) -> Answer:
    """The true noise E[eps | x_t] of all classes, or of one."""

    def noise(x: Array, at: Level, label: int) -> Array:
        data = law.data if label == NULL else law.of(label)
        return -at.sigma * data.score(x, at.alpha, at.sigma)

    return noise


def learned(theta: Float[Array, " p"]) -> Answer:
    """What a net with these weights answers."""
    return lambda x, at, label: NET(theta, seen(x, at.t, np.full(len(x), label))).astype(float)


def carried(p: Params, answer: Answer) -> Float[Array, "n 2"]:
    """Samples along the guided ODE by Heun's rule, always from the same noise."""

    def eps(x: Array, t: Array) -> Array:
        at = level(float(t[0]))
        null, cond = (answer(x[0], at, label) for label in (NULL, p.y))
        return guided(null, cond, weight(p, at.t))[None]

    noise = np.random.default_rng([p.seed, 5]).standard_normal((CLOUD, 2))
    *_, (end,) = race([ode(noise, even_in_rho(STEPS, ALPHA_BAR))], eps)
    return end.x_0


class Draws(NamedTuple):
    """Noisy points of all classes, with what a perfect net would answer without and with label."""

    shown: tuple[Array, Array]  # to the net: without label, with it
    right: tuple[Array, Array]


def draws(law: Labelled, seed: int) -> Draws:
    """Fresh points, the same for every snapshot."""
    x, t, y, _ = noised(law, TESTED, np.random.default_rng([seed, 6]))
    a = between(ALPHA_BAR, t)
    alpha, sigma = np.sqrt(a), np.sqrt(1 - a)
    null = -sigma[:, None] * law.data.score(x, alpha, sigma)
    cond = np.empty_like(null)
    for label in range(NULL):
        own = y == label
        score = law.of(label).score(x[own], alpha[own], sigma[own])
        cond[own] = -sigma[own, None] * score
    return Draws((seen(x, t, np.full(TESTED, NULL)), seen(x, t, y)), (null, cond))


def errors(theta: Float[Array, " p"], test: Draws) -> tuple[float, float]:
    """Root mean square of the wrong noise, without and with label."""
    null, cond = (
        float(np.sqrt(np.square(NET(theta, shown) - right).sum(-1).mean()))
        for shown, right in zip(test.shown, test.right, strict=True)
    )
    return null, cond
