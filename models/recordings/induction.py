r"""Two equal nets learn to continue repeated texts: one always has the same period, one has many.

$L = \mathrm{mean}\,(-\log p(x_{i+1} \mid x_{\le i}))$ over the places whose next token can be known.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.card import Facts
from models.maths.attention_only import AttentionOnly, softmax
from models.maths.mlp import Moments, adam
from models.recordings import Recording
from models.worlds.repeats import Texts, repeats

Array = np.ndarray
VOCABULARY, LENGTH = 24, 24  # tokens there are, tokens in a text
WIDTH, HEADS = 24, 4
BATCH = 16  # texts in a step, for each net
PERIODS, OFFSETS = (4, 12), (0, 8)  # ends included
PERIOD = 8  # the one period of the first net
LANES = ("one period", "many periods")
STEPS, EVERY = 600, 10  # of the recorded training; steps from one checkpoint to the next
BETAS = (0.9, 0.99)  # a short memory: the second layer's gradients grow suddenly


@dataclass(frozen=True)
class Training:
    """What is trained, and on what."""

    seed: int = 0
    layers: int = 2
    rate: float = 0.007
    spread: int = 9  # different periods of the second net's texts, those next to 8 first
    swaps: tuple[int, ...] = ()  # steps at which the nets exchange their kinds of text

    @property
    def net(self) -> AttentionOnly:
        return AttentionOnly(VOCABULARY, LENGTH, WIDTH, HEADS, self.layers)

    def swapped(self, step: int) -> bool:
        """Whether this step trains each net on the other's kind of text."""
        return sum(at <= step for at in self.swaps) % 2 == 1


@dataclass(frozen=True)
class State:
    """Both nets after so many steps."""

    step: int
    theta: Float[Array, "2 p"]
    moments: Moments


def begin(training: Training) -> State:
    """Both nets start from the same random weights."""
    theta = np.stack([training.net.init(np.random.default_rng(training.seed))] * len(LANES))
    return State(0, theta, Moments.like(theta))


def advance(training: Training, state: State) -> State:
    """One step of both nets, whose chance is its own: (seed, step)."""
    rng = np.random.default_rng([training.seed, state.step])
    kinds = [texts(BATCH, 1, rng), texts(BATCH, training.spread, rng)]
    if training.swapped(state.step):
        kinds.reverse()
    tokens = np.stack([kind.tokens for kind in kinds])
    known = np.stack([kind.known for kind in kinds])
    trace = training.net.forward(state.theta, tokens)
    grad = training.net.backward(state.theta, trace, slope(trace.logits, tokens, known))
    theta, moments = adam(state.theta, grad, state.moments, training.rate, BETAS)
    return State(state.step + 1, theta, moments)


def slope(
    logits: Float[Array, "nets b t v"], tokens: Array, known: Array
) -> Float[Array, "nets b t v"]:
    """dL/dlogits: (p - y) / n where the next token y can be known, 0 elsewhere."""
    p = softmax(logits)
    following = np.roll(tokens, -1, -1)[..., None]
    np.put_along_axis(p, following, np.take_along_axis(p, following, -1) - 1, -1)
    share = known / known.sum((1, 2), keepdims=True)
    slope: Array = p * share[..., None].astype(p.dtype)
    return slope


def texts(n: int, spread: int, rng: np.random.Generator) -> Texts:
    """Texts of random offset, each with one of `spread` periods."""
    period = rng.choice(nearest(spread), n)
    return repeats(period, rng.integers(OFFSETS[1] + 1, size=n), LENGTH, VOCABULARY, rng)


def nearest(spread: int) -> Array:
    """So many periods, those next to 8 first."""
    every = np.arange(PERIODS[0], PERIODS[1] + 1)
    return every[np.argsort(np.abs(every - PERIOD), kind="stable")][:spread]


def record() -> Iterator[tuple[int, Float[Array, "2 p"]]]:
    """Step and weights of both nets, every 10 steps of the default training."""
    training = Training()
    state = begin(training)
    yield state.step, state.theta
    for _ in range(STEPS):
        state = advance(training, state)
        if state.step % EVERY == 0:
            yield state.step, state.theta


def config() -> Facts:
    """The settings of the recorded training."""
    plain = {key: value for key, value in vars(Training()).items() if key != "swaps"}
    return plain | {"steps": STEPS, "every": EVERY, "batch": BATCH, "period": PERIOD}


RECORDING = Recording(
    what="Two attention-only nets learning repeated texts, one on one period, one on many.",
    trained_on="random tokens of models.worlds.repeats",
    config=config,
    record=record,
)
