"""Runs computed before anybody asks: each page's default and each lesson's steps, kept on disk.

What is pure is the same whenever it is computed; the page still says that it was recorded.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from app import cache, lesson, wire
from app.concept import Entry
from app.contents import entries
from app.params import Params
from models.catalogue import GraphMissing

MOST = 12 * 2**20  # bytes of one run; a longer one is computed when it is asked for


@dataclass(frozen=True)
class Recorded:
    """What became of one state."""

    state: str
    frames: int
    size: int  # bytes
    cpu: float  # seconds
    left_out: str = ""  # why it is not kept


def states(entry: Entry) -> Iterator[Params]:
    """The states that a visitor meets first: the default, then the lesson's, each once."""
    steps = lesson.parse((entry.folder / "lesson.md").read_text(), entry.concept.params)
    yield from dict.fromkeys([entry.concept.params(), *(step.params for step in steps)])


def everything(pages: tuple[str, ...] = ()) -> Iterator[Recorded]:
    """Record every state of these pages, or of all, whose frames may be kept, one after the other."""
    for entry in entries():
        if not entry.concept.measures and (not pages or entry.path in pages):
            yield from (record(entry, params) for params in states(entry))


def record(entry: Entry, params: Params) -> Recorded:
    """Compute a whole run and keep it, unless it is kept already."""
    state = f"{entry.path}?{params.to_query()}"
    if kept := cache.read(state):
        return Recorded(state, len(kept), sum(map(len, kept)), 0.0)
    start, messages, encoder, size = time.process_time(), [], wire.Encoder(), 0
    try:
        for number, frame in enumerate(entry.concept.compute(params)):
            messages.append(encoder.frame(number, entry.concept.draw(frame)))
            size += len(messages[-1])
            if size > MOST:
                return Recorded(state, number, size, time.process_time() - start, "too large")
    except GraphMissing as problem:
        return Recorded(state, 0, 0, 0.0, str(problem))
    cache.write(state, messages)
    return Recorded(state, len(messages), size, time.process_time() - start)
