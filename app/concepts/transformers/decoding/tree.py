"""The tree of beginnings that beam search kept and dropped, one row a token."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.figures.scene import (
    Bars,
    Chart,
    Clock,
    Ink,
    Layer,
    Lines,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
    Tokens,
    Words,
)
from models import reader

from .beam import Beginning
from .rivals import Beams

ROWS = 18  # of the tree that are seen at once
COLUMNS = 10  # candidates of a step that are drawn
TAIL = 3  # tokens that an answer is known by
LONG = 8  # letters of a token for which the tree has room
LOGITS = "logits[b, −1, v]"
LOOKS: dict[str, tuple[Ink, Ink, float]] = {  # of lines, and of words
    "dropped": ("noise", "soft", 0.25),
    "kept": ("model", "ink", 0.7),
    "best": ("focus", "ink", 1.0),
}


@dataclass(frozen=True)
class Leaf:
    """A candidate as it is drawn."""

    group: str
    line: tuple[tuple[float, float], tuple[float, float]]  # from where it goes on, to where it is
    word: str
    bits: float


def draw(frame: Beams) -> Scene:
    """One step of the search."""
    return {
        "tree": tree(frame),
        "text": text(frame),
        "answers": answers(frame),
        "race": race(frame),
        "numbers": numbers(frame),
        "clock": Clock(frame.at, frame.at + 1.0, "token", "first 1", f"{frame.length} last"),
    }


def tree(frame: Beams) -> Plane:
    """A row a step, from the likeliest beginning on the left; each is tied to what it goes on from."""
    first = max(0, frame.at + 1 - ROWS)
    rows = min(frame.length, ROWS)
    leaves = [leaf for at in range(first, frame.at + 1) for leaf in row(frame, at)]
    last, best = frame.steps[-1], "".join(frame.written.pieces[-frame.written.added :])
    return Plane(
        "beginnings kept and dropped, the likeliest on the left",
        f"Step {frame.at + 1}: {len(last.open)} go on, {len(last.ended)} end. Best so far: “{best}”.",
        (-0.7, min(2 * frame.width, COLUMNS) - 0.3),
        (-first - rows - 0.7, -first + 0.9),
        tuple(
            layer
            for group in LOOKS
            for layer in branches(group, [leaf for leaf in leaves if leaf.group == group])
        ),
        square=False,
        grid=False,
    )


def row(frame: Beams, at: int) -> Iterator[Leaf]:
    """The candidates of one step, each below the others in likelihood to the right."""
    step, best = frame.steps[at], frame.answers[0].tokens
    for column, it in enumerate(step.seen[:COLUMNS]):
        above = frame.steps[at - 1].seen.index(frame.steps[at - 1].open[it.parent]) if at else 0
        group = "kept" if step.kept(it) else "dropped"
        yield Leaf(
            "best" if best[: at + 1] == it.tokens else group,
            ((float(above), float(-at)), (float(column), -at - 1.0)),
            short(reader.spellings()[it.tokens[-1]]) + " ▪" * (it in step.ended),
            -it.log_p / np.log(2),
        )


def short(piece: str) -> str:
    """A token, cut off where it would run into its neighbours."""
    return piece if len(piece) <= LONG else piece[: LONG - 1] + "…"


def branches(group: str, leaves: list[Leaf]) -> Iterator[Layer]:
    """The lines to some candidates, and what they add; nothing where there is none."""
    if leaves:
        ink, written, alpha = LOOKS[group]
        lines = np.array([leaf.line for leaf in leaves])
        yield Lines(lines, ink, 1.5, alpha)
        bits = np.array([leaf.bits for leaf in leaves])
        yield Points(lines[:, 1], ink, 2.0, alpha, group, bits)
        yield Words(lines[:, 1], tuple(leaf.word for leaf in leaves), written)


def text(frame: Beams) -> Tokens:
    """The best answer so far, behind the prompt."""
    it = frame.written
    prompt = len(it.pieces) - it.added
    return Tokens(
        "prompt, and the best so far",
        f"{it.added} tokens added, {frame.bits[-1]:.2f} bits of surprise in all.",
        it.pieces,
        weights=np.concatenate([np.zeros(prompt), 1 - it.p]),
        ink="model",
        picked=len(it.pieces) - 1,  # the end stays in sight
    )


def answers(frame: Beams) -> Bars:
    """All that could be answered now, by the score that decides; the shortest bar wins."""
    surprise = np.array([-it.score(frame.alpha) / np.log(2) for it in frame.answers])
    by = f"bits / n^{frame.alpha:g}" if frame.alpha else "bits"
    return Bars(
        f"answers so far, {by}: least wins",
        f"{len(frame.answers)} answers; the best has {surprise[0]:.2f} {by}.",
        tuple(name(frame, it) for it in frame.answers),
        surprise,
        high=float(surprise.max()),
        lit=0,
    )


def name(frame: Beams, it: Beginning) -> str:
    """An answer by its end."""
    ended = any(it in step.ended for step in frame.steps)
    tail = "".join(reader.spellings()[i] for i in it.tokens[-TAIL:])
    return "…" * (len(it.tokens) > TAIL) + tail + " ▪" * ended


def race(frame: Beams) -> Chart:
    """How surprising the best answer is in all, beside the greedy one; less is likelier."""
    best, greedy = (np.arange(1.0, len(bits) + 1) for bits in (frame.bits, frame.greedy_bits))
    return Chart(
        f"bits: best {frame.bits[-1]:.2f}, greedy {frame.greedy_bits[-1]:.2f}",
        f"The best answer's tokens have {frame.bits[-1]:.2f} bits together, greedy choice's "
        f"{frame.greedy_bits[-1]:.2f}.",
        (
            Series(greedy, frame.greedy_bits, "noise", "greedy", dashed=True),
            Series(best, frame.bits, "focus", "best beam"),
        ),
        x=(0.0, float(frame.length)),
        y=(0.0, max(20.0, 10.0 * np.ceil(max(frame.bits[-1], frame.greedy_bits[-1]) / 10))),
        x_label="token",
        y_label="bits",
    )


def numbers(frame: Beams) -> Numbers:
    """What beams win over greedy choice, and how little of all there is they look at."""
    best, it = frame.answers[0], frame.written
    return Numbers(
        (
            Number(
                "best answer, surprise",
                float(frame.bits[-1]),
                "bits",
                "−Σ log₂ p(yᵢ | y₍<i₎)",
                LOGITS,
            ),
            Number(
                "greedy, surprise",
                float(frame.greedy_bits[-1]),
                "bits",
                "−Σ log₂ p(yᵢ | y₍<i₎)",
                LOGITS,
            ),
            Number("tokens of the best", float(len(best.tokens)), "tokens"),
            Number("its perplexity", it.perplexity, "", "exp(−mean ln p)", LOGITS),
            Number("runs of 3 said before", 100 * it.said_before, "%", "1 − different / all"),
            Number("beginnings weighed", float(frame.weighed), "", "Σ beams · V"),
            Number(
                "all of this length", float(len(reader.spellings())) ** (frame.at + 1), "", "Vⁿ"
            ),
        )
    )
