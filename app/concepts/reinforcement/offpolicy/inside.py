r"""One state seen from inside: $\hat Q_i(s, \cdot)$ beside what really follows, and the policy's density there."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths import squashed
from models.maths.actor_critic import decided, unit
from models.maths.critics import judged, pull
from models.maths.off_policy import Settings, Task, Training
from models.maths.vpg import chance, seen

from .truth import LOOKED, horizon, lived

Array = np.ndarray
ACTIONS = np.linspace(-1, 1, 81)
WIDE = np.linspace(-3, 3, 121)  # before tanh


@dataclass(frozen=True)
class Inside:
    """The first run at one state; values in rewards, actions as shares of the motor."""

    state: Float[Array, " 2"]
    q: Float[Array, "critics a"]
    followed: Float[Array, " a"]  # what follows each action under the present policy
    action: float  # without chance
    value: float  # Q_1 of it
    slope: float  # dQ_1/da there
    aimed: float  # the action that a target would take here, without noise
    aimed_value: float  # what it would count, the mean over the noise
    density: Float[Array, " a"]  # of the action while learning; of the part that is not cut off
    before: Float[Array, " wide"]  # of u, before tanh or before it is cut to the motor's range
    best: Float[Array, " a"]  # exp(min Q / alpha) / Z, the most that this critic could wish for
    entropy: float  # nats, of a stochastic policy
    kl: float  # nats, from the density to the best


def inside(
    where: Task, rules: Settings, now: Training, spot: tuple[float, float], seed: int
) -> Inside:
    """What the first run makes of the state `spot`."""
    state = np.array(spot, float)
    x = seen(where.world, state[None, None])
    theta, phi, scale = now.actor.theta[:1], now.critic.theta[:1], unit(where, rules)
    many = np.broadcast_to(x, (1, len(ACTIONS), x.shape[-1]))
    a = ACTIONS[None, :, None].astype(np.float32)
    q = judged(where.critic, phi, many, a)[0].astype(float) * scale
    steps = horizon(rules.gamma)
    xi = chance(seed, LOOKED).standard_normal((steps, 1, 1, 1), np.float32)
    followed, _, _ = lived(
        where,
        rules,
        theta,
        now.alpha[:1],
        np.broadcast_to(state, (1, len(ACTIONS), 2)),
        a,
        np.broadcast_to(xi, (steps, 1, len(ACTIONS), 1)),
    )
    action = decided(where, rules, theta, x)
    value, slope = pull(where.critic, phi, x, action)
    density, before = densities(where, rules, theta, x)
    alpha = float(now.alpha[0, 0])
    best = boltzmann(q.min(0), alpha) if rules.soft else np.zeros(len(ACTIONS))
    return Inside(
        state,
        q,
        followed[0],
        float(action.item()),
        float(value[0, 0, 0]) * scale,
        float(slope[0, 0, 0, 0]) * scale,
        *aim(where, rules, now, x),
        density,
        before,
        best,
        *compared(density, best, rules),
    )


def aim(
    where: Task, rules: Settings, now: Training, x: Float[Array, "1 1 o"]
) -> tuple[float, float]:
    """The target's action at x, and the mean over its noise of the least that a target critic says."""
    actor = now.actor.theta[:1] if rules.soft else now.actor.target[:1]
    middle = decided(where, rules, actor, x)
    z = np.linspace(-3, 3, 61)[None, :, None].astype(np.float32)
    weight = np.exp(-0.5 * z[0, :, 0] ** 2)
    if rules.soft:
        mu, log_sigma = squashed.split(where.actor(actor, x))
        a = np.tanh(mu + np.exp(log_sigma) * z)
    else:
        a = np.clip(middle + np.clip(rules.smoothing * z, -rules.clip, rules.clip), -1, 1)
    many = np.broadcast_to(x, (1, z.shape[1], x.shape[-1]))
    q = judged(where.critic, now.critic.target[:1], many, a).min(1)[0]
    mean = float((weight * q).sum() / weight.sum()) * unit(where, rules)
    return float(middle.item()), mean


def densities(
    where: Task, rules: Settings, theta: Float[Array, "1 p"], x: Float[Array, "1 1 o"]
) -> tuple[Float[Array, " a"], Float[Array, " wide"]]:
    """Of the action that is tried here, and of what it is made of."""
    y = where.actor(theta, x)[0, 0].astype(float)
    if rules.soft:
        mu, log_sigma = (part.item() for part in squashed.split(y))
        sigma = np.exp(log_sigma)
        edge = 0.9999  # at the very ends the density has no value
        u = np.arctanh(np.clip(ACTIONS, -edge, edge))[:, None]
        after = np.exp(squashed.log_prob(u, np.full_like(u, mu), np.full_like(u, log_sigma)))
        return after, normal(WIDE, mu, sigma)
    mu, sigma = float(np.tanh(y[0])), max(rules.noise, 0.01)
    return normal(ACTIONS, mu, sigma), normal(WIDE, mu, sigma)


def normal(x: Float[Array, " n"], mu: float, sigma: float) -> Float[Array, " n"]:
    """The density of a Gaussian."""
    density: Array = np.exp(-0.5 * ((x - mu) / sigma) ** 2) / (np.sqrt(2 * np.pi) * sigma)
    return density


def boltzmann(q: Float[Array, " a"], alpha: float) -> Float[Array, " a"]:
    """exp(q / alpha) / Z over the motor's range (Haarnoja et al., 2018, eq. 4; arXiv:1801.01290)."""
    wish = np.exp((q - q.max()) / alpha)
    best: Array = wish / np.trapezoid(wish, ACTIONS)
    return best


def compared(
    density: Float[Array, " a"], best: Float[Array, " a"], rules: Settings
) -> tuple[float, float]:
    """The entropy of a stochastic policy, and KL(policy || best), both in nats."""
    if not rules.soft:
        return 0.0, 0.0
    p = density / np.trapezoid(density, ACTIONS)
    log_p = np.log(np.maximum(p, 1e-30))
    entropy = -np.trapezoid(p * log_p, ACTIONS)
    return float(entropy), float(
        np.trapezoid(p * (log_p - np.log(np.maximum(best, 1e-30))), ACTIONS)
    )
