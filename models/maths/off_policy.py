"""Three ways to learn from old experience as settings of one: what DDPG, TD3 and SAC agree on, and not."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from models.maths.mlp import MLP, Moments, adam
from models.maths.replay import Replay
from models.worlds.pendulum import Pendulum

Array = np.ndarray


@dataclass(frozen=True)
class Task:
    """Where policies act and with which nets."""

    world: Pendulum
    actor: MLP  # what it sees -> what tanh makes an action of; for SAC (mu, raw log sigma)
    critic: MLP  # (x, a) -> Q, in units of `unit`
    runs: int
    most: int  # transitions that a run has room for
    worlds: int = 16  # each makes a step, then one learns
    warm: int = 512  # transitions by chance alone, before the first update


@dataclass(frozen=True)
class Settings:
    """The rules of learning; as they stand, those of TD3."""

    twins: bool = True  # two critics, the lesser of which is believed
    smoothing: float = 0.2  # sigma of the noise on a', 0 for none
    clip: float = 0.5  # the most of that noise
    delay: int = 2  # critic steps for each of the actor and of the targets
    soft: bool = False  # a stochastic actor, each nat of whose entropy is worth alpha
    alpha: float = 0.2  # in rewards; with a goal, only at first
    goal: float | None = None  # entropy in nats to which alpha is steered
    noise: float = 0.2  # sigma of what is added to a deterministic action while learning
    gamma: float = 0.97
    rho: float = 0.95  # share of itself that a target keeps
    rate: float = 0.002
    batch: int = 64
    reuse: int = 4  # updates after each step of the worlds
    capacity: int = 40_000  # transitions that are looked back at


TD3 = Settings()
DDPG = replace(TD3, twins=False, smoothing=0.0, delay=1)
SAC = replace(TD3, smoothing=0.0, delay=1, soft=True, goal=-1.0)


@dataclass(frozen=True)
class Learner:
    """The same net of several runs: weights, slow copies, the optimiser's memory."""

    theta: Float[Array, "*nets p"]
    target: Float[Array, "*nets p"]
    moments: Moments

    @classmethod
    def fresh(cls, theta: Float[Array, "*nets p"]) -> "Learner":
        return cls(theta, theta, Moments.like(theta))

    def step(self, grad: Float[Array, "*nets p"], rate: float) -> "Learner":
        """One step of Adam downhill; the target stays."""
        theta, moments = adam(self.theta, grad, self.moments, rate)
        return replace(self, theta=theta, moments=moments)

    def follow(self, rho: float) -> "Learner":
        """target <- rho target + (1 - rho) theta, Polyak averaging (Lillicrap et al., 2016, alg. 1)."""
        return replace(self, target=rho * self.target + (1 - rho) * self.theta)


@dataclass(frozen=True)
class Training:
    """All that the next step depends on, but for the seed."""

    step: int  # of each world
    updates: int  # of the critics
    actor: Learner  # (runs, p)
    critic: Learner  # (runs, critics, q)
    log_alpha: Learner  # (runs, 1)
    replay: Replay
    state: Float[Array, "runs worlds s"]
    batch: Int[Array, "runs n"]  # numbers of the transitions last learned from; none at first

    @property
    def alpha(self) -> Float[Array, "runs 1"]:
        """What a nat of entropy is worth, in rewards."""
        alpha: Array = np.exp(self.log_alpha.theta)
        return alpha
