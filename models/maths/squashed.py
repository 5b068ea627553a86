r"""A Gaussian squeezed into a motor's range: $a = \tanh u$, $u = \mu + \sigma \xi$, $\xi \sim \mathcal N(0, 1)$.

$\log \pi(a \mid s) = \sum_i \log \mathcal N(u_i; \mu_i, \sigma_i^2) - \log(1 - \tanh^2 u_i)$, the change of variables
(Haarnoja et al., 2018, eq. 21; arXiv:1801.01290). Here a is a share of what the motor can give.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.policies import LOG_TAU

Array = np.ndarray
LOW, HIGH = -5.0, 1.0  # of log sigma; a wider Gaussian would only pile up at both ends


@dataclass(frozen=True)
class Draw:
    """Actions drawn from a net's output, with all that their gradient needs."""

    a: Float[Array, "*b k"]
    u: Float[Array, "*b k"]
    xi: Float[Array, "*b k"]
    sigma: Float[Array, "*b k"]
    log_prob: Float[Array, "*b"]
    slope: Float[Array, "*b k"]  # d log sigma / d raw


def split(y: Float[Array, "*b d"]) -> tuple[Float[Array, "*b k"], Float[Array, "*b k"]]:
    """mu and log sigma of a net's output: log sigma glides between LOW and HIGH."""
    mu, raw = np.split(y, 2, -1)
    return mu, LOW + (HIGH - LOW) * 0.5 * (1 + np.tanh(raw))


def log_slope(u: Float[Array, "*b k"]) -> Float[Array, "*b k"]:
    """log(1 - tanh² u) as 2 (log 2 - u - log(1 + e^-2u)), which stays exact far out."""
    log: Array = 2 * (np.log(2, dtype=u.dtype) - u - np.logaddexp(0, -2 * u))
    return log


def log_prob(
    u: Float[Array, "*b k"], mu: Float[Array, "*b k"], log_sigma: Float[Array, "*b k"]
) -> Float[Array, "*b"]:
    """log pi of the action tanh(u), in nats; a density over [-1, 1], so it may exceed 0."""
    z = (u - mu) * np.exp(-log_sigma)
    log_p: Array = (-0.5 * z * z - log_sigma - 0.5 * LOG_TAU - log_slope(u)).sum(-1)
    return log_p


def draw(y: Float[Array, "*b d"], xi: Float[Array, "*b k"]) -> Draw:
    """Actions by the reparameterisation: all chance is in xi, so they can be differentiated."""
    mu, log_sigma = split(y)
    sigma = np.exp(log_sigma)
    u = mu + sigma * xi
    share = (log_sigma - LOW) / (HIGH - LOW)
    slope = 2 * (HIGH - LOW) * share * (1 - share)
    return Draw(np.tanh(u), u, xi, sigma, log_prob(u, mu, log_sigma), slope)


def backward(
    made: Draw, d_a: Float[Array, "*b k"], d_log_prob: Float[Array, "*b"]
) -> Float[Array, "*b d"]:
    """dL/dy of the net's output from dL/da and dL/d log pi, through u = mu + sigma xi.

    With xi held, log pi depends on u by -log(1 - tanh² u), whose slope is 2 a, and on log sigma by -1.
    """
    a, weight = made.a, d_log_prob[..., None]
    d_u = d_a * (1 - a * a) + weight * 2 * a
    d_log_sigma = d_u * made.sigma * made.xi - weight
    return np.concatenate([d_u, d_log_sigma * made.slope], -1)
