r"""How far apart two clouds of points are, and how far two perfect clouds would be by chance.

$SW_2^2(p, q) = \frac{1}{\pi} \int_0^\pi W_2^2(p_\theta, q_\theta)\, d\theta$, where $p_\theta$ is
the cloud seen along the direction $\theta$ and $W_2$ in one dimension pairs sorted points.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

Array = np.ndarray
Sampler = Callable[[int, np.random.Generator], Array]
Distance = Callable[[Array, Array], float]


def sliced_w2(a: Float[Array, "n 2"], b: Float[Array, "m 2"], directions: int = 64) -> float:
    """The sliced Wasserstein-2 distance of two clouds, in units of the plane.

    The directions are evenly spread over the half circle, so the value is free of chance. A cloud
    moved by d lies d / sqrt(2) from where it was (Bonneel et al., 2015;
    doi:10.1007/s10851-014-0506-3).
    """
    return between_shadows(shadows(a, directions), shadows(b, directions))


def shadows(cloud: Float[Array, "n 2"], directions: int = 64) -> Float[Array, "n k"]:
    """The cloud seen along each direction, in rising order: half the work of a distance to it."""
    angle = np.pi * (np.arange(directions) + 0.5) / directions
    seen: Array = np.stack([np.cos(angle), np.sin(angle)], -1) @ cloud.T
    seen.sort()  # each row lies in one piece of memory, which is faster than columns
    return seen.T


def between_shadows(a: Float[Array, "n k"], b: Float[Array, "m k"]) -> float:
    """The sliced Wasserstein-2 distance of two clouds, given their shadows."""
    n, m = len(a), len(b)
    if n == m:
        return float(np.sqrt(np.square(a - b).mean()))
    # Quantile functions are steps: between two neighbouring cuts both are constant.
    cuts = np.union1d(np.arange(n + 1) / n, np.arange(m + 1) / m)
    width, middle = np.diff(cuts), (cuts[1:] + cuts[:-1]) / 2
    gap = a[(middle * n).astype(int)] - b[(middle * m).astype(int)]
    return float(np.sqrt((width @ np.square(gap)).mean()))


def mmd(a: Float[Array, "n d"], b: Float[Array, "m d"], bandwidth: float = 0.5) -> float:
    """The maximum mean discrepancy with the kernel exp(-|x - y|² / (2 bandwidth²)); 0 to sqrt(2).

    (Gretton et al., 2012, eq. 5; JMLR 13)
    """

    def kernel(x: Array, y: Array) -> float:
        squares = np.square(x).sum(-1)[:, None] + np.square(y).sum(-1) - 2 * x @ y.T
        return float(np.exp(-np.maximum(squares, 0) / (2 * bandwidth**2)).mean())

    return float(np.sqrt(max(kernel(a, a) + kernel(b, b) - 2 * kernel(a, b), 0.0)))


def mean_distance(x: Float[Array, "n d"]) -> float:
    """The mean Euclidean distance of two different points of one cloud: how diverse it is."""
    squares = np.square(x).sum(-1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares - 2 * x @ x.T, 0))
    np.fill_diagonal(apart, 0)  # rounding left something there
    return float(apart.sum() / (len(x) * (len(x) - 1)))


def noise_floor(
    distance: Distance, sampler: Sampler, n: int, rng: np.random.Generator, repeats: int = 8
) -> float:
    """What a perfect model reads at n samples: the mean distance of two clouds of one source."""
    draws = [distance(sampler(n, rng), sampler(n, rng)) for _ in range(repeats)]
    return float(np.mean(draws))


def sliced_w2_floor(sampler: Sampler, n: int, rng: np.random.Generator) -> float:
    """The noise floor of sliced_w2 at n samples a cloud."""
    return noise_floor(sliced_w2, sampler, n, rng)


def frechet(a: Float[Array, "n d"], b: Float[Array, "m d"]) -> float:
    """The Wasserstein-2 distance of the Gaussians with the clouds' means and covariances.

    Squared and in the features of a classifier it is known as FID: what it says depends on the
    number of points, so it means something only beside its floor at that number.
    (Dowson and Landau, 1982, eq. 16; doi:10.1016/0047-259X(82)90077-X; Heusel et al., 2017, eq. 6;
    arXiv:1706.08500)
    """
    c_a, c_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values, axes = np.linalg.eigh(c_a)
    root = (axes * np.sqrt(np.maximum(values, 0))) @ axes.T
    # The trace of (c_a c_b)^(1/2) is that of its like, root c_b root, which is symmetric.
    both = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ c_b @ root), 0)).sum()
    squared = np.square(a.mean(0) - b.mean(0)).sum() + np.trace(c_a) + np.trace(c_b) - 2 * both
    return float(np.sqrt(max(squared, 0.0)))
