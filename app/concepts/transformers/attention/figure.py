"""All heads, one of them large, the text it reads, and the token expected next."""

from collections.abc import Iterator

import numpy as np

from app.figures.scene import (
    Bars,
    Chart,
    Clock,
    Matrix,
    Number,
    Numbers,
    Scene,
    Series,
    Tokens,
    Wall,
)
from models.maths.attention import ROLES

from .compute import Frame, Reading
from .texts import context, word_at

CLEAR = 0.3  # the score from which a head bears the name of its role
SHORT = {"previous": "prev", "first": "first", "same": "same", "induction": "ind."}
FORMULAS = {
    "previous": "mean Aᵢⱼ, j = i − 1",
    "first": "mean Aᵢⱼ, j = 0",
    "induction": "mean Aᵢⱼ, j = i − n + 1",
}
CHANGE = "KL(p with every head ‖ p now)"
MAPS = "attention[b, layer, head, i, j]"


def draw(frame: Frame) -> Scene:
    """The text read token by token: the reader's row moves, the maps stand still."""
    reading = frame.reading
    last = len(reading.pieces) - 1
    return {
        "head": head(frame),  # first: what it says changes with the reader
        "wall": wall(reading),
        "next": expected(frame),
        "text": text(frame),
        "chart": meaning(reading) if reading.p.chart == "meaning" else surprise(frame),
        "numbers": numbers(frame),
        "clock": Clock(frame.t, float(frame.t), "reader", "first token 0", f"{last} last token"),
    }


def name(reading: Reading, index: int) -> str:
    """A head by its layer and its number in it, both from 1: "2.3"."""
    layer, number = divmod(index, reading.across)
    return f"{layer + 1}.{number + 1}"


def role(reading: Reading, index: int) -> str:
    """The role in which the head scores best on random texts, if it does so clearly."""
    best = int(np.argmax(reading.roles[:, index]))
    return ROLES[best] if reading.roles[best, index] >= CLEAR else ""


def wall(reading: Reading) -> Wall:
    """Every head of every layer, named by what it does where it does that clearly."""
    heads = range(len(reading.attention))
    known = {i: role(reading, i) for i in heads}
    clear = ", ".join(f"{name(reading, i)} {known[i]}" for i in heads if known[i]) or "none"
    off = ", ".join(name(reading, i) for i in reading.p.off) or "none"
    return Wall(
        "every head, layer.number",
        f"{len(heads)} heads. With a clear role: {clear}. Switched off: {off}.",
        reading.attention,
        across=reading.across,
        labels=tuple(f"{name(reading, i)} {SHORT.get(known[i], '')}".strip() for i in heads),
        selected=reading.p.head,
        off=reading.p.off,
        select="head",
        toggle="off",
    )


def head(frame: Frame) -> Matrix:
    """The selected head's weights, with the query and the key behind each of them."""
    reading, it, t = frame.reading, frame.reading.head, frame.t
    most = int(it.most[t])
    known = role(reading, reading.p.head)
    who = [name(reading, reading.p.head), known, "off" * (reading.p.head in reading.p.off)]
    return Matrix(
        f"head {', '.join(filter(None, who))}: where it looks",
        f"“{reading.pieces[t]}” looks most at “{reading.pieces[most]}”, {t - most} back, "
        f"with weight {it.weight[t, most]:.3f}.",
        it.weight,
        rows=reading.pieces,
        columns=reading.pieces,
        row_label="reader (query)",
        column_label="looked at (key)",
        value_label="weight",
        hidden=np.triu(np.ones(it.weight.shape, bool), 1),
        notes={"score q·k": it.score, "scaled q·k/√d": it.scaled},
        row_vectors=it.query,
        column_vectors=it.key,
        lit=t,
    )


def expected(frame: Frame) -> Bars:
    """The whole vocabulary by its probability, with a mark where it stood with every head on."""
    off = bool(frame.reading.p.off)
    now, was = int(frame.probability.argmax()), int(frame.before.argmax())
    before = f"; with every head on “{frame.labels[was]}”, {frame.before[was]:.3f}" * off
    return Bars(
        f"expected after “{frame.reading.pieces[frame.t]}”",
        f"Likeliest of {len(frame.labels)} tokens: “{frame.labels[now]}”, "
        f"probability {frame.probability[now]:.3f}{before}.",
        frame.labels,
        frame.probability,
        before=frame.before if off else None,
        high=frame.reading.foresight.peak,
        before_label="every head on",
    )


def text(frame: Frame) -> Tokens:
    """The text as tokens, shaded by how much the reader looks at each."""
    reading, t, word = frame.reading, frame.t, frame.reading.word
    only = f", its first {len(reading.pieces) - 1} tokens" * bool(reading.dropped)
    cut = f" {reading.dropped} more tokens found no room and were not read." * bool(reading.dropped)
    return Tokens(
        f"the text{only}: what “{reading.pieces[t]}” looks at",
        f"Reader {t} of {len(reading.pieces) - 1}. Followed: “{word_at(reading.pieces, word.at)}” at "
        f"{word.at}, which gets at most {word.link[t]:.3f} from any head here.{cut}",
        reading.pieces,
        weights=reading.head.weight[t],
        arcs=reading.head.weight,
        picked=t,
        pick="word",
    )


def surprise(frame: Frame) -> Chart:
    """How well each token was foreseen, with and without the heads that are off."""
    it, off = frame.reading.foresight, bool(frame.reading.p.off)
    at = np.arange(1.0, len(it.surprise) + 1)
    end = float(max(1, len(at)))
    curves = [Series(at, it.before, "noise", "every head on")] if off else []
    curves += [
        Series(at, it.surprise, "model", "now"),
        Series(np.array([0.0, end]), np.full(2, it.blind), "soft", "blind guess", dashed=True),
    ]
    before = f", {it.mean_before:.2f} with every head on" * off
    return Chart(
        f"surprise {it.mean:.2f} bits" + f", was {it.mean_before:.2f}" * off,
        f"Mean {it.mean:.2f} bits{before}; a blind guess costs {it.blind:.2f}.",
        tuple(curves),
        x=(0.0, end),
        y=(0.0, float(max(it.blind, it.surprise.max(initial=0), it.before.max(initial=0)))),
        x_label="place in the text",
        y_label="bits",
        cursor=float(frame.t),
    )


def meaning(reading: Reading) -> Chart:
    """How alike one token is in several places, layer by layer."""
    it = reading.word
    depth = np.arange(len(it.typical), dtype=float)
    here = f"“{word_at(reading.pieces, it.at)}”"
    twins = [context(reading.pieces, twin) for twin in it.twins]
    curves = [
        Series(depth, it.cosine[:, n], "model", twin, dashed=n > 0) for n, twin in enumerate(twins)
    ]
    curves.append(Series(depth, it.typical, "noise", "any two", dashed=True))
    drops = "; ".join(
        f"with “{twin}” from {it.cosine[0, n]:.2f} to {it.cosine[-1, n]:.2f}"
        for n, twin in enumerate(twins)
    )
    return Chart(
        f"how alike {here} is elsewhere" if twins else f"{here} is said only once",
        f"{here} at {it.at}, cosine before the first layer to after the last: "
        f"{drops or 'no other place'}.",
        tuple(curves),
        x=(0.0, float(depth[-1])),
        y=(float(min(it.cosine.min(initial=0), it.typical.min())), 1.0),
        x_label="layers passed",
        y_label="cosine",
    )


def numbers(frame: Frame) -> Numbers:
    """What must hold, what the selected head does, and what the heads that are off change."""
    reading, t = frame.reading, frame.t
    spread = float(reading.head.entropy[t])
    link, moved = float(reading.word.link[t]), float(reading.foresight.divergence[t])
    followed = f"most weight on “{word_at(reading.pieces, reading.word.at)}”"
    return Numbers(
        (
            Number("row sums, largest error", reading.row_error, "", "max |Σⱼ Aᵢⱼ − 1|", MAPS),
            Number("masked cells, largest", reading.masked, "", "max Aᵢⱼ, j > i", MAPS),
            Number("spread of the reader's row", spread, "bits", "−Σⱼ Aᵢⱼ log₂ Aᵢⱼ", MAPS),
            *scores(reading),
            Number(followed, link, "", "max over heads of Aᵢⱼ, j = the word", MAPS),
            Number("prediction moved", moved, "bits", CHANGE, "logits[b, i, v]"),
        )
    )


def scores(reading: Reading) -> Iterator[Number]:
    """How much the selected head does each thing, beside what looking everywhere alike would read."""
    for i, known in enumerate(ROLES):
        if formula := FORMULAS.get(known):  # "same" is seldom a head's role: the wall names it
            value, floor = float(reading.roles[i, reading.p.head]), float(reading.uniform[i])
            yield Number(f"{known} score", value, "", formula, MAPS, floor)
