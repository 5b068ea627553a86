r"""Which noise goes to which data? Pairs drawn apart cross; pairs chosen well hardly do.

Among all ways to pair n places with n places, the best one has the least transport cost
$$\min_\pi \frac{1}{n} \sum_i \|x_1^{\pi(i)} - x_0^i\|^2 ,$$
and is found exactly, one place after the other, by the shortest path along which earlier pairs give way.
(Tong et al., 2024, sec. 3.2; arXiv:2302.00482; Jonker and Volgenant, 1987; doi:10.1007/BF02278710)
"""

import numpy as np
from jaxtyping import Float, Int

Array = np.ndarray


def costs(x_0: Float[Array, "n d"], x_1: Float[Array, "m d"]) -> Float[Array, "n m"]:
    """|x_1 - x_0|² of every pair."""
    squares: Array = np.square(x_0[:, None] - x_1).sum(-1)
    return squares


def transport(x_0: Float[Array, "n d"], x_1: Float[Array, "n d"]) -> float:
    """The mean of |x_1 - x_0|² over pairs that stand in the same row."""
    return float(np.square(x_1 - x_0).sum(-1).mean())


def assignment(cost: Float[Array, "n n"]) -> Int[Array, " n"]:
    """The column of each row that makes the sum of the costs least, exactly.

    Prices on rows u and columns v keep cost - u - v from below zero and at zero on chosen pairs; so
    no other choice of pairs can be cheaper.
    """
    n = len(cost)
    u, v = np.zeros(n), cost.min(0)
    row, column = np.full(n, -1), np.full(n, -1)  # of each column, of each row
    for first in range(n):
        far, come, j = _cheapest(cost - v, u, row, first)
        reached = far <= far[j]
        gone = far[j] - far[reached]
        v[reached] -= gone
        moved = reached & (row >= 0)
        u[row[moved]] += far[j] - far[moved]
        u[first] += far[j]
        while True:  # along the path, each row takes the next column
            i = come[j]
            row[j] = i
            column[i], j = j, column[i]
            if i == first:
                break
    return column


def _cheapest(cost: Array, u: Array, row: Array, first: int) -> tuple[Array, Array, int]:
    """From a row without a column, over pairs that give way, to the nearest column without a row.

    How far each column is (infinite beyond that one), the row each is reached from, and that column.
    """
    n = len(cost)
    far, come, left = np.full(n, np.inf), np.full(n, -1), np.ones(n, bool)
    i, gone = first, 0.0
    while True:
        ahead = gone + cost[i] - u[i]
        nearer = left & (ahead < far)
        far[nearer], come[nearer] = ahead[nearer], i
        j = int(np.where(left, far, np.inf).argmin())
        gone, left[j] = float(far[j]), False
        if row[j] < 0:
            return np.where(left, np.inf, far), come, j
        i = row[j]


def paired(x_0: Float[Array, "n d"], x_1: Float[Array, "n d"], batch: int) -> Float[Array, "n d"]:
    """x_1 in another order: in each batch, every x_0 has the partner of the exact assignment."""
    order = [
        start + assignment(costs(x_0[start : start + batch], x_1[start : start + batch]))
        for start in range(0, len(x_0), batch)
    ]
    return np.asarray(x_1[np.concatenate(order)])


def crossings(x_0: Float[Array, "n 2"], x_1: Float[Array, "n 2"]) -> float:
    """The share of all pairs of straight ways x_0 to x_1 that cross in the plane."""
    along = x_1 - x_0
    ahead = _turn(along[:, None], x_0 - x_0[:, None]) * _turn(along[:, None], x_1 - x_0[:, None])
    apart = ahead < 0  # [i, j]: the ends of way j lie on both sides of the line of way i
    n = len(x_0)
    return float((apart & apart.T).sum() / (n * (n - 1)))


def _turn(a: Array, b: Array) -> Array:
    """Twice the signed area between two arrows."""
    area: Array = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return area
