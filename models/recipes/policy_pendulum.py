"""Trains the policy that swings a pendulum up and holds it there: a torque, 20 times a second."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models import learner
from models.card import Facts
from models.maths.mlp import MLP
from models.maths.policies import Gaussian
from models.maths.vpg import Settings, Task
from models.recipes import Port, Recipe, Run, Span, Weights
from models.worlds.pendulum import Pendulum

if TYPE_CHECKING:
    from models.nets.policy import Continuous

Array = np.ndarray


@dataclass(frozen=True)
class Config:
    """The settings of the shipped training: eight runs, of which the best is kept."""

    seed: int = 0
    steps: int = 1000  # updates
    runs: int = 8
    episodes: int = 32  # windows that a run makes for an update,
    window: int = 32  # each of so many steps: every update sees 51 s of swinging
    width: int = 32
    gamma: float = 0.96
    lam: float = 0.9
    rate: float = 0.02
    every: int = 100  # updates between snapshots


def task(config: Config) -> Task:
    """What is learned where."""
    world = Pendulum()
    policy = Gaussian(MLP((world.observed, config.width, 1)), world.torque)
    value = MLP((world.observed, config.width, 1))
    return Task(world, policy, value, config.runs, config.episodes, config.window)


def train(config: Config) -> Iterator[learner.Snapshot]:
    """Policy gradient with generalised advantages (Schulman et al., 2016, eq. 16; 1506.02438)."""
    settings = Settings("gae", config.gamma, config.lam, config.rate)
    return learner.snapshots(task(config), settings, config.seed, config.steps, config.every)


def net(config: Config, weights: Weights) -> "Continuous":
    """The trained policy, ready to be exported."""
    import torch

    from models.nets.policy import Continuous

    world = Pendulum()
    policy = Continuous(world.observed, config.width, 1, world.torque)
    policy.load_state_dict({name: torch.from_numpy(w.copy()) for name, w in weights.items()})
    return policy.eval()


def example(config: Config, sizes: Mapping[str, int], seed: int) -> dict[str, Array]:
    """Any angle at any speed."""
    rng, world = np.random.default_rng(seed), Pendulum()
    ends = np.array([np.pi, world.fastest])
    state = rng.uniform(-ends, ends, (sizes["batch"], 2))
    return {"observation": world.observe(state).astype(np.float32)}


def measure(config: Config, run: Run) -> Facts:
    """The return of 100 fresh episodes of 200 steps, by the mean torque and by torques drawn."""
    world = Pendulum()
    rng = np.random.default_rng(1)

    def drawn(x: Array) -> Array:
        out = run(observation=x)
        torque: Array = out["mean"] + out["sigma"] * rng.standard_normal(out["mean"].shape)
        return torque

    certain = learner.returns(world, lambda x: run(observation=x)["mean"], 100, 1)
    return {
        "mean_return_of_100_episodes_mean_torque": float(certain.mean()),
        "worst_return_mean_torque": float(certain.min()),
        "mean_return_of_100_episodes_sampled": float(learner.returns(world, drawn, 100, 1).mean()),
    }


# every policy of the pendulum is asked and answers alike
INPUTS = (Port("observation", "float32", ("batch", 3)),)
OUTPUTS = (
    Port("mean", "float32", ("batch", 1)),
    Port("sigma", "float32", ("batch", 1)),
    Port("value", "float32", ("batch",)),
)
SIZES = {"batch": Span(1, 1, 4096)}
CONFIG = Config()
RECIPE = Recipe(
    what="Swings a pendulum up and holds it: a torque as a Gaussian, and what it leads to.",
    trained_on="its own swings of Pendulum-v1, as simulated by models.worlds.pendulum",
    licence="Apache-2.0",
    config=CONFIG,
    train=train,
    net=net,
    inputs=INPUTS,
    outputs=OUTPUTS,
    sizes=SIZES,
    example=example,
    measure=measure,
)
