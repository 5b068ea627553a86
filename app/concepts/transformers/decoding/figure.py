"""What the network foresees, what the filters leave of it, and the text that chance makes of that."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from app.figures.scene import (
    Bars,
    Chart,
    Clock,
    Diagram,
    Edge,
    Node,
    Number,
    Numbers,
    Scene,
    Series,
    Tokens,
)

from . import stairs, tree
from .compute import CUT, DRAWS, VOCABULARY, Choice, Frame, Params, Stage
from .drafts import Drafts
from .rivals import Beams

LOGITS = "logits[b, −1, v]"
SHARE = "½ Σ |share − p|"
# What a filter is called and set to, and whether it lets everything pass as it is.
SETTINGS: dict[str, Callable[[Params], tuple[str, bool]]] = {
    "network": lambda p: ("network", False),
    "rep": lambda p: (f"repetition {p.repetition:g}", p.repetition == 1),
    "T": lambda p: (f"temperature {p.temperature:g}", p.temperature == 1),
    "k": lambda p: (f"top-k {p.top_k}", p.top_k == VOCABULARY),
    "p": lambda p: (f"top-p {p.top_p:g}", p.top_p == 1),
    "min": lambda p: (f"min-p {p.min_p:g}", p.min_p == 0),
}


def draw(frame: Frame) -> Scene:
    """One token added, one step of the beams, or one run of lookahead."""
    if isinstance(frame, Beams):
        return tree.draw(frame)
    if isinstance(frame, Drafts):
        return stairs.draw(frame)
    outlook: Scene = {"nucleus": nucleus(frame), "draws": draws(frame)}
    if frame.params.way == "greedy":
        outlook = {"bits": bits(frame)}
    return {
        "text": text(frame),
        "bars": bars(frame),
        **outlook,
        "path": path(frame),
        "numbers": numbers(frame),
        "clock": Clock(frame.at, frame.at + 1.0, "token", "first 1", f"{frame.params.length} last"),
    }


def text(frame: Choice) -> Tokens:
    """All that is written, what was added shaded by how unlikely it was."""
    it, why = frame.written, ", forced" * (frame.taken != frame.own)
    prompt = len(it.pieces) - it.added
    return Tokens(
        f"prompt, and what was added ({it.added}); darker: less expected",
        f"Token {it.added}: “{it.pieces[-1]}”{why}, probability {frame.raw[frame.taken]:.3f}, "
        f"{frame.final[frame.taken]:.3f} after the filters, which leave {frame.stages[-1].left}.",
        it.pieces,
        weights=np.concatenate([np.zeros(prompt), 1 - it.p]),
        ink="model",
        picked=len(it.pieces) - 1,
    )


def bars(frame: Choice) -> Bars:
    """The whole vocabulary; a click puts another token here."""
    before = frame.written.pieces[-2]
    return Bars(
        f"next after “{before}”: click to force",
        f"Likeliest of {len(frame.labels)}: “{frame.labels[0]}”, {frame.raw[0]:.3f}; "
        f"taken: “{frame.labels[frame.taken]}”, number {frame.taken + 1}.",
        frame.labels,
        frame.final,
        before=frame.raw,
        high=float(max(frame.final.max(), frame.raw.max())),
        before_label="before any filter",
        lit=frame.taken,
        pick="forced",
        keys=frame.keys,
        at=frame.at,
    )


def nucleus(frame: Choice) -> Chart:
    """What reaches top-p, summed up from the likeliest down."""
    it, p = frame.nucleus, frame.params.top_p
    rank = np.arange(1.0, len(it.held) + 1)
    return Chart(
        f"nucleus: size {it.size}; of {CUT} alone: {it.cut_size}",
        f"The likeliest {it.size} of all tokens hold {p:g} together; where only {CUT} are looked at "
        f"it seems to take {it.cut_size}.",
        (
            Series(rank, it.held, "model", "of all"),
            Series(rank[: len(it.cut)], it.cut, "error", f"first {CUT}", dashed=True),
            Series(rank[[0, -1]], np.full(2, p), "focus", "p", dashed=True),
        ),
        x=(1.0, float(len(rank))),
        y=(0.0, 1.0),
        x_label="likeliest tokens",
        y_label="hold together",
        log_x=True,
        cursor=float(it.size),
    )


def draws(frame: Choice) -> Bars:
    """The shares of many draws beside the exact ones."""
    it = frame.draws
    seen = np.flatnonzero((it.shares > 0) | (frame.final * DRAWS >= 1))
    return Bars(
        f"{DRAWS:,} draws: off {it.distance:.3f}, floor {it.floor:.3f}",
        f"Half the sum of all differences from the exact shares is {it.distance:.3f}; perfect "
        f"draws would have {it.floor:.3f} on average.",
        tuple(frame.labels[i] for i in seen),
        it.shares[seen],
        before=frame.final[seen],
        high=float(max(frame.final.max(), it.shares.max())),
        before_label="exact",
        lit=int(np.searchsorted(seen, frame.taken)) if frame.taken in seen else -1,
    )


def bits(frame: Choice) -> Chart:
    """How surprising each token was, and how surprising a fair draw would have been."""
    it = frame.written
    at = np.arange(1.0, it.added + 1)
    surprise = -np.log2(it.p)
    return Chart(
        "surprise of what was taken, and of a fair draw",
        f"{surprise.mean():.2f} bits a token; a draw would have {it.bits.mean():.2f} on average.",
        (
            Series(at, it.bits, "exact", "a fair draw, on average"),
            Series(at, surprise, "model", "taken"),
        ),
        x=(1.0, float(max(2, frame.params.length))),
        y=(0.0, float(np.log2(VOCABULARY))),
        x_label="token",
        y_label="bits",
        cursor=frame.at + 1.0,
    )


def path(frame: Choice) -> Diagram:
    """What is left after each filter that does anything, in the order in which they act."""
    greedy = frame.params.way == "greedy"
    shown = frame.stages[:2] if greedy else frame.stages  # the rest of greedy choice is the argmax
    boxes = [(it, *SETTINGS[it.name](frame.params)) for it in shown]
    active = [(it, label) for it, label, idle in boxes if not idle]
    end = "forced" if frame.taken != frame.own else "argmax" if greedy else "drawn"
    nodes = [
        *(box(it, label, i / len(active)) for i, (it, label) in enumerate(active)),
        Node("draw", end, 1.0, 0.5, f"“{frame.labels[frame.taken]}”", "focus"),
    ]
    left = ", ".join(f"{node.label} {node.value}" for node in nodes)
    return Diagram(
        "tokens left after each filter",
        f"In this order: {left}.",
        tuple(nodes),
        tuple(Edge(a.key, b.key) for a, b in pairwise(nodes)),
    )


def box(it: Stage, label: str, x: float) -> Node:
    """One filter and what it leaves."""
    tip = f"{it.bits:.3f} bits of entropy, as if {2**it.bits:.1f} tokens were equally likely"
    return Node(it.name, label, x, 0.5, f"{it.left:,}", "model", tip)


def numbers(frame: Choice) -> Numbers:
    """The token taken, how much choice there was, and how the text fares."""
    it, first, last = frame.written, frame.stages[0], frame.stages[-1]
    return Numbers(
        (
            Number("taken: probability", float(it.p[-1]), "", "softmax(z)ᵢ", LOGITS),
            Number("after the filters", float(frame.final[frame.taken]), "", "softmax(f(z))ᵢ"),
            Number("tokens left", float(last.left), f"of {VOCABULARY:,}", "f(z)ᵢ > −∞"),
            Number("effective vocabulary", 2**first.bits, "", "2^H, H = −Σ p log₂ p", LOGITS),
            *(by_chance(frame) if frame.params.way == "sample" else ()),
            Number("perplexity of what was added", it.perplexity, "", "exp(−mean ln p)", LOGITS),
            Number("runs of 3 said before", 100 * it.said_before, "%", "1 − different / all"),
        )
    )


def by_chance(frame: Choice) -> tuple[Number, ...]:
    """How the filters shape chance; greedy choice has none."""
    wide, thrown = frame.nucleus, frame.draws
    return (
        Number("after the filters, effective", 2 ** frame.stages[-1].bits, "", "2^H"),
        Number(f"nucleus of {frame.params.top_p:g}", float(wide.size), "", "fewest with Σp ≥ p"),
        Number(f"the same, cut at {CUT} first", float(wide.cut_size)),
        Number("moved by this order", frame.moved, "", "½ Σ |p − p of the usual order|"),
        Number(f"{DRAWS:,} draws off by", thrown.distance, "", SHARE, "", thrown.floor),
    )
