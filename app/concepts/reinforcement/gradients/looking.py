"""What can be seen of runs that learn: their past, an episode of each, one trajectory, one mind."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from models.maths.credit import CREDITS
from models.maths.policies import Categorical, log_softmax
from models.maths.vpg import Moment, Task, chance, collect, noise, seen, worth
from models.worlds.pendulum import Pendulum, wrapped

Array = np.ndarray
Range = tuple[float, float]
SIDE = 29  # cells of a map, each way
VISITED = 300  # states shown on a map, at most
AFTER = 1_000_000  # added to an update's number: the chance of what is only looked at
# Angle (rad) and angular speed (rad/s) on the maps.
WINDOWS: dict[str, tuple[Range, Range]] = {
    "CartPole": ((-0.21, 0.21), (-2.5, 2.5)),
    "Pendulum": ((-float(np.pi), float(np.pi)), (-8.0, 8.0)),
}


@dataclass(frozen=True)
class History:
    """What the charts draw, one row for each frame so far."""

    update: Int[Array, " m"]
    returns: Float[Array, "m runs"]  # mean return of the episodes since the frame before
    noise: Float[Array, "m credits"]  # of g-hat of the run shown, by every credit


@dataclass(frozen=True)
class Strip:
    """One episode of each run; what follows a failure is padding."""

    state: Float[Array, "runs t s"]
    steps: Int[Array, " runs"]  # how many each lasted
    failed: Bool[Array, " runs"]  # ended by failing


@dataclass(frozen=True)
class Trajectory:
    """One trajectory of the run shown."""

    psi: Float[Array, "credits t"]  # what each action is credited with, by every credit
    v: Float[Array, " t"]


@dataclass(frozen=True)
class Map:
    """Policy and value of the run shown over angle and angular speed, and where it has been."""

    policy: Float[Array, "side side"]  # P(right), or the mean torque
    value: Float[Array, "side side"]
    visited: Float[Array, "n 2"]  # states of this update's trajectories
    followed: Float[Array, " n"]  # the discounted rewards that followed them
    entropy: float  # nats, mean over the states visited
    error: float  # root mean square of V less what followed


def nothing(runs: int) -> History:
    """The history before the first frame."""
    return History(np.zeros(0, int), np.zeros((0, runs)), np.zeros((0, len(CREDITS))))


def append(
    past: History, where: Task, moment: Moment, run: int, returns: Float[Array, " runs"]
) -> History:
    """The history with a row for this moment."""
    mine, theta = moment.made.map(lambda a: a[run]), moment.training.theta[run]
    spread = [noise(where, theta, mine, moment.psi[credit][run]) for credit in CREDITS]
    return History(
        np.append(past.update, moment.training.update),
        np.vstack([past.returns, returns]),
        np.vstack([past.noise, spread]),
    )


def episodes(where: Task, moment: Moment, seed: int) -> Strip:
    """The first training episode of each run; of pendulums, one from hanging, made to be seen."""
    made = moment.made.map(lambda a: a[:, :1])
    if isinstance(where.world, Pendulum):
        hanging = np.tile([np.pi, 0.0], (where.runs, 1, 1))
        whole = Task(where.world, where.policy, where.value, where.runs, 1, where.world.steps)
        rng = chance(seed, AFTER + moment.training.update)
        made = collect(whole, moment.training.theta, hanging, rng)
    steps = made.alive[:, 0].sum(-1)
    shown = made.state[:, 0, : steps.max()].copy()  # a view would keep every trajectory in memory
    return Strip(shown, steps, ~made.cut[:, 0])


def single(moment: Moment, run: int) -> Trajectory:
    """The first trajectory of a run."""
    steps = int(moment.made.alive[run, 0].sum())
    psi = np.stack([moment.psi[credit][run, 0, :steps] for credit in CREDITS])
    return Trajectory(psi, moment.v[run, 0, :steps].copy())


def look_inside(where: Task, moment: Moment, run: int) -> Map:
    """The mind of a run, with as many of the states it has just visited as can be drawn."""
    theta, alive = moment.training.theta[run], moment.made.alive[run]
    state, x = moment.made.state[run][alive], moment.made.seen[run][alive]
    v = moment.v[run][alive]
    followed = moment.psi["baseline"][run][alive] + v
    pick = np.linspace(0, len(v) - 1, min(VISITED, len(v))).astype(int)
    grid = seen(where.world, lattice(where))
    dist = where.policy(theta, grid)
    discrete = isinstance(where.policy, Categorical)
    tendency = np.exp(log_softmax(dist))[:, 1] if discrete else dist[:, 0]
    gamma = moment.settings.gamma
    return Map(
        tendency.reshape(SIDE, SIDE),
        worth(where, moment.training.phi[run], grid, gamma).reshape(SIDE, SIDE),
        angles(where, state[pick]),
        followed[pick],
        float(where.policy.entropy(where.policy(theta, x)).mean()),
        float(np.sqrt(np.mean((v - followed) ** 2))),
    )


def lattice(where: Task) -> Float[Array, "n s"]:
    """States all over the map, row by row from the lowest speed; a cart stands in the middle."""
    across, up = WINDOWS[type(where.world).__name__]
    cells = [np.linspace(*ends, SIDE) for ends in (across, up)]
    pairs = np.stack(np.meshgrid(*cells), -1).reshape(-1, 2)
    rest = [] if isinstance(where.world, Pendulum) else [np.zeros_like(pairs)]
    return np.concatenate([*rest, pairs], -1)


def angles(where: Task, state: Float[Array, "n s"]) -> Float[Array, "n 2"]:
    """Angle and angular speed of states."""
    pair = state[:, -2:].copy()
    if isinstance(where.world, Pendulum):
        pair[:, 0] = wrapped(pair[:, 0])
    return pair
