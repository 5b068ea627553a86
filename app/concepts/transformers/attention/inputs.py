"""What a person changes in the network: heads switched off, cells hidden, a query moved."""

import numpy as np
from jaxtyping import Bool, Float

Array = np.ndarray
LAYERS, ACROSS = 4, 4  # of the graph, and heads in each; a test holds both to its card
HEADS = LAYERS * ACROSS
CELL, COLUMN, EVERY = "a cell", "its token", "in all heads"


def gate(off: tuple[int, ...]) -> Float[Array, "layers h"]:
    """What each head's output is multiplied by: 0 for those that are off."""
    open_: Array = np.ones((LAYERS, ACROSS), np.float32)
    open_.flat[list(off)] = 0
    return open_


def allowed(
    hidden: tuple[tuple[int, int], ...], head: int, reach: str, t: int
) -> Bool[Array, "layers h t t"]:
    """Where each head may look, the causal mask apart; painted cells beyond the text do nothing."""
    free: Array = np.ones((LAYERS, ACROSS, t, t), bool)
    rows, columns = np.array([(i, j) for i, j in hidden if max(i, j) < t], int).reshape(-1, 2).T
    own = free[divmod(head, ACROSS)]
    if reach == EVERY:
        free[..., columns] = False
    elif reach == COLUMN:
        own[:, columns] = False
    else:
        own[rows, columns] = False
    return free


def shifted(
    shift: Float[Array, " d"], head: int, reader: int, t: int
) -> Float[Array, "layers h t d"]:
    """What is added to the queries: something for one head at one reader, else nothing."""
    added: Array = np.zeros((LAYERS, ACROSS, t, len(shift)), np.float32)
    added[(*divmod(head, ACROSS), reader)] = shift
    return added
