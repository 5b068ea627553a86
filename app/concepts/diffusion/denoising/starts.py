"""Who starts, from where, and at which noise levels each will stop."""

import numpy as np

from models.digits import ALPHA_BAR
from models.maths import schedules
from models.maths.lanes import Runner, runner, stops
from models.maths.levels import Path, path
from models.maths.schedules import cosine_betas, cumulative, linear_betas, zero_terminal

from .frame import Params, Ruler

Array = np.ndarray
LINEAR, COSINE = cumulative(linear_betas()), cumulative(cosine_betas())
TIMES = np.unique(np.round(999 * np.linspace(0, 1, 112) ** 1.5)).astype(int)  # of the ruler


def schedule(p: Params) -> Array:
    """alpha_bar at the 1,000 times; the net of the digits knows only what it was trained on."""
    if p.subject == "digits":
        return ALPHA_BAR
    match p.schedule:
        case "linear":
            return LINEAR
        case "cosine":
            return COSINE
        case "zero":
            return zero_terminal(LINEAR)
        case _:
            return schedules.bent(np.array(p.bend))


def ruler(alpha_bar: Array) -> Ruler:
    """Signal to noise over time, with the two schedules that everybody uses beside it."""
    snr = [schedules.snr(a[TIMES]) for a in (alpha_bar, LINEAR, COSINE)]
    return Ruler(TIMES.astype(float), *snr)


def levels(p: Params, name: str, alpha_bar: Array) -> Path:
    """Where a sampler stops: at the pins, or in equal parts of some time."""
    if p.spacing == "pins":
        return path(np.array(p.pins, float), alpha_bar)
    return stops(name, p.steps, alpha_bar, p.spacing)


def starting(p: Params, x_T: Array, alpha_bar: Array) -> list[Runner]:
    """The samplers that were picked, at the start; the same new noise for all."""
    return [
        runner(name, x_T, levels(p, name, alpha_bar), np.random.default_rng([p.seed, 1]), eta)
        for name, eta in p.lanes
    ]
