r"""One decision number by number: from the net's output to $\log \pi(a \mid s)$, its score and its credit."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.credit import CREDITS
from models.maths.policies import LOG_TAU, Categorical
from models.maths.vpg import Moment, Task
from models.worlds.pendulum import Pendulum, wrapped

Array = np.ndarray


@dataclass(frozen=True)
class Decisions:
    """The first trajectory of a run, step by step."""

    state: Float[Array, "t s"]
    dist: Float[Array, "t d"]  # logits, or mean and log sigma
    action: Float[Array, " t"]  # 0 left, 1 right; or the torque
    log_prob: Float[Array, " t"]
    psi: Float[Array, "credits t"]  # what each action is credited with, by every credit
    v: Float[Array, " t"]


@dataclass(frozen=True)
class Pick:
    """One of two actions: logits, their exponentials, probabilities, and the logarithm of one."""

    logits: Float[Array, " k"]
    powers: Float[Array, " k"]  # e^l
    p: Float[Array, " k"]
    taken: int
    log_prob: float
    score: Float[Array, " k"]  # d log pi / d logits: one for the action, less what was expected


@dataclass(frozen=True)
class Draw:
    """A number drawn from a Gaussian: how far off the mean, and the three terms of log pi."""

    mu: float
    sigma: float
    action: float
    z: float  # (a - mu) / sigma
    terms: tuple[float, float, float]  # -z²/2, -log sigma, -½ log 2 pi
    log_prob: float
    score: Float[Array, " 2"]  # d log pi / d (mu, log sigma): z / sigma, z² - 1


def decisions(task: Task, moment: Moment, run: int) -> Decisions:
    """The first trajectory of a run, in double precision."""
    made, steps = moment.made, int(moment.made.alive[run, 0].sum())
    x, action = made.seen[run, 0, :steps], made.action[run, 0, :steps]
    dist = task.policy(moment.training.theta[run], x).astype(float)
    psi = np.stack([moment.psi[credit][run, 0, :steps] for credit in CREDITS])
    state = made.state[run, 0, :steps].copy()  # a view would keep every trajectory in memory
    if isinstance(task.world, Pendulum):
        state[:, 0] = wrapped(state[:, 0])
    return Decisions(
        state,
        dist,
        action.reshape(steps).astype(float),
        task.policy.log_prob(dist, action),
        psi,
        moment.v[run, 0, :steps].copy(),
    )


def decide(task: Task, told: Decisions, step: int) -> Pick | Draw:
    """The decision at one step, with all that leads to its log-probability."""
    dist = told.dist[step]
    if isinstance(task.policy, Categorical):
        return pick(dist, int(told.action[step]))
    mu, log_sigma = float(dist[0]), float(dist[1])
    a, sigma = float(told.action[step]), float(np.exp(log_sigma))
    z = (a - mu) / sigma
    terms = (-0.5 * z * z, -log_sigma, -0.5 * LOG_TAU)
    return Draw(mu, sigma, a, z, terms, sum(terms), np.array([z / sigma, z * z - 1]))


def pick(logits: Float[Array, " k"], taken: int) -> Pick:
    """Softmax, written out: e^l over its sum, and the logarithm of the entry that was taken."""
    powers = np.exp(logits)
    p = powers / powers.sum()
    log_prob = float(logits[taken] - np.log(powers.sum()))
    return Pick(logits, powers, p, taken, log_prob, np.eye(len(p))[taken] - p)
