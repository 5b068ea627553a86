r"""Equal Gaussians of one shape: density, score and Laplacian, exactly.

With $\Lambda = C^{-1}$, weights $r_k(x)$ and $\bar m = \sum_k r_k m_k$,
$$\nabla \log p = \Lambda (\bar m - x), \qquad
\Delta \log p = -\operatorname{tr} \Lambda + \sum_k r_k \|\Lambda m_k\|^2 - \|\Lambda \bar m\|^2 .$$
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Gaussians:
    """A mixture of k equally likely N(m_k, C)."""

    means: Float[Array, "k 2"]
    cov: Float[Array, "2 2"]

    def sample(self, n: int, rng: np.random.Generator) -> Float[Array, "n 2"]:
        """n points, the means taking turns."""
        centres = np.resize(self.means, (n, 2))
        drawn: Array = centres + rng.standard_normal((n, 2)) @ np.linalg.cholesky(self.cov).T
        return drawn

    def density(self, x: Float[Array, "n 2"]) -> Float[Array, " n"]:
        """p(x), a unit of area."""
        joint = self._joint(x)
        norm = len(self.means) * 2 * np.pi * np.sqrt(np.linalg.det(self.cov))
        p: Array = np.exp(joint).sum(-1) / norm
        return p

    def weights(self, x: Float[Array, "n 2"]) -> Float[Array, "n k"]:
        """p(k | x); rows sum to one."""
        joint = self._joint(x)
        w = np.exp(joint - joint.max(-1, keepdims=True))
        shares: Array = w / w.sum(-1, keepdims=True)
        return shares

    def score(self, x: Float[Array, "n 2"]) -> Float[Array, "n 2"]:
        """The gradient of log p."""
        uphill: Array = (self.weights(x) @ self.means - x) @ np.linalg.inv(self.cov)
        return uphill

    def log_laplacian(self, x: Float[Array, "n 2"]) -> Float[Array, " n"]:
        """The Laplacian of log p: the divergence of the score."""
        precision = np.linalg.inv(self.cov)
        pulls, weights = self.means @ precision, self.weights(x)
        between = weights @ np.square(pulls).sum(-1) - np.square(weights @ pulls).sum(-1)
        bent: Array = between - np.trace(precision)
        return bent

    def laplacian(self, x: Float[Array, "n 2"]) -> Float[Array, " n"]:
        """The Laplacian of p itself: p (Δ log p + |∇ log p|²)."""
        bent = self.log_laplacian(x) + np.square(self.score(x)).sum(-1)
        return np.asarray(self.density(x) * bent)

    def _joint(self, x: Array) -> Array:
        """-1/2 (x - m)' Λ (x - m) for each mean, (n, k)."""
        root = np.linalg.inv(np.linalg.cholesky(self.cov)).T  # where x @ root has covariance 1
        here, there = x @ root, self.means @ root
        apart = np.square(here).sum(-1)[:, None] + np.square(there).sum(-1) - 2 * here @ there.T
        return np.asarray(-0.5 * apart)
