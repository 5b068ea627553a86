r"""Gaussian mixtures seen through noise: density, score and best guess of the clean point, exactly.

For $x_t = \alpha x_0 + \sigma \epsilon$ with $x_0 \sim \sum_k w_k\, \mathcal N(\mu_k, s_k^2 I)$,
$$p_t(x) = \sum_k w_k\, \mathcal N\big(x;\ \alpha \mu_k,\ (\alpha^2 s_k^2 + \sigma^2) I\big).$$
A finite data set is the mixture that has one narrow component a point.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

Array = np.ndarray
# Of alpha or sigma: one for all points, or one a point.
Level = float | Float[Array, ""] | Float[Array, " n"]


@dataclass(frozen=True, eq=False)
class Mixture:
    """Round Gaussians at means, with one std for all or one each, equally likely unless weighted.

    Raises ValueError for a negative std, and for weights that are negative or all zero.
    """

    means: Float[Array, "k d"]
    std: float | Float[Array, " k"]
    weights: Float[Array, " k"] | None = None

    def __post_init__(self) -> None:
        if np.min(self.std) < 0:
            raise ValueError(f"std={np.min(self.std)}: expected 0 or more")
        if self.weights is not None and (np.min(self.weights) < 0 or np.sum(self.weights) <= 0):
            raise ValueError("weights: expected none below 0, and at least one above")

    @property
    def shares(self) -> Float[Array, " k"]:
        """How likely each component is; they sum to one."""
        weights = np.ones(len(self.means)) if self.weights is None else self.weights
        shares: Array = weights / weights.sum()
        return shares

    def sample(self, n: int, rng: np.random.Generator) -> Float[Array, "n d"]:
        """n points of the mixture itself, without noise."""
        k, d = self.means.shape
        picks = rng.choice(k, n, p=self.shares)
        spread = np.broadcast_to(self.std, k)[picks, None] * rng.standard_normal((n, d))
        drawn: Array = self.means[picks] + spread
        return drawn

    def log_prob(
        self, x: Float[Array, "n d"], alpha: Level = 1.0, sigma: Level = 0.0
    ) -> Float[Array, " n"]:
        """log p_t(x), in nats."""
        return self.seen(x, alpha, sigma)[0]

    def responsibilities(
        self, x: Float[Array, "n d"], alpha: Level = 1.0, sigma: Level = 0.0
    ) -> Float[Array, "n k"]:
        """p(k | x_t = x): how likely each component is to have sent x; rows sum to one."""
        return self.seen(x, alpha, sigma)[1]

    def seen(
        self, x: Float[Array, "n d"], alpha: Level = 1.0, sigma: Level = 0.0
    ) -> tuple[Float[Array, " n"], Float[Array, "n k"]]:
        """log p_t(x) and p(k | x_t = x): the same exponentials, their sum and their shares of it."""
        joint = self._log_joint(x, alpha, sigma)
        top = joint.max(-1, keepdims=True)
        joint -= top  # in its own place, as all that follows: new memory costs more than the sums
        shares = np.exp(joint, out=joint)
        total = shares.sum(-1, keepdims=True)
        shares /= total
        return (top + np.log(total))[:, 0], shares

    def score(
        self, x: Float[Array, "n d"], alpha: Level = 1.0, sigma: Level = 0.0
    ) -> Float[Array, "n d"]:
        """The gradient of log p_t at x."""
        pull = self.responsibilities(x, alpha, sigma) / self._variance(alpha, sigma)  # (n, k)
        uphill: Array = _column(alpha) * (pull @ self.means) - pull.sum(-1, keepdims=True) * x
        return uphill

    def denoise(self, x: Float[Array, "n d"], alpha: Level, sigma: Level) -> Float[Array, "n d"]:
        """E[x_0 | x_t = x], the guess of the clean point with the least squared error.

        Equal to (x + sigma² score) / alpha, Tweedie's formula (Efron, 2011, eq. 1.4), and defined
        at alpha = 0 too.
        """
        posterior = self.responsibilities(x, alpha, sigma)
        # Within a component the guess lies between its mean and x / alpha, as far as x is clear.
        gain = _column(alpha) * np.square(self.std) / self._variance(alpha, sigma)  # (1 or n, k)
        towards_means = (posterior * (1 - _column(alpha) * gain)) @ self.means
        guess: Array = towards_means + (posterior * gain).sum(-1, keepdims=True) * x
        return guess

    def _variance(self, alpha: Level, sigma: Level) -> Array:
        """Variance of each component of p_t: (1 or n, 1 or k), as levels and stds are one or many."""
        stds = np.reshape(self.std, (1, -1))
        variance: Array = np.square(_column(alpha) * stds) + np.square(_column(sigma))
        if not variance.all():
            raise ValueError("std and sigma are both 0: p_t has no density there")
        return variance

    def _log_joint(self, x: Array, alpha: Level, sigma: Level) -> Array:
        """log p(k) + log p_t(x | k), (n, k)."""
        variance, a = self._variance(alpha, sigma), _column(alpha)
        # |x - a mu|² as one product of matrices: no (n, k, d) array is ever made.
        here = np.square(x).sum(-1), -2 * a * x, np.broadcast_to(a * a, (len(x), 1))
        joint: Array = np.column_stack(here) @ self._there.T
        np.maximum(joint, 0, out=joint)
        joint *= -0.5 / variance
        joint += self._log_shares - 0.5 * x.shape[-1] * np.log(2 * np.pi * variance)
        return joint

    @cached_property
    def _there(self) -> Array:
        """1, mu, |mu|² of each component, (k, d + 2): what |x - a mu|² needs to know of it."""
        return np.column_stack(
            (np.ones(len(self.means)), self.means, np.square(self.means).sum(-1))
        )

    @cached_property
    def _log_shares(self) -> Array:
        """log p(k), (k,), or (1,) where all are equally likely."""
        shares = self.shares if self.weights is not None else self.shares[:1]
        with np.errstate(divide="ignore"):  # a component of weight 0 has log-weight -inf, rightly
            return np.asarray(np.log(shares))


def _column(level: Level) -> Array:
    """One level or one a point, as a column (1, 1) or (n, 1)."""
    return np.reshape(np.asarray(level, float), (-1, 1))
