"""Trains the policy that keeps a pole upright by TRPO: the longest step that is still trusted."""

from collections.abc import Iterator
from dataclasses import replace

from models import learner
from models.maths.trust_region import Region, trpo
from models.maths.vpg import Settings
from models.recipes.policy_cartpole import RECIPE as VPG
from models.recipes.policy_cartpole import Config, task


def train(config: Config) -> Iterator[learner.Snapshot]:
    """TRPO with a value as baseline (Schulman et al., 2015, sec. 6 and app. C; arXiv:1502.05477).

    The rate of the configuration is its delta: the nats of an update.
    """
    settings, where, seed = Settings("baseline", config.gamma), task(config), config.seed
    ascent = trpo(Region(delta=config.rate))
    return learner.snapshots(where, settings, seed, config.steps, config.every, ascent)


RECIPE = replace(
    VPG,
    what="Balances a pole on a cart, trained by TRPO: the odds of a push left or right, and the value.",
    config=Config(rate=0.01),
    train=train,
)
