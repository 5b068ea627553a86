"""What may be set, and the world that it describes: one narrow Gaussian and one to three wide ones."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from app import params
from models.maths import langevin
from models.maths.langevin import Score
from models.maths.mixtures import Mixture

Array = np.ndarray
REACH = 5.0  # of the window
BEYOND = 6.4  # what fields cover, for windows that are wider than high
SIDE = (-4.0, 4.0)  # of the square in which handles are dragged
CLOUD = 1000  # particles, and draws that they are compared with


@dataclass(frozen=True)
class Params(params.Params):
    view: str = params.choice("field", "Langevin", "learning", "ODE and SDE", label="View")
    centres: tuple[params.Point, ...] = params.points(
        ((-2.2, -1.2), (1.8, 1.2)), "Centres", count=(2, 4), x=SIDE, y=SIDE
    )
    share: float = params.slider(0.7, 0.05, 0.95, 0.05, "Narrow share")
    narrow: float = params.slider(0.2, 0.05, 1.0, 0.05, "Narrow width", view="field")
    wide: float = params.slider(0.6, 0.1, 1.5, 0.05, "Wide width", view="field")
    sigma: float = params.slider(
        0.5, 0.05, 5.0, 0.01, "Noise σ", log=True, view="field|learning|ODE and SDE"
    )
    arrows: str = params.choice(
        "score", "noise", "clean", "velocity", label="Arrows as", view="field"
    )
    probe: tuple[params.Point, ...] = params.points(
        ((-0.6, 0.4),), "Probe", count=(1, 1), x=SIDE, y=SIDE, view="field|ODE and SDE"
    )
    ladder: str = params.choice(
        "geometric", "by hand", "none", label="Ladder", view="Langevin|learning"
    )
    bend: tuple[float, ...] = params.curve(
        (0.1, 0.3, 0.7, 0.9),
        "Bend, data to noise",
        0.02,
        0.98,
        0.01,
        view="Langevin|learning",
        ladder="by hand",
    )
    high: float = params.slider(
        3.0, 1.0, 8.0, 0.1, "Highest σ₁", log=True, view="Langevin|learning|ODE and SDE"
    )
    low: float = params.slider(
        0.1, 0.02, 1.0, 0.01, "Lowest σ_L", log=True, view="Langevin|learning|ODE and SDE"
    )
    levels: int = params.slider(
        10, 2, 40, 1, "Levels L", log=True, view="Langevin|learning", ladder="geometric|by hand"
    )
    each: int = params.slider(40, 1, 100, 1, "Steps a level", log=True, view="Langevin")
    pace: float = params.slider(0.5, 0.02, 3.5, 0.01, "Step ε / σ_L²", log=True, view="Langevin")
    denoise: bool = params.toggle(True, "Denoise last", view="Langevin")
    score: str = params.choice("exact", "learned", label="Score", view="Langevin")
    gives: str = params.choice("noise", "score", "EDM", label="Net gives", view="learning")
    iterations: int = params.slider(600, 0, 3000, 100, "Iterations", view="learning")
    sde: str = params.choice("VE", "VP", label="Noising", view="ODE and SDE")
    rho: float = params.slider(7.0, 1.0, 10.0, 0.5, "Spacing ρ", view="ODE and SDE")
    lam: float = params.slider(1.0, 0.0, 3.0, 0.1, "Churn λ", view="ODE and SDE")
    steps: int = params.slider(40, 10, 200, 1, "Steps", log=True, view="ODE and SDE")
    seed: int = params.seed()


def mixture_of(p: Params) -> Mixture:
    """The first centre is the narrow one; the others are wide and share the rest evenly."""
    others = len(p.centres) - 1
    widths = np.array([p.narrow] + [p.wide] * others)
    shares = np.array([p.share] + [(1 - p.share) / others] * others)
    return Mixture(np.array(p.centres), widths, shares)


def ladder_of(p: Params) -> Float[Array, " L"]:
    """The falling noise levels; without a ladder as often the lowest."""
    match p.ladder:
        case "geometric":
            return langevin.geometric(p.high, p.low, p.levels)
        case "by hand":
            return langevin.bent(p.high, p.low, p.bend, p.levels)
        case _:
            return np.full(p.levels, p.low)


def exact(data: Mixture) -> Score:
    """The score of x_0 + sigma eps, in closed form."""
    return lambda x, sigma: data.score(x, 1.0, sigma)


def grid(side: int, reach: float = BEYOND) -> Float[Array, "g 2"]:
    """Places in even rows from below, side × side of them, at the centres of equal cells."""
    line = reach * ((np.arange(side) + 0.5) * 2 / side - 1)
    places: Array = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    return places


def density(data: Mixture, sigma: float, alpha: float = 1.0, side: int = 64) -> Float[Array, "h w"]:
    """p_sigma over the field, as a part of its largest value, to the power 1/3 to show both modes."""
    log_p = data.log_prob(grid(side), alpha, sigma)
    shade: Array = np.exp((log_p - log_p.max()) / 3).reshape(side, side)
    return shade


def rms(vectors: Float[Array, "n d"]) -> float:
    """The root of the mean squared length."""
    return float(np.sqrt(np.square(vectors).sum(-1).mean()))
