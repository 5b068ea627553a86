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

from .closer import chain, chained, moved, plane
from .compute import MASK, MOVE, ONE, READ, Frame, Reading
from .heads import name, role
from .texts import context, word_at

SHORT = {"previous": "prev", "first": "first", "same": "same", "induction": "ind."}
FORMULAS = {
    "entropy": "mean over i of −Σⱼ Aᵢⱼ log₂ Aᵢⱼ",
    "distance": "mean over i of Σⱼ Aᵢⱼ (i − j)",
    "previous": "mean Aᵢⱼ, j = i − 1, on random texts",
    "first": "mean Aᵢⱼ, j = 0, on random texts",
    "induction": "mean Aᵢⱼ, j = i − n + 1, on random texts",
}
UNITS = {"entropy": "bits", "distance": "tokens"}
CHANGE = "KL(p with nothing changed ‖ p now)"
MAPS = "attention[b, layer, head, i, j]"


def draw(frame: Frame) -> Scene:
    """The text read token by token: the reader's row moves, the maps stand still."""
    reading, tool = frame.reading, frame.reading.p.tool
    last = len(reading.pieces) - 1
    ends = {
        "clock": Clock(frame.t, float(frame.t), "reader", "first token 0", f"{last} last token")
    }
    whole = {"head": plane(frame) if tool == MOVE else head(frame), "wall": wall(reading)}
    if tool == ONE:
        return {**whole, **chain(frame), "numbers": numbers(frame), **ends}
    return {
        **whole,  # the head first: what it says changes with the reader
        "next": expected(frame),
        "text": text(frame),
        "chart": moved(frame) if tool == MOVE else chart(frame),
        "numbers": numbers(frame),
        **ends,
    }


def wall(reading: Reading) -> Wall:
    """Every head, named by what it does where it does that clearly, or by the score that ranks it."""
    heads, order = range(len(reading.attention)), reading.p.order
    known = {i: role(reading.scores, i) for i in heads}
    clear = ", ".join(f"{name(i)} {known[i]}" for i in heads if known[i]) or "none"
    off = ", ".join(name(i) for i in reading.p.off) or "none"
    ranked = f", highest {order} score first: {FORMULAS[order]}" if reading.order else ""
    score = reading.scores.by.get(order, np.zeros(0))
    return Wall(
        f"heads by {order} score" if ranked else "every head, layer.number",
        f"{len(heads)} heads{ranked}. With a clear role: {clear}. Switched off: {off}.",
        reading.attention,
        across=4,
        labels=tuple(
            f"{name(i)} {f'{score[i]:.2f}' if ranked else SHORT.get(known[i], '')}".strip()
            for i in heads
        ),
        selected=reading.p.head,
        off=reading.p.off,
        select="head",
        toggle="off",
        order=reading.order,
    )


def head(frame: Frame) -> Matrix:
    """The selected head's weights, with the query and the key behind each of them."""
    reading, it, t, p = frame.reading, frame.reading.head, frame.t, frame.reading.p
    most = int(it.most[t])
    known = role(reading.scores, p.head)
    who = ", ".join(filter(None, (name(p.head), known, "off" * (p.head in p.off))))
    does = {MASK: "paint to hide", ONE: "click a cell"}.get(p.tool, "where it looks")
    d = it.query.shape[1]
    return Matrix(
        f"head {who}: {does}",
        f"“{reading.pieces[t]}” looks most at “{reading.pieces[most]}”, {t - most} back, "
        f"with weight {it.weight[t, most]:.3f}.",
        it.weight,
        rows=reading.pieces,
        columns=reading.pieces,
        row_label="reader (query)",
        column_label="looked at (key)",
        value_label="weight",
        hidden=it.hidden,
        row_vectors=it.query if p.tool == READ else None,
        column_vectors=it.key if p.tool == READ else None,
        products={"score q·k": 1.0, "scaled q·k/√d": d**-0.5},
        lit=t,
        cell=(frame.chain.row, frame.chain.column) if frame.chain else (-1, -1),
        mark="cell" if p.tool == ONE else "",
        paint="hidden" if p.tool == MASK else "",
    )


def expected(frame: Frame) -> Bars:
    """The whole vocabulary by its probability, with a mark where it stood with nothing changed."""
    changed = frame.reading.changed
    now, was = int(frame.probability.argmax()), int(frame.before.argmax())
    before = f"; with nothing changed “{frame.labels[was]}”, {frame.before[was]:.3f}" * changed
    return Bars(
        f"expected after “{frame.reading.pieces[frame.t]}”",
        f"Likeliest of {len(frame.labels)} tokens: “{frame.labels[now]}”, "
        f"probability {frame.probability[now]:.3f}{before}.",
        frame.labels,
        frame.probability,
        before=frame.before if changed else None,
        high=frame.reading.foresight.peak,
        before_label="nothing changed",
        ranked=True,
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
        pick="word" if reading.p.tool == READ else "reader",
    )


def chart(frame: Frame) -> Chart:
    """Surprise, or meaning."""
    return meaning(frame.reading) if frame.reading.p.chart == "meaning" else surprise(frame)


def surprise(frame: Frame) -> Chart:
    """How well each token was foreseen, as it is and with nothing changed."""
    it, changed = frame.reading.foresight, frame.reading.changed
    at = np.arange(1.0, len(it.surprise) + 1)
    end = float(max(1, len(at)))
    curves = [Series(at, it.before, "noise", "nothing changed")] if changed else []
    curves += [
        Series(at, it.surprise, "model", "now"),
        Series(np.array([0.0, end]), np.full(2, it.blind), "soft", "blind guess", dashed=True),
    ]
    before = f", {it.mean_before:.2f} with nothing changed" * changed
    return Chart(
        f"surprise {it.mean:.2f} bits" + f", was {it.mean_before:.2f}" * changed,
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
        Series(depth, it.cosine[:, n], "model", f"“{twin}”", dashed=n > 0)
        for n, twin in enumerate(twins)
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
    """What must hold, what the selected head does, and what a change has moved."""
    reading, t = frame.reading, frame.t
    link, moved = float(reading.word.link[t]), float(reading.foresight.divergence[t])
    followed = f"most weight on “{word_at(reading.pieces, reading.word.at)}”"
    laws = (
        Number("row sums, largest error", reading.row_error, "", "max |Σⱼ Aᵢⱼ − 1|", MAPS),
        Number("masked cells, largest", reading.masked, "", "max Aᵢⱼ where M = −∞", MAPS),
    )
    change = Number("prediction moved", moved, "bits", CHANGE, "logits[b, i, v]")
    if frame.chain:
        return Numbers((*chained(frame.chain), change))
    if frame.plane:
        it = frame.plane
        own = (
            Number("query moved by", it.moved, "", "‖δ‖", "query_shift"),
            Number("keys' variance shown", it.share, "", "(σ₁² + σ₂²) / Σσ²", "key[b, l, h, j]"),
            Number("spread of the reader's row", float(reading.head.entropy[t]), "bits", "", MAPS),
        )
        return Numbers((*own, *laws, change))
    linked = Number(followed, link, "", "max over heads of Aᵢⱼ, j = the word", MAPS)
    return Numbers((*scored(reading), linked, change, *laws))


def scored(reading: Reading) -> Iterator[Number]:
    """The selected head's scores, beside what looking everywhere alike would read."""
    for kind, formula in FORMULAS.items():
        value, floor = float(reading.scores.by[kind][reading.p.head]), reading.scores.floor[kind]
        yield Number(f"{kind} score", value, UNITS.get(kind, ""), formula, MAPS, floor)
