r"""A game in a table: $V(q, p) = \sum_{ij} p_i A_{ij} q_j$, and $\max_p \min_q V = \min_q \max_p V$."""

import numpy as np
from jaxtyping import Float

from .games import Game, Picture

Array = np.ndarray


def matrix(payoff: Float[Array, "2 2"]) -> Game:
    """Row wins payoff[i, j] from column; a play is (q, p), how likely column and row choose their 1st.

    Every matrix has an equilibrium in mixed plays (von Neumann, 1928, section 3;
    doi:10.1007/BF01448847).
    """
    (a, b), (c, d) = payoff
    bend = a - b - c + d
    line = np.linspace(0, 1, 101)

    def value(play: Array) -> Array:
        q, p = play[..., 0], play[..., 1]
        return np.asarray(d + (b - d) * p + (c - d) * q + bend * p * q)

    def field(play: Array) -> Array:
        q, p = play[..., 0], play[..., 1]
        return np.stack([-(c - d) - bend * p, (b - d) + bend * q], -1)

    def secured(p: Array) -> Array:
        """What row wins with p at least, whatever column does: V is straight, so its ends decide."""
        least: Array = np.minimum(p * a + (1 - p) * c, p * b + (1 - p) * d)
        return least

    def conceded(q: Array) -> Array:
        """What column loses with q at most."""
        worst: Array = np.maximum(q * a + (1 - q) * b, q * c + (1 - q) * d)
        return worst

    def picture(_: Array, mean: Array) -> Picture:
        curves = np.stack([[line, secured(line)], [line, conceded(line)]]).swapaxes(1, 2)
        q, p = mean[:1], mean[1:]
        marks = np.array([[p, secured(p)], [q, conceded(q)]])[..., 0]
        return Picture(curves, marks, float(marks[1, 1] - marks[0, 1]))

    # Bent lines have their best at an end or at the bend, where both of the other's choices pay alike.
    p = _candidates(d - c, bend)
    q = _candidates(d - b, bend)
    best = np.array([q[conceded(q).argmin()], p[secured(p).argmax()]])
    inside = bend != 0 and bool(((best > 0) & (best < 1)).all())
    turn = np.array([[0, -bend], [bend, 0]]) if inside else None
    window = (0.0, 1.0)
    return Game("matrix game", window, value, field, _into_square, best, turn, picture)


def _candidates(up: float, bend: float) -> Array:
    inner = [up / bend] if bend and 0 < up / bend < 1 else []
    return np.array([0.0, 1.0, *inner])


def _into_square(play: Array) -> Array:
    inside: Array = np.clip(play, 0, 1)
    return inside
