r"""Where a noisy point may truly come from: the exact $q(x_s \mid x_t)$ that DDPM takes for one Gaussian.

For a mixture seen through noise it is a mixture again. Component $k$ of $p_s$ has mean
$\alpha_s \mu_k$ and variance $V_k = \alpha_s^2 s_k^2 + \sigma_s^2$; with $a = \alpha_t / \alpha_s$ and
$\beta = 1 - a^2$, the variance of the noise between the two levels, and $g_k = a V_k / (a^2 V_k + \beta)$,
$$q(x_s \mid x_t) = \sum_k r_k(x_t)\, \mathcal N\big(\alpha_s \mu_k + g_k (x_t - \alpha_t \mu_k),\ (1 - a g_k) V_k I\big).$$
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.levels import Level
from models.maths.mixtures import Mixture

Array = np.ndarray


def posterior(data: Mixture, x: Float[Array, " d"], now: Level, then: Level) -> Mixture:
    """The distribution of x_s at the cleaner level `then`, given that x_t = x at the level `now`.

    Bayes' rule for one Gaussian and one component at a time (Bishop, 2006, eq. 2.116).
    """
    variance = np.square(then.alpha * np.broadcast_to(data.std, len(data.means))) + then.sigma**2
    a = now.alpha / then.alpha
    gain = a * variance / (a**2 * variance + 1 - a**2)
    means = then.alpha * data.means + gain[:, None] * (x - now.alpha * data.means)
    weights = data.responsibilities(x[None], now.alpha, now.sigma)[0]
    return Mixture(means, np.sqrt((1 - a * gain) * variance), weights)


def moments(mixture: Mixture) -> tuple[Float[Array, " d"], Float[Array, "d d"]]:
    """The mean and the covariance of a mixture."""
    mean = mixture.shares @ mixture.means
    apart = mixture.means - mean
    within = mixture.shares @ np.square(np.broadcast_to(mixture.std, len(apart)))
    covariance: Array = (mixture.shares * apart.T) @ apart + within * np.eye(len(mean))
    return mean, covariance


def widest(mixture: Mixture) -> Mixture:
    """The mixture seen along its widest direction, moved and scaled to mean 0 and variance 1."""
    mean, covariance = moments(mixture)
    variances, axes = np.linalg.eigh(covariance)
    std = np.sqrt(variances[-1])
    along = (mixture.means - mean) @ axes[:, -1:] / std
    return Mixture(along, mixture.std / std, mixture.weights)


def negentropy(standard: Mixture, reach: float = 8.0, cells: int = 4001) -> float:
    """KL(q | N(0, 1)) in nats of a mixture of mean 0 and variance 1: what no Gaussian can say of it.

    Of all Gaussians the one with q's mean and variance is nearest, so this is the least that is lost.
    """
    x = np.linspace(-reach, reach, cells)
    log_q = standard.log_prob(x[:, None])
    log_normal = -0.5 * (np.square(x) + np.log(2 * np.pi))
    return float(np.trapezoid(np.exp(log_q) * (log_q - log_normal), x))


@dataclass(frozen=True)
class Reverse:
    """One reverse step as it truly is, beside the Gaussians that can be told of it."""

    ends: Float[Array, "m d"]  # draws of x_s
    z: Float[Array, " n"]  # places along the widest direction, in standard deviations
    density: Float[Array, " n"]  # of x_s there
    gaussian: Float[Array, " n"]  # of the Gaussian with the same mean and variance
    lost: float  # KL(x_s | that Gaussian) along the widest direction, nats
    told: float  # DDPM's standard deviation as a share of the true one


def reverse(
    data: Mixture, x: Float[Array, " d"], step: tuple[Level, Level], rng: np.random.Generator
) -> Reverse:
    """The step from x at the first level to the second: exact, and as DDPM takes it.

    DDPM's variance is beta~ (Ho et al., 2020, eq. 7; arXiv:2006.11239).
    """
    now, then = step
    exact = posterior(data, x, now, then)
    standard, z = widest(exact), np.linspace(-4, 4, 161)
    _, covariance = moments(exact)
    beta_tilde = (1 - (now.alpha / then.alpha) ** 2) * (then.sigma / now.sigma) ** 2
    return Reverse(
        exact.sample(80, rng),
        z,
        np.exp(standard.log_prob(z[:, None])),
        np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi),
        negentropy(standard),
        float(np.sqrt(beta_tilde / np.linalg.eigvalsh(covariance)[-1])),
    )
