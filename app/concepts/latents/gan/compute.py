r"""Two nets train each other: $\min_G \max_D\; E_x[\log D(x)] + E_z[\log(1 - D(G(z)))]$.

One iteration is Algorithm 1 of Goodfellow et al. (2014; arXiv:1406.2661): k steps of the
discriminator D, then one of the generator G, each on a fresh minibatch. Beside it two games small
enough to see whole, where the same rule circles (games.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from jaxtyping import Float

from models.maths.adversaries import Player, slope_at, train_d, train_g, untrained
from models.maths.cells import CELLS, CENTRES, optimal, shares_of_points
from models.maths.mixtures import Mixture
from models.worlds.clusters import latent, lattice, net, truth

from . import games
from .dirac import dirac
from .judge import Judge, Measures
from .lines import SHOWN, Draws, Line, walk
from .matrix import matrix
from .setting import BY_LINE, LOSSES, NETS, Params, Turn, in_force

Array = np.ndarray
SAMPLES, PUSHED = 384, 2**15  # points: shown, pushed to weigh G's cells
PARTS = 16  # in which they are pushed, so that each fits in a processor's cache
PICTURES = 150  # of a run
FAINT = 1e-4  # of the mass: where less of it lies in a cell, the picture of D* fades to 1/2


@dataclass(frozen=True)
class Frame:
    """The whole state of the training after `step` iterations, and what is seen of it."""

    step: int
    params: Params
    discriminator: Player
    generator: Player
    turn: Turn  # as of the last iteration
    data: Float[Array, "n 2"]
    samples: Float[Array, "n 2"]  # of the same latents in every frame, so their motion is G's
    pull: Float[Array, "n 2"]  # g = -dL_G/dx there, where D would have it go, as g / (1 + |g|)
    mesh: Float[Array, "h w 2"]  # a latent grid with equal mass in each cell, as G has warped it
    score: Float[Array, "y x"]  # D at the cells' centres
    best: Float[Array, "y x"]  # D*, the optimal score of each cell against this generator
    history: Float[Array, "t c"]  # one row a frame so far; columns are those of Measures
    perfect: Measures  # what a perfect generator and D = 1/2 would read


Shown = Frame | Line | games.Frame


def compute(p: Params, start: Shown | None = None) -> Iterator[Shown]:
    """Yield the players as they train, from the beginning or on from a kept frame."""
    if p.game != "GAN":  # cheap enough to play again from the first turn
        played = by_line(p) if p.game == BY_LINE else small(p)
        yield from islice(played, start.step + 1 if start else 0, None)
        return
    watch, real = Watch(p), truth(p.data, p.clusters)
    frame = start if isinstance(start, Frame) else None
    if frame is None:
        yield (frame := watch.begin())
    while frame.step < p.iterations:
        d, g = frame.discriminator, frame.generator
        end = min(frame.step + max(1, p.iterations // PICTURES), p.iterations)
        for number in range(frame.step, end):
            d, g = iterate(p, real, d, g, number)
        yield (frame := watch.look(end, d, g, frame.history))


def iterate(p: Params, real: Mixture, d: Player, g: Player, number: int) -> tuple[Player, Player]:
    """Both players after iteration `number`."""
    turn, loss = in_force(p, number), LOSSES[p.loss]
    draws = drawn(p, real, number, p.k * turn.d)
    for x, z in zip(draws.x, draws.z, strict=True):
        d = train_d(d, loss, x, g(z), turn.lr_d)
    if turn.g:
        g = train_g(g, d, loss, draws.fresh, turn.lr_g)
    return d, g


def drawn(p: Params, real: Mixture, number: int, k: int) -> Draws:
    """The chance of an iteration, which is its own: (seed, number)."""
    rng, (_, n) = np.random.default_rng([p.seed, number]), NETS[p.nets]
    x, z = [], []
    for _ in range(k):
        x.append(real.sample(n, rng).astype(np.float32))
        z.append(latent(p.latent, rng.random((n, 2))))
    return Draws(tuple(x), tuple(z), latent(p.latent, rng.random((n, 2))))


def by_line(p: Params) -> Iterator[Line]:
    """The lines of a few iterations, after those that came before."""
    real, (d, g) = truth(p.data, p.clusters), beginners(p)
    for number in range(p.since):
        d, g = iterate(p, real, d, g, number)
    draws = [drawn(p, real, number, p.k) for number in range(p.since, p.since + SHOWN)]
    yield from walk(d, g, LOSSES[p.loss], (p.lr_d, p.lr_g), draws, p.since)


def beginners(p: Params) -> tuple[Player, Player]:
    """The players before they have learned anything."""
    rng, (width, _) = np.random.default_rng(p.seed), NETS[p.nets]
    d = untrained(2, 1, rng, width)
    return d, untrained(net(p.latent).shape[-1], 2, rng, width)


class Watch:
    """What every frame shows and measures, at the same latents each time."""

    def __init__(self, p: Params) -> None:
        rng, loss = np.random.default_rng([p.seed, SAMPLES, PUSHED]), LOSSES[p.loss]
        self.p, self.loss = p, loss
        self.judge = Judge.of(truth(p.data, p.clusters), loss, SAMPLES, rng)
        self.perfect = self.judge.perfect(PUSHED, rng)
        self.shown = latent(p.latent, rng.random((SAMPLES, 2)))
        self.pushed = np.split(latent(p.latent, lattice(PUSHED)), PARTS)
        self.net = net(p.latent)

    def begin(self) -> Frame:
        """The players before they have learned anything."""
        d, g = beginners(self.p)
        return self.look(0, d, g, np.empty((0, len(Measures._fields))))

    def look(self, step: int, d: Player, g: Player, history: Float[Array, "t c"]) -> Frame:
        """The frame after `step` iterations, with one more row of history."""
        samples, fake = g(self.shown), np.mean([shares_of_points(g(z)) for z in self.pushed], 0)
        slope = slope_at(d, self.loss, samples)
        score = self.loss.score(d(CENTRES)).reshape(CELLS, CELLS)
        read = self.judge.read(step, score, fake, samples, slope)
        return Frame(
            step=step,
            params=self.p,
            discriminator=d,
            generator=g,
            turn=in_force(self.p, step - 1),
            data=self.judge.data,
            samples=samples,
            pull=-slope / (1 + np.linalg.norm(slope, axis=-1, keepdims=True)),
            mesh=g(self.net.reshape(-1, self.net.shape[-1])).reshape(*self.net.shape[:2], 2),
            score=score,
            best=optimal(self.judge.mass, fake, FAINT),
            history=np.concatenate([history, [read]]),
            perfect=self.perfect,
        )


def small(p: Params) -> Iterator[games.Frame]:
    """The frames of a game of two numbers."""
    if p.game == "Dirac-GAN":
        return games.play(dirac(p.penalty), p.start[0], p.rule, p.rate, p.turns)
    payoff = np.array([[p.a, p.b], [p.c, p.d]])
    return games.play(matrix(payoff), p.mix[0], p.rule, p.rate, p.turns)
