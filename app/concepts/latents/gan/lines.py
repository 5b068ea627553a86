r"""Algorithm 1, line by line: nine lines make an iteration, the first five of them k times.

$\theta_D$ goes down $L_D = E_x[r(a_x)] + E_z[f(a_{G(z)})]$ on one minibatch, then $\theta_G$ down
$L_G = E_z[g(a_{G(z)})]$ on a fresh one (Goodfellow et al., 2014, algorithm 1; arXiv:1406.2661).
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from models.maths.adversarial_losses import Loss
from models.maths.adversaries import Player, slope_at, train_d, train_g
from models.maths.cells import CELLS, CENTRES

Array = np.ndarray
SHOWN = 3  # iterations
NOISE, DATA, SCORES, PRICE, STEP, FRESH, JUDGED, PULL, LEARN = range(9)
NOBODY = np.empty((0, 2), np.float32)


@dataclass(frozen=True)
class Draws:
    """The chance of one iteration: D's minibatches and latents, then G's latents."""

    x: tuple[Float[Array, "n 2"], ...]
    z: tuple[Float[Array, "n z"], ...]
    fresh: Float[Array, "n z"]


@dataclass(frozen=True)
class Line:
    """The state after a line has run, and what the lines have found so far."""

    d: Player
    g: Player
    score: Float[Array, "y x"]  # D at the cells' centres
    real: Float[Array, "r 2"]  # the minibatch, as far as it has been drawn
    fake: Float[Array, "f 2"]
    pull: Float[Array, "q 2"]  # g = -dL_G/dx at the samples, as g / (1 + |g|)
    total: int  # lines of this run
    k: int
    iteration: int
    step: int = 0  # lines run so far
    at: int = -1  # which line it was
    turn: int = 0  # which of D's k steps
    on_real: float = 0.5  # mean scores
    on_fake: float = 0.5
    loss_d: float = 0.0
    better_d: float = 0.0  # on the same minibatch after D's step
    loss_g: float = 0.0
    better_g: float = 0.0  # of the same latents after G's step
    steep: float = 0.0  # mean length of dL_G/dx
    moved: float = 0.0  # how far the last step moved the weights


def then(now: Line, at: int, **changed: Any) -> Line:
    """The state after one more line."""
    return replace(now, step=now.step + 1, at=at, **changed)


def scored(loss: Loss, d: Player) -> Float[Array, "y x"]:
    """D over the plane."""
    return loss.score(d(CENTRES)).reshape(CELLS, CELLS)


def price_d(loss: Loss, d: Player, real: Float[Array, "n 2"], fake: Float[Array, "n 2"]) -> float:
    """L_D of a minibatch."""
    return float((loss.real.of(d(real)) + loss.fake.of(d(fake))).mean())


def price_g(loss: Loss, d: Player, fake: Float[Array, "n 2"]) -> float:
    """L_G of a minibatch."""
    return float(loss.generator.of(d(fake)).mean())


def walk(
    d: Player, g: Player, loss: Loss, rates: tuple[float, float], draws: list[Draws], first: int
) -> Iterator[Line]:
    """Yield the state before the first line, then after each line of each iteration."""
    k = len(draws[0].x)
    score, total = scored(loss, d), len(draws) * (5 * k + 4)
    now = Line(d, g, score, NOBODY, NOBODY, NOBODY, total, k, first)
    yield now
    for number, draw in enumerate(draws, first):
        now = replace(now, iteration=number)
        for turn, (x, z) in enumerate(zip(draw.x, draw.z, strict=True), 1):
            now = yield from d_turn(replace(now, turn=turn), loss, x, z, rates[0])
        now = yield from g_turn(now, loss, draw.fresh, rates[1])


def d_turn(
    now: Line, loss: Loss, x: Float[Array, "n 2"], z: Float[Array, "n z"], lr: float
) -> Generator[Line, None, Line]:
    """The five lines of a step of D."""
    d, fake = now.d, now.g(z)
    yield (now := then(now, NOISE, real=NOBODY, fake=fake, pull=NOBODY))
    yield (now := then(now, DATA, real=x))
    on_real, on_fake = (float(loss.score(d(at)).mean()) for at in (x, fake))
    yield (now := then(now, SCORES, on_real=on_real, on_fake=on_fake))
    yield (now := then(now, PRICE, loss_d=price_d(loss, d, x, fake)))
    after = train_d(d, loss, x, fake, lr)
    now = then(
        now,
        STEP,
        d=after,
        score=scored(loss, after),
        better_d=price_d(loss, after, x, fake),
        moved=float(np.linalg.norm(after.theta - d.theta)),
    )
    yield now
    return now


def g_turn(now: Line, loss: Loss, z: Float[Array, "n z"], lr: float) -> Generator[Line, None, Line]:
    """The four lines of a step of G."""
    d, g = now.d, now.g
    fake = g(z)
    yield (now := then(now, FRESH, real=NOBODY, fake=fake))
    on_fake, loss_g = float(loss.score(d(fake)).mean()), price_g(loss, d, fake)
    yield (now := then(now, JUDGED, on_fake=on_fake, loss_g=loss_g))
    slope = slope_at(d, loss, fake)
    length = np.linalg.norm(slope, axis=-1, keepdims=True)
    yield (now := then(now, PULL, pull=-slope / (1 + length), steep=float(length.mean())))
    after = train_g(g, d, loss, z, lr)
    now = then(
        now,
        LEARN,
        g=after,
        fake=after(z),  # the same latents, where they go now
        pull=NOBODY,
        better_g=price_g(loss, d, after(z)),
        moved=float(np.linalg.norm(after.theta - g.theta)),
    )
    yield now
    return now
