"""Trains the policy that keeps a pole upright by PPO: many small steps on each batch, clipped."""

from collections.abc import Iterator
from dataclasses import replace

from models import learner
from models.maths.proximal import Proximal, ppo
from models.maths.vpg import Settings
from models.recipes.policy_cartpole import RECIPE as VPG
from models.recipes.policy_cartpole import Config, task


def train(config: Config) -> Iterator[learner.Snapshot]:
    """PPO-Clip with a value as baseline (Schulman et al., 2017, alg. 1; arXiv:1707.06347)."""
    settings, how = Settings("baseline", config.gamma), Proximal(rate=config.rate)
    where, seed = task(config), config.seed
    return learner.snapshots(where, settings, seed, config.steps, config.every, ppo(how))


RECIPE = replace(
    VPG,
    what="Balances a pole on a cart, trained by PPO: the odds of a push left or right, and the value.",
    config=Config(rate=0.003),
    train=train,
)
