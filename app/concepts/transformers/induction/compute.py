r"""Right answers, two mechanisms: $\text{previous} = \mathrm{mean}_i\, A^{(1)}_{i,\,i-1}$, $\text{induction} = \mathrm{mean}_i \sum_{j:\, x_{j-1} = x_i} A^{(2)}_{ij}$.

Two equal nets of attention alone learn to continue texts that repeat themselves. One always reads
the same period, which a look at a fixed distance can serve; the other reads many, which only an
induction head can: find where this token stood before, copy what came next.
(Olsson et al., 2022, "Key concepts"; arXiv:2209.11895)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from app import params
from models.maths.attention_only import AttentionOnly
from models.recordings import checkpoints
from models.recordings.induction import HEADS, PERIOD, PERIODS, State, Training, advance, begin

from .exam import NINE, Exam, by_period, exam
from .scores import Scores, foreseen, loss, right, score

Array = np.ndarray
STEPS = 1000  # of a live training
PICTURE = 8  # steps from one of its frames to the next


@dataclass(frozen=True)
class Params(params.Params):
    run: str = params.choice("recorded", "live", label="Training")
    shown: int = params.slider(11, *PERIODS, 1, "Period shown")
    off_one: tuple[int, ...] = params.tokens("Heads off, one", 2 * HEADS)
    off_many: tuple[int, ...] = params.tokens("Heads off, many", 2 * HEADS)
    chart: str = params.choice("accuracy", "loss", label="First chart")
    layers: int = params.slider(2, 1, 2, 1, "Layers", run="live")
    spread: int = params.slider(len(NINE), 1, len(NINE), 1, "Periods", run="live")
    rate: float = params.slider(0.007, 0.002, 0.03, 0.001, "Learning rate", log=True, run="live")
    events: tuple[params.Event, ...] = params.timeline(
        "Step in", STEPS, {"swap": "Swap the texts"}, run="live"
    )
    seed: int = params.seed()

    @property
    def training(self) -> Training:
        """What is trained live; the recorded training is that of the defaults."""
        swaps = tuple(step for step, _ in self.events)
        return Training(self.seed, self.layers, self.rate, self.spread, swaps)


class Measures(NamedTuple):
    """One row of a net's history, each over the places whose next token can be known."""

    accuracy_same: float  # on texts of period 8
    accuracy_various: float  # on texts of any period and offset
    loss_same: float  # nats
    loss_various: float
    previous: float  # of the best head of layer 1
    induction: float  # of the best head of the last layer


@dataclass(frozen=True)
class Lane:
    """One net at this step."""

    attention: Float[Array, "heads t t"]  # on the text shown, layer after layer
    right: Float[Array, " t"]  # the probability it gave each token of that text, 0 for the first
    scores: Scores
    by_period: Float[Array, " periods"]  # accuracy on test texts of each period
    loss_whole: float  # loss_various with every head on
    now: Measures


@dataclass(frozen=True)
class Frame:
    """Both nets after some steps of their training, looked into."""

    params: Params
    step: int
    swapped: bool  # whether the last step trained each net on the other's kind of text
    exam: Exam
    lanes: tuple[Lane, Lane]
    composition: Float[Array, "2 h h"] | None  # K-composition of each pair, with two layers
    by_chance: float  # K-composition of matrices turned at random
    steps: Int[Array, " n"]  # of the frames so far
    history: Float[Array, "n 2 c"]  # Measures of both nets at each of them


def compute(p: Params) -> Iterator[Frame]:
    """Yield the nets step by step, from a recording or as they train now."""
    told = exam(p.seed, p.shown)
    history: list[Array] = []
    steps: list[int] = []
    for training, step, theta in recorded() if p.run == "recorded" else live(p.training):
        lanes = look(training.net, theta, gates(p, training.layers), told)
        steps.append(step)
        history.append(np.array([lane.now for lane in lanes]))
        yield Frame(
            p,
            step,
            training.swapped(step - 1),
            told,
            lanes,
            training.net.k_composition(theta) if training.layers == 2 else None,
            training.net.width**-0.5,
            np.array(steps),
            np.stack(history),
        )


def recorded() -> Iterator[tuple[Training, int, Float[Array, "2 p"]]]:
    """The shipped checkpoints of the default training."""
    kept = checkpoints("induction")
    for step, theta in zip(kept.step, kept.theta, strict=True):
        yield Training(), int(step), theta


def live(training: Training) -> Iterator[tuple[Training, int, Float[Array, "2 p"]]]:
    """The same training, run now."""
    for step in range(0, STEPS + 1, PICTURE):
        yield training, step, after(until(training, step), step).theta


def until(training: Training, step: int) -> Training:
    """What has shaped the nets by this step: later events have not."""
    return replace(training, swaps=tuple(at for at in training.swaps if at < step))


@lru_cache(maxsize=240)  # a few whole trainings: another look at the same nets trains nothing anew
def after(training: Training, step: int) -> State:
    """The nets after so many steps."""
    if step == 0:
        return begin(training)
    state = after(until(training, step - PICTURE), step - PICTURE)
    for _ in range(PICTURE):
        state = advance(training, state)
    return state


def gates(p: Params, layers: int) -> Float[Array, "2 layers h"]:
    """1 for each head that is on, 0 for each that is off."""
    gate = np.ones((2, layers * HEADS), np.float32)
    for lane, off in enumerate((p.off_one, p.off_many)):
        gate[lane, [head for head in off if head < layers * HEADS]] = 0
    return gate.reshape(2, layers, HEADS)


def look(
    net: AttentionOnly, theta: Float[Array, "2 p"], gate: Float[Array, "2 layers h"], told: Exam
) -> tuple[Lane, Lane]:
    """Run both nets on all texts of the exam at once, and read what there is to read."""
    both = np.stack([told.tokens, told.tokens])
    trace = net.forward(theta, both, gate)
    whole = trace if gate.all() else net.forward(theta, both)
    one, many = (
        read(
            told.parted(trace.logits[lane]),
            told.parted(np.concatenate([step.attention[lane] for step in trace.steps], 1)),
            loss(told.parted(whole.logits[lane])[2], told.various),
            told,
        )
        for lane in range(2)
    )
    return one, many


def read(logits: list[Array], maps: list[Array], loss_whole: float, told: Exam) -> Lane:
    """What is shown of one net, from logits and attention on each of the three kinds of text."""
    scores = score(maps[2], told.various, PERIOD)
    hits = right(logits[2], told.various)
    now = Measures(
        float(right(logits[1], told.same)[told.same.known].mean()),
        float(hits[told.various.known].mean()),
        loss(logits[1], told.same),
        loss(logits[2], told.various),
        float(scores.previous[:HEADS].max()),
        float(scores.induction[-HEADS:].max()),
    )
    given = foreseen(logits[0], told.shown)[0]
    return Lane(maps[0][0], given, scores, by_period(hits, told.various), loss_whole, now)
