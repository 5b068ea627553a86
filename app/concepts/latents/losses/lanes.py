"""A lane of the race: its two players, an iteration on draws shared with the other lane, a look."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from app.params import Pick
from models.maths.adversarial_losses import Loss
from models.maths.adversaries import (
    Player,
    autoencoder,
    judged,
    slope_at,
    steepness,
    train_d,
    train_g,
    untrained,
)
from models.maths.mixtures import Mixture
from models.worlds.clusters import latent, lattice

from .judge import PUSHED, Judge, Measures, best, binned, opinion
from .racers import loss_of

Array = np.ndarray
THERMOSTAT = 0.01  # lambda_k, how fast BEGAN's weight of fake points is turned


@dataclass(frozen=True)
class Lane:
    """A loss, the players that it trains, and BEGAN's k_t (1 for all others)."""

    pick: Pick
    d: Player
    g: Player
    balance: float

    @cached_property
    def loss(self) -> Loss:
        return loss_of(self.pick)


@dataclass(frozen=True)
class Draw:
    """All chance of one iteration, the same for every lane."""

    x: Float[Array, "k n d"]
    u: Float[Array, "k1 n 2"]  # the last ones for G's step
    mix: Float[Array, "k n 1"]

    @classmethod
    def of(cls, real: Mixture, k: int, n: int, rng: np.random.Generator) -> "Draw":
        x = real.sample(k * n, rng).reshape(k, n, -1).astype(np.float32)
        return cls(x, rng.random((k + 1, n, 2)), rng.random((k, n, 1)).astype(np.float32))


@dataclass(frozen=True)
class View:
    """What is seen of a lane at one moment."""

    samples: Float[Array, "n d"]  # of the same latents in every frame
    pull: Float[Array, "n d"]  # g = -dL_G/dx there, as g / (1 + |g|)
    shown: Float[Array, " c"]  # what D thinks of each place
    ends: tuple[float, float]  # what stands for real, what for fake
    best: Float[Array, " o"]  # the optimal critic of a line, where a formula is known
    fake: Float[Array, " b"]  # G's share of each bin of a line
    history: Float[Array, "t m"]  # columns are those of Measures


def begin(pick: Pick, dims: int, seed: int) -> Lane:
    """The players before they have learned anything; every lane begins with the same G."""
    loss = loss_of(pick)
    rng = np.random.default_rng([seed, 0, 1])
    d = autoencoder(dims, rng) if loss.kind == "energy" else untrained(dims, 1, rng)
    g = untrained(2, dims, np.random.default_rng([seed, 0, 2]))
    return Lane(pick, d, g, 0.0 if loss.gamma else 1.0)


def iterate(lane: Lane, draw: Draw, lr_d: float, lr_g: float) -> Lane:
    """The lane after k steps of D and one of G."""
    loss, d, g, balance = lane.loss, lane.d, lane.g, lane.balance
    for x, u, mix in zip(draw.x, draw.u[:-1], draw.mix, strict=True):
        d = train_d(d, loss, x, g(latent("square", u)), lr_d, mix, balance)
    z = latent("square", draw.u[-1])
    if loss.gamma:
        balance = turned(balance, d, g(z), draw.x[-1], loss)
    return Lane(lane.pick, d, train_g(g, d, loss, z, lr_g, draw.x[-1]), balance)


def turned(
    balance: float, d: Player, fake: Float[Array, "n d"], real: Float[Array, "n d"], loss: Loss
) -> float:
    """BEGAN's k_t, turned up while fake points have less than gamma times the real ones' energy.

    (Berthelot et al., 2017, section 3.4; arXiv:1703.10717)
    """
    on_real, on_fake = (float(judged(d, loss, x)[1].mean()) for x in (real, fake))
    return min(max(balance + THERMOSTAT * (loss.gamma * on_real - on_fake), 0.0), 1.0)


def look(
    lane: Lane,
    judge: Judge,
    places: Float[Array, "c d"],
    shown: Float[Array, "n 2"],
    step: int,
    before: View | None,
) -> View:
    """The view after `step` iterations, with one more row of history."""
    d, g, loss = lane.d, lane.g, lane.loss
    samples, real = g(latent("square", shown)), judge.data.astype(np.float32)
    slope = slope_at(d, loss, samples, real)
    line = len(judge.quantiles) > 0
    pushed = g(latent("square", lattice(PUSHED))) if line else samples
    truth = judge.quantiles[:, None].astype(np.float32) if line else real
    seen = opinion(d, loss, places, truth, pushed)
    fake = binned(pushed[:, 0]) if line else np.empty(0)
    read = judge.read(samples, before.samples if before else samples, pushed)
    row = Measures(
        step=step,
        pull=float(np.linalg.norm(slope, axis=-1).mean()),
        own=own(lane, samples, real, shown[:, :1].astype(np.float32), seen.lead),
        proved=seen.lead / seen.steep if seen.steep else 0.0,
        **read,
    )
    history = before.history if before else np.empty((0, len(row)))
    return View(
        samples,
        -slope / (1 + np.linalg.norm(slope, axis=-1, keepdims=True)),
        seen.shown,
        seen.ends,
        best(loss, judge.bins(), fake) if line else np.empty(0),
        fake,
        np.concatenate([history, [row]]),
    )


def own(
    lane: Lane,
    fake: Float[Array, "n d"],
    real: Float[Array, "n d"],
    mix: Float[Array, "n 1"],
    lead: float,
) -> float:
    """The number that tells how this loss is doing (racers.py says which)."""
    d, loss = lane.d, lane.loss
    if loss.clip:
        return float((np.abs(d.theta) > 0.999 * loss.clip).mean())
    if loss.steep or loss.flat:
        at = mix * real + (1 - mix) * fake if loss.steep else real
        return float(np.linalg.norm(steepness(d, at), axis=-1).mean())
    if loss.kind == "energy":
        on_real, on_fake = (float(judged(d, loss, x)[1].mean()) for x in (real, fake))
        return on_fake / max(on_real, 1e-9) if loss.gamma else on_fake
    return lead
