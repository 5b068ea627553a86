"""Trains a pendulum's torque from old experience, by DDPG."""

from models.maths.off_policy import DDPG
from models.swinging import Config, recipe, snapshots

CONFIG = Config(DDPG)
RECIPE = recipe(
    "Swings a pendulum up by a torque learned with DDPG: one critic, climbed by its actor.", CONFIG
)
train = snapshots
