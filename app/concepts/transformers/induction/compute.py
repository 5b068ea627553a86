r"""Right answers, two mechanisms: $\text{previous} = \mathrm{mean}_i\, A^{(1)}_{i,\,i-1}$, $\text{induction} = \mathrm{mean}_i \sum_{j:\, x_{j-1} = x_i} A^{(2)}_{ij}$.

Two equal nets learn to continue texts that repeat themselves. One always reads the same period,
which a look at a fixed distance can serve; the other many, which only an induction head can.
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

from .exam import NINE, Exam, by_period, exam, questions
from .scores import Scores, foreseen, loss, right, score

Array = np.ndarray
STEPS = 1000  # of a live training
PICTURE = 8  # steps from one of its frames to the next


@dataclass(frozen=True)
class Params(params.Params):
    run: str = params.choice("recorded", "live", label="Training", anew=True)
    shown: int = params.slider(11, *PERIODS, 1, "Period shown")
    off_one: tuple[int, ...] = params.tokens("Heads off, 1st", 2 * HEADS)
    off_many: tuple[int, ...] = params.tokens("Heads off, 2nd", 2 * HEADS)
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
        swaps = (step for step, _ in self.events)
        return Training(self.seed, self.layers, self.rate, self.spread, tuple(swaps))


class Measures(NamedTuple):
    """One row of a net's history, each over the places whose next token can be known."""

    accuracy_same: float  # on texts of period 8
    accuracy_various: float  # on texts of any period and offset
    loss_same: float  # nats
    loss_various: float
    previous: float  # of the best head of layer 1
    induction: float  # of the best head of the last layer


@dataclass(frozen=True)
class Marks:
    """How one net does in the exam."""

    scores: Scores
    by_period: Float[Array, " periods"]  # accuracy on test texts of each period
    now: Measures


@dataclass(frozen=True)
class Lane:
    """One net at this step."""

    attention: Float[Array, "heads t t"]  # on the text shown, layer after layer
    right: Float[Array, " t"]  # the probability it gave each token of that text, 0 for the first
    marks: Marks
    whole: Marks  # with every head on


class Moment(NamedTuple):
    """A step of a training, recorded or live."""

    recorded: bool
    training: Training
    step: int


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
    told, history, steps = exam(p.seed, p.shown), [], []
    for moment in moments(p):
        net, lanes = moment.training.net, look(moment, (p.off_one, p.off_many), told)
        history.append(np.array([lane.marks.now for lane in lanes]))
        steps.append(moment.step)
        yield Frame(
            p,
            moment.step,
            moment.training.swapped(moment.step - 1),
            told,
            lanes,
            net.k_composition(nets(moment)) if net.layers == 2 else None,
            net.width**-0.5,
            np.array(steps),
            np.stack(history),
        )


def moments(p: Params) -> Iterator[Moment]:
    """The steps that are shown."""
    if p.run == "recorded":  # the training of the defaults
        for step in checkpoints("induction").step:
            yield Moment(True, Training(), int(step))
    else:
        for step in range(0, STEPS + 1, PICTURE):
            yield Moment(False, until(p.training, step), step)


def until(training: Training, step: int) -> Training:
    """What has shaped the nets by this step: later events have not."""
    return replace(training, swaps=tuple(at for at in training.swaps if at < step))


def nets(moment: Moment) -> Float[Array, "2 p"]:
    """The weights of both nets at this moment."""
    if not moment.recorded:
        return after(moment.training, moment.step).theta
    kept = checkpoints("induction")
    return np.asarray(kept.theta[np.searchsorted(kept.step, moment.step)])


@lru_cache(maxsize=240)  # a few whole trainings: another look at the same nets trains nothing anew
def after(training: Training, step: int) -> State:
    """The nets after so many steps of a live training."""
    if step == 0:
        return begin(training)
    state = after(until(training, step - PICTURE), step - PICTURE)
    for _ in range(PICTURE):
        state = advance(training, state)
    return state


def look(moment: Moment, off: tuple[tuple[int, ...], ...], told: Exam) -> tuple[Lane, Lane]:
    """Both nets with these heads off: on the text shown, and in the exam."""
    net, text = moment.training.net, told.shown
    gate = np.concatenate([gates(heads, net) for heads in off])
    trace = net.forward(nets(moment), np.stack([text.tokens] * 2), gate)
    one, many = (
        Lane(
            np.concatenate([step.attention[lane, 0] for step in trace.steps]),
            foreseen(trace.logits[lane], text)[0],
            examine(moment, lane, heads, told.seed),
            examine(moment, lane, (), told.seed),
        )
        for lane, heads in enumerate(off)
    )
    return one, many


def gates(off: tuple[int, ...], net: AttentionOnly) -> Float[Array, "1 layers h"]:
    """1 for each head that is on, 0 for each that is off."""
    gate = np.ones(net.layers * HEADS, np.float32)
    gate[[head for head in off if head < len(gate)]] = 0
    return gate.reshape(1, -1, HEADS)


@lru_cache(maxsize=4000)  # a kilobyte each: what did not change is not measured again
def examine(moment: Moment, lane: int, off: tuple[int, ...], seed: int) -> Marks:
    """One net with these heads off, on the texts of the exam."""
    net, (same, various) = moment.training.net, questions(seed)
    tokens = np.concatenate([same.tokens, various.tokens])
    trace = net.forward(nets(moment)[lane : lane + 1], tokens[None], gates(off, net))
    logits = np.split(trace.logits[0], [len(same.tokens)])
    maps = np.concatenate([step.attention[0, len(same.tokens) :] for step in trace.steps], 1)
    scores = score(maps, various, PERIOD)
    hits = right(logits[1], various)
    now = Measures(
        float(right(logits[0], same)[same.known].mean()),
        float(hits[various.known].mean()),
        loss(logits[0], same),
        loss(logits[1], various),
        float(scores.previous[:HEADS].max()),
        float(scores.induction[-HEADS:].max()),
    )
    return Marks(scores, by_period(hits, various), now)
