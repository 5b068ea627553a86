r"""What can be set, and how strongly the class pulls at each level of the noise.

$\omega(t) = 1 + (\omega - 1)\, g(t)$: $g = 1$ guides everywhere, $g = 0$ leaves the class alone to speak.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from app import params
from models.digits import ALPHA_BAR
from models.maths.levels import Level
from models.maths.schedules import between

Array = np.ndarray
LAST = len(ALPHA_BAR) - 1
CLASSES = ("A", "B", "C")
LABELS = np.array([0, 0, 1, 1, 2, 2])  # of the six clusters
MEANS = ((-1.4, 0.7), (0.1, 1.2), (-0.6, -1.2), (-2.0, -0.8), (1.7, 0.1), (1.1, -1.4))
STD = 0.5  # of every cluster
SIDE = (-3.0, 3.0)
CLOUD = 800  # particles
FREE, NOISY, CLEAN = "classifier-free", "noisy classifier", "clean classifier"


@dataclass(frozen=True)
class Params(params.Params):
    subject: str = params.choice("plane", "digits", "null label", label="Subject")
    target: str = params.choice(*CLASSES, label="Class", subject="plane|null label")
    digit: int = params.slider(3, 0, 9, 1, "Digit", subject="digits")
    omega: float = params.slider(3.0, 0.0, 10.0, 0.1, "Guidance ω")
    guide: str = params.choice("everywhere", "interval", "by hand", label="Guide")
    start: int = params.slider(500, 0, LAST, 1, "From t", guide="interval")
    stop: int = params.slider(100, 0, LAST, 1, "Until t", guide="interval")
    gate: tuple[float, ...] = params.curve(
        (1.0, 1.0, 1.0, 0.5, 0.0, 0.0), "Share g(t)", 0.0, 1.0, guide="by hand"
    )
    by: str = params.choice(FREE, NOISY, CLEAN, label="Guided by", subject="plane")
    sampler: str = params.choice("ODE", "DDPM", "Langevin", label="Sampler", subject="plane")
    form: str = params.choice("score", "noise", "velocity", "x̂₀", label="Arrows", subject="plane")
    drop: float = params.slider(0.1, 0.0, 1.0, 0.05, "Labels dropped", subject="null label")
    iterations: int = params.slider(1500, 100, 3000, 100, "Iterations", subject="null label")
    time: int = params.slider(300, 0, LAST, 1, "Shown at time t", subject="null label")
    steps: int = params.slider(20, 2, 50, 1, "Steps", subject="plane|digits")
    clip: bool = params.toggle(True, "Clip x̂₀", subject="digits")
    means: tuple[params.Point, ...] = params.points(
        MEANS, "Clusters", count=(6, 6), x=SIDE, y=SIDE, subject="plane|null label"
    )
    probe: tuple[params.Point, ...] = params.points(
        ((0.6, -0.3),), "Probe", count=(1, 1), x=SIDE, y=SIDE, subject="plane"
    )
    seed: int = params.seed()

    @property
    def y(self) -> int:
        """The class asked for, as its number."""
        return CLASSES.index(self.target)


def only(p: Params, names: tuple[str, ...], **given: Any) -> Params:
    """A state that differs from the defaults in these parameters alone: what a result depends on."""
    return Params(**{name: getattr(p, name) for name in names} | given)


def share(p: Params, t: float) -> float:
    """g(t), how much of the guidance is on: 0 to 1 (intervals: Kynkäänniemi et al., 2024; 2404.07724)."""
    if p.guide == "interval":
        return float(p.stop <= max(t, 0.0) <= p.start)
    if p.guide == "by hand":  # the first knot is data, the last noise
        return float(np.interp(t, np.linspace(0, LAST, len(p.gate)), p.gate))
    return 1.0


def weight(p: Params, t: float) -> float:
    """omega(t), at clean data too (t = -1); outside of the interval it is 1, which is the class without guidance."""
    return 1 + (p.omega - 1) * share(p, t)


def weights(p: Params) -> Float[Array, "1000 2"]:
    """Every t with its omega(t)."""
    return np.array([[t, weight(p, float(t))] for t in range(LAST + 1)])


def level(t: float) -> Level:
    """The level at a time."""
    a = float(between(ALPHA_BAR, np.array([t]))[0])
    return Level(t, a**0.5, (1 - a) ** 0.5)


LAW = ("target", "means")  # what the plane's laws depend on,
DRAWS = (*LAW, "seed")  # draws of them,
RUN = (*DRAWS, "guide", "start", "stop", "gate", "by", "sampler", "steps")  # and a run in it
