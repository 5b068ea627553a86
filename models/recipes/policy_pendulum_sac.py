"""Trains a pendulum's torque from old experience, by SAC."""

from models.maths.off_policy import SAC
from models.swinging import Config, recipe, snapshots

CONFIG = Config(SAC)
RECIPE = recipe(
    "Swings a pendulum up by a torque learned with SAC: as well as it can, and as freely.", CONFIG
)
train = snapshots
