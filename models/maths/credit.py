r"""What an action is credited with: $\psi_t$ in $\hat g = \frac1n \sum_\tau \sum_t \nabla_\theta \log \pi_\theta(a_t \mid s_t)\, \psi_t$."""

from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

Array = np.ndarray
Credit = Literal["return", "to-go", "baseline", "gae"]
CREDITS: tuple[Credit, ...] = ("return", "to-go", "baseline", "gae")


def to_go(
    reward: Float[Array, "*b t"], decay: float, tail: Float[Array, "*b"]
) -> Float[Array, "*b t"]:
    """sum_{t' >= t} decay^(t' - t) r_t', with `tail` as what follows the last step."""
    total, sums = tail, np.empty_like(reward)
    for t in reversed(range(reward.shape[-1])):
        total = reward[..., t] + decay * total
        sums[..., t] = total
    return sums


def credits(
    reward: Float[Array, "*b t"],
    alive: Bool[Array, "*b t"],
    v: Float[Array, "*b t"],
    tail: Float[Array, "*b"],
    gamma: float,
    lam: float,
) -> dict[Credit, Float[Array, "*b t"]]:
    """psi_t by every estimator, 0 where no longer alive.

    In order: the return of the whole trajectory, the reward-to-go, the reward-to-go less the
    baseline v = V(s_t) (Schulman et al., 2016, items 1 to 3 under eq. 1; arXiv:1506.02438), and
    generalised advantage estimation (ibid., eq. 16). `tail` is V of the state a trajectory was cut
    at, 0 where it failed: only the latter two know a value and count what follows a cut.
    """
    v, none = v * alive, np.zeros_like(tail)
    after = to_go(reward, gamma, none)
    following = np.concatenate([v[..., 1:], tail[..., None]], -1)
    delta = (reward + gamma * following - v) * alive
    return {
        "return": after[..., :1] * alive,
        "to-go": after * alive,
        "baseline": (to_go(reward, gamma, tail) - v) * alive,
        "gae": to_go(delta, gamma * lam, none),
    }
