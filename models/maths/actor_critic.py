r"""Learns to act from old experience: $y = r + \gamma\, \hat Q(s', a')$, then the actor climbs $\hat Q(s, \mu_\theta(s))$.

DDPG, TD3 and SAC are one loop. They differ in where $a'$ comes from, in how many critics must agree,
and in whether entropy is worth something. Several runs, alike but for chance, learn side by side,
each in several worlds at once. Actions are shares of what the motor gives, in [-1, 1].
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from models.maths import squashed
from models.maths.critics import bellman_gradient, climb, judged, soft_climb
from models.maths.off_policy import Learner, Settings, Task, Training
from models.maths.policies import quiet
from models.maths.replay import Replay, Transitions
from models.maths.vpg import chance, seen

Array = np.ndarray


def begin(task: Task, settings: Settings, seed: int) -> Training:
    """A training before its first step: targets equal to what they will follow, critics near 0."""
    rng = np.random.default_rng(seed)
    actor = quiet(task.actor, task.actor.init(rng, (task.runs,)))
    critics = quiet(task.critic, task.critic.init(rng, (task.runs, 2)))
    critics = critics[:, : 2 if settings.twins else 1].copy()
    log_alpha = np.full((task.runs, 1), np.log(settings.alpha), np.float32)
    nets = Learner.fresh(actor), Learner.fresh(critics), Learner.fresh(log_alpha)
    replay = Replay.empty(task.runs, task.most, task.world.observed, 1)
    state = task.world.reset(rng, (task.runs, task.worlds))
    return Training(0, 0, *nets, replay, state, np.zeros((task.runs, 0), int))


def train(task: Task, settings: Settings, training: Training, seed: int) -> Iterator[Training]:
    """The training after each step of the worlds, and what was learned from it, without end."""
    while True:
        rng = chance(seed, training.step)
        training = experience(task, settings, training, rng)
        if training.replay.filled > task.warm:
            for _ in range(settings.reuse):
                training = update(task, settings, training, rng)
        yield training


def experience(task: Task, settings: Settings, old: Training, rng: np.random.Generator) -> Training:
    """One step of every world into the replay; each begins anew after `steps`, not all at once."""
    x = seen(task.world, old.state)
    a = rng.uniform(-1, 1, (*x.shape[:-1], 1)).astype(np.float32)
    if old.replay.filled >= task.warm:
        a = explore(task, settings, old.actor.theta, x, rng)
    moved, r, _ = task.world.step(old.state, task.world.torque * a)
    new = Transitions(x, a, r.astype(np.float32), seen(task.world, moved))
    age = old.step + 1 + np.arange(task.worlds) * task.world.steps // task.worlds
    over = age % task.world.steps == 0
    fresh = task.world.reset(rng, moved.shape[:-1])
    state = np.where(over[:, None], fresh, moved)
    return replace(old, step=old.step + 1, replay=old.replay.add(new), state=state)


def explore(
    task: Task,
    settings: Settings,
    theta: Float[Array, "runs p"],
    x: Float[Array, "runs n o"],
    rng: np.random.Generator,
) -> Float[Array, "runs n 1"]:
    """Actions while learning: drawn from a stochastic policy, or a deterministic one's plus noise."""
    y = task.actor(theta, x)
    noise = rng.standard_normal((*y.shape[:-1], 1), np.float32)
    if settings.soft:
        return squashed.draw(y, noise).a
    tried: Array = np.clip(np.tanh(y) + settings.noise * noise, -1, 1)
    return tried


def decided(
    task: Task, settings: Settings, theta: Float[Array, "*runs p"], x: Float[Array, "*b n o"]
) -> Float[Array, "*b n 1"]:
    """Actions without chance: tanh of the net's output, of a stochastic policy's mu."""
    y = task.actor(theta, x)
    certain: Array = np.tanh(squashed.split(y)[0] if settings.soft else y)
    return certain


def unit(task: Task, settings: Settings) -> float:
    """What the critics' outputs count in: a usual reward, for as long as gamma looks ahead."""
    return task.world.usual_reward / (1 - settings.gamma)


def targets(
    task: Task,
    settings: Settings,
    now: Training,
    batch: Transitions,
    noise: Float[Array, "runs n 1"],
) -> Float[Array, "runs n"]:
    r"""y = r + gamma min_i Q'_i(s', a') in units, from standard normal noise; d = 0 throughout.

    a' is the target actor's (DDPG: Lillicrap et al., 2016, alg. 1; arXiv:1509.02971), with clipped
    noise on it (TD3: Fujimoto et al., 2018, eq. 14; arXiv:1802.09477), or drawn from the present
    policy, and alpha log pi(a' | s') goes off (SAC: Haarnoja et al., 2018b, eq. 2-3; arXiv:1812.05905).
    """
    if settings.soft:
        made = squashed.draw(task.actor(now.actor.theta, batch.x_next), noise)
        a, price = made.a, now.alpha / unit(task, settings) * made.log_prob
    else:
        jitter = np.clip(settings.smoothing * noise, -settings.clip, settings.clip)
        a = np.clip(np.tanh(task.actor(now.actor.target, batch.x_next)) + jitter, -1, 1)
        price = np.zeros(a.shape[:-1], np.float32)
    follows = judged(task.critic, now.critic.target, batch.x_next, a).min(1) - price
    y: Array = batch.r / unit(task, settings) + settings.gamma * follows
    return y


def update(task: Task, settings: Settings, now: Training, rng: np.random.Generator) -> Training:
    """A step of the critics on one batch, and when it is their turn, of the actor and all targets."""
    index = now.replay.pick(settings.batch, settings.capacity, rng)
    batch = now.replay.at(index)
    noise = rng.standard_normal((2, *batch.a.shape), np.float32)
    y = targets(task, settings, now, batch, noise[0])
    down = bellman_gradient(task.critic, now.critic.theta, batch.x, batch.a, y)
    critic = now.critic.step(down, settings.rate)
    now = replace(now, critic=critic, updates=now.updates + 1, batch=index)
    if now.updates % settings.delay:
        return now
    now = improve(task, settings, now, batch.x, noise[1])
    actor, critic = now.actor.follow(settings.rho), now.critic.follow(settings.rho)
    return replace(now, actor=actor, critic=critic)


def improve(
    task: Task,
    settings: Settings,
    now: Training,
    x: Float[Array, "runs n o"],
    xi: Float[Array, "runs n 1"],
) -> Training:
    """A step of the actor up its critic; alpha rises where the entropy is below its goal."""
    actor, phi = now.actor, now.critic.theta
    if not settings.soft:  # by the first critic alone, also where there are two
        grad = climb(task.actor, actor.theta, task.critic, phi[:, :1], x)
        return replace(now, actor=actor.step(grad, settings.rate))
    alpha = now.alpha / unit(task, settings)
    grad, log_prob = soft_climb(task.actor, actor.theta, task.critic, phi, x, xi, alpha)
    now = replace(now, actor=actor.step(grad, settings.rate))
    if settings.goal is None:
        return now
    lack = log_prob.mean(-1, keepdims=True) + np.float32(settings.goal)
    return replace(now, log_alpha=now.log_alpha.step(-lack, settings.rate))
