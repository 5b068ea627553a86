r"""Three nets, one lesson, three ways to pair noise with data: chance, optimal transport, reflow.

All see $x_t = (1 - t)\, x_0 + t\, x_1$ and learn $x_1 - x_0$, from the same noise; what differs is which
$x_1$ goes with which $x_0$. What pairs disagree about at a place, no net can learn:
$\text{loss} \ge \mathbb E\, \mathrm{Var}[x_1 - x_0 \mid x_t]$, and that disagreement is what bends the ways.
(Liu et al., 2023, eq. 1; arXiv:2209.03003; Tong et al., 2024, sec. 3.2; arXiv:2302.00482)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from models.maths.couplings import assignment, costs, crossings, paired, transport
from models.maths.distances import sliced_w2, sliced_w2_floor
from models.maths.flow_matching import BATCH, Flow, Lesson, Pairs, learned, train
from models.maths.integrators import RULES, evenly, solve, straightness
from models.tape import Tape

from .world import PARTICLES, Params, flow_of, rms

Array = np.ndarray
NAMES = ("independent", "optimal transport", "reflow")
CHUNK, CHUNKS = 200, 10  # pairs found between two snapshots, until there are enough
SHOTS = 80  # snapshots
DRAWN, PIECES = 48, 16  # pairs and ways that are shown; steps of a way


@dataclass(frozen=True)
class Match:
    """The three couplings side by side, and what each has made of the same net so far."""

    data: Float[Array, "k 2"]
    drawn: bool  # the data is the user's own
    pairs: Float[Array, "3 e 2 2"]  # some of each: noise, data
    cost: Float[Array, " 3"]  # E|x_1 - x_0|² of CHUNK pairs
    least: Float[Array, " 3"]  # the same of their exact assignment
    crossed: Float[Array, " 3"]  # share of these pairs' straight ways that cross
    ways: Float[Array, "3 w stops 2"]  # on which the nets carry the noise
    leaps: Float[Array, "3 n 2"]  # where one Euler step takes it
    at: Float[Array, " s"]  # lessons
    losses: Float[Array, "s 3"]  # mean since the snapshot before
    straight: Float[Array, "s 3"]  # straightness of the nets' ways
    misses: Float[Array, "s 3"]  # rms distance of one Euler step's end from the way's end
    distances: Float[Array, "s 3"]  # sliced W2 of the leaps to data
    floor: float  # of those
    last: int  # lessons in all


def couplings(p: Params) -> Iterator[Match]:
    """A training of three nets, snapshot by snapshot."""
    return iter(kept(Params(view="couplings", **{k: getattr(p, k) for k in MATTER})))


MATTER = ("data", "yours", "width", "batch", "lessons", "seed")


@lru_cache(maxsize=6)
def kept(p: Params) -> Tape[Match]:
    return Tape(match(p, flow_of(p)))


def match(p: Params, flow: Flow) -> Iterator[Match]:
    """Pairs are found and lessons taken in turn; each frame shows what the nets would do now."""
    rng = np.random.default_rng((p.seed, 5))
    chunks = pairings(flow, p.batch, rng)
    bank = [next(chunks)]
    noise, ends = bank[0]
    fresh = flow.data.sample(PARTICLES, rng)
    start = rng.standard_normal((PARTICLES, 2))
    start[:CHUNK] = noise
    match = Match(
        data=flow.data.means,
        drawn=p.data == "yours",
        pairs=np.stack([np.stack([noise, end], 1) for end in ends])[:, :DRAWN],
        cost=np.array([transport(noise, end) for end in ends]),
        least=np.array([least(noise, end) for end in (ends[0], ends[2])])[[0, 0, 1]],
        crossed=np.array([crossings(noise, end) for end in ends]),
        ways=np.empty((3, 0, PIECES + 1, 2)),
        leaps=np.empty((3, 0, 2)),
        at=np.empty(0),
        losses=np.empty((0, 3)),
        straight=np.empty((0, 3)),
        misses=np.empty((0, 3)),
        distances=np.empty((0, 3)),
        floor=sliced_w2_floor(flow.data.sample, PARTICLES, rng),
        last=p.lessons,
    )
    for lesson in lessons(p, bank):
        match = seen(match, lesson, start, fresh)
        yield match
        if len(bank) < CHUNKS:
            bank.append(next(chunks))


def pairings(
    flow: Flow, batch: int, rng: np.random.Generator
) -> Iterator[tuple[Float[Array, "n 2"], Float[Array, "3 n 2"]]]:
    """Noise, and where it goes by each coupling, a chunk at a time.

    By chance; by the exact assignment in each mini-batch; and, for the reflow, to the end of the
    way on which the exact field carries it: what a first, perfect net would have made of it.
    """
    while True:
        x_0, x_1 = rng.standard_normal((CHUNK, 2)), flow.data.sample(CHUNK, rng)
        *_, end = solve(flow.velocity, x_0, evenly(PIECES, CHUNK), RULES["RK4"])
        yield x_0, np.stack([x_1, paired(x_0, x_1, batch), end])


def least(x_0: Float[Array, "n 2"], x_1: Float[Array, "n 2"]) -> float:
    """The transport cost of the best of all couplings of these places."""
    return transport(x_0, x_1[assignment(costs(x_0, x_1))])


def lessons(p: Params, bank: list[tuple[Array, Array]]) -> Iterator[Lesson]:
    """Snapshots of the three nets, taught from what the bank holds by then."""

    def draw(rng: np.random.Generator) -> Pairs:
        x_0 = np.concatenate([noise for noise, _ in bank])
        x_1 = np.concatenate([ends for _, ends in bank], axis=1)
        picks, t = rng.integers(len(x_0), size=BATCH), rng.random(BATCH)
        x_0, x_1 = x_0[picks], x_1[:, picks]
        x_t = (1 - t[:, None]) * x_0 + t[:, None] * x_1
        return Pairs(x_1, np.broadcast_to(x_0, x_1.shape), t, x_t, x_1 - x_0)

    shots = {round(p.lessons * (shot / SHOTS) ** 1.5) for shot in range(SHOTS + 1)}
    losses: list[Array] = []
    for lesson in train(draw, np.random.default_rng((p.seed, 6)), nets=(3,)):
        losses.append(lesson.loss)
        if lesson.step in shots:
            yield lesson._replace(loss=np.mean(losses, axis=0))
            losses = []
        if lesson.step == p.lessons:
            return


def seen(
    before: Match, lesson: Lesson, start: Float[Array, "n 2"], fresh: Float[Array, "n 2"]
) -> Match:
    """Where the three nets lead after this lesson, step by step and in a single leap."""
    ways, leaps, read = [], [], []
    for theta in lesson.theta:
        net = learned(theta)
        walked = solve(net, start[:CHUNK], evenly(PIECES, CHUNK), RULES["midpoint"])
        way = np.stack(list(walked), 1)
        leap = start + net(start, np.zeros(len(start)))
        ways.append(way[:DRAWN])
        leaps.append(leap)
        missed = rms(leap[:CHUNK] - way[:, -1])
        read.append((straightness(way), missed, sliced_w2(leap, fresh)))
    straight, misses, distances = np.array(read).T

    def grown(past: Array, now: Array) -> Array:
        return np.concatenate([past, np.asarray(now, float)[None]])

    return replace(
        before,
        ways=np.stack(ways),
        leaps=np.stack(leaps),
        at=grown(before.at, np.asarray(lesson.step)),
        losses=grown(before.losses, lesson.loss),
        straight=grown(before.straight, straight),
        misses=grown(before.misses, misses),
        distances=grown(before.distances, distances),
    )
