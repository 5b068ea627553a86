r"""PPO: many small steps on one batch, $\max_\theta \sum_t w_t \min(r_t \hat A_t,\ \mathrm{clip}(r_t, 1 - \epsilon, 1 + \epsilon)\, \hat A_t)$.

Or, with a price instead of a clip, $\max_\theta \sum_t w_t\,(r_t \hat A_t - \beta\, KL_t)$, where $\beta$ doubles
after an update that went too far and halves after one that stayed too near.
(Schulman et al., 2017, eq. 7 and 8; arXiv:1707.06347)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from models.maths.mlp import Moments, adam
from models.maths.policies import Categorical, log_softmax
from models.maths.surrogate import Batch, ascent_of, batch, categorical, ratio, surrogate
from models.maths.vpg import Ascent, Moment, Task, Training

Array = np.ndarray


@dataclass(frozen=True)
class Proximal:
    """How PPO makes an update."""

    epsilon: float = 0.2
    rate: float = 0.003
    epochs: int = 5
    minibatches: int = 4
    most: int = 2048  # moments that an update learns from
    target: float | None = None  # nats that an update should go; if given, a price and no clip


def clipped(
    r: Float[Array, "*b"], advantage: Float[Array, "*b"], epsilon: float
) -> Float[Array, "*b"]:
    """min(r A, clip(r) A): what PPO-Clip counts a moment as."""
    kept = np.clip(r, 1 - epsilon, 1 + epsilon)
    least: Array = np.minimum(r * advantage, kept * advantage)
    return least


def flows(
    r: Float[Array, "*b"], advantage: Float[Array, "*b"], epsilon: float
) -> Bool[Array, "*b"]:
    """Whether that depends on r: not where a good action is already likelier by epsilon, nor where
    a bad one is already that much rarer. The way back is always open."""
    free: Array = np.where(advantage >= 0, r <= 1 + epsilon, r >= 1 - epsilon)
    return free


def gradient(
    policy: Categorical,
    theta: Float[Array, "*runs p"],
    part: Batch,
    how: Proximal,
    beta: Float[Array, "*runs"],
) -> Float[Array, "*runs p"]:
    """The gradient of PPO's objective on a minibatch."""
    if how.target is None:
        free = flows(ratio(policy, theta, part), part.advantage, how.epsilon)
        return ascent_of(policy, theta, part, free)
    trace = policy.net.forward(theta, part.x)
    pi, old = np.exp(log_softmax(trace.y)), np.exp(log_softmax(part.logits))
    taken = np.take_along_axis(pi / old, part.action[..., None], -1)[..., 0]
    score = policy.score(trace.y, part.action)
    up = (taken * part.advantage)[..., None] * score - beta[..., None, None] * (pi - old)
    up = (part.weight[..., None] * up).astype(trace.y.dtype)
    return policy.net.backward(theta, trace, up)[0]


def steps(
    policy: Categorical, training: Training, whole: Batch, how: Proximal
) -> Iterator[tuple[Float[Array, "runs p"], Moments]]:
    """The policies and Adam's memory before the first step and after each: epochs × minibatches."""
    theta, moments = training.theta, training.theta_moments
    yield theta, moments
    for _ in range(how.epochs):
        for offset in range(how.minibatches):
            part = whole.part(offset, how.minibatches)
            g = gradient(policy, theta, part, how, training.beta)
            theta, moments = adam(theta, -g, moments, how.rate)
            yield theta, moments


def priced(
    beta: Float[Array, "*runs"], kl: Float[Array, "*runs"], target: float
) -> Float[Array, "*runs"]:
    """The price of the next update: halved below target / 1.5, doubled above 1.5 target."""
    factor = np.where(kl > 1.5 * target, 2.0, np.where(kl < target / 1.5, 0.5, 1.0))
    next_: Array = np.clip(beta * factor, 1e-4, 1e4)
    return next_


def ppo(how: Proximal) -> Ascent:
    """The ascent of PPO with these settings."""

    def ascent(task: Task, moment: Moment, rng: np.random.Generator) -> Training:
        policy, whole = categorical(task), batch(task, moment, how.most, rng)
        *_, (theta, moments) = steps(policy, moment.training, whole, how)
        beta = moment.training.beta
        if how.target is not None:
            beta = priced(beta, surrogate(policy, theta, whole)[1], how.target)
        return replace(moment.training, theta=theta, theta_moments=moments, beta=beta)

    return ascent
