"""From a training of several runs to the one policy that ships: the best of them, as plain weights."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.mlp import MLP
from models.maths.vpg import Ascent, Moment, Settings, Task, begin, train, unit, uphill
from models.recipes import Weights
from models.worlds import World

Array = np.ndarray
LATELY = 10  # updates over which runs are compared


@dataclass(frozen=True)
class Snapshot:
    """The weights of the run that did best lately; its loss is its mean return, turned round."""

    step: int
    loss: float
    weights: Weights


def snapshots(
    task: Task, settings: Settings, seed: int, steps: int, every: int, ascent: Ascent = uphill
) -> Iterator[Snapshot]:
    """Every so many updates, the best run so far; the last one after `steps` updates."""
    returns: list[Array] = []
    for moment in train(task, lambda _: settings, begin(task, seed), seed, ascent):
        step = moment.training.update
        returns.append(moment.made.reward.sum(-1).mean(-1))
        if step and (step % every == 0 or step == steps):
            lately = np.mean(returns[-LATELY:], 0)
            best = int(lately.argmax())
            yield Snapshot(step, -float(lately[best]), weights(task, moment, best))
        if step == steps:
            return


def weights(task: Task, moment: Moment, run: int) -> Weights:
    """The weights of one run by the names of its torch net.

    They take observations and give values as the world counts them: the units go into the first
    layers and the last.
    """
    usual = np.array(task.world.usual)[:, None]
    theta, phi = moment.training.theta[run], moment.training.phi[run]
    named = {**layers("actor", task.policy.net, theta), **layers("critic", task.value, phi)}
    scale = unit(task, moment.settings.gamma)
    for part in ("actor", "critic"):
        named[f"{part}.0.weight"] = named[f"{part}.0.weight"] / usual.T
    for last in ("critic.2.weight", "critic.2.bias"):
        named[last] = named[last] * scale
    rest = theta[task.policy.net.size :]
    return {name: w.astype(np.float32) for name, w in (named | {"raw": rest}).items() if w.size}


def layers(part: str, net: MLP, theta: Float[Array, " p"]) -> dict[str, Array]:
    """The layers of a net under the names that torch gives them, activations counted."""
    named = {}
    for depth, (weight, bias) in enumerate(net.layers(theta[: net.size])):
        named[f"{part}.{2 * depth}.weight"] = weight.T
        named[f"{part}.{2 * depth}.bias"] = bias[0]
    return named


def returns(
    world: World, act: Callable[[Array], Array], episodes: int, seed: int
) -> Float[Array, " episodes"]:
    """The return of each of many episodes, without discount, where `act` maps observations."""
    state = world.reset(np.random.default_rng(seed), (episodes,))
    alive, total = np.ones(episodes, bool), np.zeros(episodes)
    for _ in range(world.steps):
        action = act(world.observe(state).astype(np.float32))
        state, reward, failed = world.step(state, action)
        total += reward * alive
        alive &= ~failed
    return total
