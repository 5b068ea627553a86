r"""Flow matching: $\dot x = u_t(x)$ carries noise at $t = 0$ to data at $t = 1$.

The field is the mean of simple ones, $u_t(x) = \mathbb E[u_t(x \mid z) \mid x_t = x]$, and a net finds
that mean by regression on single draws:
$\min_\theta\, \mathbb E\, \|u_\theta(x_t, t) - (\dot\alpha_t x_1 + \dot\beta_t \epsilon)\|^2$,
$x_t = \alpha_t x_1 + \beta_t \epsilon$.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from app import params
from models.maths.distances import sliced_w2, sliced_w2_floor
from models.maths.flow_matching import Flow, Lesson, learned, train
from models.maths.integrators import RULES, Velocity, evenly, solve, straightness, ticked
from models.maths.mixtures import Mixture
from models.maths.paths import SCHEDULES, by_hand
from models.maths.toys import DATASETS, dataset
from models.tape import Tape

from .frame import Frame, Moment, Progress, Still
from .probe import look

Array = np.ndarray
SIDE = (-3.0, 3.0)  # of the square in which data can be drawn
TICKS = 120  # clock steps from noise to data, whatever the solver's own
NOWHERE = np.empty((0, 65, 2))
# Arrows are drawn where p_t is at least this: what a net was taught a little, what is exact far out.
TAUGHT, EXACT = 1e-3, 1e-6
SHOTS = 48  # snapshots of a training
DATA, PARTICLES, EXAMPLES = 160, 384, 16
HEART = tuple(
    (round(1.9 * float(np.sin(a)) ** 3, 2), round(float(1.7 * np.cos(a) - 0.6 * np.cos(2 * a)), 2))
    for a in 2 * np.pi * np.arange(16) / 16
)
KNOTS = (0.17, 0.33, 0.5, 0.67, 0.83)


@dataclass(frozen=True)
class Params(params.Params):
    data: str = params.choice("ring", *list(DATASETS)[1:], "yours", label="Data")
    yours: tuple[params.Point, ...] = params.points(
        HEART, "Your points", count=(1, 150), x=SIDE, y=SIDE, data="yours"
    )
    width: float = params.slider(0.1, 0.02, 0.5, 0.02, "Width of a point")
    schedule: str = params.choice(*SCHEDULES, "by hand", label="Schedule")
    alpha: tuple[float, ...] = params.curve(KNOTS, "Data α", 0.0, 1.0, schedule="by hand")
    beta: tuple[float, ...] = params.curve(KNOTS[::-1], "Noise β", 0.05, 1.5, schedule="by hand")
    field: str = params.choice("exact", "one point", "training", "learned", label="Field")
    aim: tuple[params.Point, ...] = params.points(
        ((1.4, 1.4),), "The one point", count=(1, 1), x=SIDE, y=SIDE, field="one point"
    )
    iterations: int = params.slider(1000, 0, 3000, 100, "Iterations", field="training|learned")
    time: float = params.slider(0.6, 0.0, 1.0, 0.05, "Shown at time t", field="training")
    solver: str = params.choice(*RULES, label="Solver", field="exact|one point|learned")
    steps: int = params.slider(30, 1, 120, 1, "Steps", log=True, field="exact|one point|learned")
    probe: tuple[params.Point, ...] = params.points(
        ((0.5, 0.2),), "Probe", count=(1, 1), x=SIDE, y=SIDE
    )
    seed: int = params.seed()


def compute(p: Params) -> Iterator[Frame]:
    """The flow from noise to data tick by tick, or a training snapshot by snapshot."""
    flow, place = flow_of(p), np.array(p.probe)
    moments = kept(replace(p, probe=Params.probe))
    if p.field == "training":
        now = np.array([p.time])
        for moment in moments:
            yield Frame(moment, *look(flow, field_of(flow, moment.theta), place, now))
    else:
        velocity = field_of(flow, next(iter(moments)).theta)
        probes = look(flow, velocity, place, np.arange(TICKS + 1) / TICKS)
        yield from map(Frame, moments, probes)


@lru_cache(maxsize=12)
def kept(p: Params) -> Tape[Moment]:
    """The run without its probe: dragging the probe computes nothing of it again."""
    return Tape(training(p) if p.field == "training" else flight(p))


def data_of(p: Params) -> Float[Array, "k 2"]:
    """The data points: drawn by hand, or a finite sample of a preset."""
    if p.data == "yours":
        return np.array(p.yours, float)
    return dataset(p.data, DATA, np.random.default_rng((p.seed, 0)))


def flow_of(p: Params) -> Flow:
    """The exact flow to all data points, or to the one that is nearest to the aim."""
    points = data_of(p)
    if p.field == "one point":
        points = points[[np.linalg.norm(points - np.array(p.aim), axis=-1).argmin()]]
    schedule = SCHEDULES.get(p.schedule) or by_hand(p.alpha, p.beta)
    return Flow(Mixture(points, p.width), schedule)


def field_of(flow: Flow, theta: Array | None) -> Velocity:
    """The field that carries the particles: the net's, if there is one."""
    return flow.velocity if theta is None else learned(theta)


def still_of(p: Params, flow: Flow) -> Still:
    """What does not change in a run; the ways are those of some pairs of noise and data."""
    rng = np.random.default_rng((p.seed, 1))
    noise, fresh = rng.standard_normal((PARTICLES, 2)), flow.data.sample(PARTICLES, rng)
    line, t = np.linspace(-2.8, 2.8, 15), np.arange(65) / 64
    some, alpha, beta = slice(EXAMPLES), *flow.schedule(t)[:2]
    pairs = flow.mix(fresh[some], noise[some], np.full(EXAMPLES, p.time))
    return Still(
        data=data_of(p),
        goal=flow.data.means,
        fresh=fresh,
        noise=noise,
        grid=np.stack(np.meshgrid(line, line), -1).reshape(-1, 2),
        mix=np.stack([t, alpha, beta], -1),
        ways=alpha[:, None] * fresh[some, None] + beta[:, None] * noise[some, None],
        targets=np.stack([pairs.x_t, pairs.target], 1),
        floor=sliced_w2_floor(flow.data.sample, PARTICLES, rng),
        lump=sliced_w2(fresh.mean(0, keepdims=True), fresh),
        drawn=p.data == "yours",
        aimed=p.field == "one point",
    )


def flight(p: Params) -> Iterator[Moment]:
    """The particles on their way from noise to data, along the exact field or the learned one."""
    flow, rule = flow_of(p), RULES[p.solver]
    theta = list(lessons(course_of(p)))[-1].theta if p.field == "learned" else None
    velocity, still = field_of(flow, theta), still_of(p, flow)
    some = still.noise[:64]
    ways = np.stack(list(ticked(velocity, some, rule, p.steps, TICKS)), 1)
    true = np.stack(list(ticked(velocity, some, RULES["RK4"], 60, 60)), 1)
    still = replace(
        still,
        ways=ways[:EXAMPLES],
        calls=p.steps * len(rule.ahead),
        error=rms(ways[:, -1] - true[:, -1]),
        straightness=straightness(true),
    )
    distances: list[float] = []
    for step, x in enumerate(ticked(velocity, still.noise, rule, p.steps, TICKS)):
        t = np.array(step / TICKS)
        distances.append(sliced_w2(x, still.fresh))
        seen = flow.mix(still.fresh, still.noise, np.full(PARTICLES, t)).x_t  # drawn from p_t
        yield Moment(
            still,
            step,
            float(t),
            x,
            velocity(still.grid, t),
            flow.velocity(still.grid, t),
            flow.density(still.grid, t) > (EXACT if theta is None else TAUGHT),
            np.array(distances),
            gap=0.0 if theta is None else rms(velocity(seen, t) - flow.velocity(seen, t)),
            tube=flow.tube(t) if still.aimed else NOWHERE,
            theta=theta,
        )


def training(p: Params) -> Iterator[Moment]:
    """A net on its way to the field: what it says at one time, and where it leads."""
    flow, t = flow_of(p), np.array(p.time)
    still, draws = still_of(p, flow), flow.pairs(2000, np.random.default_rng((p.seed, 3)))
    exact, right = flow.velocity(still.grid, t), flow.velocity(draws.x_t, draws.t)
    seen = flow.mix(still.fresh, still.noise, np.full(PARTICLES, t)).x_t  # drawn from p_t
    crowded = flow.density(still.grid, t) > TAUGHT
    floor = float(flow.disagreement(draws.x_t, draws.t).mean())
    past: list[tuple[float, float, float, float]] = []
    for lesson in lessons(course_of(p)):
        velocity = learned(lesson.theta)
        *_, x = solve(velocity, still.noise, evenly(8, PARTICLES, 0.0, p.time), RULES["midpoint"])
        *_, end = solve(velocity, x, evenly(8, PARTICLES, p.time, 1.0), RULES["midpoint"])
        gap = rms(velocity(draws.x_t, draws.t) - right)
        past.append((lesson.step, lesson.loss, gap**2, sliced_w2(end, still.fresh)))
        at, losses, gaps, distances = np.array(past).T
        yield Moment(
            still,
            lesson.step,
            p.time,
            x,
            velocity(still.grid, t),
            exact,
            crowded,
            distances,
            gap=rms(velocity(seen, t) - flow.velocity(seen, t)),
            tube=NOWHERE,
            theta=lesson.theta,
            progress=Progress(at, losses, gaps, floor, p.iterations),
        )


def course_of(p: Params) -> Params:
    """The same, less all that a training does not depend on."""
    keep = ("data", "yours", "width", "schedule", "alpha", "beta", "iterations", "seed")
    return Params(field="training", **{name: getattr(p, name) for name in keep})


@lru_cache(maxsize=12)
def lessons(course: Params) -> Tape[Lesson]:
    """A training at its snapshots, close at first; each loss is the mean since the one before."""

    def taught() -> Iterator[Lesson]:
        shots = {round(course.iterations * (shot / SHOTS) ** 2) for shot in range(SHOTS + 1)}
        losses: list[float] = []
        for lesson in train(flow_of(course), np.random.default_rng((course.seed, 2))):
            losses.append(lesson.loss)
            if lesson.step in shots:
                yield lesson._replace(loss=float(np.mean(losses)))
                losses = []
            if lesson.step == course.iterations:
                return

    return Tape(taught())


def rms(vectors: Float[Array, "n 2"]) -> float:
    """The root of the mean squared length."""
    return float(np.sqrt(np.square(vectors).sum(-1).mean()))
