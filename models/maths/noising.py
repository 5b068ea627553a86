r"""How diffusion makes noise of data, and what of it can be known exactly.

$q(x_t \mid x_{t-1}) = \mathcal N(\sqrt{1 - \beta_t}\, x_{t-1}, \beta_t I)$, step by step, and in one jump
$x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon$. (Ho et al., 2020, eq. 2 and 4;
arXiv:2006.11239.) Arrays over t hold $t = 1, \dots, T$ at places $0, \dots, T - 1$.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from models.maths.schedules import cosine_betas, cumulative, linear_betas

Array = np.ndarray
Times = Int[Array, " n"]  # places in the arrays over t

SCHEDULES: dict[str, Callable[[int], Array]] = {
    "linear": linear_betas,
    "scaled linear": lambda steps: linear_betas(steps, 0.1 / steps, 20 / steps),
    "cosine": cosine_betas,
}


@dataclass(frozen=True, eq=False)
class Noising:
    """A schedule, and all that follows from it alone."""

    betas: Float[Array, " T"]

    @cached_property
    def alpha_bar(self) -> Float[Array, " T"]:
        """The share of the data's variance that is left."""
        return cumulative(self.betas)

    @cached_property
    def levels(self) -> tuple[Float[Array, " T"], Float[Array, " T"]]:
        """sqrt(alpha_bar), the weight of the data, and sqrt(1 - alpha_bar), that of the noise."""
        return np.sqrt(self.alpha_bar), np.sqrt(1 - self.alpha_bar)

    def at(self, t: Times) -> tuple[Float[Array, "n 1"], Float[Array, "n 1"]]:
        """Both weights at these times, as columns."""
        alpha, sigma = self.levels
        return alpha[t, None], sigma[t, None]

    def step(self, x: Float[Array, "n d"], eps: Float[Array, "n d"], t: int) -> Array:
        """x_t from x_{t-1} and new noise (Ho et al., eq. 2)."""
        beta = self.betas[t]
        return np.asarray(np.sqrt(1 - beta) * x + np.sqrt(beta) * eps)

    def jump(self, x_0: Float[Array, "n d"], eps: Float[Array, "n d"], t: Times) -> Array:
        """x_t from x_0 at once (Ho et al., eq. 4)."""
        alpha, sigma = self.at(t)
        return np.asarray(alpha * x_0 + sigma * eps)

    @cached_property
    def beta_tilde(self) -> Float[Array, " T"]:
        """The variance of q(x_{t-1} | x_t, x_0); 0 at t = 1 (Ho et al., eq. 7)."""
        before = np.concatenate([[1.0], self.alpha_bar[:-1]])
        return np.asarray((1 - before) / (1 - self.alpha_bar) * self.betas)

    def bound(
        self, squared: Float[Array, "*many T"], d: int, posterior: bool = False
    ) -> Float[Array, "*many T"]:
        """The terms of the bound on -log p(x_0), nats, from E|eps - eps^|² at each t: L_0, L_1, …

        L_{t-1} = KL(q(x_{t-1} | x_t, x_0) | N(mu_theta, s² I)) (Ho et al., eq. 5, 8 and 12) with
        s² = beta, or beta~ for `posterior`; L_0 = -log p(x_0 | x_1), always with beta_1.
        """
        ratio = self.beta_tilde[1:] / self.reverse_variance(posterior)[1:]
        apart = 0.5 * d * (ratio - 1 - np.log(ratio))  # variances that differ
        first = 0.5 * d * np.log(2 * np.pi * self.betas[0])
        alone = np.concatenate([[first], apart])
        return np.asarray(alone + self.bound_weights(posterior) * squared)

    def bound_weights(self, posterior: bool = False) -> Float[Array, " T"]:
        """lambda_t, nats per squared error of the noise: what L_simple leaves out (Ho et al., eq. 12)."""
        kept = (1 - self.betas) * (1 - self.alpha_bar)
        return np.asarray(np.square(self.betas) / (2 * self.reverse_variance(posterior) * kept))

    def reverse_variance(self, posterior: bool) -> Float[Array, " T"]:
        """s² of the reverse steps: beta, or beta~ but for the last step, where it would be 0."""
        return np.concatenate([self.betas[:1], (self.beta_tilde if posterior else self.betas)[1:]])

    def prior(self, x_0: Float[Array, "n d"]) -> Float[Array, " n"]:
        """L_T = KL(q(x_T | x_0) | N(0, I)) in nats: what is left of x_0 at the end."""
        a = self.alpha_bar[-1]
        d = x_0.shape[-1]
        kl: Array = 0.5 * (a * np.square(x_0).sum(-1) - d * a - d * np.log1p(-a))
        return kl
