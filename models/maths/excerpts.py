"""How a text is cut for a net that predicts the next token: at random, in a row, or said again."""

import numpy as np
from jaxtyping import Int

Array = np.ndarray
UNSCORED = -100  # a target that no loss is asked for


def at_random(
    tokens: Int[Array, " n"], start: int, shape: tuple[int, int], rng: np.random.Generator
) -> Int[Array, "b t"]:
    """Excerpts from anywhere, behind the start mark; `shape` is their number and length."""
    n, length = shape
    first = rng.integers(len(tokens) - length, size=(n, 1))
    return behind(start, tokens[first + np.arange(length)])


def in_a_row(tokens: Int[Array, " n"], start: int, length: int) -> Int[Array, "b t"]:
    """The whole text but its last part of a length, in excerpts that do not overlap."""
    rows = len(tokens) // length
    return behind(start, tokens[: rows * length].reshape(rows, length))


def said_twice(once: Int[Array, "b n"], start: int) -> Int[Array, "b t"]:
    """Tokens behind the start mark, then the same again."""
    return behind(start, np.concatenate([once, once], 1))


def with_echoes(
    text: Int[Array, "b t"], tokens: Int[Array, " n"], share: float, rng: np.random.Generator
) -> tuple[Int[Array, "b s"], Int[Array, "b s"]]:
    """What is read and what is to be said next; a share of the rows echoes random tokens.

    Only the echo tells what comes next in them, so what is said for the first time is not scored.
    """
    text, length = text.copy(), text.shape[1] - 1
    target = text[:, 1:].copy()
    for i in np.flatnonzero(rng.random(len(text)) < share):
        period = rng.integers(4, length // 2)
        text[i, 1:] = np.resize(tokens[rng.integers(len(tokens), size=period)], length)
        target[i] = text[i, 1:]
        target[i, :period] = UNSCORED
    return text[:, :-1], target


def behind(start: int, text: Int[Array, "b t"]) -> Int[Array, "b t+1"]:
    """The rows with the start mark before them."""
    return np.concatenate([np.full((len(text), 1), start), text], 1)
