"""Where readers come and go: the runs of this process, its workers, and who reads what."""

import asyncio
import os
from functools import partial
from weakref import WeakValueDictionary

from fastapi import Request

from app import shared
from app.concept import Entry
from app.frames import Reader, Run, Runs
from app.params import Params
from app.workers import Workers


class Desk:
    """The runs and their workers, and which reader of each browser's tab is the latest."""

    def __init__(self) -> None:
        count = int(os.environ.get("GLASSBOX_WORKERS") or os.cpu_count() or 1)

        def settle(run: Run) -> None:
            self.runs.settle(run)

        self.workers = Workers(count, settle)
        self.shared = shared.chosen(self.workers.add, settle)
        begin = self.shared.add if self.shared else self.workers.add
        self.runs = Runs(begin, self.workers.refuses)
        self.latest: dict[str, Reader] = {}
        self.cut: WeakValueDictionary[str, Run] = WeakValueDictionary()  # by tab

    def open(self, request: Request) -> tuple[Reader, asyncio.Event]:
        """A reader for this request; an older one of the same tab is told to go."""
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        tab = request.headers.get("x-reader", "")[:64]
        address = request.client.host if request.client else "unknown"
        browser = f"{address} {tab.partition('.')[0]}"  # that name is the asker's own to choose
        reader = Reader(browser, partial(_wake, loop, event))
        if tab:
            self.latest[tab] = reader
        return reader, event

    def stale(self, request: Request, reader: Reader) -> bool:
        """Whether the same tab has asked for something newer."""
        tab = request.headers.get("x-reader", "")[:64]
        return bool(tab) and self.latest.get(tab) is not reader

    def join(self, request: Request, reader: Reader, entry: Entry, params: Params, at: int) -> Run:
        """The run that is asked for; one that this tab was cut off from is not waited for, unless it is that."""
        run = self.runs.join(entry, params, reader, at)
        before = self.cut.pop(request.headers.get("x-reader", "")[:64], None)
        if before is not None and before is not run:
            before.cut = False
        return run

    def close(self, request: Request, reader: Reader, run: Run | None = None) -> None:
        """A reader has gone: to something newer, or because its connection was cut."""
        tab = request.headers.get("x-reader", "")[:64]
        latest = self.latest.get(tab) is reader
        if latest:
            del self.latest[tab]
        if run:
            run.cut = latest and not run.ended
            if run.cut:
                self.cut[tab] = run
            self.runs.leave(run, reader)


def _wake(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    if not (event.is_set() or loop.is_closed()):
        loop.call_soon_threadsafe(event.set)


DESK = Desk()
