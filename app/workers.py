"""Workers: a few threads that advance runs frame by frame, whoever has had least going first.

Each frame is charged to the browser that began the run. The next frame always belongs to the browser
that has had the least thread time since it came, so a light page never waits behind a training for
more than the frame in hand, and one who floods waits on themself.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from app.frames import PATIENCE, Run

IDLE = 0.05  # seconds between looks at runs that wait for their readers


@dataclass
class Account:
    """What a browser has had, and its runs in order of arrival."""

    used: float = 0.0
    runs: list[Run] = field(default_factory=list)


class Workers:
    """As many threads as cores; each takes the next run, makes one frame, and puts it back."""

    def __init__(self, count: int, settle: Callable[[Run], None]) -> None:
        self.accounts: dict[str, Account] = {}
        self.settle = settle
        self.ready = threading.Condition()
        self.busy = 0
        for number in range(count):
            threading.Thread(target=self._work, name=f"worker-{number}", daemon=True).start()

    def add(self, run: Run, browser: str) -> None:
        """Take on a run; a browser that had nothing under way starts level with the least served."""
        with self.ready:
            if browser not in self.accounts:
                least = min((a.used for a in self.accounts.values()), default=0.0)
                self.accounts[browser] = Account(least)
            self.accounts[browser].runs.append(run)
            self.ready.notify()

    def waiting(self) -> int:
        """How many runs are under way or waiting for a worker."""
        with self.ready:
            return sum(len(account.runs) for account in self.accounts.values()) + self.busy

    def _work(self) -> None:
        while True:
            browser, run = self._next()
            before = run.cpu
            run.advance()
            if run.ended:
                self.settle(run)
            self._put_back(browser, run, run.cpu - before)

    def _next(self) -> tuple[str, Run]:
        """The oldest run that can go on, of the browser that has had least; waits for one."""
        with self.ready:
            while True:
                self._end_unread()
                for browser in sorted(self.accounts, key=lambda b: self.accounts[b].used):
                    runs = self.accounts[browser].runs
                    for run in runs:
                        if not run.ahead():
                            runs.remove(run)
                            self.busy += 1
                            return browser, run
                self.ready.wait(IDLE if self.accounts else None)

    def _end_unread(self) -> None:
        """End the runs that nobody reads, or whose readers have not read for long."""
        now = time.monotonic()
        for browser, account in list(self.accounts.items()):
            for run in list(account.runs):
                bored = run.waiting_since and now - run.waiting_since > PATIENCE
                if not run.readers or bored:
                    account.runs.remove(run)
                    run.stop()
                    self.settle(run)
            if not account.runs and self.busy == 0:
                del self.accounts[browser]

    def _put_back(self, browser: str, run: Run, cpu: float) -> None:
        with self.ready:
            self.busy -= 1
            account = self.accounts.setdefault(browser, Account())
            account.used += cpu
            if not run.ended:
                account.runs.append(run)
            self.ready.notify()
