"""Workers: a few processes that make the frames of runs, whoever has had least lately going first.

Each frame is charged to the browser that began the run, and slowly forgiven. The next slice always
belongs to the browser that has had the least thread time lately: a light page goes before a training
and waits for no more than the slice in hand, and one who floods waits on themself. Among those who
have had little, first frames go first, then whoever came first. A run lives in one process. Where a
run lasts, its process gives way to all others of the machine, and what is new begins in another.
"""

import atexit
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app import nets
from app.frames import PATIENCE, Run
from app.process import Died, Limits, Process

IDLE = 0.05  # seconds between looks at runs that wait for their readers
LINGER = 3.0  # seconds that a run without readers waits for one whose connection was cut
MOST = 1000  # runs at once
MOST_EACH = 16  # of one browser
MOST_FROM = 500  # of one address: a class may share one; who names browsers anew each time has one
RECENT, LATELY = 64, 10.0  # turns, and seconds back, from which the wait is told
YOUNG = 0.5  # CPU seconds of a run until it counts as heavy
LASTS = 1.0  # CPU seconds of a run until its process gives way
HALF = 5.0  # seconds in which half of what a browser has had is forgiven
FEW = 1.0  # CPU seconds that a browser may have had lately, and still be one who has had little
LITTLE = 0.02  # CPU seconds of what is left that are forgotten
SHARE = 0.5  # of the machine's memory is for the processes that compute, of all servers on it
LEAST = 2**30  # bytes of memory for each
USUAL = 8 * 2**30  # where the machine does not say what it has
CONTAINER = Path("/sys/fs/cgroup/memory.max")
AGAIN = 1  # times that a run is made anew after its process died

log = logging.getLogger("glassbox")


@dataclass
class Account:
    """What a browser has had lately, and its runs in order of arrival."""

    used: float = 0.0  # CPU seconds, as it stood when it was charged
    charged: float = 0.0  # when that was
    runs: list[Run] = field(default_factory=list)
    busy: int = 0  # runs that are in hand just now

    def lately(self, now: float) -> float:
        """CPU seconds that it has had, the less the longer ago."""
        return self.used * 2 ** ((self.charged - now) / HALF)

    def charge(self, cpu: float, now: float) -> None:
        self.used, self.charged = self.lately(now) + cpu, now

    def read(self) -> int:
        """How many of its runs somebody reads."""
        return self.busy + sum(1 for run in self.runs if run.readers)


class Workers:
    """As many slices at once as cores, and as many and one more of runs that have had little yet."""

    def __init__(
        self, count: int, settle: Callable[[Run], None], limits: Limits | None = None
    ) -> None:
        self.accounts: dict[str, Account] = {}
        self.settle = settle
        self.ready = threading.Condition()
        self.ending = False
        self.each = count + 1  # processes that go first, and as many that give way
        share = SHARE * min(1.0, count / (os.cpu_count() or 1))  # of the memory as of the cores
        self.limits = limits or Limits(memory=max(LEAST, int(share * memory() / (2 * self.each))))
        self.processes: list[Process] = []
        self.turns: deque[float] = deque(maxlen=RECENT)  # when the latest began
        self.nets: dict[Process, tuple[nets.Net, ...]] = {}  # of those that have ended, too
        for number in range(2 * count + 1):
            young = number >= count
            threading.Thread(
                target=self._work, args=(young,), name=f"worker-{number}", daemon=True
            ).start()
        atexit.register(self.close)

    def add(self, run: Run, browser: str) -> None:
        """Take on a run, on the browser's account."""
        with self.ready:
            self.accounts.setdefault(browser, Account()).runs.append(run)
            self.ready.notify_all()

    def waiting(self) -> int:
        """How many runs that somebody reads are under way or waiting for a worker."""
        with self.ready:
            return sum(account.read() for account in self.accounts.values())

    def refuses(self, browser: str) -> str:
        """Why no more runs are taken on for a browser ("address name"), in words; empty where they are."""
        address, _, _ = browser.partition(" ")
        with self.ready:
            waiting = {name: account.read() for name, account in self.accounts.items()}
            near = sum(n for name, n in waiting.items() if name.partition(" ")[0] == address)
            if waiting.get(browser, 0) >= MOST_EACH:
                return f"This browser has {MOST_EACH} computations under way; close a page of them."
            if near >= MOST_FROM:
                return (
                    f"{MOST_FROM} computations of your network are waiting; this one comes later."
                )
            if sum(waiting.values()) >= MOST:
                return f"{MOST} computations are waiting already; this one is asked for again soon."
        return ""

    def place(self, run: Run) -> tuple[int, float] | None:
        """Where a run stands in line and the seconds until its turn; None once it has had one."""
        with self.ready:
            if run.begun:
                return None
            before, now = 0, time.monotonic()
            for _, account in in_turn(self.accounts, now):
                before += 1
                if run in account.runs:
                    before += account.runs.index(run)
                    break
            recent = [turn for turn in self.turns if turn > now - LATELY]
            return before, before * (now - recent[0] if recent else LATELY) / max(1, len(recent))

    def warm(self) -> None:
        """Have a process ready before the first run comes."""
        first = Process()
        first.start()
        with self.ready:
            self.processes.append(first)

    def close(self) -> None:
        """The server ends: so do the processes, whatever they have in hand."""
        with self.ready:
            self.ending = True
            for process in self.processes:
                process.end()

    def _work(self, young: bool) -> None:
        while not self.ending:
            browser, run, process = self._next(young)
            before = run.cpu
            self._slice(process, run)
            if run.ended:
                self.settle(run)
            self._put_back(browser, run, process, run.cpu - before)

    def _slice(self, process: Process, run: Run) -> None:
        try:
            for made in process.make(run.number, run.order, run.room(), self.limits):
                if not run.ended:
                    run.take(made)
                if made.news:
                    self.nets[process] = made.news
        except Died as death:
            self._bury(process, run, death)
        except Exception:  # the readers are told; the thread lives on
            log.exception("%s was not computed", run.entry.path)
            run.fail("The server could not compute this; the reason is in its log.")

    def _bury(self, process: Process, run: Run, death: Died) -> None:
        """A process has died with this run in hand; the others that lived there are made anew."""
        if self.ending:
            return
        log.warning("a worker process died at %s: %s", run.entry.path, death)
        with self.ready:
            if process in self.processes:  # another run may have met it dead before
                self.processes.remove(process)
            for other in [run, *(r for a in self.accounts.values() for r in a.runs)]:
                if other.home is process:
                    other.leave()
        run.lost += 1
        if death.limit:
            run.fail(f"Stopped: {death}.", "budget")
        elif run.lost > AGAIN or run.entry.concept.measures:
            run.fail(f"This computation failed: {death}.")

    def _next(self, young: bool) -> tuple[str, Run, Process]:
        """The oldest run that can go on, of the browser that has had least lately; waits for one."""
        with self.ready:
            while True:
                self._end_unread()
                waiting = in_turn(self.accounts, time.monotonic())
                for browser, account in waiting:
                    for run in account.runs:
                        free = not (young and run.cpu > YOUNG) and not run.ahead()
                        if free and (process := self._free(run)):
                            account.runs.remove(run)
                            account.busy += 1
                            run.begun = process.busy = True
                            self.turns.append(time.monotonic())
                            return browser, run, process
                self.ready.wait(IDLE if waiting else None)

    def _free(self, run: Run) -> Process | None:
        """The process where the run lives, unless it is busy.

        A new run moves where fewest live, and where its concept is known if there is a choice; to
        a process that gives way only while there can be no other.
        """
        if run.home is None:
            quick = [process for process in self.processes if not process.yields]
            free = [process for process in quick or self.processes if not process.busy]
            if len(quick) < self.each and all(p.open for p in quick) and self._make_room():
                free = [Process()]
                self.processes += free
            elif not free:
                return None
            known = run.entry.path
            run.live(min(free, key=lambda p: (len(p.open), known not in p.seen)))
        return None if run.home is None or run.home.busy else run.home

    def _make_room(self) -> bool:
        """Whether there may be one process more; one that gives way and has no run may have to end."""
        if len(self.processes) < 2 * self.each:
            return True
        spent = [p for p in self.processes if p.yields and not p.busy and not p.open]
        for process in spent[:1]:
            self.processes.remove(process)
            process.kill()
        return bool(spent)

    def _end_unread(self) -> None:
        """End the runs that nobody reads, or whose readers have not read for long; forget who has none."""
        now = time.monotonic()
        for account in self.accounts.values():
            for run in list(account.runs):
                patience = PATIENCE if run.readers else LINGER if run.cut else 0.0
                if run.ahead() and now - run.waiting_since > patience:
                    account.runs.remove(run)
                    run.stop()
                    self.settle(run)
        for browser, account in list(self.accounts.items()):
            if not account.runs and not account.busy and account.lately(now) < LITTLE:
                del self.accounts[browser]

    def _put_back(self, browser: str, run: Run, process: Process, cpu: float) -> None:
        with self.ready:
            process.busy = False
            account = self.accounts[browser]
            account.busy -= 1
            account.charge(cpu, time.monotonic())
            if run.cpu > LASTS:
                process.give_way()
            if not run.ended:
                account.runs.append(run)
            self.ready.notify_all()


def in_turn(accounts: dict[str, Account], now: float) -> list[tuple[str, Account]]:
    """The browsers that have runs, whoever has had least lately first.

    Those who have had little are equal: a first frame goes before all others, then who came first is
    served to the end. If equal runs took turns, all of them would end as late as the last.
    """

    def place(waiting: tuple[str, Account]) -> tuple[float, bool, int]:
        _, account = waiting
        run = account.runs[0]
        return max(account.lately(now), FEW), run.begun, run.number

    return sorted(((b, account) for b, account in accounts.items() if account.runs), key=place)


def memory() -> int:
    """Bytes of memory that this machine, or the container, has."""
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return USUAL
    try:
        return min(machine, int(CONTAINER.read_text()))
    except (OSError, ValueError):  # no container, or one without a limit
        return machine
