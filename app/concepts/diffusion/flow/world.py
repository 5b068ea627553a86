"""What may be set, and the exact flow that it describes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from app import params
from models.maths.flow_matching import TIMES, Flow
from models.maths.integrators import RULES
from models.maths.mixtures import Mixture
from models.maths.paths import SCHEDULES, by_hand
from models.maths.toys import DATASETS, dataset

Array = np.ndarray
SIDE = (-3.0, 3.0)  # of the square in which data can be drawn
TICKS = 120  # clock steps from noise to data, whatever the solver's own
DATA, PARTICLES, EXAMPLES = 160, 384, 16
HEART = tuple(
    (round(1.9 * float(np.sin(a)) ** 3, 2), round(float(1.7 * np.cos(a) - 0.6 * np.cos(2 * a)), 2))
    for a in 2 * np.pi * np.arange(16) / 16
)
KNOTS = (0.17, 0.33, 0.5, 0.67, 0.83)
ONE_WORLD, CARRIED = "who pulls|solvers|log-density", "exact|one point|learned"


@dataclass(frozen=True)
class Params(params.Params):
    view: str = params.choice(
        "who pulls", "couplings", "solvers", "log-density", label="Look at", field=CARRIED
    )
    data: str = params.choice("ring", *list(DATASETS)[1:], "yours", label="Data")
    yours: tuple[params.Point, ...] = params.points(
        HEART, "Your points", count=(1, 150), x=SIDE, y=SIDE, data="yours"
    )
    width: float = params.slider(0.1, 0.02, 0.8, 0.02, "Width of a point")
    schedule: str = params.choice(*SCHEDULES, "by hand", label="Schedule", view=ONE_WORLD)
    alpha: tuple[float, ...] = params.curve(
        KNOTS, "Data α", 0.0, 1.0, view=ONE_WORLD, schedule="by hand"
    )
    beta: tuple[float, ...] = params.curve(
        KNOTS[::-1], "Noise β", 0.05, 1.5, view=ONE_WORLD, schedule="by hand"
    )
    field: str = params.choice(
        "exact", "one point", "training", "learned", label="Field", view=ONE_WORLD
    )
    aim: tuple[params.Point, ...] = params.points(
        ((1.4, 1.4),), "The one point", count=(1, 1), x=SIDE, y=SIDE, field="one point"
    )
    iterations: int = params.slider(1000, 0, 3000, 100, "Iterations", field="training|learned")
    times: str = params.choice(*TIMES, label="Times drawn", field="training|learned")
    time: float = params.slider(0.6, 0.0, 1.0, 0.05, "Shown at time t", field="training")
    solver: str = params.choice(*RULES, "adaptive", label="Solver", view="solvers", field=CARRIED)
    steps: int = params.slider(
        30, 1, 120, 1, "Steps", log=True, view="solvers", field=CARRIED, solver="|".join(RULES)
    )
    tolerance: float = params.slider(
        0.01, 1e-5, 0.1, 1e-5, "Tolerance", log=True, view="solvers", solver="adaptive"
    )
    draws: int = params.slider(8, 2, 64, 1, "Draws of ε", log=True, view="log-density")
    batch: int = params.slider(50, 1, 200, 1, "Pairs in a batch", log=True, view="couplings")
    lessons: int = params.slider(600, 0, 1200, 100, "Lessons", view="couplings")
    probe: tuple[params.Point, ...] = params.points(
        ((0.5, 0.2),), "Particle", count=(1, 1), x=SIDE, y=SIDE, view="who pulls|log-density"
    )
    held: float = params.slider(
        0.4, 0.0, 1.0, 0.05, "Held at time t", view="who pulls|log-density", field=CARRIED
    )
    seed: int = params.seed()


def data_of(p: Params) -> Float[Array, "k 2"]:
    """The data points: drawn by hand, or a finite sample of a preset."""
    if p.data == "yours":
        return np.array(p.yours, float)
    return dataset(p.data, DATA, np.random.default_rng((p.seed, 0)))


def flow_of(p: Params) -> Flow:
    """The exact flow to all data points, or to the one that is nearest to the aim."""
    points = data_of(p)
    if p.field == "one point":
        points = points[[np.linalg.norm(points - np.array(p.aim), axis=-1).argmin()]]
    schedule = SCHEDULES.get(p.schedule) or by_hand(p.alpha, p.beta)
    return Flow(Mixture(points, p.width), schedule)


def rms(vectors: Float[Array, "n 2"]) -> float:
    """The root of the mean squared length."""
    return float(np.sqrt(np.square(vectors).sum(-1).mean()))
