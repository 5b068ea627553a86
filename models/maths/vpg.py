r"""Learns to act by trial and error: $\theta \leftarrow \theta + \alpha\, \hat g$, the vanilla policy gradient.

$\hat g = \frac1n \sum_\tau \sum_t \nabla_\theta \log \pi_\theta(a_t \mid s_t)\, \psi_t$ over the n trajectories
just made, with Adam's steps. Several runs, alike but for chance, learn side by side: arrays are
(runs, n trajectories, t steps, …).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Bool, Float

from models.maths.credit import Credit, credits
from models.maths.mlp import MLP, Moments, adam
from models.maths.policies import Policy
from models.worlds import World

Array = np.ndarray
FITS = 4  # steps of the value's fit after each update, each on every fourth moment
FIT_RATE = 0.02


@dataclass(frozen=True)
class Task:
    """Where a policy acts and what acts there; the same in all updates of a training."""

    world: World
    policy: Policy
    value: MLP
    runs: int
    episodes: int  # trajectories that a run makes for one update
    window: int  # the most steps of a trajectory; what is cut short may go on in the next update


@dataclass(frozen=True)
class Settings:
    """How an update is made; may change from one to the next."""

    credit: Credit = "baseline"
    gamma: float = 0.98
    lam: float = 0.9
    rate: float = 0.02


@dataclass(frozen=True)
class Training:
    """All that the next update depends on, but for the seed."""

    update: int
    theta: Float[Array, "runs p"]  # policies
    phi: Float[Array, "runs q"]  # values
    theta_moments: Moments
    phi_moments: Moments
    state: Float[Array, "runs n s"]  # where the next trajectories begin
    beta: Float[Array, " runs"]  # what a nat of KL costs; PPO-Penalty alone reads and changes it


@dataclass(frozen=True)
class Trajectories:
    """What happened; everything after a failure is padding, and not `alive`."""

    state: Float[Array, "*runs n t s"]
    seen: Float[Array, "*runs n t o"]  # what the nets saw
    action: Array  # (*runs, n, t) or (*runs, n, t, k)
    reward: Float[Array, "*runs n t"]
    alive: Bool[Array, "*runs n t"]
    last: Float[Array, "*runs n s"]  # the states after the last step
    cut: Bool[Array, "*runs n"]  # still alive there

    def map(self, pick: Callable[[Array], Array]) -> "Trajectories":
        """The same pick of every array: one run, or each trajectory as a run of its own."""
        return Trajectories(*(pick(getattr(self, f.name)) for f in fields(self)))


def chance(seed: int, update: int) -> np.random.Generator:
    """The generator of one update: a training can go on from any moment without keeping it."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(update,)))


def begin(task: Task, seed: int) -> Training:
    """A training before its first update."""
    rng = np.random.default_rng(seed)
    theta, phi = task.policy.init(rng, task.runs), task.value.init(rng, (task.runs,))
    state = task.world.reset(rng, (task.runs, task.episodes))
    return Training(
        0, theta, phi, Moments.like(theta), Moments.like(phi), state, np.ones(task.runs)
    )


def seen(world: World, state: Float[Array, "*many s"]) -> Float[Array, "*many o"]:
    """What a net is given of a state: observations in units of what is usual."""
    x: Array = world.observe(state) / np.array(world.usual)
    return x.astype(np.float32)


def collect(
    task: Task,
    theta: Float[Array, "runs p"],
    state: Float[Array, "runs n s"],
    rng: np.random.Generator,
) -> Trajectories:
    """Acts from these states until all copies have failed or the window is full."""
    alive = np.ones(state.shape[:-1], bool)
    steps = []
    for _ in range(task.window):
        x = seen(task.world, state)
        action = task.policy.sample(task.policy(theta, x), rng)
        moved, reward, failed = task.world.step(state, action)
        steps.append((state, x, action, reward * alive, alive))
        state, alive = moved, alive & ~failed
        if not alive.any():
            break
    states, xs, actions, rewards, lives = (np.stack(part, 2) for part in zip(*steps, strict=True))
    return Trajectories(states, xs, actions, rewards, lives, last=state, cut=alive)


def unit(task: Task, gamma: float) -> float:
    """What the value nets' output counts in: a usual reward, for as long as gamma looks ahead."""
    return task.world.usual_reward / max(1 - gamma, 1 / task.world.steps)


def worth(
    task: Task, phi: Float[Array, "*runs q"], x: Float[Array, "*runs n o"], gamma: float
) -> Float[Array, "*runs n"]:
    """V_phi: the discounted reward to come that the value nets expect where they see x."""
    expected: Array = task.value(phi, x)[..., 0].astype(float)
    return expected * unit(task, gamma)


@dataclass(frozen=True)
class Moment:
    """An update about to be made: what was done, and what each action is credited with."""

    training: Training
    settings: Settings
    made: Trajectories
    psi: dict[Credit, Float[Array, "runs n t"]]
    v: Float[Array, "runs n t"]  # V at every state, 0 where not alive


# From a moment to the training with better policies: what tells VPG, TRPO and PPO apart.
Ascent = Callable[[Task, Moment, np.random.Generator], Training]


def uphill(task: Task, moment: Moment, rng: np.random.Generator) -> Training:
    """One of Adam's steps along g-hat: the vanilla policy gradient."""
    old, settings = moment.training, moment.settings
    g = policy_gradient(task, old.theta, moment.made, moment.psi[settings.credit])
    theta, moments = adam(old.theta, -g, old.theta_moments, settings.rate)
    return replace(old, theta=theta, theta_moments=moments)


def train(
    task: Task,
    settings: Callable[[int], Settings],
    training: Training,
    seed: int,
    ascent: Ascent = uphill,
) -> Iterator[Moment]:
    """Every moment from this one on, without end (Achiam, 2018, Spinning Up, alg. 1 of VPG)."""
    while True:
        rng = chance(seed, training.update)
        made = collect(task, training.theta, training.state, rng)
        moment = judge(task, settings(training.update), training, made)
        yield moment
        training = improve(task, moment, ascent(task, moment, rng), rng)


def judge(task: Task, settings: Settings, training: Training, made: Trajectories) -> Moment:
    """psi_t by every estimator, with the value nets' opinion of every state."""
    gamma, phi = settings.gamma, training.phi
    v = worth(task, phi, made.seen.reshape(task.runs, -1, task.world.observed), gamma)
    v = v.reshape(made.reward.shape) * made.alive
    tail = worth(task, phi, seen(task.world, made.last), gamma) * made.cut
    psi = credits(made.reward, made.alive, v, tail, gamma, settings.lam)
    return Moment(training, settings, made, psi, v)


def improve(task: Task, moment: Moment, better: Training, rng: np.random.Generator) -> Training:
    """The training one update later: policies those of `better`, values refitted, worlds moved on."""
    made = moment.made
    phi, phi_moments = refit(task, moment)
    again = ~made.cut | (rng.random(made.cut.shape) < task.window / task.world.steps)
    fresh = task.world.reset(rng, made.cut.shape)
    state = np.where(again[..., None], fresh, made.last)
    update = moment.training.update + 1
    return replace(better, update=update, phi=phi, phi_moments=phi_moments, state=state)


def policy_gradient(
    task: Task, theta: Float[Array, "*runs p"], made: Trajectories, psi: Float[Array, "*runs n t"]
) -> Float[Array, "*runs p"]:
    """g-hat, the mean over trajectories of the sum over time of psi times the score."""
    *runs, n, t = psi.shape
    x = made.seen.reshape(*runs, n * t, -1)
    action = made.action.reshape(*runs, n * t, *made.action.shape[len(psi.shape) :])
    return task.policy.gradient(theta, x, action, psi.reshape(*runs, n * t) / n)


def refit(task: Task, moment: Moment) -> tuple[Float[Array, "runs q"], Moments]:
    """Values and their moments after some steps down the mean of (V - target)², moments interleaved.

    The target is what followed; with generalised advantages, the lambda-return they are made of.
    """
    made, old, settings = moment.made, moment.training, moment.settings
    psi = moment.psi["gae" if settings.credit == "gae" else "baseline"]
    target = (psi + moment.v) / unit(task, settings.gamma)
    phi, moments = old.phi, old.phi_moments
    for fit in range(FITS):
        x, goal, alive = (a[:, :, fit::FITS] for a in (made.seen, target, made.alive))
        trace = task.value.forward(phi, x.reshape(task.runs, -1, x.shape[-1]))
        error = trace.y - goal.reshape(*trace.y.shape)
        weight = alive.reshape(*trace.y.shape) / np.maximum(alive.sum((1, 2)), 1)[:, None, None]
        down, _ = task.value.backward(phi, trace, (2 * weight * error).astype(np.float32))
        phi, moments = adam(phi, down, moments, FIT_RATE)
    return phi, moments
