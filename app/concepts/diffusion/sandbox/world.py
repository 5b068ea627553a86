r"""What may be set, and the equations $dx = u_t(x)\, dt + \sigma\, dW$ of the plane, each with what is known of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from app import params
from models.maths.integrators import Velocity
from models.maths.sde import SCHEMES, gaussian_flow

from .gaussians import Gaussians

Array = np.ndarray
SIDE = (-3.0, 3.0)  # of the square in which handles are dragged
MOST = 9  # halvings of the step: the finest walk has 2^9 steps
TICKS = 64  # frames of a walk


@dataclass(frozen=True)
class Params(params.Params):
    view: str = params.choice("plane", "line", "net", "bridge", label="View", anew=True)
    field: str = params.choice(
        "flow to data",
        "rotation",
        "saddle",
        "Ornstein-Uhlenbeck",
        "Brownian",
        "Langevin",
        label="Field",
        anew=True,
        view="plane",
    )
    motion: str = params.choice(
        "Brownian",
        "Ornstein-Uhlenbeck",
        "geometric",
        "root",
        "square",
        label="Equation",
        anew=True,
        view="line",
    )
    sigma: float = params.slider(0.6, 0.0, 1.5, 0.05, "Noise σ", view="plane|line")
    score: bool = params.toggle(True, "Score term", view="plane", field="flow to data")
    solver: str = params.choice(*SCHEMES, label="Solver", view="plane|line")
    halvings: int = params.slider(6, 0, MOST, 1, "Steps 2ᵏ, k", view="plane|line")
    start: tuple[params.Point, ...] = params.points(
        ((0.0, 1.0),), "Start", count=(1, 3), x=(0.0, 0.0), y=SIDE, view="line"
    )
    starts: tuple[params.Point, ...] = params.points(
        ((1.4, 0.4),), "Starts", count=(1, 3), x=SIDE, y=SIDE, view="plane"
    )
    width: float = params.slider(
        0.5,
        0.3,
        1.0,
        0.05,
        "Start width",
        view="plane",
        field="rotation|saddle|Ornstein-Uhlenbeck|Brownian|Langevin",
    )
    modes: tuple[params.Point, ...] = params.points(
        ((-1.4, -0.8), (1.5, -0.5), (0.1, 1.5)),
        "Modes",
        count=(1, 4),
        x=SIDE,
        y=SIDE,
        view="plane",
        field="flow to data|Langevin",
    )
    spread: float = params.slider(
        0.4, 0.4, 1.0, 0.05, "Mode width", view="plane", field="flow to data|Langevin"
    )
    beside: str = params.choice(
        "divergence of u", "Laplacian of p", "change of p", "distance", label="Beside", view="plane"
    )
    probe: tuple[params.Point, ...] = params.points(
        ((0.6, 0.3),), "Probe", count=(1, 1), x=SIDE, y=SIDE, view="plane"
    )
    taught: str = params.choice(
        "likelihood", "flow matching", label="Taught by", anew=True, view="net"
    )
    clusters: tuple[params.Point, ...] = params.points(
        ((-1.5, -0.6), (1.5, -0.6), (0.0, 1.6)),
        "Data",
        count=(1, 5),
        x=SIDE,
        y=SIDE,
        view="net|bridge",
    )
    iterations: int = params.slider(300, 0, 1000, 50, "Iterations", view="net")
    time: float = params.slider(1.0, 0.0, 1.0, 0.05, "Shown at time t", view="net")
    unrest: float = params.slider(0.0, 0.0, 1.5, 0.05, "Noise of its walk", view="net")
    aim: tuple[params.Point, ...] = params.points(
        ((0.3, 1.2),), "A point", count=(1, 1), x=SIDE, y=SIDE, view="net"
    )
    tolerance: float = params.slider(1e-3, 1e-6, 1e-1, 1e-6, "Tolerance", log=True, view="net")
    origins: tuple[params.Point, ...] = params.points(
        ((-2.2, -2.2), (2.2, -2.2)), "Origins", count=(1, 5), x=SIDE, y=SIDE, view="bridge"
    )
    shake: float = params.slider(0.5, 0.1, 2.0, 0.01, "Bridge noise σ", log=True, view="bridge")
    rounds: int = params.slider(100, 1, 500, 1, "Rounds", log=True, view="bridge")
    seed: int = params.seed()


@dataclass(frozen=True, eq=False)
class Law:
    """One equation in the plane: its drift, its time, and what is known without any simulation."""

    drift: Velocity
    divergence: Callable[[Array, float], Array]  # of the drift
    span: float
    first: Gaussians  # the law at the start
    exact: Callable[[float], Gaussians] | None  # the law at a time, where it is known
    aim: Callable[[float], Gaussians]  # what the density is held against
    aimed: str = "exact"  # what that is
    steady: bool = True  # whether the drift is the same at all times


MATRICES = {
    "rotation": (np.array([[0.0, -1.0], [1.0, 0.0]]), 2 * np.pi),
    "saddle": (np.array([[1.0, 0.0], [0.0, -1.0]]), 0.8),
    "Ornstein-Uhlenbeck": (-np.eye(2), 3.0),
    "Brownian": (np.zeros((2, 2)), 1.0),
}


def law_of(p: Params) -> Law:
    """The equation that the parameters describe."""
    match p.field:
        case "flow to data":
            return flow_law(p)
        case "Langevin":
            return langevin_law(p)
        case name:
            return linear_law(p, *MATRICES[name])


def linear_law(p: Params, a: Float[Array, "2 2"], span: float) -> Law:
    """u = A x: Gaussians stay Gaussians, each moved by exp(A t)."""
    centres = np.array(p.starts)

    def exact(t: float) -> Gaussians:
        m, c = gaussian_flow(a, p.sigma, t)
        return Gaussians(centres @ m.T, p.width**2 * m @ m.T + c)

    return Law(
        drift=lambda x, t: x @ a.T,
        divergence=lambda x, t: np.full(len(x), np.trace(a)),
        span=span,
        first=exact(0.0),
        exact=exact,
        aim=exact,
    )


def langevin_law(p: Params) -> Law:
    """u = (σ²/2) ∇ log p of the modes: their density stays as it is."""
    goal, half = Gaussians(np.array(p.modes), p.spread**2 * np.eye(2)), p.sigma**2 / 2
    return Law(
        drift=lambda x, t: np.asarray(half * goal.score(x)),
        divergence=lambda x, t: np.asarray(half * goal.log_laplacian(x)),
        span=10.0,
        first=Gaussians(np.array(p.starts), p.width**2 * np.eye(2)),
        exact=None,
        aim=lambda t: goal,
        aimed="at rest",
    )


def flow_law(p: Params) -> Law:
    r"""The flow from N(0, I) to the modes, and with the score term what keeps its marginals.

    Towards one mode $z$, $u = z + c\,(x - t z)$ with $c = \dot v_t / 2 v_t$,
    $v_t = t^2 s^2 + (1 - t)^2$; u is the mean of these (Lipman et al., 2023, eq. 8 and 15;
    arXiv:2210.02747).
    """
    known = p.score or p.sigma == 0
    modes, half = np.array(p.modes), p.sigma**2 / 2 if p.score else 0.0

    def variance(t: float) -> float:
        return (t * p.spread) ** 2 + (1 - t) ** 2

    def pull(t: float) -> float:
        return (t * p.spread**2 - (1 - t)) / variance(t)

    def exact(t: float) -> Gaussians:
        return Gaussians(t * modes, variance(t) * np.eye(2))

    def drift(x: Array, times: Array) -> Array:
        t = float(np.ravel(times)[0])  # one time for all places
        guess, c = exact(t).weights(x) @ modes, pull(t)
        u: Array = (1 - c * t) * guess + c * x
        return u + half / variance(t) * (t * guess - x) if half else u

    def divergence(x: Array, t: float) -> Array:
        weights, c = exact(t).weights(x), pull(t)
        between = weights @ np.square(modes).sum(-1) - np.square(weights @ modes).sum(-1)
        div: Array = (1 - c * t) * t / variance(t) * between + 2 * c
        return div + half * exact(t).log_laplacian(x) if half else div

    return Law(
        drift=drift,
        divergence=divergence,
        span=1.0,
        first=exact(0.0),
        exact=exact if known else None,
        aim=exact,
        aimed="exact" if known else "the flow's",
        steady=False,
    )
