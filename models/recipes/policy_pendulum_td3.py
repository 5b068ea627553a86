"""Trains a pendulum's torque from old experience, by TD3."""

from models.maths.off_policy import TD3
from models.swinging import Config, recipe, snapshots

CONFIG = Config(TD3)
RECIPE = recipe(
    "Swings a pendulum up by a torque learned with TD3: two critics, of which the lesser counts.",
    CONFIG,
)
train = snapshots
