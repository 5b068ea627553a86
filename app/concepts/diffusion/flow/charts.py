"""The curves beside the plane: schedule, distances, errors by calls and by time, densities."""

import numpy as np

from app.figures.scene import Chart, Ink, Series
from models.maths.integrators import RULES

from .density import Inked
from .frame import Moment, Progress
from .solvers import Solved

RULERS: tuple[tuple[str, Ink], ...] = (  # the solvers in the order of their trials
    ("Euler", "error"),
    ("midpoint", "data"),
    ("Heun", "field"),
    ("RK4", "exact"),
    ("adaptive", "focus"),
)
assert [name for name, _ in RULERS] == [*RULES, "adaptive"]


def mix(moment: Moment) -> Chart:
    t, alpha, beta = moment.still.mix.T
    a, b = (float(np.interp(moment.t, t, part)) for part in (alpha, beta))
    return Chart(
        "x_t = α x₁ + β ε",
        f"At t = {moment.t:.2f} the mix holds {a:.2f} of the data and {b:.2f} of the noise.",
        (Series(t, alpha, "data", "α"), Series(t, beta, "noise", "β")),
        (0.0, 1.0),
        (0.0, max(1.05, float(beta.max()) * 1.05)),
        "t",
        cursor=moment.t,
    )


def distance(moment: Moment, ink: Ink) -> Chart:
    distances, floor = moment.distances, moment.still.floor
    t = np.linspace(0, moment.t, len(distances))
    return Chart(
        "Distance to the data",
        f"Sliced W₂ {distances[-1]:.3f}; two perfect samples are {floor:.3f} apart.",
        (Series(t, distances, ink),),
        (0.0, 1.0),
        (0.0, 1.1 * max(float(distances[0]), moment.still.lump)),
        "t",
        floor=floor,
        cursor=moment.t,
    )


def losses(progress: Progress) -> Chart:
    loss, gap = progress.losses[-1], progress.gaps[-1]
    top = 1.5 * max(progress.losses[0], progress.gaps[0])
    return Chart(
        "Loss and true error",
        f"After {progress.at[-1]:.0f} iterations the loss is {loss:.2f}, its floor "
        f"{progress.floor:.2f}, the squared distance from the exact field {gap:.3f}.",
        (
            Series(progress.at, progress.losses, "model", "loss"),
            Series(progress.at, progress.gaps, "exact", "|learned − exact|²"),
        ),
        (0.0, float(max(1, progress.last))),
        (float(top / 1000), float(top)),
        "iterations",
        log_y=True,
        floor=progress.floor,
        floor_label="floor of the loss",
    )


def by_time(progress: Progress, shown: float) -> Chart:
    t, gaps = progress.by_time.T
    here = float(np.interp(shown, t, gaps))
    uniform = progress.uniform
    beside = (Series(uniform[:, 0], uniform[:, 1], "noise", "uniform times", dashed=True),)
    return Chart(
        "Error at each time",
        f"Under p_t at t = {shown:.2f} the net is {here:.2f} from the exact field, rms.",
        (Series(t, gaps, "model", "this net"), *(beside if len(uniform) else ())),
        (0.0, 1.0),
        (0.0, 2.0),
        "t",
        cursor=shown,
    )


def errors(solved: Solved) -> Chart:
    rule, calls, error = solved.trials.T
    curves = [
        Series(calls[rule == i], np.maximum(error[rule == i], 1e-9), ink, name)
        for i, (name, ink) in enumerate(RULERS)
    ]
    here = Series(np.array([solved.calls]), np.array([solved.error]), "ink", "yours", "points")
    return Chart(
        "Error at t = 1 by calls of the field",
        f"With {solved.calls:.3g} calls a particle the chosen solver misses by {solved.error:.2g}; "
        f"{len(rule)} others are drawn.",
        (*curves, here),
        (1.0, 500.0),
        (1e-6, 5.0),
        "calls a particle",
        "rms",
        log_x=True,
        log_y=True,
    )


def strides(solved: Solved, t: float) -> Chart:
    at, length = solved.strides.T
    return Chart(
        "Length of each step",
        f"Steps between {length.min():.3g} and {length.max():.3g} long.",
        (Series(at, length, "focus", "", "points"),),
        (0.0, 1.0),
        (0.003, 1.2),
        "t",
        log_y=True,
        cursor=t,
    )


def log_density(inked: Inked) -> Chart:
    t, i = inked.t, inked.tick
    guess, spread = inked.estimate[:, 0], inked.estimate[:, 1:]
    return Chart(
        "log p along the particle's way",
        f"Exactly {inked.truth[i]:.2f}, by the integral {inked.integral[i]:.2f}, by Hutchinson's "
        f"draws {guess[i]:.2f} ± {spread[i, 1] - guess[i]:.2f}.",
        (
            Series(t, guess, "focus", "Hutchinson ± se", spread=np.sort(spread, axis=1)),
            Series(t, inked.integral, "field", "log p₀ − ∫ div"),
            Series(t, inked.truth, "exact", "log p_t, exact", dashed=True),
        ),
        (0.0, 1.0),
        (
            float(min(inked.truth.min(), guess.min())) - 1,
            float(max(inked.truth.max(), guess.max())) + 1,
        ),
        "t",
        "nats",
        cursor=t[i],
    )


def divergences(inked: Inked) -> Chart:
    t, i = inked.t, inked.tick
    most = 1.2 * max(2.0, float(np.abs(inked.divergence).max()))
    return Chart(
        "Divergence there, and each draw's guess",
        f"The divergence is {inked.divergence[i]:.2f}; the draws guess {inked.guesses[i, 0]:.2f} to "
        f"{inked.guesses[i, 1]:.2f}.",
        (Series(t, inked.divergence, "field", "div u = tr J", spread=inked.guesses),),
        (0.0, 1.0),
        (-most, most),
        "t",
        "1 / time",
        cursor=t[i],
    )
