"""Two nets side by side: where their heads look, what they foresee, and what gives the shortcut away."""

from collections.abc import Sequence

import numpy as np

from app.figures.scene import (
    Chart,
    Clock,
    Ink,
    Matrix,
    Number,
    Numbers,
    Scene,
    Series,
    Wall,
)
from models.recordings import induction
from models.recordings.induction import HEADS, PERIOD, PERIODS, VOCABULARY

from .compute import STEPS, Frame, Lane, Measures
from .exam import NINE

LETTERS = "abcdefghijklnopqrstuvxyz"  # without m and w, which are too wide for a cell
CLEAR = 0.4  # the score from which a head bears the name of its role
BLIND = float(np.log(VOCABULARY))  # nats


def draw(frame: Frame) -> Scene:
    """The walls of both nets, how they learn, what gives the shortcut away, and the text shown."""
    one, many = kinds(frame)
    return {
        "one": wall(frame, 0, one),
        "many": wall(frame, 1, many),
        "curve": curve(frame),
        "scores": scores(frame),
        "periods": periods(frame),
        "keys": composition(frame),
        "text": text(frame),
        "numbers": numbers(frame),
        "clock": Clock(
            frame.step, float(frame.step), f"{source(frame)}step", "0 untrained", str(last(frame))
        ),
    }


def source(frame: Frame) -> str:
    return "recorded " * (frame.params.run == "recorded")


def last(frame: Frame) -> int:
    return induction.STEPS if source(frame) else STEPS


def kinds(frame: Frame) -> tuple[str, str]:
    """What each net is trained on, and was before if the texts are swapped."""
    spread = frame.params.training.spread if not source(frame) else len(NINE)
    many = f"{spread} periods" if spread > 1 else "one period"
    one = f"period {PERIOD}"
    if frame.swapped:
        return f"{one}, then {many}", f"{many}, then {one}"
    return f"{one} alone", many


def nets(frame: Frame) -> tuple[tuple[str, Ink], tuple[str, Ink]]:
    """The name and the colour of each net."""
    if frame.swapped:
        return ("one → many", "ink"), ("many → one", "model")
    return ("one period", "ink"), ("many periods", "model")


def name(head: int) -> str:
    """A head by its layer and its number in it, both from 1: "2.3"."""
    layer, number = divmod(head, HEADS)
    return f"{layer + 1}.{number + 1}"


def label(lane: Lane, head: int) -> str:
    """The head's name, with its role and score where it plays one clearly."""
    it = lane.marks.scores
    roles = {"prev": it.previous[head], "ind.": it.induction[head], "7 back": it.lag[head]}
    role = max(roles, key=lambda key: roles[key])
    return (
        f"{name(head)} {role} {roles[role]:.2f}".replace(" 0.", " .")
        if roles[role] >= CLEAR
        else name(head)
    )


def wall(frame: Frame, index: int, kind: str) -> Wall:
    """Every head of one net on the text shown."""
    lane, p = frame.lanes[index], frame.params
    heads, now = range(len(lane.attention)), lane.marks.now
    off = p.off_many if index else p.off_one
    said = ", ".join(label(lane, i) for i in heads if " " in label(lane, i)) or "none"
    struck = ", ".join(name(i) for i in off if i in heads) or "none"
    return Wall(
        f"Heads, {source(frame)}net of {kind}",
        f"After {frame.step} steps the net of {kind} is right in {now.accuracy_same:.0%} on period {PERIOD}, "
        f"in {now.accuracy_various:.0%} on any. Clear roles: {said}. Switched off: {struck}.",
        lane.attention,
        across=HEADS,
        labels=tuple(label(lane, i) for i in heads),
        off=tuple(i for i in off if i in heads),
        toggle="off_many" if index else "off_one",
    )


def text(frame: Frame) -> Matrix:
    """The text shown, with the probability that each net gave each token."""
    shown = frame.exam.shown
    known = np.flatnonzero(shown.known[0]) + 1
    values = np.stack([lane.right for lane in frame.lanes])
    one, many = values[:, known].mean(1)
    return Matrix(
        f"How sure of each token, on a text of period {frame.params.shown}",
        f"Of its known tokens the net of one period gives each {one:.2f} on average, "
        f"that of many {many:.2f}.",
        values,
        rows=tuple(net for net, _ in nets(frame)),
        columns=tuple(LETTERS[i] for i in shown.tokens[0]),
        value_label="probability",
    )


def curve(frame: Frame) -> Chart:
    """How well each net continues texts of any period (solid) and of period 8 (dashed)."""
    wanted = frame.params.chart
    various, same = (Measures._fields.index(f"{wanted}_{kind}") for kind in ("various", "same"))
    lines = pairs(frame, various, same)
    one, many = frame.history[-1]
    says = (
        f"{wanted.capitalize()} on texts of any period: {one[various]:.2f} for the net of one "
        f"period, {many[various]:.2f} for that of many; on period {PERIOD}: {one[same]:.2f} and "
        f"{many[same]:.2f}"
    )
    if wanted == "accuracy":
        return chart(frame, f"Accuracy; dashed: period {PERIOD}", says, lines, (0.0, 1.05))
    lines.append(level(frame, BLIND, "blind guess"))
    return chart(frame, f"Loss, nats; dashed: period {PERIOD}", says, lines, (0.001, 30.0), True)


def scores(frame: Frame) -> Chart:
    """Both scores of the best head of each net, on texts of any period."""
    induction, previous = (Measures._fields.index(role) for role in ("induction", "previous"))
    even = float(frame.exam.even.induction[0])
    one, many = frame.history[-1]
    says = (
        f"Induction score {one[induction]:.2f} and {many[induction]:.2f}, previous-token score "
        f"{one[previous]:.2f} and {many[previous]:.2f}, of the best heads"
    )
    lines = [*pairs(frame, induction, previous), level(frame, even, "even attention")]
    return chart(frame, "Induction; dashed: previous", says, lines, (0.0, 1.05))


def pairs(frame: Frame, solid: int, dashed: int) -> list[Series]:
    """Two measures of both nets, step by step; only the solid ones are named."""
    x = frame.steps.astype(float)
    lines = []
    for i, (net, ink) in enumerate(nets(frame)):
        lines.append(Series(x, frame.history[:, i, solid], ink, net))
        lines.append(Series(x, frame.history[:, i, dashed], ink, dashed=True))
    return lines


def periods(frame: Frame) -> Chart:
    """How each net does on texts of each period: where the shortcut ends."""
    x = NINE.astype(float)
    lines = (
        *(
            Series(x, lane.marks.by_period, ink, net)
            for lane, (net, ink) in zip(frame.lanes, nets(frame), strict=True)
        ),
        Series(x, frame.exam.copier, "exact", f"copies {PERIOD} back", "points"),
    )
    low, high = (min(lane.marks.by_period) for lane in frame.lanes)
    return Chart(
        "Accuracy by period read",
        f"Worst period: {low:.2f} for the net of one period, {high:.2f} for that of many.",
        lines,
        (PERIODS[0] - 0.5, PERIODS[1] + 0.5),
        (0.0, 1.05),
        "period",
        cursor=float(frame.params.shown),
    )


def composition(frame: Frame) -> Matrix | Chart:
    """Which head of layer 2 takes its keys from which of layer 1."""
    if frame.composition is None:
        return chart(frame, "No K-composition", "There is one layer alone", (), (0.0, 1.0))
    values = frame.composition.reshape(-1, HEADS)
    best = np.unravel_index(int(values.argmax()), values.shape)
    rows = tuple(f"{net} 1.{i + 1}" for net in ("one", "many") for i in range(HEADS))
    return Matrix(
        f"K-composition; random {frame.by_chance:.2f}",
        f"Largest: {rows[best[0]]} into 2.{best[1] + 1}, {values[best]:.2f}.",
        values,
        high=0.6,
        rows=rows,
        columns=tuple(f"2.{i + 1}" for i in range(HEADS)),
        row_label="writes",
        column_label="reads by its keys",
        value_label="share",
    )


def numbers(frame: Frame) -> Numbers:
    """Losses with and without the heads that are off, and what to hold the scores against."""
    p, rows = frame.params, []
    for lane, (net, _), off in zip(frame.lanes, nets(frame), (p.off_one, p.off_many), strict=True):
        loss = "mean −log p(next), any period"
        rows.append(
            Number(f"Loss, {net}", lane.marks.now.loss_various, "nats", loss, "logits", 0.0)
        )
        if off:
            rows.append(
                Number("… every head on", lane.whole.now.loss_various, "nats", loss, "logits", 0.0)
            )
    lag = max(frame.lanes[0].marks.scores.lag)
    even = frame.exam.even
    rows += [
        Number("Blind guess", BLIND, "nats", f"log {VOCABULARY}"),
        Number(
            f"Looks {PERIOD - 1} back, one period", float(lag), "", "best head's mean A(i, i − 7)"
        ),
        Number("Even attention, induction", float(even.induction[0]), "", "A(i, j) = 1/(i + 1)"),
    ]
    return Numbers(tuple(rows))


def level(frame: Frame, y: float, label: str) -> Series:
    return Series(np.array([0.0, last(frame)]), np.array([y, y]), "soft", label, dashed=True)


def chart(
    frame: Frame,
    title: str,
    says: str,
    lines: Sequence[Series],
    y: tuple[float, float],
    log: bool = False,
) -> Chart:
    x, at = (0.0, float(last(frame))), float(frame.step)
    return Chart(title, f"{says}.", tuple(lines), x, y, "step", log_y=log, cursor=at)
