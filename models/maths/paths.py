r"""Roads from noise to data: how much of each is in the mix at time $t$, and how fast that changes.

$x_t = \alpha_t x_1 + \beta_t \epsilon$ with $\alpha_0 = 0, \beta_0 = 1$ (noise) and
$\alpha_1 = 1, \beta_1 = 0$ (data). (Lipman et al., 2023, eq. 10 and 11; arXiv:2210.02747)
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

Array = np.ndarray
Time = float | Float[Array, ""] | Float[Array, " n"]  # 0 is noise, 1 is data
CLEANEST = 1e-3  # of the diffusion's own time: nearer to the data its speed has no bound


class Mix(NamedTuple):
    """The weights of data and noise, and their rates of change."""

    alpha: Float[Array, "*n"]
    beta: Float[Array, "*n"]
    d_alpha: Float[Array, "*n"]
    d_beta: Float[Array, "*n"]


Schedule = Callable[[Time], Mix]


def linear(t: Time) -> Mix:
    """alpha = t, beta = 1 - t: straight conditional paths at constant speed.

    (Lipman et al., 2023, sec. 4.1, ex. II; arXiv:2210.02747; Liu et al., 2023; arXiv:2209.03003)
    """
    time = np.asarray(t, float)
    one = np.ones_like(time)
    return Mix(time, 1 - time, one, -one)


def trigonometric(t: Time) -> Mix:
    """alpha = sin(pi t / 2), beta = cos(pi t / 2): a quarter turn from noise to data.

    alpha² + beta² = 1. (Albergo & Vanden-Eijnden, 2023, eq. 5; arXiv:2209.15571)
    """
    turn = np.pi / 2 * np.asarray(t, float)
    sin, cos = np.sin(turn), np.cos(turn)
    return Mix(sin, cos, np.pi / 2 * cos, -np.pi / 2 * sin)


def diffusion(t: Time, first: float = 0.1, last: float = 20.0) -> Mix:
    """The path of a diffusion model whose noise grows at rates `first` to `last`, run backwards.

    It stops CLEANEST before the clean data, and a little signal is left at the noise end:
    alpha_0 = 0.007. (Song et al., 2021, eq. 33; arXiv:2011.13456)
    """
    span = 1 - CLEANEST
    s = 1 - span * np.asarray(t, float)  # the diffusion's own time, 1 is noise
    alpha = np.exp(-0.25 * s**2 * (last - first) - 0.5 * s * first)
    beta = np.sqrt(1 - alpha**2)
    d_alpha = alpha * (0.5 * s * (last - first) + 0.5 * first) * span
    return Mix(alpha, beta, d_alpha, -alpha * d_alpha / beta)


def by_hand(alphas: tuple[float, ...], betas: tuple[float, ...]) -> Schedule:
    """Smooth curves through values given at equal distances between the fixed ends."""
    rise, fall = (0.0, *alphas, 1.0), (1.0, *betas, 0.0)

    def mix(t: Time) -> Mix:
        alpha, d_alpha = through(rise, t)
        beta, d_beta = through(fall, t)
        return Mix(alpha, beta, d_alpha, d_beta)

    return mix


def through(knots: tuple[float, ...], t: Time) -> tuple[Array, Array]:
    """Value and slope of the cubic that runs through the knots without overshooting them.

    (Fritsch & Butland, 1984; doi:10.1137/0905021)
    """
    y, pieces = np.array(knots), len(knots) - 1
    rise = np.diff(y)  # a piece
    a, b = rise[:-1], rise[1:]
    same = a * b > 0
    inner = np.where(same, 2 * a * b / np.where(same, a + b, 1), 0)
    slope = np.concatenate([rise[:1], inner, rise[-1:]])  # at the knots, by piece
    place = np.asarray(t, float) * pieces
    i = np.clip(place.astype(int), 0, pieces - 1)
    u = place - i
    bend = slope[i] + slope[i + 1] - 2 * rise[i]
    turn = 3 * rise[i] - 2 * slope[i] - slope[i + 1]
    value = y[i] + u * (slope[i] + u * (turn + u * bend))
    rate = pieces * (slope[i] + u * (2 * turn + 3 * u * bend))
    return np.asarray(value), np.asarray(rate)


SCHEDULES: dict[str, Schedule] = {
    "linear": linear,
    "trigonometric": trigonometric,
    "diffusion": diffusion,
}
