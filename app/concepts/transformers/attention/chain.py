r"""One weight of one head, step by step, and what it brings.

$q_i \cdot k_j \;\to\; s_{ij} = q_i \cdot k_j / \sqrt{d_h} \;\to\; s_{ij} + M_{ij} \;\to\;
A_{ij} = e^{s_{ij}} / \sum_{j'} e^{s_{ij'}} \;\to\; A_{ij}\, v_j \;\to\; \sum_j A_{ij}\, v_j$
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

Array = np.ndarray


@dataclass(frozen=True)
class Chain:
    """The cell (row, column) of a head's map, in double precision from the graph's q, k and v."""

    row: int
    column: int
    terms: Float[Array, "3 d"]  # the query, the key and their products
    score: float  # q·k
    scaled: Float[Array, " t"]  # of the whole row, masked or not
    seen: Bool[Array, " t"]  # where the row may look
    power: float  # e^(s - max s), 0 where the cell is masked
    total: float  # the sum of these over the row; 0 where the row may look nowhere
    weight: Float[Array, " t"]
    values: Float[Array, "3 d"]  # the value v_j, what this cell adds, and what the whole row adds
    apart: float  # the largest difference of the weights from the graph's own


def follow(
    cell: tuple[int, int],
    query: Float[Array, "t d"],
    key: Float[Array, "t d"],
    value: Float[Array, "t d"],
    hidden: Bool[Array, "t t"],
    found: Float[Array, "t t"],
) -> Chain:
    """From the dot product of one query and one key to the vector that the row hands on."""
    i, j = cell
    q, k, v = query[i].astype(float), key.astype(float), value.astype(float)
    scaled = k @ q / np.sqrt(len(q))
    seen = ~hidden[i]
    highest = scaled[seen].max() if seen.any() else 0.0  # keeps e^s within the numbers, and cancels
    power = np.where(seen, np.exp(np.minimum(scaled - highest, 0)), 0.0)
    total = float(power.sum())
    weight = power / total if total else power
    terms = np.stack([q, k[j], q * k[j]])
    values = np.stack([v[j], weight[j] * v[j], weight @ v])
    apart = float(np.abs(weight - found[i]).max())
    return Chain(
        i, j, terms, float(q @ k[j]), scaled, seen, float(power[j]), total, weight, values, apart
    )
