"""What all learners are given on this page: a policy half-way, and what it has just done."""

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

import numpy as np

from app import params
from app.params import Entrant, Setting
from models.maths.mlp import MLP
from models.maths.policies import Categorical
from models.maths.proximal import Proximal, ppo
from models.maths.surrogate import Batch, batch
from models.maths.trust_region import Region
from models.maths.vpg import Moment, Settings, Task, begin, chance, train
from models.worlds.cartpole import CartPole

Array = np.ndarray
WIDTH = 32  # tanh units of each net
EPISODES = 8  # of each run for an update
MOST = 512  # moments of the one batch that is looked at closely
LEARNED = 1024  # moments of each run that an update learns from
DRAWN = 2_000_000  # added to an update's number: the chance by which those are picked
ENTRANTS = (
    Entrant("vpg", "VPG", Setting("rate", 0.001, 0.5, 0.001, 0.02)),
    Entrant("trpo", "TRPO", Setting("δ", 0.001, 0.5, 0.001, 0.01)),
    Entrant("clip", "PPO-Clip", Setting("ε", 0.01, 5.0, 0.01, 0.2)),
    Entrant("penalty", "PPO-Penalty", Setting("target", 0.001, 0.5, 0.001, 0.01)),
)
LANES = (("vpg", 0.02), ("trpo", 0.01), ("clip", 0.2), ("penalty", 0.01))


@dataclass(frozen=True)
class Params(params.Params):
    watch: str = params.choice("clip", "region", "training", label="Watch", anew=True)
    lanes: tuple[params.Pick, ...] = params.lineup(LANES, "Learners", ENTRANTS, watch="training")
    updates: int = params.slider(30, 1, 60, 1, "Updates", watch="training")
    epsilon: float = params.slider(0.2, 0.01, 1.0, 0.01, "ε", watch="clip")
    rate: float = params.slider(
        0.003, 0.0005, 0.1, 0.0005, "PPO's rate", True, watch="clip|training"
    )
    epochs: int = params.slider(5, 1, 20, 1, "Epochs", watch="clip|training")
    minibatches: int = params.slider(4, 1, 8, 1, "Minibatches", watch="clip")
    delta: float = params.slider(0.01, 0.001, 1.0, 0.001, "δ", True, watch="region")
    iterations: int = params.slider(10, 2, 20, 1, "Iterations", watch="region")
    damping: float = params.slider(0.1, 1e-5, 1.0, 1e-5, "Damping", True, watch="region|training")
    lam: float = params.slider(1.0, 0.0, 1.0, 0.01, "λ")
    before: int = params.slider(5, 0, 20, 1, "Updates before", watch="clip|region")
    spot: tuple[params.Point, ...] = params.points(
        ((1.35, 1.0),), "One moment", count=(1, 1), x=(0.0, 2.0), y=(-3.0, 3.0), watch="clip"
    )
    step: tuple[params.Point, ...] = params.points(
        ((0.5, 0.5),), "Your step", count=(1, 1), x=(-1.0, 2.0), y=(-1.0, 2.0), watch="region"
    )
    seed: int = params.seed()

    @property
    def still(self) -> "Params":
        """The same with both rings where they are at first: all else is computed once."""
        return replace(self, spot=Params().spot, step=Params().step)

    @property
    def settings(self) -> Settings:
        """How actions are credited; λ = 1 is what followed less the baseline."""
        return Settings("gae", 0.98, self.lam)

    @property
    def proximal(self) -> Proximal:
        """PPO-Clip's settings."""
        return Proximal(self.epsilon, self.rate, self.epochs, self.minibatches, LEARNED)

    @property
    def region(self) -> Region:
        """TRPO's settings."""
        return Region(self.delta, self.iterations, self.damping, most=LEARNED)


@dataclass(frozen=True)
class Study:
    """One run's policy before an update, and the batch that the update learns from."""

    task: Task
    policy: Categorical
    moment: Moment
    batch: Batch


def task(runs: int) -> Task:
    """What is learned where."""
    cart = CartPole()
    policy = Categorical(MLP((cart.observed, WIDTH, 2)))
    return Task(cart, policy, MLP((cart.observed, WIDTH, 1)), runs, EPISODES, cart.steps)


@lru_cache(maxsize=16)
def study(before: int, settings: Settings, seed: int) -> Study:
    """The run after so many updates of PPO with its usual settings."""
    where = task(1)
    moments = train(where, lambda _: settings, begin(where, seed), seed, ppo(Proximal()))
    moment = next(islice(moments, before, None))
    assert isinstance(where.policy, Categorical)
    whole = batch(where, moment, MOST, chance(seed, DRAWN + before))
    return Study(where, where.policy, moment, whole)
