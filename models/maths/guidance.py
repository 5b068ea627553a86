r"""Guidance: towards a class, and further; and the law that one might think it samples.

With $p_t(x) = \sum_y p_t(x, y)$ and Bayes' rule, $\nabla \log p_t(y \mid x) = \nabla \log p_t(x \mid y)
- \nabla \log p_t(x)$, so the guided score has two equal forms,
$$\tilde s = (1 - \omega)\, s(x) + \omega\, s(x, y) = s(x) + \omega\, \nabla \log p_t(y \mid x).$$
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from models.maths.mixtures import Level, Mixture

Array = np.ndarray


def guided(null: Array, cond: Array, weight: float | Array) -> Array:
    """(1 - w) null + w cond: for scores, noises, velocities and clean guesses alike.

    w = 0 ignores the class, w = 1 is the conditional answer, w > 1 goes beyond it. (Ho and Salimans,
    2022, eq. 6, where w is our w - 1; arXiv:2207.12598)
    """
    mixed: Array = (1 - weight) * null + weight * cond
    return mixed


@dataclass(frozen=True, eq=False)
class Labelled:
    """A Gaussian mixture whose components carry labels 0, 1, …: joint law p(x, y)."""

    data: Mixture
    labels: Int[Array, " k"]

    def of(self, y: int) -> Mixture:
        """p(x | y): the components with this label."""
        own = self.labels == y
        return Mixture(self.data.means[own], self._stds[own], self.data.shares[own])

    def log_posterior(
        self, x: Float[Array, "n d"], y: int, alpha: Level = 1.0, sigma: Level = 0.0
    ) -> Float[Array, " n"]:
        """log p_t(y | x), what a perfect classifier of noisy points says, in nats."""
        prior = np.log(self.data.shares[self.labels == y].sum())
        joint = prior + self.of(y).log_prob(x, alpha, sigma)
        log_p: Array = np.minimum(joint - self.data.log_prob(x, alpha, sigma), 0)  # rounding
        return log_p

    def classifier_gradient(
        self, x: Float[Array, "n d"], y: int, alpha: float = 1.0, sigma: float = 0.0
    ) -> Float[Array, "n d"]:
        """The gradient of log p_t(y | x) as a classifier finds it: through its softmax.

        The logit of component k is log w_k + log N(x; alpha mu_k, V_k), with slope
        (alpha mu_k - x) / V_k; of log sum softmax over the class it is the mean slope there less
        the mean slope everywhere. No score is used. (Dhariwal and Nichol, 2021, sec. 4;
        arXiv:2105.05233)
        """
        everywhere = self.data.responsibilities(x, alpha, sigma)
        own = self.labels == y
        here = np.zeros_like(everywhere)
        here[:, own] = self.of(y).responsibilities(x, alpha, sigma)
        rate = (here - everywhere) / (alpha**2 * self._stds**2 + sigma**2)
        slope: Array = alpha * rate @ self.data.means - rate.sum(-1, keepdims=True) * x
        return slope

    def log_tilted(
        self,
        x: Float[Array, "n d"],
        y: int,
        weight: float,
        alpha: Level = 1.0,
        sigma: Level = 0.0,
    ) -> Float[Array, " n"]:
        """log p_t(x) p_t(y | x)^w up to a constant: the law whose score the guided score is.

        At each level, and yet no sampler of diffusion arrives at it, for the laws of two levels
        are not one law with more and less noise. (Bradley and Nakkiran, 2024; arXiv:2408.09000)
        """
        posterior = self.log_posterior(x, y, alpha, sigma)
        tilted: Array = self.data.log_prob(x, alpha, sigma) + weight * posterior
        return tilted

    @property
    def _stds(self) -> Float[Array, " k"]:
        stds: Array = np.broadcast_to(np.asarray(self.data.std, float), len(self.data.means))
        return stds


@dataclass(frozen=True, eq=False)
class Tabled:
    """A law of the plane known by its mass in the cells of a square grid."""

    mass: Float[Array, "h w"]  # sums to one; mass[0] is the row at the bottom
    ticks: Float[Array, " w"]  # centres of the cells, along both axes

    @classmethod
    def of(cls, log_density: Float[Array, " n"], ticks: Float[Array, " w"]) -> "Tabled":
        """The law with this density at the cells' centres, row by row, up to a factor."""
        mass = np.exp(log_density - log_density.max()).reshape(len(ticks), len(ticks))
        return cls(mass / mass.sum(), ticks)

    def sample(self, n: int, rng: np.random.Generator) -> Float[Array, "n 2"]:
        """n points: a cell by its mass, a place within it evenly."""
        cells = rng.choice(self.mass.size, n, p=self.mass.ravel())
        row, column = np.divmod(cells, len(self.ticks))
        place = np.stack([self.ticks[column], self.ticks[row]], -1)
        drawn: Array = place + (rng.random((n, 2)) - 0.5) * (self.ticks[1] - self.ticks[0])
        return drawn

    def mean(self, values: Float[Array, " n"]) -> float:
        """The mean of values given at the cells' centres, row by row."""
        return float(self.mass.ravel() @ values)

    def variance(self) -> float:
        """The total variance, over both axes."""
        across, up = self.mass.sum(0), self.mass.sum(1)
        squares = (across + up) @ np.square(self.ticks)
        return float(squares - (across @ self.ticks) ** 2 - (up @ self.ticks) ** 2)


def places(ticks: Float[Array, " w"]) -> Float[Array, "n 2"]:
    """The centres of the cells, row by row from below."""
    x, y = np.meshgrid(ticks, ticks)
    return np.stack([x.ravel(), y.ravel()], -1)
