r"""Policy gradients: $\theta \leftarrow \theta + \alpha\, \frac1n \sum_\tau \sum_t \nabla_\theta \log \pi_\theta(a_t \mid s_t)\, \psi_t$."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from app import params
from models.maths.credit import CREDITS
from models.plain import to_onnx

from .course import Course, Lap, laps, onwards
from .decision import Draw, Pick, decide
from .estimates import Constant, Reference, constant
from .walk import Walk, luck, walk

Array = np.ndarray
EVENTS = {"faster": "rate × 2", "slower": "rate ÷ 2"} | {c: f"credit {c}" for c in CREDITS}


@dataclass(frozen=True)
class Params(params.Params):
    look: str = params.choice("learning", "the estimator", "one step", label="Look at")
    world: str = params.choice("cartpole", "pendulum", "corridor", label="World")
    credit: str = params.choice("baseline", "return", "to-go", "gae", label="Credit")
    lam: float = params.slider(0.97, 0.0, 1.0, 0.01, "λ", credit="gae")
    gamma: float = params.slider(0.98, 0.9, 1.0, 0.005, "Discount γ")
    rate: float = params.slider(0.02, 0.001, 0.2, 0.001, "Learning rate", log=True)
    episodes: int = params.slider(16, 2, 32, 1, "Episodes", world="cartpole|corridor")
    windows: int = params.slider(32, 2, 64, 1, "Windows", world="pendulum")
    updates: int = params.slider(30, 1, 100, 1, "Updates", world="cartpole|corridor")
    rounds: int = params.slider(500, 50, 1000, 50, "Rounds", world="pendulum")
    runs: int = params.slider(8, 8, 32, 8, "Runs", look="learning")
    by_hand: float = params.slider(1.0, -1.0, 3.0, 0.05, "Baseline b", look="the estimator")
    returns: tuple[params.Point, ...] = params.points(
        (), "Set returns", count=(0, 64), x=(0.0, 65.0), y=(-2000.0, 600.0),
        look="the estimator",
    )  # fmt: skip
    step: int = params.slider(0, 0, 499, 1, "Step", look="one step")
    shown: int = params.slider(1, 1, 8, 1, "Run shown")
    seed: int = params.seed()
    events: tuple[params.Event, ...] = params.timeline(
        "While it learns", 1000, EVENTS, look="learning"
    )


@dataclass(frozen=True)
class Estimator:
    """How good the gradient of the run shown is, beside what many more trajectories say."""

    walk: Walk  # from 0 to g-hat, a step for each trajectory
    changed: Walk  # the same with returns set by hand
    constant: Constant  # the noise with any constant for a baseline
    reference: Reference
    agrees: Float[Array, " credits"]  # cosine between g-hat and the reference, by every credit


@dataclass(frozen=True)
class Frame:
    """The runs after some updates, and the look that is taken at them."""

    params: Params
    lap: Lap
    lucky: tuple[float, float]  # between which a fresh run's chance to solve it lies, at 95 %
    solved: int  # runs that have
    estimator: Estimator | None
    decision: Pick | Draw | None
    step: int  # of the decision: the one asked for, or the last one there is

    @property
    def update(self) -> int:
        return self.lap.training.update


def course(p: Params) -> Course:
    """What these parameters train."""
    swings = p.world == "pendulum"
    many, updates = (p.windows, p.rounds) if swings else (p.episodes, p.updates)
    runs = p.runs if p.look == "learning" else 8
    lam = p.lam if p.credit == "gae" or any(what == "gae" for _, what in p.events) else 0.97
    return Course(
        p.world, p.credit, p.gamma, lam, p.rate, runs, many, updates, p.shown, p.seed, p.events
    )


def compute(p: Params, start: Frame | None = None) -> Iterator[Frame]:
    """Yield the runs before the first update and after every few; or those after a frame."""
    what = course(p)
    if start is None:
        through: Iterable[Lap] = laps(what)
    else:
        through = onwards(what, start.lap.training, start.lap.history)
    for lap in through:
        yield frame(p, lap)


def around(p: Params, first: int) -> Iterator[tuple[int, Frame]]:
    """The frames with their numbers: from the one that is looked at on, then those before it."""
    return ((number, frame(p, lap)) for number, lap in laps(course(p)).around(first))


def net(now: Frame) -> bytes:
    """The policy of the run shown: logits, or the mean before its tanh, of observations ÷ usual."""
    where = now.lap.course.task
    policy, theta = where.policy.net, now.lap.training.theta[now.params.shown - 1]
    scale = ", ".join(f"{usual:g}" for usual in where.world.usual)
    what = f"A policy after {now.update} updates; takes observations divided by {scale}"
    return to_onnx(policy, theta[: policy.size], what, "observation")


def frame(p: Params, lap: Lap) -> Frame:
    """What is looked at in a lap."""
    estimator = look_at(p, lap) if p.look == "the estimator" else None
    step = min(p.step, len(lap.decisions.action) - 1)
    decision = decide(lap.course.task, lap.decisions, step) if p.look == "one step" else None
    solved, lucky = luck(lap)
    return Frame(p, lap, lucky, solved, estimator, decision, step)


def look_at(p: Params, lap: Lap) -> Estimator:
    """The estimator of the next update."""
    found, many = lap.estimates, lap.reference
    credit = lap.made_by.credit
    change = np.zeros(len(found.returns))
    for x, y in p.returns:
        if 1 <= (number := round(x)) <= len(change):
            change[number - 1] = y - found.returns[number - 1]
    rows = found.by(credit)
    counted, n = many.exact, len(change)
    unit = counted.noise(credit, n) if counted else float(found.noise[CREDITS.index(credit)])
    means = found.g.mean(1)
    sizes = np.linalg.norm(means, axis=-1) * np.linalg.norm(many.gradient)
    return Estimator(
        walk(rows, rows, many.gradient, unit),
        walk(found.handed(credit, change), rows, many.gradient, unit),
        constant(found),
        many,
        means @ many.gradient / np.maximum(sizes, 1e-12),
    )
