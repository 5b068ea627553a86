r"""What a step promises on actions already taken: $L(\theta) = \sum_t w_t\, r_t(\theta)\, \hat A_t$, and how far it goes.

$r_t = \pi_\theta(a_t \mid s_t) / \pi_{old}(a_t \mid s_t)$ weighs what the old policy did as the new one would.
How far is the mean over the visited states of $KL(\pi_{old} \,\|\, \pi_\theta)$, exact for a few actions.
"""

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Bool, Float, Real

from models.maths.policies import Categorical, log_softmax
from models.maths.vpg import Moment, Task

Array = np.ndarray


@dataclass(frozen=True)
class Batch:
    """Moments of several runs that one update learns from; those of weight 0 are padding."""

    x: Float[Array, "*runs m i"]
    action: Real[Array, "*runs m"]
    advantage: Float[Array, "*runs m"]  # mean 0 and variance 1 in each run
    logits: Float[Array, "*runs m k"]  # log pi_old of every action
    weight: Float[Array, "*runs m"]  # 1 / their number; sums to 1

    def part(self, offset: int, stride: int) -> "Batch":
        """Every so many moments: a minibatch, as the order is one of chance."""
        here = slice(offset, None, stride)
        weight = self.weight[..., here]
        weight = weight / np.maximum(weight.sum(-1, keepdims=True), 1e-12)
        x, logits = self.x[..., here, :], self.logits[..., here, :]
        return Batch(x, self.action[..., here], self.advantage[..., here], logits, weight)

    def shared(self, policies: int) -> "Batch":
        """The batch of a single run, for so many policies to be judged on."""
        parts = (getattr(self, f.name) for f in fields(self))
        return Batch(*(np.broadcast_to(part, (policies, *part.shape[1:])) for part in parts))


def categorical(task: Task) -> Categorical:
    """The task's policy; raises TypeError where it does not choose among a few actions."""
    if not isinstance(task.policy, Categorical):
        raise TypeError(f"{type(task.policy).__name__}: expected a Categorical policy")
    return task.policy


def batch(task: Task, moment: Moment, most: int, rng: np.random.Generator) -> Batch:
    """At most so many of each run's moments, in an order of chance, advantages made comparable."""
    runs, made = task.runs, moment.made
    alive = made.alive.reshape(runs, -1)
    order = np.argsort(rng.random(alive.shape) + ~alive, -1)  # the dead come last
    order = order[:, : min(most, int(alive.sum(-1).max()))]
    x, action, psi = (
        np.take_along_axis(flat.reshape(runs, alive.shape[1], -1), order[..., None], 1)
        for flat in (made.seen, made.action, moment.psi[moment.settings.credit])
    )
    weight = np.take_along_axis(alive, order, -1).astype(float)
    weight /= weight.sum(-1, keepdims=True)
    advantage = normalised(psi[..., 0], weight)
    logits = log_softmax(task.policy(moment.training.theta, x))
    return Batch(x, action[..., 0], advantage, logits, weight)


def normalised(
    psi: Float[Array, "*runs m"], weight: Float[Array, "*runs m"]
) -> Float[Array, "*runs m"]:
    """psi less its mean, in units of its standard deviation; 0 where there is no weight."""
    mean = (weight * psi).sum(-1, keepdims=True)
    variance = (weight * (psi - mean) ** 2).sum(-1, keepdims=True)
    even: Array = (psi - mean) / np.sqrt(variance + 1e-12) * (weight > 0)
    return even


def ratio(
    policy: Categorical, theta: Float[Array, "*runs p"], batch: Batch
) -> Float[Array, "*runs m"]:
    """r = pi_theta(a | s) / pi_old(a | s) of every moment."""
    new = policy.log_prob(policy(theta, batch.x), batch.action)
    r: Array = np.exp(new - policy.log_prob(batch.logits, batch.action))
    return r


def surrogate(
    policy: Categorical, theta: Float[Array, "*runs p"], batch: Batch
) -> tuple[Float[Array, "*runs"], Float[Array, "*runs"]]:
    """L(theta), and the mean KL(old || theta) in nats (Schulman et al., 2015, eq. 14; arXiv:1502.05477)."""
    fall = batch.logits - log_softmax(policy(theta, batch.x))
    log_r = -np.take_along_axis(fall, batch.action[..., None], -1)[..., 0]
    gain: Array = (batch.weight * batch.advantage * np.exp(log_r)).sum(-1)
    kl: Array = (batch.weight[..., None] * np.exp(batch.logits) * fall).sum((-2, -1))
    return gain, kl


def ascent_of(
    policy: Categorical,
    theta: Float[Array, "*runs p"],
    batch: Batch,
    flows: Bool[Array, "*runs m"] | bool = True,
) -> Float[Array, "*runs p"]:
    """The gradient of L at theta, from the moments whose gradient `flows`; dr = r d log pi."""
    weight = batch.weight * batch.advantage * flows * ratio(policy, theta, batch)
    return policy.gradient(theta, batch.x, batch.action, weight)
