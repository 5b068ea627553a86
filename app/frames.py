"""Runs: each state is computed once, for all its readers, and no longer than anybody reads.

A run is the messages that a worker process has made of a state so far. Readers come and go; a run
whose last reader has left goes no further, and ends; where the connection was cut it waits some
seconds for it to come back. A run pauses while all its readers are far behind, so pausing a page
pauses its training too.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from weakref import finalize

from app import cache, wire
from app.concept import Entry
from app.making import Ended, Made, Order, continues, digest
from app.params import Params
from app.picks import Timeline
from app.process import Process
from app.tally import Tally

KEPT = 192 * 2**20  # bytes of runs kept in memory
AHEAD = 2**20  # bytes a run may be ahead of its fastest reader
PATIENCE = 120.0  # seconds a run waits for readers that do not read, then lets go
MOST_BYTES = 96 * 2**20  # of one run
MOST_CPU = 180.0  # seconds of one run
MOST_FRAMES = 100_000
MOST_WALL = 3600.0  # seconds from its first question to its last frame
WORTH = 0.05  # CPU seconds from which a whole run is worth a file


class Busy(Exception):
    """No more runs are taken on just now; says why."""


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
    file: str = ""  # how its name ends, where a file is wanted: nothing is sent before the end
    messages: list[bytes] = field(default_factory=list)
    readers: set[Reader] = field(default_factory=set)
    ended: Ended = ""
    recorded: bool = False  # read from disk, not computed now
    elsewhere: bool = False  # another machine computes it, and its frames come from there
    reason: str = ""  # why a failed run failed, in words
    why: str = "error"
    cpu: float = 0.0  # seconds of thread time so far
    size: int = 0  # bytes held
    kept: list[tuple[int, int]] = field(default_factory=list)  # clock step and bytes, to go on from
    anew: frozenset[int] = frozenset()  # messages that tell every view anew
    after: "Run | None" = None  # the run whose frames it begins with, until it has begun
    home: Process | None = None  # where it is made, and its kept frames are
    begun: bool = False  # it has had a turn
    cut: bool = False  # its last reader may come back
    lost: int = 0  # how often its process died with it in hand
    waiting_since: float = 0.0
    born: float = field(default_factory=time.monotonic)
    number: int = field(default_factory=count(1).__next__)
    mark: str = field(default_factory=lambda: secrets.token_hex(8))  # no other run's, anywhere

    def ahead(self) -> bool:
        """Whether even the fastest reader has a lot left to read, or nobody reads."""
        if self.readers and (self.file or self.room() > 0):
            self.waiting_since = 0.0
            return False
        self.waiting_since = self.waiting_since or time.monotonic()
        return True

    def had(self, told: str) -> int:
        """How many messages one who was cut off has: `mark.count`; none of them if of another run."""
        mark, _, count = told.partition(".")
        known = mark == self.mark and count.isdecimal() and len(count) < 7
        return int(count) if known and int(count) <= len(self.messages) else 0

    def room(self) -> int:
        """Bytes that may be made before the fastest reader has read more."""
        first = max((reader.at for reader in list(self.readers)), default=0)
        return AHEAD - sum(map(len, self.messages[first:]))

    def order(self) -> Order:
        """What a process needs to know of it."""
        have = tuple(map(digest, self.messages))
        what = self.number, self.entry, self.params, self.first
        after = self.after.number if self.after else 0
        return Order(*what, after, have, self.anew, self.file)

    def live(self, process: Process) -> None:
        """From now on it is made there, and what is kept there is kept for as long as it is itself."""
        self.home = process
        process.open.add(self.number)
        process.seen.add(self.entry.path)
        finalize(self, process.forget, self.number)

    def lives(self) -> bool:
        """Whether the process is there where its kept frames are."""
        return self.home is not None and not self.home.gone()

    def leave(self) -> None:
        """Its process is gone, and what was kept there; it is to be made again from the beginning."""
        self.home, self.after = None, None
        self.kept.clear()
        self.size = sum(map(len, self.messages))

    def take(self, made: Made) -> None:
        """One more frame, or the end."""
        self.after = None
        self.cpu += made.cpu
        self.size += len(made.message) + made.weight
        if made.message:
            self.messages.append(made.message)
        if made.step is not None:
            self.kept.append((made.step, made.weight))
        if made.ended == "failed":
            self.fail(made.reason, made.why)
        elif made.ended:
            self._end(made.ended)
        elif limit := self._over():
            self.fail(f"Stopped at this run's budget of {limit}.", "budget")
        self.notify()

    def _over(self) -> str:
        """The limit that it has passed, in words."""
        limits = {
            f"{MOST_CPU:.0f} CPU seconds": self.cpu > MOST_CPU,
            f"{MOST_BYTES // 2**20} MB": self.size > MOST_BYTES,
            f"{MOST_FRAMES:,} frames": len(self.messages) > MOST_FRAMES,
            f"{MOST_WALL / 60:.0f} minutes": time.monotonic() - self.born > MOST_WALL,
        }
        return " and ".join(limit for limit, passed in limits.items() if passed)

    def stop(self) -> None:
        """End because nobody reads."""
        self._end("left")
        self.notify()

    def fail(self, reason: str, why: str = "error") -> None:
        """End in words."""
        self.reason, self.why = reason, why
        self.messages.append(wire.failure(reason, why))
        self._end("failed")
        self.notify()

    def notify(self) -> None:
        for reader in list(self.readers):
            reader.wake()

    def _end(self, how: Ended) -> None:
        self.ended = how
        if self.home:
            self.home.close(self.number)


class Runs:
    """The runs under way and those still kept, by state; the longest unused are forgotten first."""

    def __init__(
        self,
        start: Callable[[Run, str], None],
        refuses: Callable[[str], str] = lambda browser: "",
    ) -> None:
        self.by_state: OrderedDict[str, Run] = OrderedDict()
        self.start = start  # hands a run to the workers, on a browser's account
        self.refuses = refuses  # why no more is taken on for a browser, in words
        self.lock = threading.Lock()
        self.started = 0
        self.tally = Tally()

    def join(self, entry: Entry, params: Params, reader: Reader, first: int = 0) -> Run:
        """The run of this state with one more reader; started, or read from disk, if need be.

        Where the concept can, it begins with the frame numbered `first`; a whole run that is kept
        is as good, for all of it is there. Raises Busy where no more can be started.
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
                    self._begin(run, reader)
            run.readers.add(reader)
            if not entry.concept.measures:
                self.by_state[state] = run
                self.by_state.move_to_end(state)
            self._forget()
            return run

    def take(self, entry: Entry, params: Params, reader: Reader, end: str) -> Run:
        """A run of this state for one who wants it as a file; raises Busy."""
        run = Run(entry, params, file=end)
        self._begin(run, reader)
        return run

    def _begin(self, run: Run, reader: Reader) -> None:
        if words := self.refuses(reader.browser):
            raise Busy(words)
        self.tally.begin(run)
        run.readers.add(reader)
        self.start(run, reader.browser)

    def leave(self, run: Run, reader: Reader) -> None:
        """One reader less; the workers end a run that nobody reads, and keep a whole one."""
        with self.lock:
            run.readers.discard(reader)

    def settle(self, run: Run) -> None:
        """Called by a worker when a run has ended: it counts, and a costly whole one goes to disk."""
        self.tally.end(run)
        worth = run.cpu > WORTH and not run.first and not run.entry.concept.measures
        if run.ended == "whole" and worth and not run.file:
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
        known = [r for r in self.by_state.values() if r.entry is entry and r.kept and r.lives()]
        shared = [(shared_frames(run, params), run) for run in known]
        count, run = max(shared, key=lambda pair: pair[0], default=(0, None))
        if run is None or run.home is None or count == 0:
            return None
        anew = frozenset({count, *(place for place in run.anew if place < count)})
        fresh = Run(entry, params, messages=run.messages[:count], kept=run.kept[:count], anew=anew)
        fresh.size = sum(map(len, fresh.messages)) + sum(bytes_ for _, bytes_ in fresh.kept)
        fresh.after = run
        fresh.live(run.home)
        return fresh

    def _forget(self) -> None:
        """Drop what nobody can read again, then the longest unused, until what is kept fits."""
        over = sum(run.size for run in self.by_state.values()) - KEPT
        for state, run in list(self.by_state.items()):
            spent = run.ended in ("left", "failed") and not (run.kept and run.lives())
            if run.ended and not run.readers and (spent or over > 0):
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
    return sum(1 for step, _ in list(run.kept) if step <= first)


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
