"""A training, lap by lap: what the runs do at each update that is shown, kept for the next look."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import cast

import numpy as np
from jaxtyping import Float

from models.maths.credit import CREDITS, Credit
from models.maths.mlp import MLP
from models.maths.policies import Categorical, Gaussian
from models.maths.vpg import Moment, Settings, Task, Training, begin, train
from models.tape import Tape
from models.worlds.cartpole import CartPole
from models.worlds.corridor import Corridor
from models.worlds.pendulum import Pendulum

from .decision import Decisions, decisions
from .estimates import Estimates, Reference, estimates, reference
from .looking import History, Map, Strip, append, episodes, look_inside, nothing

Array = np.ndarray
WIDTH = 32  # tanh units of each net
WINDOW = 32  # steps of a pendulum's trajectory, which goes on in the next
EVERY = {"cartpole": 1, "pendulum": 5, "corridor": 1}  # updates from one lap to the next
Event = tuple[int, str]


@dataclass(frozen=True)
class Course:
    """All that a training depends on, and which of its runs is looked at."""

    world: str
    credit: str
    gamma: float
    lam: float
    rate: float
    runs: int
    many: int  # trajectories of a run for one update
    updates: int
    shown: int
    seed: int
    events: tuple[Event, ...]

    @cached_property
    def task(self) -> Task:
        """What is learned where."""
        world = {"cartpole": CartPole, "pendulum": Pendulum, "corridor": Corridor}[self.world]()
        value = MLP((world.observed, WIDTH, 1))
        if isinstance(world, Pendulum):
            acts = Gaussian(MLP((world.observed, WIDTH, 1)), world.torque)
            return Task(world, acts, value, self.runs, self.many, WINDOW)
        picks = Categorical(MLP((world.observed, WIDTH, 2)))
        return Task(world, picks, value, self.runs, self.many, world.steps)

    def settings(self, update: int) -> Settings:
        """How this update is made: as at first, and what was changed until then."""
        now = Settings(cast(Credit, self.credit), self.gamma, self.lam, self.rate)
        for step, action in self.events:
            if step <= update and action in CREDITS:
                now = replace(now, credit=action)
            elif step <= update:
                now = replace(now, rate=now.rate * (2 if action == "faster" else 0.5))
        return now

    def led(self, update: int) -> Settings:
        """What was in force for the update that led here; what is changed here counts from here on."""
        return self.settings(update - 1)


@dataclass(frozen=True)
class Lap:
    """The runs after some updates, with the trajectories that the next one will learn from."""

    course: Course
    training: Training
    history: History
    strip: Strip  # an episode of each of the first runs
    inside: Map  # policy and value of the run shown
    decisions: Decisions  # of its first trajectory, step by step
    estimates: Estimates  # of its gradient, by every credit

    @property
    def made_by(self) -> Settings:
        """How the update that led here was made."""
        return self.course.led(self.training.update)

    @cached_property
    def reference(self) -> Reference:
        """What its gradient would be with many more trajectories; found when it is first asked for."""
        return reference(
            self.course.task,
            self.made_by,
            self.training,
            self.course.shown - 1,
            self.estimates.length,
            self.course.seed,
        )


@lru_cache(maxsize=3)  # ten megabytes each: another look at the same training trains nothing anew
def laps(course: Course) -> Tape[Lap]:
    """The laps of a training from its beginning."""
    return Tape(onwards(course, begin(course.task, course.seed), nothing(course.runs)))


def onwards(course: Course, training: Training, past: History) -> Iterator[Lap]:
    """The laps from this training on, its own if the past does not hold it yet."""
    at, recent, before = course.shown - 1, [], None
    for moment in train(course.task, course.settings, training, course.seed):
        update = moment.training.update
        if update not in past.update:
            recent.append(returns(course.task, moment))
            if update % EVERY[course.world] == 0:
                found = estimates(course.task, moment, at, course.led(update).credit)
                inside = look_inside(course.task, moment, at)
                moved = moved_by(course.task, moment, before, at)
                past = append(past, update, np.mean(recent, 0), marks(found, inside, moved))
                strip = episodes(course.task, moment, course.seed)
                told = decisions(course.task, moment, at)
                yield Lap(course, moment.training, past, strip, inside, told, found)
                recent = []
        if update >= course.updates:
            return
        before = moment


def marks(found: Estimates, inside: Map, moved: float) -> Float[Array, " metrics"]:
    """What a log would say of the run shown, in the order of METRICS."""
    return np.array(
        [*found.noise, found.norm, moved, inside.entropy, inside.error, inside.explained]
    )


def moved_by(task: Task, moment: Moment, before: Moment | None, run: int) -> float:
    """KL(old || new) of the last update, the mean over the states it learned from; 0 before any."""
    if before is None:
        return 0.0
    x = before.made.seen[run][before.made.alive[run]]
    old, new = (task.policy(m.training.theta[run], x) for m in (before, moment))
    return float(task.policy.kl(old, new).mean())


def returns(task: Task, moment: Moment) -> Float[Array, " runs"]:
    """The mean return of each run's episodes; of windows, as if they went on for a whole one."""
    share = task.window / task.world.steps
    mean: Array = moment.made.reward.sum(-1).mean(-1) / share
    return mean
