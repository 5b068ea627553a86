r"""The exact gradient of a world that can be counted out: $\nabla J = \sum_\tau P(\tau) \sum_t \nabla \log \pi(a_t \mid s_t)\, \psi_t$."""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from jaxtyping import Float

from models.maths.credit import CREDITS, Credit
from models.maths.vpg import Settings, Task, Training, Trajectories, judge, policy_gradient, seen

Array = np.ndarray


@dataclass(frozen=True)
class Enumeration:
    """Every trajectory there is, with its probability."""

    p: Float[Array, " n"]
    g: Float[Array, "credits n p"]  # what each says of the gradient, by every credit
    returns: Float[Array, " n"]  # R(tau)

    def mean(self, credit: Credit) -> Float[Array, " p"]:
        """E[g_tau]: what g-hat is on average."""
        mean: Array = self.p @ self.g[CREDITS.index(credit)]
        return mean

    def noise(self, credit: Credit, n: int) -> float:
        """The exact noise of the mean of n trajectories: the root of tr Cov(g_tau) / n."""
        far = self.g[CREDITS.index(credit)] - self.mean(credit)
        return float(np.sqrt(self.p @ (far * far).sum(-1) / n))

    @property
    def value(self) -> float:
        """J: the expected return."""
        return float(self.p @ self.returns)


def walks(task: Task) -> Trajectories:
    """Every way to act for as long as the world lasts, as one run."""
    action = np.array(list(product((0, 1), repeat=task.window)))
    state = task.world.reset(np.random.default_rng(0), (len(action),))  # draws nothing: one start
    alive, steps = np.ones(len(action), bool), []
    for a in action.T:
        moved, reward, over = task.world.step(state, a)
        steps.append((state, seen(task.world, state), a, reward * alive, alive))
        state, alive = moved, alive & ~over
    states, xs, acts, rewards, lives = (np.stack(part, 1) for part in zip(*steps, strict=True))
    made = Trajectories(states, xs, acts, rewards, lives, last=state, cut=alive)
    return made.map(lambda a: a[None])


def enumerate_all(task: Task, settings: Settings, training: Training) -> Enumeration:
    """All trajectories of the only run, in double precision.

    Two that differ only after their end are the same: each then counts half, as if a coin went on.
    """
    made, theta = walks(task), training.theta[0].astype(float)
    alone = replace(task, runs=1, episodes=made.alive.shape[1])
    moment = judge(alone, settings, training, made)
    dist = task.policy(theta, made.seen[0].reshape(-1, task.world.observed).astype(float))
    log_p = task.policy.log_prob(dist, made.action[0].ravel()).reshape(made.reward.shape[1:])
    p = np.exp(np.where(made.alive[0], log_p, np.log(0.5)).sum(-1))
    apart = made.map(lambda a: a[0][:, None])
    every = np.broadcast_to(theta, (len(p), theta.size))
    g = [policy_gradient(task, every, apart, moment.psi[c][0][:, None]) for c in CREDITS]
    return Enumeration(p, np.stack(g).astype(float), moment.psi["return"][0][:, 0])
