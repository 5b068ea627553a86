r"""Zero-sum games of two numbers, small enough to see whole: $\min_x \max_y V(x, y)$.

Each player follows its own slope, $v = (-\partial_x V, \partial_y V)$. Around an equilibrium that is a
rotation, and steps along a rotation lead outwards: the instability of GANs in its simplest form.
The average of all plays stays inside, where von Neumann's theorem promises an equilibrium.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

Array = np.ndarray
ARROWS, CELLS, FINE = 13, 41, 4  # of a side, of a side, steps of continuous play within a turn


class Picture(NamedTuple):
    """The game seen another way: curves (c, k, 2), marks on them (m, 2), and how far apart those are."""

    curves: Array
    marks: Array
    lead: float


@dataclass(frozen=True)
class Game:
    """Payoff V of plays (x, y), which x would have low and y high."""

    name: str
    window: tuple[float, float]  # of both numbers
    value: Callable[[Array], Array]  # (*n, 2) -> (*n)
    field: Callable[[Array], Array]  # v, (*n, 2) -> (*n, 2)
    project: Callable[[Array], Array]  # back to what may be played
    equilibrium: Array  # (2,)
    jacobian: Array | None  # of v there; None where it lies on a wall, which stops all motion
    picture: Callable[[Array, Array], Picture]  # of a play and of the mean of plays


@dataclass(frozen=True)
class Frame:
    """All plays up to turn `step`, and the game they are played in."""

    step: int
    turns: int
    game: str
    window: tuple[float, float]
    path: Float[Array, "t 2"]
    mean: Float[Array, "t 2"]  # of the plays up to each turn
    flow: Float[Array, "f 2"]  # continuous play from the same start
    value: Float[Array, " t"]  # V of each play
    far: Float[Array, " t"]  # distance of each play from the equilibrium
    mean_far: Float[Array, " t"]  # and of each mean
    linear: Float[Array, " l"]  # theory: first distance times |lambda|^t, up to the window's size
    growth: float  # |lambda| - 1 in percent, what a turn adds to a small distance
    equilibrium: Float[Array, " 2"]
    fair: float  # V in equilibrium
    span: tuple[float, float]  # of V in the window with a margin, evenly about the fair one
    places: Float[Array, "n 2"]
    field: Float[Array, "n 2"]
    heat: Float[Array, "h w"]
    curves: Float[Array, "c k 2"]
    marks: Float[Array, "m 2"]
    lead: float


def play(
    game: Game, start: tuple[float, float], rule: str, rate: float, turns: int
) -> Iterator[Frame]:
    """Yield the plays turn by turn: both step at once, or y answers the x just played."""
    path = rounds(game, np.array(start), rule, rate, turns)
    mean = path.cumsum(0) / np.arange(1, turns + 2)[:, None]
    far, mean_far = (np.linalg.norm(x - game.equilibrium, axis=-1) for x in (path, mean))
    linear, growth = small_steps(game, float(far[0]), rule, rate, turns)
    places, heat = _grid(game.window, ARROWS).reshape(-1, 2), game.value(_grid(game.window, CELLS))
    field, flow = game.field(places), continuous(game, path[0], rate, turns)
    fair = float(game.value(game.equilibrium))
    reach = 1.25 * max(float(np.abs(heat - fair).max()), 0.1)
    for step in range(turns + 1):
        upto = slice(step + 1)
        picture = game.picture(path[step], mean[step])
        yield Frame(
            step=step,
            turns=turns,
            game=game.name,
            window=game.window,
            path=path[upto],
            mean=mean[upto],
            flow=flow,
            value=game.value(path[upto]),
            far=far[upto],
            mean_far=mean_far[upto],
            linear=linear[upto],
            growth=growth,
            equilibrium=game.equilibrium,
            fair=fair,
            span=(fair - reach, fair + reach),
            places=places,
            field=field,
            heat=heat,
            **picture._asdict(),
        )


def rounds(
    game: Game, start: Float[Array, " 2"], rule: str, rate: float, turns: int
) -> Float[Array, "t 2"]:
    """The start and the play after each turn."""
    path = [start]
    for _ in range(turns):
        x = path[-1]
        if rule == "alternating":
            x = game.project(x + rate * game.field(x) * [1, 0])
            x = game.project(x + rate * game.field(x) * [0, 1])
        else:
            x = game.project(x + rate * game.field(x))
        path.append(x)
    return np.stack(path)


def small_steps(
    game: Game, far: float, rule: str, rate: float, turns: int
) -> tuple[Float[Array, " l"], float]:
    """What linear theory says of the distance turn by turn, and its growth in percent a turn.

    The distance grows by |lambda|, the largest eigenvalue of one update (Mescheder et al., 2018,
    section 2; arXiv:1801.04406). No turns and 0 where the equilibrium lies on a wall.
    """
    if game.jacobian is None:
        return np.empty(0), 0.0
    size = float(np.abs(np.linalg.eigvals(update(game.jacobian, rule, rate))).max())
    widest = game.window[1] - game.window[0]
    power = np.minimum(np.arange(turns + 1) * np.log(size), 500)  # no overflow
    curve = far * np.exp(power)
    return curve[curve <= widest], 100 * (size - 1)


def update(jacobian: Float[Array, "2 2"], rule: str, rate: float) -> Float[Array, "2 2"]:
    """What one turn does to a small deviation from the equilibrium."""
    one = np.eye(2)
    if rule == "alternating":
        first, second = (one + rate * np.diag(row) @ jacobian for row in one)
        both: Array = second @ first
        return both
    return one + rate * jacobian


def continuous(
    game: Game, start: Float[Array, " 2"], rate: float, turns: int
) -> Float[Array, "f 2"]:
    """Play without steps for as long as `turns` steps of `rate` last (Runge-Kutta, 4th order)."""
    h, path, v = rate / FINE, [start], game.field
    for _ in range(FINE * turns):
        x = path[-1]
        k1 = v(x)
        k2 = v(x + h / 2 * k1)
        k3 = v(x + h / 2 * k2)
        k4 = v(x + h * k3)
        path.append(game.project(x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)))
    return np.stack(path)


def _grid(window: tuple[float, float], side: int) -> Array:
    ticks = np.linspace(*window, side)
    return np.stack(np.meshgrid(ticks, ticks), -1)
