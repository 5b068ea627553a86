r"""Policy gradients: $\theta \leftarrow \theta + \alpha\, \frac1n \sum_\tau \sum_t \nabla_\theta \log \pi_\theta(a_t \mid s_t)\, \psi_t$."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from jaxtyping import Float

from app import params
from models.maths.credit import CREDITS, Credit
from models.maths.mlp import MLP
from models.maths.policies import Categorical, Gaussian
from models.maths.vpg import Moment, Settings, Task, Training, begin, train
from models.worlds.cartpole import CartPole
from models.worlds.pendulum import Pendulum

from .looking import History, Map, Strip, Trajectory, append, episodes, look_inside, nothing, single

Array = np.ndarray
RUNS = 8
WIDTH = 32  # tanh units of each net
WINDOW = 32  # steps of a pendulum's trajectory, which goes on in the next
EVERY = {"cartpole": 1, "pendulum": 5}  # updates from one frame to the next
EVENTS = {"faster": "rate × 2", "slower": "rate ÷ 2"} | {c: f"credit {c}" for c in CREDITS}


@dataclass(frozen=True)
class Params(params.Params):
    world: str = params.choice("cartpole", "pendulum", label="World")
    credit: str = params.choice("baseline", "return", "to-go", "gae", label="Credit")
    lam: float = params.slider(0.97, 0.0, 1.0, 0.01, "λ", credit="gae")
    gamma: float = params.slider(0.98, 0.9, 1.0, 0.005, "Discount γ")
    rate: float = params.slider(0.02, 0.001, 0.2, 0.001, "Learning rate", log=True)
    episodes: int = params.slider(16, 2, 32, 1, "Episodes", world="cartpole")
    windows: int = params.slider(32, 2, 64, 1, "Windows", world="pendulum")
    updates: int = params.slider(30, 1, 100, 1, "Updates", world="cartpole")
    rounds: int = params.slider(500, 50, 1000, 50, "Rounds", world="pendulum")
    shown: int = params.slider(1, 1, RUNS, 1, "Run shown")
    seed: int = params.seed()
    events: tuple[params.Event, ...] = params.timeline("While it learns", 1000, EVENTS)

    @property
    def last(self) -> int:
        """The number of updates."""
        return self.updates if self.world == "cartpole" else self.rounds


@dataclass(frozen=True)
class Frame:
    """The runs after some updates, with the trajectories that the next one will learn from."""

    params: Params
    training: Training
    settings: Settings  # in force for the update that led here
    history: History
    strip: Strip  # an episode of each run
    trajectory: Trajectory  # one of the run shown, step by step
    inside: Map  # policy and value of the run shown

    @property
    def update(self) -> int:
        return self.training.update


def task(p: Params) -> Task:
    """What is learned where."""
    if p.world == "cartpole":
        cart = CartPole()
        policy, value = MLP((cart.observed, WIDTH, 2)), MLP((cart.observed, WIDTH, 1))
        return Task(cart, Categorical(policy), value, RUNS, p.episodes, cart.steps)
    rod = Pendulum()
    policy, value = MLP((rod.observed, WIDTH, 1)), MLP((rod.observed, WIDTH, 1))
    return Task(rod, Gaussian(policy, rod.torque), value, RUNS, p.windows, WINDOW)


def settings(p: Params, update: int) -> Settings:
    """How this update is made: the parameters, and what was changed until then."""
    now = Settings(cast(Credit, p.credit), p.gamma, p.lam, p.rate)
    for step, action in p.events:
        if step <= update and action in CREDITS:
            now = replace(now, credit=action)
        elif step <= update:
            now = replace(now, rate=now.rate * (2 if action == "faster" else 0.5))
    return now


def compute(p: Params, start: Frame | None = None) -> Iterator[Frame]:
    """Yield the runs before the first update and after every few; or those after a frame."""
    where, history = task(p), start.history if start else nothing(RUNS)
    training = start.training if start else begin(where, p.seed)
    recent: list[Float[Array, " runs"]] = []  # mean returns, update by update
    for moment in train(where, lambda update: settings(p, update), training, p.seed):
        update = moment.training.update
        if start is None or update > start.update:
            recent.append(returns(where, moment))
            if update % EVERY[p.world] == 0:
                history = append(history, where, moment, p.shown - 1, np.mean(recent, 0))
                recent = []
                yield frame(p, where, moment, history)
        if update >= p.last:
            return


def returns(where: Task, moment: Moment) -> Float[Array, " runs"]:
    """The mean return of each run's episodes; of windows, as if they went on for a whole one."""
    share = where.window / where.world.steps
    mean: Array = moment.made.reward.sum(-1).mean(-1) / share
    return mean


def frame(p: Params, where: Task, moment: Moment, history: History) -> Frame:
    """All that is shown of a moment."""
    return Frame(
        p,
        moment.training,
        settings(p, moment.training.update - 1),
        history,
        episodes(where, moment, p.seed),
        single(moment, p.shown - 1),
        look_inside(where, moment, p.shown - 1),
    )
