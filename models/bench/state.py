"""What it costs that a sampler's state is seen: 50 steps through NumPy, and 50 whose state stays with the net."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Float

from models import catalogue, walk
from models.bench.clock import Clock, race
from models.bench.contenders import Way, ours
from models.maths.lanes import stops
from models.maths.levels import Path
from models.maths.samplers import clipped, ddim
from models.maths.samplers import race as steps
from models.recipes.unet_digits import ALPHA_BAR
from models.runtime.providers import CPU, TENSORRT, TIERS, Machine
from models.runtime.session import Session

Array = np.ndarray
NET, STEPS, DIGITS = "unet_digits", 50, 4


@dataclass(frozen=True)
class State:
    """Milliseconds of one run of the sampler, and how far its two ends are apart."""

    way: Way
    seen: float  # each state comes back, as a page that shows it needs it
    left: float  # the state is bound to the device; the end alone comes back
    apart: float


def states(ways: list[Way], machine: Machine) -> Iterator[State]:
    """One line a provider; there are no engines for a net with a step."""
    known, model = catalogue.spec(NET), catalogue.content(NET)
    noise = np.random.default_rng(0).standard_normal((DIGITS, 1, 32, 32))
    levels, label = stops("ddim", STEPS, ALPHA_BAR), np.arange(DIGITS) % 10
    for way in ways:
        if way.tier == TENSORRT:
            continue
        passed = tuple((tier, "not what is measured") for tier in TIERS[: TIERS.index(way.tier)])
        together, alone = walk.opened(NET, passed), ours(known, model, way, machine)
        device = "cpu" if way.tier == CPU else None
        rng = np.random.default_rng(0)
        calls = (
            partial(through_numpy, alone, noise, label, levels),
            partial(walk.walk, together, noise, label, levels, rng, 0.0, device),
        )
        apart = float(np.abs(calls[0]() - calls[1]()).max())
        seen, left = race(calls, Clock(way.device), 0.5)
        yield State(way, seen, left, apart)


def through_numpy(
    session: Session, noise: Float[Array, "b 1 h w"], label: Array, levels: Path
) -> Float[Array, "b 1 h w"]:
    """DDIM as the pages run it."""

    def eps(x: Array, t: Array) -> Array:
        time = np.full(len(label), t[0], np.float32)
        return session.run({"x": x[0].astype(np.float32), "t": time, "label": label})["eps"][None]

    sampler = ddim(noise, levels, np.random.default_rng(0))
    *_, (end,) = steps([sampler], clipped(eps, ALPHA_BAR))
    return end.x_0
