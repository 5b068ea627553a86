"""What can be seen of runs that learn: their past, an episode of each, one trajectory, one mind."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from models.maths.policies import Categorical, log_softmax
from models.maths.vpg import Moment, Task, chance, collect, seen, worth
from models.worlds.cartpole import CartPole
from models.worlds.pendulum import Pendulum, wrapped

Array = np.ndarray
Range = tuple[float, float]
SIDE = 29  # cells of a map, each way
VISITED = 300  # states shown on a map, at most
LANES = 8  # runs of which an episode is shown
AFTER = 1_000_000  # added to an update's number: the chance of what is only looked at
# Angle (rad) and angular speed (rad/s) on the maps; in the corridor, place and steps taken.
WINDOWS: dict[str, tuple[Range, Range]] = {
    "CartPole": ((-0.21, 0.21), (-2.5, 2.5)),
    "Pendulum": ((-float(np.pi), float(np.pi)), (-8.0, 8.0)),
    "Corridor": ((-2.0, 2.0), (0.0, 6.0)),
}
# What a log says of a run: the noise of g-hat by each credit, |g-hat|, KL(old || new) of the last
# update, the entropy of pi, how wrong V is, and how much of the scatter of returns V explains.
METRICS = ("return", "to-go", "baseline", "gae", "norm", "kl", "entropy", "error", "explained")


@dataclass(frozen=True)
class History:
    """What the charts draw, one row for each frame so far."""

    update: Int[Array, " m"]
    returns: Float[Array, "m runs"]  # mean return of the episodes since the frame before
    marks: Float[Array, "m metrics"]  # what a log would say of the run shown, see METRICS

    def of(self, metric: str) -> Float[Array, " m"]:
        """One metric, frame by frame."""
        column: Array = self.marks[:, METRICS.index(metric)]
        return column


@dataclass(frozen=True)
class Strip:
    """One episode of each of the first runs; what follows a failure is padding."""

    state: Float[Array, "runs t s"]
    steps: Int[Array, " runs"]  # how many each lasted
    failed: Bool[Array, " runs"]  # ended by failing


@dataclass(frozen=True)
class Map:
    """Policy and value of the run shown over angle and angular speed, and where it has been."""

    policy: Float[Array, "side side"]  # P(right), or the mean torque
    value: Float[Array, "side side"]
    visited: Float[Array, "n 2"]  # states of this update's trajectories
    followed: Float[Array, " n"]  # the discounted rewards that followed them
    entropy: float  # nats, mean over the states visited
    error: float  # root mean square of V less what followed
    explained: float  # 1 - Var(what followed - V) / Var(what followed)


def nothing(runs: int) -> History:
    """The history before the first frame."""
    return History(np.zeros(0, int), np.zeros((0, runs)), np.zeros((0, len(METRICS))))


def append(
    past: History, update: int, returns: Float[Array, " runs"], marks: Float[Array, " metrics"]
) -> History:
    """The history with a row for this update."""
    return History(
        np.append(past.update, update),
        np.vstack([past.returns, returns]),
        np.vstack([past.marks, marks]),
    )


def episodes(where: Task, moment: Moment, seed: int) -> Strip:
    """The first training episode of the first runs; of pendulums, one from hanging, made to be seen."""
    made = moment.made.map(lambda a: a[:LANES, :1])
    if isinstance(where.world, Pendulum):
        lanes = min(LANES, where.runs)
        hanging = np.tile([np.pi, 0.0], (lanes, 1, 1))
        whole = replace(where, runs=lanes, episodes=1, window=where.world.steps)
        rng = chance(seed, AFTER + moment.training.update)
        made = collect(whole, moment.training.theta[:lanes], hanging, rng)
    steps = made.alive[:, 0].sum(-1)
    shown = made.state[:, 0, : steps.max()].copy()  # a view would keep every trajectory in memory
    return Strip(shown, steps, ~made.cut[:, 0])


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
        explained(v, followed),
    )


def explained(v: Float[Array, " n"], followed: Float[Array, " n"]) -> float:
    """1 - Var(followed - V) / Var(followed): 1 is all, 0 no more than a constant, below 0 harm.

    Where next to nothing varies there is nothing to explain, and it is 0.
    """
    scatter = followed.var()
    return float(1 - (followed - v).var() / scatter) if scatter > 1e-12 else 0.0


def lattice(where: Task) -> Float[Array, "n s"]:
    """States all over the map, row by row from the lowest speed; a cart stands in the middle."""
    across, up = WINDOWS[type(where.world).__name__]
    cells = [np.linspace(*ends, SIDE) for ends in (across, up)]
    pairs = np.stack(np.meshgrid(*cells), -1).reshape(-1, 2)
    rest = [np.zeros_like(pairs)] if isinstance(where.world, CartPole) else []
    return np.concatenate([*rest, pairs], -1)


def angles(where: Task, state: Float[Array, "n s"]) -> Float[Array, "n 2"]:
    """Angle and angular speed of states."""
    pair = state[:, -2:].copy()
    if isinstance(where.world, Pendulum):
        pair[:, 0] = wrapped(pair[:, 0])
    return pair
