r"""Guidance of digits: $\tilde\epsilon = (1 - \omega)\, \epsilon_\theta(x_t, \varnothing) + \omega\, \epsilon_\theta(x_t, y)$.

One net gives both answers, for one label in ten was hidden from it in training: label 10 means "no
class". A judge, another net, then reads what was drawn: is it the digit asked for, and how unlike
each other are two of them?
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int

from models.catalogue import spec
from models.digits import ALPHA_BAR, NOBODY, noise_in, read
from models.maths.distances import mean_distance
from models.maths.guidance import guided
from models.maths.levels import Level, even_in_t
from models.maths.samplers import Eps, clipped, ddim, race
from models.tape import Tape

from .state import Params, only, weight, weights

Array = np.ndarray
LANES = (0.0, 1.0, 3.0, 7.5)  # omegas always shown; the last lane is the user's own
ACROSS = 4  # samples a lane
SWEEP = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0)
CALLS, PAIR, ROUNDS = 10, 2, 12  # steps of a judged sample; samples a frame; frames an omega
DRAWN = ("digit", "guide", "start", "stop", "gate", "clip", "seed")  # what the drawing depends on


@dataclass(frozen=True)
class Inside:
    """What the net says of the first sample of the user's lane, as clean digits (32, 32)."""

    x_t: Float[Array, "32 32"]
    null: Float[Array, "32 32"]
    cond: Float[Array, "32 32"]
    guided: Float[Array, "32 32"]


@dataclass(frozen=True)
class Judged:
    """What the judge has said so far, for each omega of SWEEP."""

    n: Int[Array, " k"]  # samples
    hit: Float[Array, " k"]  # share read as the digit asked for
    band: Float[Array, "k 2"]  # of hit: Wilson's interval of one standard error
    spread: Float[Array, " k"]  # mean distance of two samples, in units of two real digits
    real: float  # that of two held-out digits of this class, from the judge's card
    mixed: float  # that of two held-out digits of any class, over real
    accuracy: float  # of the judge on held-out digits, from its card


@dataclass(frozen=True)
class Digits:
    """One moment of drawing, or of judging."""

    at: Level
    weight: float
    weights: Float[Array, "1000 2"]  # t and omega(t)
    calls: int  # of the net, for one sample of the user's lane
    omegas: tuple[float, ...]  # of the lanes
    x_0: Float[Array, "lanes 4 32 32"]  # clean guesses
    inside: Inside
    largest: float  # of |x_0| in the user's lane
    judged: Judged


def answers(p: Params, omegas: Float[Array, " b"]) -> Eps:
    """The guided noise of b pictures, each with an omega of its own, in one call of the net."""

    def eps(x: Array, t: Array) -> Array:
        at = np.array([weight(replace(p, omega=float(omega)), float(t[0])) for omega in omegas])
        null, cond = np.flatnonzero(at != 1), np.flatnonzero(at != 0)  # who needs which answer
        which = np.concatenate([null, cond])
        label = np.repeat([NOBODY, p.digit], [len(null), len(cond)])
        found = noise_in(x[0, which], np.full(len(which), t[0]), label)
        both = np.zeros((2, *x.shape[1:]))
        both[0, null], both[1, cond] = found[: len(null)], found[len(null) :]
        return guided(both[0], both[1], at[:, None, None, None])[None]

    return clipped(eps, ALPHA_BAR) if p.clip else eps


def pictures(p: Params) -> Iterator[Digits]:
    """The lanes from noise to digits; then the judge's curve, two more samples a frame."""
    for shown in drawn(only(p, DRAWN, omega=p.omega, steps=p.steps)):
        yield shown
    for judged in judgements(only(p, DRAWN)):
        yield replace(shown, judged=judged)


@lru_cache(maxsize=8)
def drawn(p: Params) -> Tape[Digits]:
    """The lanes, all from the same four noises, call by call."""
    return Tape(drawing(p))


def drawing(p: Params) -> Iterator[Digits]:
    omegas = (*LANES, p.omega)
    rng = np.random.default_rng([p.seed, 0])
    noise = np.tile(rng.standard_normal((ACROSS, 1, 32, 32)), (len(omegas), 1, 1, 1))
    sampler = ddim(noise, even_in_t(p.steps, ALPHA_BAR), rng)
    first, calls = ACROSS * len(LANES), 0
    for (now,) in race([sampler], answers(p, np.repeat(omegas, ACROSS))):
        w = weight(p, now.at.t)
        if now.at.sigma:
            inside = looked(p, now.x_t[first], now.at, now.x_0[first, 0])
            calls += 1 if w in (0, 1) else 2
        x_0 = now.x_0.reshape(len(omegas), ACROSS, 32, 32)
        largest = float(np.abs(x_0[-1]).max())
        yield Digits(now.at, w, weights(p), calls, omegas, x_0, inside, largest, known(p))


def looked(
    p: Params, x_t: Float[Array, "1 32 32"], at: Level, said: Float[Array, "32 32"]
) -> Inside:
    """The clean digits that the net sees in one picture with and without the class."""
    x = np.stack([x_t, x_t]).astype(np.float32)
    eps = noise_in(x, np.full(2, at.t), np.array([NOBODY, p.digit]))
    null, cond = (x[:, 0] - at.sigma * eps[:, 0]) / at.alpha
    return Inside(x_t[0], null, cond, said)


# --- the judge -----------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def judgements(p: Params) -> Tape[Judged]:
    """The judge's findings on samples of ten calls each, more and more of them."""
    return Tape(judging(p))


def judging(p: Params) -> Iterator[Judged]:
    """Round by round, every omega from the same new noise."""
    path = even_in_t(CALLS, ALPHA_BAR)
    seen: list[list[Array]] = [[] for _ in SWEEP]
    hits = np.zeros(len(SWEEP))
    for turn in range(ROUNDS):
        rng = np.random.default_rng([p.seed, 1, turn])
        noise = rng.standard_normal((PAIR, 1, 32, 32))
        for i, omega in enumerate(SWEEP):
            net = answers(p, np.full(PAIR, omega))
            *_, (end,) = race([ddim(noise, path, rng)], net)
            told = read(end.x_0)
            seen[i].append(told.features)
            hits[i] += (told.logits.argmax(-1) == p.digit).sum()
            yield found(p, hits, seen)


def found(p: Params, hits: Float[Array, " k"], seen: list[list[Array]]) -> Judged:
    """Shares and distances of what has been read, for the omegas that have had a turn."""
    begun = [np.concatenate(features) for features in seen if features]
    n, real = np.array([len(features) for features in begun]), known(p).real
    hit = hits[: len(n)] / n
    spread = np.array([mean_distance(features) for features in begun]) / real
    return replace(known(p), n=n, hit=hit, band=wilson(hit, n), spread=spread)


def wilson(share: Float[Array, " k"], n: Int[Array, " k"], z: float = 1.0) -> Float[Array, "k 2"]:
    """Where a share seen in n draws may really lie, z standard errors each way (Wilson, 1927)."""
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.stack([middle - half, middle + half], -1)


def known(p: Params) -> Judged:
    """Nothing judged yet, beside what the judge's card says of held-out digits."""
    card, none = spec("judge_digits").quality, np.zeros(0)
    real = float(card[f"mean_distance_of_two_held_out_digits_{p.digit}"])
    mixed = float(card["mean_distance_of_two_held_out_digits"]) / real
    accuracy = float(card["accuracy_on_1000_held_out_digits"])
    return Judged(none.astype(int), none, np.zeros((0, 2)), none, real, mixed, accuracy)
