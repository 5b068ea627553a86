"""The runs of lookahead decoding as stairs: the steeper, the fewer runs for the same text."""

from collections.abc import Iterator

import numpy as np

from app.figures.scene import (
    Bars,
    Chart,
    Clock,
    Ink,
    Layer,
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

from .drafts import Drafts
from .lookahead import Run

RUNS, ROWS = 10, 18  # that are seen at once
LOGITS = "logits[b, i, v]"
BESIDE = np.array([0.42, 0.0])  # from a word to its dot
LOOKS: dict[str, tuple[Ink, Ink]] = {  # of dots, and of words
    "wrong": ("noise", "soft"),
    "guessed right": ("model", "ink"),
    "answer": ("focus", "ink"),
}
Step = tuple[str, int, int, int]  # kind, run, place in the text, token


def draw(frame: Drafts) -> Scene:
    """One run of the network."""
    at, last = len(frame.runs), frame.length
    return {
        "tree": stairs(frame),
        "text": text(frame),
        "answers": drafts(frame),
        "race": race(frame),
        "numbers": numbers(frame),
        "clock": Clock(at - 1, float(at), "run", "first 1", f"{last} at most"),
    }


def stairs(frame: Drafts) -> Plane:
    """A column a run, a row a token: what the best draft of each run proved, and what it had wrong."""
    shown = frame.runs[-RUNS:]
    first, top = len(frame.runs) - len(shown), shown[0].before
    steps = [step for at, run in enumerate(shown, first + 1) for step in column(at, run)]
    run = frame.runs[-1]
    return Plane(
        "each run's best draft, downwards: what is right stays",
        f"Run {len(frame.runs)} checked {len(run.drafts)} drafts; tokens right in the best: "
        f"{run.held[run.best]}; it added “{''.join(reader.spellings()[i] for i in run.new)}”.",
        (first + 0.4, first + RUNS + 0.6),
        (-top - ROWS - 0.5, -top + 0.9),
        tuple(
            layer
            for group in LOOKS
            for layer in words(group, [step for step in steps if step[0] == group])
        ),
        square=False,
        grid=False,
    )


def column(at: int, run: Run) -> Iterator[Step]:
    """One run: the tokens it added, and below them what was guessed and is wrong."""
    held = run.held[run.best]
    for i, token in enumerate(run.new):
        yield "guessed right" if i < held else "answer", at, run.before + i + 1, token
    for i, token in enumerate(run.drafts[run.best][len(run.new) :], len(run.new)):
        yield "wrong", at, run.before + i + 1, token


def words(group: str, steps: list[Step]) -> Iterator[Layer]:
    """Tokens of one kind; nothing where there is none."""
    if steps:
        ink, written = LOOKS[group]
        places = np.array([(float(at), float(-row)) for _, at, row, _ in steps])
        yield Points(places - BESIDE, ink, 3.5, 0.9, group)
        yield Words(places, tuple(reader.spellings()[token] for *_, token in steps), written)


def text(frame: Drafts) -> Tokens:
    """All that is proved; what this run added is shaded."""
    new = len(frame.runs[-1].new)
    return Tokens(
        f"{frame.added} added; shaded: by this run",
        f"{frame.added} tokens added in {len(frame.runs)} runs.",
        frame.pieces,
        weights=np.array([float(i >= len(frame.pieces) - new) for i in range(len(frame.pieces))]),
        ink="model",
        picked=len(frame.pieces) - 1,
    )


def drafts(frame: Drafts) -> Bars:
    """The drafts that this run checked at once, by how much of each was right."""
    run = frame.runs[-1]
    names = ["".join(reader.spellings()[i] for i in draft) for draft in run.drafts]
    return Bars(
        "drafts at once: tokens right",
        f"The best of {len(names)} drafts has {run.held[run.best]} tokens right.",
        tuple(f"{i + 1} {name}" for i, name in enumerate(names)),
        np.array(run.held, float),
        high=float(len(run.drafts[0])),
        lit=run.best,
    )


def race(frame: Drafts) -> Chart:
    """Tokens written by runs made, beside one token a run."""
    at = np.arange(len(frame.runs) + 1.0)
    made = np.array([0, *np.cumsum([len(run.new) for run in frame.runs])], float)
    return Chart(
        f"{frame.added} tokens in {len(frame.runs)} runs; greedy: {frame.added}",
        f"{frame.added / len(frame.runs):.2f} tokens a run.",
        (
            Series(at, at, "noise", "one a run", dashed=True),
            Series(at, made, "model", "lookahead"),
        ),
        x=(0.0, float(frame.length)),
        y=(0.0, float(frame.length)),
        x_label="run",
        y_label="tokens",
    )


def numbers(frame: Drafts) -> Numbers:
    """What is saved, and what it costs."""
    runs, run = len(frame.runs), frame.runs[-1]
    return Numbers(
        (
            Number("tokens a run", frame.added / runs, "", "added / runs"),
            Number("runs", float(runs), "", "greedy choice: one a token"),
            Number("tokens added", float(frame.added)),
            Number("right in this run", float(run.held[run.best]), "", "", LOGITS),
            Number("drafts in this run", float(len(run.drafts)), "", "one batch"),
            Number("guesses checked in all", float(frame.checked), "", "Σ drafts · window"),
        )
    )
