r"""What PPO's logs say of a step, each from its formula, beside the exact divergence.

Three estimates of $KL(\pi_{old} \| \pi_\theta)$ from samples of $\pi_{old}$ with $r = \pi_\theta / \pi_{old}$:
$k_1 = -\log r$, $k_2 = \frac12 (\log r)^2$, $k_3 = r - 1 - \log r$. (Schulman, 2020, joschu.net/blog/kl-approx.html)
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from models.maths.policies import Categorical
from models.maths.proximal import clipped, flows
from models.maths.surrogate import Batch, ratio, surrogate
from models.maths.vpg import Moment

Array = np.ndarray


class Metrics(NamedTuple):
    """Means over the moments of the batch, at one policy."""

    gain: float  # L
    objective: float  # min(r A, clip(r) A): minus the policy loss
    kl: float  # exact, nats
    k1: float
    k2: float
    k3: float
    outside: float  # share with |r - 1| > epsilon: the clip fraction of the logs
    stopped: float  # share whose gradient is zero
    entropy: float  # nats


def metrics(
    policy: Categorical, theta: Float[Array, "1 p"], batch: Batch, epsilon: float
) -> Metrics:
    """All of them."""
    r, a = ratio(policy, theta, batch), batch.advantage
    gain, kl = surrogate(policy, theta, batch)
    log_r = np.log(r)
    means = (
        clipped(r, a, epsilon),
        -log_r,
        log_r**2 / 2,
        r - 1 - log_r,
        np.abs(r - 1) > epsilon,
        ~flows(r, a, epsilon),
        policy.entropy(policy(theta, batch.x)),
    )
    objective, k1, k2, k3, outside, stopped, entropy = (
        float((batch.weight * each).sum()) for each in means
    )
    return Metrics(gain.item(), objective, kl.item(), k1, k2, k3, outside, stopped, entropy)


def explained(moment: Moment) -> float:
    """1 - Var(R - V) / Var(R): how much of what followed V foretold; 0 is what a constant does."""
    alive = moment.made.alive
    followed = (moment.psi["gae"] + moment.v)[alive]
    return float(1 - np.var(followed - moment.v[alive]) / max(np.var(followed), 1e-12))
