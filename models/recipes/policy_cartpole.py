"""Trains the policy that keeps a pole upright: a push to the left or to the right, 50 times a second."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models import learner
from models.card import Facts
from models.maths.mlp import MLP
from models.maths.policies import Categorical
from models.maths.vpg import Settings, Task
from models.recipes import Port, Recipe, Run, Span, Weights
from models.worlds.cartpole import CartPole

if TYPE_CHECKING:
    from models.nets.policy import Discrete

Array = np.ndarray


@dataclass(frozen=True)
class Config:
    """The settings of the shipped training: eight runs, of which the best is kept."""

    seed: int = 0
    steps: int = 40  # updates
    runs: int = 8
    episodes: int = 16  # a run makes for an update
    width: int = 32
    gamma: float = 0.98
    rate: float = 0.02
    every: int = 10  # updates between snapshots


def task(config: Config) -> Task:
    """What is learned where."""
    world = CartPole()
    policy = Categorical(MLP((world.observed, config.width, 2)))
    value = MLP((world.observed, config.width, 1))
    return Task(world, policy, value, config.runs, config.episodes, world.steps)


def train(config: Config) -> Iterator[learner.Snapshot]:
    """Vanilla policy gradient with a value as baseline (Sutton et al., 2000, thm. 1)."""
    settings = Settings("baseline", config.gamma, rate=config.rate)
    return learner.snapshots(task(config), settings, config.seed, config.steps, config.every)


def net(config: Config, weights: Weights) -> "Discrete":
    """The trained policy, ready to be exported."""
    import torch

    from models.nets.policy import Discrete

    policy = Discrete(CartPole().observed, config.width, 2)
    policy.load_state_dict({name: torch.from_numpy(w.copy()) for name, w in weights.items()})
    return policy.eval()


def example(config: Config, sizes: Mapping[str, int], seed: int) -> dict[str, Array]:
    """States all over the track, upright or not."""
    rng, usual = np.random.default_rng(seed), np.array(CartPole().usual)
    states = usual * rng.standard_normal((sizes["batch"], len(usual)))
    return {"observation": states.astype(np.float32)}


def measure(config: Config, run: Run) -> Facts:
    """How long the pole stands in 100 fresh episodes; 500 steps are the most there are."""
    world = CartPole()
    rng = np.random.default_rng(1)
    policy = task(config).policy
    greedy = learner.returns(world, lambda x: run(observation=x)["logits"].argmax(-1), 100, 1)
    drawn = learner.returns(
        world, lambda x: policy.sample(run(observation=x)["logits"], rng), 100, 1
    )
    return {
        "mean_steps_of_100_episodes_likelier_action": float(greedy.mean()),
        "mean_steps_of_100_episodes_sampled": float(drawn.mean()),
        "worst_steps_sampled": float(drawn.min()),
    }


CONFIG = Config()
RECIPE = Recipe(
    what="Balances a pole on a cart: the odds of a push to the left or right, and what they lead to.",
    trained_on="its own episodes of CartPole-v1, as simulated by models.worlds.cartpole",
    licence="Apache-2.0",
    config=CONFIG,
    train=train,
    net=net,
    inputs=(Port("observation", "float32", ("batch", 4)),),
    outputs=(Port("logits", "float32", ("batch", 2)), Port("value", "float32", ("batch",))),
    sizes={"batch": Span(1, 1, 4096)},
    example=example,
    measure=measure,
)
