r"""What really follows: $\sum_t \gamma^t r_t$ by living it, beside what the critics believe.

Policies are let loose from many states at once; from this they learn nothing.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths import squashed
from models.maths.actor_critic import unit
from models.maths.critics import judged
from models.maths.off_policy import Settings, Task, Training
from models.maths.vpg import chance, seen

Array = np.ndarray
SIDE, EXAMS, REMEMBERED = 15, 10, 48  # cells of the map each way; episodes; states from memory
EDGES = np.array([np.pi, 8.0])  # rad and rad/s
LAST = 0.01  # of a reward: what comes when it counts no more than this is left out
LOOKED = 1_000_000  # added to a step's number: the chance of what is only looked at


@dataclass(frozen=True)
class Truth:
    """How the policies do, and what their critics believe where that can be known."""

    exam: Float[Array, " runs"]  # mean return of ten episodes, always the same, without discount
    episode: Float[Array, "runs t 2"]  # one more, from hanging
    believed: Float[Array, "runs n"]  # min_i Q_i(s, a) at states from memory
    followed: Float[Array, "runs n"]  # what followed a
    estimate: Float[Array, "side side"]  # both again for the first run, all over the plane
    truth: Float[Array, "side side"]
    action: Float[Array, "side side"]  # the first run's there, without chance


def horizon(gamma: float) -> int:
    """Steps until a reward counts no more than `LAST`."""
    return int(np.ceil(np.log(LAST) / np.log(gamma)))


def lattice() -> Float[Array, "cells 2"]:
    """The cells' centres, lowest speed first."""
    across, up = (np.linspace(-edge, edge, 2 * SIDE + 1)[1::2] for edge in EDGES)
    return np.stack(np.meshgrid(across, up), -1).reshape(-1, 2)


def chosen(
    where: Task,
    rules: Settings,
    theta: Float[Array, "m p"],
    state: Float[Array, "m n 2"],
    xi: Float[Array, "m n 1"],
) -> tuple[Float[Array, "m n 1"], Float[Array, "m n"]]:
    """Actions, and -log pi of those that a stochastic policy drew with xi."""
    y = where.actor(theta, seen(where.world, state))
    if not rules.soft:
        return np.tanh(y), np.zeros(y.shape[:-1], np.float32)
    made = squashed.draw(y, xi)
    return made.a, -made.log_prob


def lived(
    where: Task,
    rules: Settings,
    theta: Float[Array, "m p"],
    alpha: Float[Array, "m 1"],
    state: Float[Array, "m n 2"],
    a: Float[Array, "m n 1"],
    xi: Float[Array, "t m n 1"],
) -> tuple[Float[Array, "m n"], Float[Array, "m n"], Float[Array, "t m n 2"]]:
    """What follows a: discounted, with alpha for each nat after a; an episode's sum; the states."""
    discounted, plain, states = np.zeros(a.shape[:-1]), np.zeros(a.shape[:-1]), []
    nats: Array | float = 0.0  # of a itself: Q counts them not
    for t in range(len(xi)):
        states.append(state)
        state, r, _ = where.world.step(state, where.world.torque * a)
        plain += r * (t < where.world.steps)
        discounted += rules.gamma**t * (r + alpha * nats)
        a, nats = chosen(where, rules, theta, state, xi[t])
    return discounted, plain, np.stack(states)


def look(where: Task, rules: Settings, now: Training, seed: int) -> Truth:
    """All of it at one moment, in one flight: exams and memories of every run, the first run's map.

    What is left out after `horizon` steps is under 1 % of what a like reward for ever would be.
    """
    runs, n, world = where.runs, EXAMS + REMEMBERED, where.world
    rng = chance(seed, LOOKED + now.step)
    exams = np.vstack([[np.pi, 0.0], world.reset(np.random.default_rng(LOOKED), (EXAMS - 1,))])
    index = now.replay.pick(REMEMBERED, now.replay.filled, rng)
    past = states(where, now.replay.at(index).x)
    grid = lattice()
    rows = -(-len(grid) // n)
    own = np.concatenate([np.broadcast_to(exams, (runs, EXAMS, 2)), past], 1)
    state = np.concatenate([own, np.resize(grid, (rows, n, 2))])
    whose = np.append(np.arange(runs), np.zeros(rows, int))
    steps = max(world.steps, horizon(rules.gamma))
    xi = chance(seed, LOOKED).standard_normal((steps, len(whose), n, 1), np.float32)
    xi[:, :runs, :EXAMS] = 0.0  # exams are taken without chance
    theta, phi, alpha = now.actor.theta[whose], now.critic.theta[whose], now.alpha[whose]
    a, _ = chosen(where, rules, theta, state, xi[-1])
    believed = judged(where.critic, phi, seen(world, state), a).min(1) * unit(where, rules)
    followed, plain, path = lived(where, rules, theta, alpha, state, a, xi)
    certain, _ = chosen(where, rules, theta[runs:], state[runs:], np.zeros_like(a[runs:]))

    def mapped(of: Array) -> Float[Array, "side side"]:
        return of[-rows:].reshape(-1)[: len(grid)].reshape(SIDE, SIDE).astype(np.float32)

    return Truth(
        plain[:runs, :EXAMS].mean(-1),
        path[: world.steps, :runs, 0].swapaxes(0, 1).copy(),
        believed[:runs, EXAMS:].astype(float),
        followed[:runs, EXAMS:],
        mapped(believed),
        mapped(followed),
        mapped(certain[..., 0]),
    )


def states(where: Task, x: Float[Array, "*many 3"]) -> Float[Array, "*many 2"]:
    """Angle and speed from what the nets saw of them."""
    speed = x[..., 2].astype(float) * where.world.usual[2]
    return np.stack([np.arctan2(x[..., 1], x[..., 0]).astype(float), speed], -1)
