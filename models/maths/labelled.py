r"""Data whose noise is known exactly: $\mathbb E[\epsilon \mid x_t]$, the loss it leaves, and the entropy.

Of points $\mu_k$ with one width $s$, with $v = \alpha^2 s^2 + \sigma^2$ and $r_k = p(k \mid x_t)$:
$\mathbb E[\epsilon \mid x_t] = \frac{\sigma}{v} (x_t - \alpha \sum_k r_k \mu_k)$.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from models.maths.mixtures import Mixture
from models.maths.noising import Noising, Times

Array = np.ndarray
ROOT = 1.2207440846057596  # of x⁴ = x + 1


@dataclass(frozen=True, eq=False)
class Labelled:
    """Data whose noise is known exactly: points of one width, each of a class."""

    means: Float[Array, "k d"]
    std: float
    label: Int[Array, " k"]

    @cached_property
    def parts(self) -> tuple[Mixture, ...]:
        """The data of each class."""
        classes = range(int(self.label.max()) + 1)
        return tuple(Mixture(self.means[self.label == c], self.std) for c in classes)

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Float[Array, "n d"], Times]:
        """Data with their classes."""
        pick = rng.integers(len(self.means), size=n)
        spread = self.std * rng.standard_normal((n, self.means.shape[-1]))
        return self.means[pick] + spread, self.label[pick]

    def of(self, label: Times, rng: np.random.Generator) -> Float[Array, "n d"]:
        """Data of these classes."""
        x_0 = self.std * rng.standard_normal((len(label), self.means.shape[-1]))
        for c, part in enumerate(self.parts):
            mine = label == c
            x_0[mine] += part.means[rng.integers(len(part.means), size=mine.sum())]
        return x_0

    def noise(
        self, x: Float[Array, "n d"], label: Times, alpha: Float[Array, "n 1"], sigma: Array
    ) -> Float[Array, "n d"]:
        """E[eps | x_t = x], the best answer of any net that is told t and the class.

        It is -sigma times the score of p_t (Efron, 2011, eq. 1.4; doi:10.1198/jasa.2011.tm11181).
        """
        found = np.empty(x.shape)
        for c, part in enumerate(self.parts):
            mine = label == c
            if mine.any():
                found[mine] = -sigma[mine] * part.score(x[mine], alpha[mine, 0], sigma[mine, 0])
        return found

    def floor(
        self, x: Float[Array, "n d"], label: Times, alpha: Float[Array, "n 1"], sigma: Array
    ) -> Float[Array, " n"]:
        """E[|eps - E[eps | x_t]|² | x_t = x]: the loss that no net can go below at x.

        The variance between the points that may have sent x, and that within one of them.
        """
        found = np.empty(len(x))
        variance = np.square(alpha * self.std) + np.square(sigma)
        for c, part in enumerate(self.parts):
            mine = label == c
            if mine.any():
                weights = part.responsibilities(x[mine], alpha[mine, 0], sigma[mine, 0])
                mean = weights @ part.means
                found[mine] = weights @ np.square(part.means).sum(-1) - np.square(mean).sum(-1)
        between = np.square(alpha * sigma / variance)[:, 0] * found
        within = x.shape[-1] * (1 - np.square(sigma) / variance)[:, 0]
        return np.asarray(between + within)

    def untold(
        self, x: Float[Array, "n d"], label: Times, noising: Noising, levels: int = 64
    ) -> Float[Array, "n d"]:
        """E[eps | x], the best answer of a net that is told the class but not t.

        The mean of the best answers at all t, weighted by how likely x is at each; t in `levels`
        strides that grow from the data to the noise.
        """
        steps = len(noising.betas)
        ends = np.unique(np.round(steps * (np.arange(levels + 1) / levels) ** 2).astype(int))
        middle, width = (ends[:-1] + ends[1:]) // 2, np.diff(ends)
        found = np.empty(x.shape)
        for c, part in enumerate(self.parts):
            mine = label == c
            if mine.any():
                y, answers, likely = x[mine], [], []
                for alpha, sigma, share in zip(
                    *(w[middle] for w in noising.levels), width, strict=True
                ):
                    answers.append(-sigma * part.score(y, alpha, sigma))
                    likely.append(np.log(share) + part.log_prob(y, alpha, sigma))
                weights = np.exp(np.array(likely) - np.max(likely, 0))  # (l, n)
                weights /= weights.sum(0)
                found[mine] = (weights[..., None] * np.array(answers)).sum(0)
        return found

    def places(
        self, n: int, rng: np.random.Generator
    ) -> tuple[Int[Array, " n"], Float[Array, "n d"]]:
        """Points (by number) and standard normals, to weigh something over all the data.

        Drawn; but in the plane without chance, by a sequence that fills a cube evenly (Kronecker's,
        with powers of the root of x⁴ = x + 1), whose means err far less than those of as many draws.
        """
        k, d = self.means.shape
        if d != 2:
            return rng.integers(k, size=n), rng.standard_normal((n, d))
        even = (0.5 + np.arange(n)[:, None] / ROOT ** np.arange(1, 4)) % 1
        length, angle = np.sqrt(-2 * np.log1p(-even[:, 1])), 2 * np.pi * even[:, 2]
        normal = length[:, None] * np.stack([np.cos(angle), np.sin(angle)], -1)
        return (even[:, 0] * k).astype(int), normal

    def entropy(self, n: int, rng: np.random.Generator) -> float:
        """H(x_0 | class) in nats: that of the choice of a point, plus its width, less what x_0 hides.

        H(x) = H(k) + H(x | k) - H(k | x); only the last is a mean over places.
        """
        pick, z = self.places(n, rng)
        x_0, label = self.means[pick] + self.std * z, self.label[pick]
        hidden, choice = np.zeros(n), np.zeros(n)
        for c, part in enumerate(self.parts):
            mine = label == c
            if mine.any():
                weights = part.responsibilities(x_0[mine])
                hidden[mine] = -(weights * np.log(np.maximum(weights, 1e-300))).sum(-1)
                choice[mine] = np.log(len(part.means))
        within = 0.5 * x_0.shape[-1] * np.log(2 * np.pi * np.e * self.std**2)
        return float((choice - hidden).mean() + within)

    def floors(self, noising: Noising, n: int, rng: np.random.Generator) -> Float[Array, " T"]:
        """The mean floor at each t, over at least n places in all."""
        steps = len(noising.betas)
        t = np.tile(np.arange(steps), -(-n // steps))
        pick, z = self.places(len(t), rng)
        alpha, sigma = noising.at(t)
        x_t = alpha * self.means[pick] + np.sqrt(np.square(alpha * self.std) + np.square(sigma)) * z
        return np.asarray(
            self.floor(x_t, self.label[pick], alpha, sigma).reshape(-1, steps).mean(0)
        )
