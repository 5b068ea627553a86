"""From runs that learn off policy to the one that ships: the best of them, as plain weights."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from models import learner
from models.card import Facts
from models.maths.actor_critic import begin, decided, train, unit
from models.maths.mlp import MLP
from models.maths.off_policy import TD3, Settings, Task, Training
from models.recipes import Recipe, Run, Weights, policy_pendulum
from models.worlds.pendulum import Pendulum

if TYPE_CHECKING:
    from models.nets.policy import Torque

Array = np.ndarray
JUDGED = 100  # episodes that no run learns from, by which runs are compared


@dataclass(frozen=True)
class Config:
    """The settings of a shipped training: some runs, of which the best policy is kept."""

    rules: Settings = field(default=TD3)
    seed: int = 0
    steps: int = 2000  # of each of a run's worlds, with a bout of learning after each
    runs: int = 4
    width: int = 32
    every: int = 100  # steps between snapshots


def task(config: Config) -> Task:
    """What is learned where."""
    world, wide = Pendulum(), (config.width, config.width)
    actor = MLP((world.observed, *wide, 2 if config.rules.soft else 1), "relu")
    critic = MLP((world.observed + 1, *wide, 1), "relu")
    return Task(world, actor, critic, config.runs, most=Task.worlds * config.steps)


def snapshots(config: Config) -> Iterator[learner.Snapshot]:
    """Every so many steps, the best policy that any run has had at a snapshot so far."""
    where, rules = task(config), config.rules
    best, kept = -np.inf, {}
    for now in train(where, rules, begin(where, rules, config.seed), config.seed):
        if now.step % config.every == 0 or now.step == config.steps:
            means = [judged(where, rules, theta) for theta in now.actor.theta]
            if max(means) > best:
                best, kept = max(means), weights(where, rules, now, int(np.argmax(means)))
            yield learner.Snapshot(now.step, -best, kept)
        if now.step == config.steps:
            return


def judged(where: Task, rules: Settings, theta: Float[Array, " p"]) -> float:
    """The mean return of a policy without chance, over the same episodes each time."""
    usual, torque = np.array(where.world.usual), where.world.torque

    def act(observation: Array) -> Array:
        x = (observation / usual).astype(np.float32)
        return torque * decided(where, rules, theta, x)

    return float(learner.returns(where.world, act, JUDGED, seed=2).mean())


def weights(where: Task, rules: Settings, now: Training, run: int) -> dict[str, Array]:
    """The actor and the critics of one run by the names of their torch nets, units and all.

    They take observations, the action in N m, and give values as the world counts rewards.
    """
    usual, scale = np.array([where.world.usual]), unit(where, rules)
    named = learner.layers("actor", where.actor, now.actor.theta[run])
    named["actor.0.weight"] = named["actor.0.weight"] / usual
    for i, phi in enumerate(now.critic.theta[run]):
        part = f"critics.{i}"
        named |= learner.layers(part, where.critic, phi)
        sees = np.append(usual, where.world.torque)
        named[f"{part}.0.weight"] = named[f"{part}.0.weight"] / sees
        for last in (f"{part}.4.weight", f"{part}.4.bias"):
            named[last] = named[last] * scale
    return {name: w.astype(np.float32) for name, w in named.items()}


def blank(config: Config) -> "Torque":
    """The torch net of a shipped policy, before it has its weights."""
    from models.nets.policy import Torque

    rules, where = config.rules, task(config)
    critics, noise = 2 if rules.twins else 1, None if rules.soft else rules.noise
    return Torque(where.actor.sizes, where.critic.sizes, critics, where.world.torque, noise)


def net(config: Config, weights: Weights) -> "Torque":
    """The trained policy, ready to be exported."""
    from models.nets.policy import load

    return load(blank(config), weights)


def example(config: Config, sizes: Mapping[str, int], seed: int) -> dict[str, Array]:
    """Any angle at any speed."""
    return policy_pendulum.example(policy_pendulum.CONFIG, sizes, seed)


def measure(config: Config, run: Run) -> Facts:
    """The returns of 100 fresh episodes of 200 steps by the mean torque."""
    certain = learner.returns(Pendulum(), lambda x: run(observation=x)["mean"], JUDGED, seed=1)
    return {
        "mean_return_of_100_episodes_mean_torque": float(certain.mean()),
        "worst_return_mean_torque": float(certain.min()),
        "transitions_learned_from": Task.worlds * config.steps,
    }


def recipe(what: str, config: Config) -> Recipe[Config]:
    """The recipe of a policy that learned off policy to swing a pendulum up."""
    return Recipe(
        what=what,
        trained_on="its own swings of Pendulum-v1, as simulated by models.worlds.pendulum",
        licence="Apache-2.0",
        config=config,
        train=snapshots,
        net=net,
        inputs=policy_pendulum.INPUTS,
        outputs=policy_pendulum.OUTPUTS,
        sizes=policy_pendulum.SIZES,
        example=example,
        measure=measure,
    )
