r"""What a call buys: one noise, one field, and the error of each solver by how often it asks.

$\text{error} = \sqrt{\mathbb E\,\|\hat x_1 - x_1\|^2} \propto \text{calls}^{-\text{order}}$ once the
steps are shorter than what they have to resolve.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from jaxtyping import Float

from models.maths.adaptive import Walkers, adaptive
from models.maths.integrators import RULES, Velocity, evenly, solve, straightness, ticked

from .world import TICKS, Params, rms

Array = np.ndarray
TRIED = (1, 2, 4, 8, 16, 32, 64, 128, 256)  # calls, as near as a rule comes to them from below
TOLERANCES = (0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-5)
EACH = 2  # trials a frame
WATCHED = 8  # particles whose steps are shown


@dataclass(frozen=True)
class Solved:
    """What the solver costs and how far it misses, and what all others do."""

    calls: float  # of the field, a particle, for the whole way
    error: float  # rms distance from where the solver ends to where the true way ends
    straightness: float  # of the true ways: 1 if straight at constant speed
    refused: float  # steps of the adaptive solver that were tried in vain, a particle
    trials: Float[Array, "k 3"]  # rule, calls, error, of those tried so far
    strides: Float[Array, "s 2"]  # when a step was taken, and how long it was
    misses: Float[Array, "e 2 2"]  # some ends, and where they should be


def walk(
    p: Params, velocity: Velocity, x: Float[Array, "n 2"]
) -> Iterator[tuple[Float[Array, "n 2"], Walkers | None]]:
    """The particles at every tick, as the chosen solver takes them; for the adaptive one, how."""
    if p.solver == "adaptive":
        yield from adaptive(velocity, x, p.tolerance, TICKS)
    else:
        for places in ticked(velocity, x, RULES[p.solver], p.steps, TICKS):
            yield places, None


def solved(p: Params, velocity: Velocity, x: Float[Array, "n 2"]) -> Iterator[Solved]:
    """The chosen solver, measured at once; the others beside it, a few more in every frame."""
    true = np.stack(list(solve(velocity, x, evenly(TICKS, len(x)), RULES["RK4"])), 1)
    way = list(walk(p, velocity, x))
    last, walkers = way[-1]
    calls = p.steps * len(RULES[p.solver].ahead) if walkers is None else walkers.calls.mean()
    refused = 0.0 if walkers is None else float(walkers.refused.mean())
    error, straight = rms(last - true[:, -1]), straightness(true)
    found: list[tuple[int, float, float]] = []
    trials = tried(velocity, x, true[:, -1])
    strides = strode(p, velocity, x)
    misses = np.stack([last, true[:, -1]], 1)
    while True:
        array = np.array(found).reshape(-1, 3)
        yield Solved(float(calls), error, straight, refused, array, strides, misses)
        found += islice(trials, EACH)


def tried(
    velocity: Velocity, x: Float[Array, "n 2"], true: Float[Array, "n 2"]
) -> Iterator[tuple[int, float, float]]:
    """Rule, calls and error of every solver at every cost, the cheap ones first."""
    for calls in TRIED:
        for number, rule in enumerate(RULES.values()):
            steps = calls // len(rule.ahead)
            if steps:
                *_, end = solve(velocity, x, evenly(steps, len(x)), rule)
                yield number, float(steps * len(rule.ahead)), rms(end - true)
    for tolerance in TOLERANCES:
        (end, walkers), *_ = reversed(list(adaptive(velocity, x, tolerance, 1)))
        yield len(RULES), float(walkers.calls.mean()), rms(end - true)


def strode(p: Params, velocity: Velocity, x: Float[Array, "n 2"]) -> Float[Array, "s 2"]:
    """When each step was taken and how long it was: the same for all, or each particle's own."""
    if p.solver != "adaptive":
        return np.stack([np.arange(p.steps) / p.steps, np.full(p.steps, 1 / p.steps)], -1)
    taken = [
        np.stack([walkers.t_before, walkers.t - walkers.t_before], -1)
        for _, walkers in adaptive(velocity, x[:WATCHED], p.tolerance, 4 * TICKS)
    ]
    steps = np.unique(np.concatenate(taken).round(6), axis=0)
    return np.asarray(steps[steps[:, 1] > 0])
