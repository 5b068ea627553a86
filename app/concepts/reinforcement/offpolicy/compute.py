r"""Learning from old experience: $\hat Q(s, a) \to r + \gamma\, \hat Q_{\text{targ}}(s', a')$, and the policy climbs $\hat Q$."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from app import params
from models.maths.off_policy import Settings, Task

from .course import Course, Report, told
from .inside import Inside, inside
from .truth import states

Array = np.ndarray
DOTS = 900  # of memory that are drawn, at most
HARD = "TD3|DDPG"


@dataclass(frozen=True)
class Params(params.Params):
    algorithm: str = params.choice("TD3", "DDPG", "SAC", label="Algorithm", anew=True)
    twins: bool = params.toggle(True, "Two critics", algorithm="TD3")
    smoothed: bool = params.toggle(True, "Smoothing", algorithm="TD3")
    delayed: bool = params.toggle(True, "Delay", algorithm="TD3")
    temperature: str = params.choice("steered", "fixed", label="Temperature", algorithm="SAC")
    goal: float = params.slider(
        -1.0, -3.0, 0.6, 0.1, "Entropy goal", algorithm="SAC", temperature="steered"
    )
    alpha: float = params.slider(
        0.2, 0.01, 20.0, 0.01, "α", log=True, algorithm="SAC", temperature="fixed"
    )
    noise: float = params.slider(0.2, 0.0, 1.0, 0.05, "Exploration σ", algorithm=HARD)
    rho: float = params.slider(0.95, 0.0, 0.995, 0.005, "Targets keep ρ")
    reuse: int = params.slider(4, 1, 16, 1, "Updates a step")
    capacity: int = params.slider(16_000, 200, 16_000, 100, "Buffer", log=True)
    transitions: int = params.slider(9_600, 800, 16_000, 800, "Transitions")
    map: str = params.choice("error", "estimate", "truth", "action", label="Map")
    below: str = params.choice("swing", "targets", "density", label="Below")
    spot: tuple[params.Point, ...] = params.points(
        ((2.6, 0.0),), "State s", count=(1, 1), x=(-3.14, 3.14), y=(-8.0, 8.0)
    )
    seed: int = params.seed()


@dataclass(frozen=True)
class Frame:
    """The runs after some transitions: what is believed, what is true, and what is remembered."""

    params: Params
    where: Task
    rules: Settings
    report: Report
    inside: Inside
    memory: Float[Array, "n 2"]  # states of the first run's buffer, evenly thinned, oldest first
    age: Float[Array, " n"]  # of each, in transitions
    batch: Float[Array, "b 2"]  # those last learned from

    @property
    def seen(self) -> int:
        """Transitions that each run has made."""
        return self.report.now.replay.filled


def compute(p: Params) -> Iterator[Frame]:
    """Yield the runs after every bout of learning; what only looks at them trains nothing anew."""
    course = course_of(p)
    where, rules = course.task, course.rules
    for report in told(course):
        memory, age, batch = remembered(where, rules, report)
        yield Frame(
            p,
            where,
            rules,
            report,
            inside(where, rules, report.now, p.spot[0], p.seed),
            memory,
            age,
            batch,
        )


def course_of(p: Params) -> Course:
    """What the training depends on; of what this algorithm does not use, the defaults."""
    unused = [n for n, f in Params.__dataclass_fields__.items() if hidden(p, f.metadata["when"])]
    known = {name: getattr(Params if name in unused else p, name) for name in Course._fields}
    return Course(**known)


def hidden(p: Params, when: dict[str, str]) -> bool:
    """Whether a control that shows only with these values is out of sight."""
    return any(getattr(p, name) not in values.split("|") for name, values in when.items())


def remembered(
    where: Task, rules: Settings, report: Report
) -> tuple[Float[Array, "n 2"], Float[Array, " n"], Float[Array, "b 2"]]:
    """The buffer of the first run as dots; the same dots from one frame to the next."""
    replay = report.now.replay
    oldest = max(0, replay.filled - rules.capacity)
    stride = 1
    while (replay.filled - oldest) / stride > DOTS:
        stride *= 3  # odd, as every 16th transition is of the same world
    index = np.arange(-(-oldest // stride) * stride, replay.filled, stride)
    x = replay.rows[0, :, : replay.observed]
    return (
        states(where, x[index]),
        (replay.filled - index).astype(float),
        states(where, x[report.now.batch[0]]),
    )
