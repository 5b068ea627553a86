"""A training as the page tells it: every few steps a report, kept for all who look at it again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from models.maths import vpg
from models.maths.actor_critic import begin, targets, train, unit
from models.maths.critics import judged
from models.maths.mlp import MLP, Moments
from models.maths.off_policy import DDPG, SAC, TD3, Learner, Settings, Task, Training
from models.maths.policies import Gaussian
from models.tape import Tape
from models.worlds.pendulum import Pendulum

from .truth import EXAMS, LOOKED, Truth, look

Array = np.ndarray
RUNS, ACTOR, CRITIC = 4, (32, 32), (48, 48)
BOUT = 24  # updates from one report to the next, about; of SAC, which costs more, two thirds
WINDOWS, WINDOW = 8, 32  # of the on-policy rival: trajectories for an update, and their steps
RIVAL = vpg.Settings("gae", gamma=0.96, lam=0.9, rate=0.02)  # as its own recipe has it


class Course(NamedTuple):
    """All that a training depends on."""

    algorithm: str
    twins: bool
    smoothed: bool
    delayed: bool
    temperature: str
    alpha: float
    goal: float
    rho: float
    noise: float
    reuse: int
    capacity: int
    transitions: int
    seed: int

    @property
    def rules(self) -> Settings:
        """The settings of this algorithm; TD3 with some of its tricks off is on its way to DDPG."""
        rules = replace(
            {"TD3": TD3, "DDPG": DDPG, "SAC": SAC}[self.algorithm],
            rho=self.rho,
            noise=self.noise,
            reuse=self.reuse,
            capacity=self.capacity,
        )
        if self.algorithm == "TD3":
            smoothing, delay = TD3.smoothing * self.smoothed, TD3.delay if self.delayed else 1
            return replace(rules, twins=self.twins, smoothing=smoothing, delay=delay)
        if self.algorithm == "DDPG":
            return rules
        if self.temperature == "fixed":
            return replace(rules, goal=None, alpha=self.alpha)
        return replace(rules, goal=self.goal)

    @property
    def task(self) -> Task:
        """The pendulum and the nets; small, so that four runs learn at once while one looks on."""
        world = Pendulum()
        actor = MLP((world.observed, *ACTOR, 2 if self.algorithm == "SAC" else 1), "relu")
        critic = MLP((world.observed + 1, *CRITIC, 1), "relu")
        return Task(world, actor, critic, RUNS, most=self.transitions)


@dataclass(frozen=True)
class History:
    """What the charts draw, one row a report."""

    seen: Int[Array, " m"]  # transitions that each run has made
    exam: Float[Array, "m runs"]
    rival: Float[Array, "m runs"]  # the same exam by the on-policy runs, after as many transitions
    believed: Float[Array, "m runs"]  # means over remembered states
    followed: Float[Array, "m runs"]


@dataclass(frozen=True)
class Report:
    """A training after some steps, and what was found out about it."""

    now: Training  # without the optimisers' memory
    truth: Truth
    history: History
    y: Float[Array, " n"]  # targets of the batch last learned from, and what the critics say there:
    q: Float[Array, "critics n"]  # of the first run, in rewards
    lag: float  # |targets - critics| / |critics|, of the weights


@lru_cache(maxsize=4)  # some 20 MB each: another look at the same training trains nothing anew
def told(course: Course) -> Tape[Report]:
    """The reports of a training, made when they are first read."""
    return Tape(reports(course))


def reports(course: Course) -> Iterator[Report]:
    """The training after every bout of steps, to its last transition."""
    where, rules, seed = course.task, course.rules, course.seed
    bout = BOUT * 2 // 3 if rules.soft else BOUT
    every = max(1, min(bout // 4, bout // rules.reuse))
    last = course.transitions // where.worlds
    empty = np.zeros((0, RUNS))
    history = History(np.zeros(0, int), empty, empty, empty, empty)
    rival = on_policy(seed)
    seen, exam = next(rival)
    for now in train(where, rules, begin(where, rules, seed), seed):
        if now.step % every == 0 or now.step == last:
            while seen + WINDOWS * WINDOW <= now.replay.filled:
                seen, exam = next(rival)
            truth = look(where, rules, now, seed)
            history = longer(history, now, truth, exam)
            yield report(where, rules, now, truth, history)
        if now.step == last:
            return


def longer(past: History, now: Training, truth: Truth, exam: Float[Array, " runs"]) -> History:
    """The history with one more row."""
    return History(
        np.append(past.seen, now.replay.filled),
        np.vstack([past.exam, truth.exam]),
        np.vstack([past.rival, exam]),
        np.vstack([past.believed, truth.believed.mean(-1)]),
        np.vstack([past.followed, truth.followed.mean(-1)]),
    )


def report(where: Task, rules: Settings, now: Training, truth: Truth, history: History) -> Report:
    """The report of one moment; the targets are those that the last batch would have now."""
    batch, scale = now.replay.at(now.batch), unit(where, rules)
    noise = vpg.chance(LOOKED, now.step).standard_normal(batch.a.shape, np.float32)
    y = targets(where, rules, now, batch, noise)[0].astype(float) * scale
    q = judged(where.critic, now.critic.theta, batch.x, batch.a)[0].astype(float) * scale
    critic = now.critic
    apart = np.linalg.norm(critic.target[0] - critic.theta[0]) / np.linalg.norm(critic.theta[0])
    seen = replace(
        now,
        actor=bare(now.actor),
        critic=bare(critic),
        log_alpha=bare(now.log_alpha),
        replay=now.replay.so_far(),
    )
    return Report(seen, truth, history, y, q, float(apart))


def bare(learner: Learner) -> Learner:
    """Without what only its optimiser needs."""
    none = np.zeros(0, np.float32)
    return replace(learner, moments=Moments(none, none))


def on_policy(seed: int) -> Iterator[tuple[int, Float[Array, " runs"]]]:
    """Transitions and exams of runs that use each transition for one update: the vanilla gradient.

    Looked at after every second update.
    """
    rod = Pendulum()
    policy, value = Gaussian(MLP((rod.observed, 32, 1)), rod.torque), MLP((rod.observed, 32, 1))
    where = vpg.Task(rod, policy, value, RUNS, WINDOWS, WINDOW)
    exam = np.full(RUNS, np.nan)
    for moment in vpg.train(where, lambda _: RIVAL, vpg.begin(where, seed), seed):
        update = moment.training.update
        if update % 2 == 0:
            exam = examined(where, moment.training.theta)
        yield update * WINDOWS * WINDOW, exam


def examined(where: vpg.Task, theta: Float[Array, "runs p"]) -> Float[Array, " runs"]:
    """The mean return of the exam's episodes with the mean torque."""
    world = where.world
    start = world.reset(np.random.default_rng(LOOKED), (EXAMS - 1,))
    state = np.broadcast_to(np.vstack([[np.pi, 0.0], start]), (RUNS, EXAMS, 2))
    total = np.zeros((RUNS, EXAMS))
    for _ in range(world.steps):
        mean = where.policy(theta, vpg.seen(world, state))[..., :1]
        state, r, _ = world.step(state, mean)
        total += r
    mean_return: Array = total.mean(-1)
    return mean_return
