"""The samplers by name: each with where it stops if left alone, on a budget of calls of the net."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from models.maths.levels import Path, even_in_rho, even_in_s, even_in_t
from models.maths.samplers import Sampler, ddim, ddpm, dpm, flow, ode

Array = np.ndarray
Cut = Callable[[int, Float[Array, " T"]], Path]
CUTS: dict[str, Cut] = {"t": even_in_t, "s": even_in_s, "edm": even_in_rho}
OWN = {"ddpm": "t", "ddim": "t", "dpm": "t", "heun": "t", "euler": "t", "flow": "s"}


class Runner(NamedTuple):
    """A sampler at the start, with the levels it will ask the net about."""

    name: str
    sampler: Sampler
    asks: Path


def stops(name: str, calls: int, alpha_bar: Float[Array, " T"], cut: str = "own") -> Path:
    """Where a sampler stops that may ask `calls` times, "own": even in its customary time.

    Heun's rule looks twice a step, but for the last, so it takes half the steps.
    """
    steps = (calls + 1) // 2 if name == "heun" else calls
    return CUTS[OWN[name] if cut == "own" else cut](steps, alpha_bar)


def runner(
    name: str, x: Array, levels: Path, rng: np.random.Generator, eta: float | None = None
) -> Runner:
    """The sampler of this name from x along these levels; `eta` is DDIM's alone."""
    looks = 2 if name == "heun" else 1
    asks = (levels[0], *(at for at in levels[1:-1] for _ in range(looks)))
    sampler = {
        "ddpm": lambda: ddpm(x, levels, rng),
        "ddim": lambda: ddim(x, levels, rng, eta or 0.0),
        "dpm": lambda: dpm(x, levels),
        "heun": lambda: ode(x, levels),
        "euler": lambda: ode(x, levels, heun=False),
        "flow": lambda: flow(x, levels),
    }[name]()
    return Runner(name, sampler, asks)
