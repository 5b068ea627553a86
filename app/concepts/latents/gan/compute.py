r"""Two nets train each other: $\min_G \max_D\; E_x[\log D(x)] + E_z[\log(1 - D(G(z)))]$.

One iteration is Algorithm 1 of Goodfellow et al. (2014; arXiv:1406.2661): k steps of the
discriminator D, then one of the generator G, each on a fresh minibatch. Beside it two games small
enough to see whole, where the same rule circles (games.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from app import params
from models.maths import adversarial_losses as losses
from models.maths.adversaries import Player, slope_at, train_d, train_g, untrained
from models.maths.cells import CELLS, CENTRES, optimal, shares_of_points
from models.maths.mixtures import Mixture
from models.worlds.clusters import DATA, LATENTS, latent, lattice, net, truth

from . import games
from .dirac import dirac
from .judge import Judge, Measures
from .matrix import matrix

Array = np.ndarray
SAMPLES, PUSHED = 384, 2**15  # points: shown, pushed to weigh G's cells
PARTS = 16  # in which they are pushed, so that each fits in a processor's cache
PICTURES = 150  # of a run
FAINT = 1e-4  # of the mass: where less of it lies in a cell, the picture of D* fades to 1/2
SLOWEST, FASTEST = 1e-4, 0.05  # learning rates, however often doubled or halved
LOSSES = {
    "non-saturating": losses.nonsaturating(),
    "minimax": losses.minimax(),
    "least squares": losses.least_squares(),
}
NETS = {"2 × 32": (32, 128), "2 × 8, GAN Lab's": (8, 150)}  # units a layer, points a minibatch
SMALL = "Dirac-GAN|matrix game"
ACTIONS = {
    "only_d": "Only D", "only_g": "Only G", "both": "Both",
    "d_up": "D ×2", "d_down": "D ÷2", "g_up": "G ×2", "g_down": "G ÷2",
}  # fmt: skip
PENTAGON = ((0.0, 1.9), (-1.8, 0.6), (-1.1, -1.5), (1.1, -1.5), (1.8, 0.6))


@dataclass(frozen=True)
class Params(params.Params):
    game: str = params.choice("GAN", "Dirac-GAN", "matrix game", label="Game")
    data: str = params.choice(*DATA, label="Data", game="GAN")
    clusters: tuple[params.Point, ...] = params.points(
        PENTAGON, "Clusters", count=(1, 25), x=(-2.8, 2.8), y=(-2.8, 2.8), game="GAN", data="drawn"
    )
    latent: str = params.choice(*LATENTS, label="Latent z", game="GAN")
    loss: str = params.choice(*LOSSES, label="Loss", game="GAN")
    k: int = params.slider(1, 1, 10, 1, "D steps, k", game="GAN")
    lr_d: float = params.slider(0.002, SLOWEST, FASTEST, 1e-4, "Rate of D", log=True, game="GAN")
    lr_g: float = params.slider(0.001, SLOWEST, FASTEST, 1e-4, "Rate of G", log=True, game="GAN")
    nets: str = params.choice(*NETS, label="Nets", game="GAN")
    iterations: int = params.slider(3000, 150, 6000, 150, "Iterations", game="GAN")
    events: tuple[params.Event, ...] = params.timeline("Step in", 6000, ACTIONS, game="GAN")
    rule: str = params.choice("simultaneous", "alternating", label="Turns are", game=SMALL)
    rate: float = params.slider(0.1, 0.01, 0.5, 0.01, "Step size", game=SMALL)
    penalty: float = params.slider(0.0, 0.0, 2.0, 0.05, "Penalty γ", game="Dirac-GAN")
    start: tuple[params.Point, ...] = params.points(
        ((1.2, 0.0),), "Start", count=(1, 1), x=(-2.4, 2.4), y=(-2.4, 2.4), game="Dirac-GAN"
    )
    a: float = params.slider(1.0, -3.0, 3.0, 0.5, "Payoff 1, 1", game="matrix game")
    b: float = params.slider(-1.0, -3.0, 3.0, 0.5, "Payoff 1, 2", game="matrix game")
    c: float = params.slider(-1.0, -3.0, 3.0, 0.5, "Payoff 2, 1", game="matrix game")
    d: float = params.slider(1.0, -3.0, 3.0, 0.5, "Payoff 2, 2", game="matrix game")
    mix: tuple[params.Point, ...] = params.points(
        ((0.8, 0.5),), "First mix", count=(1, 1), x=(0.0, 1.0), y=(0.0, 1.0), game="matrix game"
    )
    turns: int = params.slider(200, 20, 400, 10, "Turns", game=SMALL)
    seed: int = params.seed()


class Turn(NamedTuple):
    """Who trains, and how fast."""

    d: bool
    g: bool
    lr_d: float
    lr_g: float


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


def compute(p: Params, start: Frame | games.Frame | None = None) -> Iterator[Frame | games.Frame]:
    """Yield the players as they train, from the beginning or on from a kept frame."""
    if p.game != "GAN":  # cheap enough to play again from the first turn
        yield from islice(small(p), start.step + 1 if start else 0, None)
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
    """Both players after iteration `number`, whose chance is its own: (seed, number)."""
    rng, turn, loss = np.random.default_rng([p.seed, number]), in_force(p, number), LOSSES[p.loss]
    _, n = NETS[p.nets]
    for _ in range(p.k * turn.d):
        x = real.sample(n, rng).astype(np.float32)
        fake = g(latent(p.latent, rng.random((n, 2))))
        d = train_d(d, loss, x, fake, turn.lr_d)
    if turn.g:
        g = train_g(g, d, loss, latent(p.latent, rng.random((n, 2))), turn.lr_g)
    return d, g


def in_force(p: Params, number: int) -> Turn:
    """Who trains in an iteration and how fast, after all that was done up to it."""
    d, g, lr = True, True, {"d": p.lr_d, "g": p.lr_g}
    for at, action in p.events:
        if at > number:
            break
        if action in ("both", "only_d", "only_g"):
            d, g = action != "only_g", action != "only_d"
        else:
            who, way = action.split("_")
            lr[who] = min(max(lr[who] * (2 if way == "up" else 0.5), SLOWEST), FASTEST)
    return Turn(d, g, lr["d"], lr["g"])


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
        rng = np.random.default_rng(self.p.seed)
        inputs, (width, _) = self.net.shape[-1], NETS[self.p.nets]
        d, g = untrained(2, 1, rng, width), untrained(inputs, 2, rng, width)
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
