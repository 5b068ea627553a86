r"""Rotary positions: each pair of a query's or key's numbers turns by its own angle a token.

$\theta_i = \beta^{-2i/d}$ radians a token, $i = 0 \dots d/2 - 1$. (Su et al., 2021, sec. 3.2.2; arXiv:2104.09864)
"""

import numpy as np
from jaxtyping import Float

from models.maths import positions

Array = np.ndarray
BASE = 10_000.0  # what the shipped GPT was trained with


def frequencies(d_head: int, base: float = BASE) -> Float[Array, " half"]:
    """How far each pair turns from one token to the next, in radians, fastest first."""
    return positions.frequencies(d_head, base).astype(np.float32)


def unchanged(t: int, layers: int, heads: int, d_head: int) -> dict[str, Array]:
    """The inputs of a GPT of `models.nets.gpt`, beside its t tokens, that change nothing in it."""
    return {
        "head_gate": np.ones((layers, heads), np.float32),
        "allowed": np.ones((layers, heads, t, t), bool),
        "query_shift": np.zeros((layers, heads, t, d_head), np.float32),
        "frequency": frequencies(d_head),
        "rotary_scale": np.ones(1, np.float32),
    }
