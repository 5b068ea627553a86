"""One update by each of the four, from the same policy and on the same batch: L gained against KL spent."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from models.maths.proximal import steps
from models.maths.surrogate import ascent_of, surrogate
from models.maths.trust_region import conjugate_gradients, fisher, full_step, search

from .study import LANES, Params, Study

Array = np.ndarray
ALONG = 33  # points of a ray
TARGET = dict(LANES)["penalty"]


@dataclass(frozen=True)
class Race:
    """Rows (KL in nats, L): VPG and TRPO's direction at every size of step, and PPO's ways."""

    gradient: Float[Array, "n 2"]  # theta + alpha g
    natural: Float[Array, "n 2"]
    trpo: Float[Array, "1 2"]  # where the line search stops
    clip: Float[Array, "steps 2"]
    penalty: Float[Array, "steps 2"]
    kl: float  # the window
    gain: tuple[float, float]


def race(p: Params, given: Study) -> Race:
    """The ways of the four; PPO-Clip and PPO-Penalty after each of their steps."""
    old, whole = given.moment.training, given.batch
    theta = old.theta.astype(float)
    g = ascent_of(given.policy, theta, whole)
    product = fisher(given.policy, theta, whole, p.damping)
    *_, last = conjugate_gradients(product, g, p.iterations)
    step = full_step(product, last.x, p.delta)
    tried = search(given.policy, theta, step, whole, p.region)
    stop = next((one.theta for one in tried if one.accepted.all()), theta)
    clip, penalty = (
        places(given, np.concatenate([way for way, _ in steps(given.policy, old, whole, how)]))
        for how in (p.proximal, replace(p.proximal, target=TARGET))
    )
    trpo = places(given, stop)
    kl = 1.15 * max(part[:, 0].max() for part in (trpo, clip, penalty))
    square = fisher(given.policy, theta, whole)
    far = (full_step(square, direction, 2 * kl) for direction in (g, step))
    rays = [places(given, theta + np.linspace(0, 1, ALONG)[:, None] * end) for end in far]
    all_ = np.concatenate([trpo, clip, penalty, *rays])
    gains = all_[all_[:, 0] <= kl, 1]
    top = max(float(gains.max()), 1e-6)
    window = (1.1 * min(float(gains.min()), -0.05 * top), 1.4 * top)  # room for the legend
    return Race(rays[0], rays[1], trpo, clip, penalty, float(kl), window)


def places(given: Study, theta: Float[Array, "n p"]) -> Float[Array, "n 2"]:
    """Where policies lie in the race."""
    gain, kl = surrogate(given.policy, theta, given.batch.shared(len(theta)))
    return np.stack([kl, gain], -1)
