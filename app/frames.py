"""Runs: each state is computed once, for all its readers, and no longer than anybody reads.

A run is a concept's generator with the messages it has made so far. Readers come and go; a run
whose last reader has left ends after the frame in hand. A run pauses while all its readers are far
behind, so pausing a page pauses its training too.
"""

import inspect
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Literal

import numpy as np

from app import cache, wire
from app.concept import Entry
from app.figures.scene import Clock
from app.gestures import Timeline
from app.params import Params
from app.tally import Tally
from models.catalogue import GraphMissing

KEPT = 192 * 2**20  # bytes of runs kept in memory
AHEAD = 2**20  # bytes a run may be ahead of its fastest reader
PATIENCE = 120.0  # seconds a run waits for readers that do not read, then lets go
MOST_BYTES = 96 * 2**20  # of one run
MOST_CPU = 180.0  # seconds of one run
WORTH = 0.05  # CPU seconds from which a whole run is worth a file

log = logging.getLogger("glassbox")
Ended = Literal["", "whole", "left", "failed"]


@dataclass(eq=False)
class Reader:
    """One who reads a run: how far, and how to wake them."""

    browser: str
    wake: Callable[[], None]
    at: int = 0  # messages already handed over


@dataclass(eq=False)
class Run:
    """One computation: its messages so far, who reads them, and how it ended."""

    entry: Entry
    params: Params
    first: int = 0  # the frame that comes first, where the concept can begin in the middle
    messages: list[bytes] = field(default_factory=list)
    readers: set[Reader] = field(default_factory=set)
    ended: Ended = ""
    recorded: bool = False  # read from disk, not computed now
    reason: str = ""  # why a failed run failed, in words
    why: str = "error"
    cpu: float = 0.0  # seconds of thread time so far
    size: int = 0  # bytes held
    encoder: wire.Encoder = field(default_factory=wire.Encoder)
    kept: list[tuple[Any, int, int]] = field(default_factory=list)  # frame, clock step, arrays sent
    source: Iterator[tuple[int, Any]] | None = None
    waiting_since: float = 0.0
    born: float = field(default_factory=time.monotonic)

    def ahead(self) -> bool:
        """Whether even the fastest reader has a lot left to read."""
        first = max((reader.at for reader in list(self.readers)), default=0)
        if sum(map(len, self.messages[first:])) < AHEAD:
            self.waiting_since = 0.0
            return False
        self.waiting_since = self.waiting_since or time.monotonic()
        return True

    def advance(self) -> None:
        """Compute, draw and encode one more frame, or end."""
        start = time.thread_time()
        try:
            if self.source is None:
                self.source = self._begin()
            self._take(*next(self.source))
        except StopIteration:
            self._end("whole")
        except GraphMissing as problem:
            self._fail(str(problem), "graph")
        except Exception as problem:  # the readers are told; the worker lives on
            log.exception("%s?%s", self.entry.path, self.params.to_query())
            self._fail(f"This computation failed ({type(problem).__name__}); it is in the log.")
        self.cpu += time.thread_time() - start
        if not self.ended and (self.size > MOST_BYTES or self.cpu > MOST_CPU):
            limit = f"{MOST_CPU:.0f} CPU seconds or {MOST_BYTES // 2**20} MB"
            self._fail(f"Stopped at this run's budget of {limit}.", "budget")
        self.notify()

    def stop(self) -> None:
        """End because nobody reads."""
        self._end("left")
        self.notify()

    def notify(self) -> None:
        for reader in list(self.readers):
            reader.wake()

    def _begin(self) -> Iterator[tuple[int, Any]]:
        concept = self.entry.concept
        if self.first and concept.around:
            return iter(concept.around(self.params, self.first))
        given = {"start": self.kept[-1][0]} if self.kept else {}
        return enumerate(concept.compute(self.params, **given), len(self.messages))

    def _take(self, number: int, frame: Any) -> None:
        scene = self.entry.concept.draw(frame)
        message = self.encoder.frame(number, scene)
        clock = scene.get("clock")
        if isinstance(clock, Clock) and continues(self.entry) and not self.first:
            self.kept.append((frame, clock.step, len(self.encoder.sent)))
            self.size += weight(frame)
        self.size += len(message)
        self.messages.append(message)

    def _fail(self, reason: str, why: str = "error") -> None:
        self.reason, self.why = reason, why
        self.messages.append(wire.failure(reason, why))
        self._end("failed")

    def _end(self, how: Ended) -> None:
        close = getattr(self.source, "close", None)
        self.source = None
        self.ended = how
        if close:
            close()


@dataclass(eq=False)
class Taking(Run):
    """A run for a file: its frames are kept as they are, and nothing is sent before the end."""

    frames: list[Any] = field(default_factory=list)

    def ahead(self) -> bool:
        return False

    def _take(self, number: int, frame: Any) -> None:
        self.frames.append(frame)
        self.size += weight(frame)


def continues(entry: Entry) -> bool:
    """Whether the concept can go on from a kept frame."""
    return "start" in inspect.signature(entry.concept.compute).parameters


def weight(value: Any) -> int:
    """Bytes of the arrays that a frame holds, records inside records included."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if is_dataclass(value):
        return sum(weight(getattr(value, f.name)) for f in fields(value))
    if isinstance(value, (tuple, list)):
        return sum(map(weight, value))
    return 0


class Runs:
    """The runs under way and those still kept, by state; the longest unused are forgotten first."""

    def __init__(self, start: Callable[[Run, str], None]) -> None:
        self.by_state: OrderedDict[str, Run] = OrderedDict()
        self.start = start  # hands a run to the workers, on a browser's account
        self.lock = threading.Lock()
        self.started = 0
        self.tally = Tally()

    def join(self, entry: Entry, params: Params, reader: Reader, first: int = 0) -> Run:
        """The run of this state with one more reader; started, or read from disk, if need be.

        Where the concept can, it begins with the frame numbered `first`; a whole run that is kept
        is as good, for all of it is there.
        """
        state = plain = f"{entry.path}?{params.to_query()}"
        if first and entry.concept.around:
            state = f"{plain}&_first={first}"
        with self.lock:
            kept = self.by_state.get(plain)
            if kept and kept.ended == "whole":
                state = plain
            run = None if entry.concept.measures else self.by_state.get(state)
            if run is None or run.ended in ("left", "failed"):
                middle = state != plain
                run = Run(entry, params, first) if middle else self._open(entry, params, state)
                if not run.ended:
                    self.started += 1
                    self.tally.begin(run)
                    run.readers.add(reader)
                    self.start(run, reader.browser)
            run.readers.add(reader)
            if not entry.concept.measures:
                self.by_state[state] = run
                self.by_state.move_to_end(state)
            self._forget()
            return run

    def take(self, entry: Entry, params: Params, reader: Reader) -> Taking:
        """A run of this state for one who wants all of it at once."""
        run = Taking(entry, params, readers={reader})
        self.tally.begin(run)
        self.start(run, reader.browser)
        return run

    def leave(self, run: Run, reader: Reader) -> None:
        """One reader less; the workers end a run that nobody reads, and keep a whole one."""
        with self.lock:
            run.readers.discard(reader)

    def settle(self, run: Run) -> None:
        """Called by a worker when a run has ended: it counts, and a costly whole one goes to disk."""
        self.tally.end(run)
        worth = run.cpu > WORTH and not run.first and not run.entry.concept.measures
        if run.ended == "whole" and worth and not isinstance(run, Taking):
            cache.write(f"{run.entry.path}?{run.params.to_query()}", run.messages)

    def held(self) -> int:
        """Bytes of the runs kept in memory."""
        with self.lock:
            return sum(run.size for run in self.by_state.values())

    def _open(self, entry: Entry, params: Params, state: str) -> Run:
        if not entry.concept.measures and (messages := cache.read(state)):
            size = sum(map(len, messages))
            return Run(entry, params, messages=messages, ended="whole", size=size, recorded=True)
        return self._continued(entry, params) or Run(entry, params)

    def _continued(self, entry: Entry, params: Params) -> Run | None:
        """A run that begins with the frames it shares with a kept one, if there is such a one."""
        if not continues(entry):
            return None
        known = [run for run in self.by_state.values() if run.entry is entry and run.kept]
        shared = [(shared_frames(run, params), run) for run in known]
        count, run = max(shared, key=lambda pair: pair[0], default=(0, None))
        if run is None or count == 0:
            return None
        fresh = Run(entry, params, messages=run.messages[:count], kept=run.kept[:count])
        sent = fresh.kept[-1][2]
        fresh.encoder.sent = {k: n for k, n in list(run.encoder.sent.items()) if n < sent}
        fresh.size = sum(map(len, fresh.messages)) + sum(weight(f) for f, _, _ in fresh.kept)
        return fresh

    def _forget(self) -> None:
        """Drop what nobody reads, longest unused first, until what is kept fits."""
        over = sum(run.size for run in self.by_state.values()) - KEPT
        for state, run in list(self.by_state.items()):
            if over > 0 and run.ended and not run.readers:
                del self.by_state[state]
                over -= run.size


def shared_frames(run: Run, params: Params) -> int:
    """How many first frames of a kept run are also those of these parameters.

    Both must agree but for events of a timeline; frames up to the first event that differs are shared.
    """
    timelines = [name for name, c in params.controls().items() if isinstance(c, Timeline)]
    same = {name: getattr(run.params, name) for name in timelines}
    if not timelines or replace(params, **same) != run.params:
        return 0
    first = min(_parting(getattr(params, name), same[name]) for name in timelines)
    return sum(1 for _, step, _ in list(run.kept) if step <= first)


def _parting(a: tuple[tuple[int, str], ...], b: tuple[tuple[int, str], ...]) -> float:
    """The step of the first event that one timeline has and the other has not."""
    both = sum(1 for _ in iter_common(a, b))
    return min((step for step, _ in (*a[both:], *b[both:])), default=float("inf"))


def iter_common(a: tuple[Any, ...], b: tuple[Any, ...]) -> Iterator[Any]:
    """The items that both begin with."""
    for x, y in zip(a, b, strict=False):
        if x != y:
            return
        yield x
