"""A worker process: it makes frames for the server, and takes nobody else with it when it dies.

Each is forked from a process that has imported everything and opened nothing, in some milliseconds. It
ends with the server whichever way that ends: its pipe closes, and on Linux its parent's death kills it.
"""

import contextlib
import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from app import nets
from app.making import Filing, Made, Making, Order
from app.memory import Memory

if sys.platform == "win32":
    CONTEXT = multiprocessing.get_context("spawn")
else:
    CONTEXT = multiprocessing.get_context("forkserver")
    CONTEXT.set_forkserver_preload(["app.contents", "app.process"])
SLICE = 0.02  # seconds a run goes on before another may have its turn
LOOK = 0.2  # seconds between looks at a process that is silent
NICE = 1  # whoever answers goes before those who compute
NICER = 9  # more, where a run lasts: short ones go before it, those of other servers too
KILL_WITH_PARENT = 1  # PR_SET_PDEATHSIG
TRIM, MAP = -1, -3  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
HOLD = 2**25  # bytes of an array whose memory is not given back at once


class Died(Exception):
    """The process is no more; says why. `limit`: it had gone beyond one, and would again."""

    def __init__(self, why: str, limit: bool = False) -> None:
        super().__init__(why)
        self.limit = limit


@dataclass(frozen=True)
class Limits:
    """What a process may take before it is killed."""

    cpu: float = 30.0  # seconds of one frame
    wall: float = 120.0  # seconds without a frame
    memory: int = 4 * 2**30  # bytes


class Slice(NamedTuple):
    """The server's question: more of this run, and what has come to an end meanwhile."""

    number: int
    order: Order | None  # with the first slice of a run
    room: int  # bytes that its readers can still take
    cpu: float  # seconds that a frame may take
    closed: list[int]
    forgotten: list[int]


class Process:
    """A worker process as the server sees it; one thread at a time asks it for a slice."""

    def __init__(self) -> None:
        self.connection, self.theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=serve, args=(self.theirs,), daemon=True)
        self.told: set[int] = set()  # runs it knows
        self.open: set[int] = set()  # runs that live in it and have not ended
        self.seen: set[str] = set()  # concepts it has computed, and may remember parts of
        self.closed: list[int] = []
        self.forgotten: list[int] = []
        self.busy = False
        self.yields = False  # it gives way to the others

    def start(self) -> None:
        self.process.start()
        self.theirs.close()

    def make(
        self, number: int, order: Callable[[], Order], room: int, limits: Limits
    ) -> Iterator[Made]:
        """A slice of a run as it is made; raises Died."""
        closed, self.closed = self.closed, []
        forgotten, self.forgotten = self.forgotten, []
        told = None if number in self.told else order()
        self.told.add(number)
        try:
            if self.process.pid is None:
                self.start()
            self._weigh(limits)
            self.connection.send(Slice(number, told, room, limits.cpu, closed, forgotten))
            more = True
            while more:
                self._await(limits)
                made = self.connection.recv()
                more = made.more
                yield made
        except (EOFError, OSError) as problem:
            raise self._death(limits) from problem

    def close(self, number: int) -> None:
        """A run goes no further; what it kept stays until it is forgotten."""
        self.open.discard(number)
        self.closed.append(number)

    def forget(self, number: int) -> None:
        """Nobody can go on from what a run kept."""
        self.forgotten.append(number)

    def give_way(self) -> None:
        """From now on the others go before it; there is no way back without the rights of root."""
        if not self.yields and self.process.pid is not None and sys.platform != "win32":
            self.yields = True
            with contextlib.suppress(OSError):  # it has just died
                os.setpriority(os.PRIO_PROCESS, self.process.pid, NICE + NICER)

    def gone(self) -> bool:
        """Whether it has been ended here, or found dead."""
        return self.connection.closed

    def kill(self) -> None:
        """End it; nobody else may be waiting for its answer."""
        self.end()
        self.connection.close()

    def end(self) -> None:
        """End it; whoever waits for its answer finds that it has died."""
        if self.process.pid is not None:
            self.process.kill()
            self.process.join(1)

    def _await(self, limits: Limits) -> None:
        """Wait for the next frame while the process keeps within its limits."""
        asked = time.monotonic()
        while not self.connection.poll(LOOK):
            self._weigh(limits)
            if time.monotonic() - asked > limits.wall:
                self.kill()
                raise Died(f"no frame came for {limits.wall:g} s", limit=True)

    def _weigh(self, limits: Limits) -> None:
        if resident(self.process.pid) > limits.memory:
            self.kill()
            raise Died(f"it took more than {limits.memory / 2**30:.1f} GB of memory", limit=True)

    def _death(self, limits: Limits) -> Died:
        if self.process.pid is None:
            return Died("no worker process could be started")
        self.process.join(1)
        code = self.process.exitcode
        self.kill()
        if sys.platform != "win32" and code == -signal.SIGPROF:
            return Died(f"one frame took more than {limits.cpu:g} s of CPU", limit=True)
        return Died(f"its worker process ended with status {code}")


def resident(pid: int | None) -> int:
    """Bytes of memory that a process holds; 0 where that cannot be read."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


# --- in the process itself ------------------------------------------------------------------------


def serve(connection: Connection) -> None:
    """Make slices until the server is gone."""
    settle()
    makings: dict[int, Making] = {}
    news, memory = nets.News(), Memory()
    with contextlib.suppress(EOFError, OSError):
        while True:
            asked: Slice = connection.recv()
            if asked.order:
                before = makings.get(asked.order.after)
                kind = Filing(asked.order) if asked.order.file else Making(asked.order, before)
                makings[asked.number] = kind
            for number in asked.closed:
                ended(makings, number)
            for number in asked.forgotten:
                makings.pop(number, None)
            memory.used(makings[asked.number].order.entry.path)
            if work(connection, makings, asked, news) or asked.closed:
                memory.look()


def work(connection: Connection, makings: dict[int, Making], asked: Slice, news: nets.News) -> bool:
    """Frames of one run, until its time or its room has gone; whether it has come to its end."""
    making, room = makings[asked.number], asked.room
    end = time.monotonic() + SLICE
    more = True
    while more:
        limit(asked.cpu)
        made = making.advance()
        room -= len(made.message)
        more = not made.ended and room > 0 and time.monotonic() < end
        if made.ended:
            ended(makings, asked.number)
        connection.send(
            made._replace(more=more, news=None if more else news.latest(bool(made.ended)))
        )
    limit(0)
    return bool(made.ended)


def ended(makings: dict[int, Making], number: int) -> None:
    """Let go of what an ended run held; its kept frames stay for those that go on from them."""
    if making := makings.get(number):
        making.close()
        if not making.kept:
            del makings[number]


def settle() -> None:
    """Be a good child: give way, leave Ctrl-C to the server, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # what is imported stays, and stays shared: no search for garbage writes to it
    if sys.platform == "win32":
        return
    os.nice(NICE)
    if sys.platform == "linux":
        c = ctypes.CDLL(None)
        c.prctl(KILL_WITH_PARENT, signal.SIGKILL)
        # Else each array goes back to the system and comes anew in pages of zeros: 130,000 faults for
        # the 121 frames of diffusion/flow, 0.88 CPU-s instead of 0.53.
        c.mallopt(TRIM, 8 * HOLD)
        c.mallopt(MAP, HOLD)


def limit(seconds: float) -> None:
    """Let the system end this process once it has computed for so long, even in native code."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)
