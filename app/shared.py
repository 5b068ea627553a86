"""Runs that machines share: a state is computed by one of them, and the others read along.

Whoever asks for a state first computes it and lays its frames on a shelf (app/shared_redis.py); others
take them from there as they come. One who falls silent for two seconds is not waited for: another goes
on from what lies there. Where the shelf is gone, slow or full, each machine computes for itself.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import Protocol

from app import store
from app.frames import PATIENCE, Run
from app.making import Made
from app.shared_redis import LEASE, WINDOW, Ask, Found, Shelf, Taken, Tell, Trouble
from app.workers import LINGER

LOOK = 0.03  # seconds between looks at the shelf while somebody reads from it, or we add to it
AGAIN = 5.0  # seconds between looks whether a shelf that was gone is back
MOST = 2**20  # bytes that are laid there at once

log = logging.getLogger("glassbox")


class Shelves(Protocol):
    """What lies where all machines can reach it."""

    def turn(self, asks: list[Ask], tells: list[Tell]) -> tuple[list[Found], list[Taken]]: ...

    def well(self) -> None: ...


@dataclass(eq=False)
class Followed:
    """A run whose frames another machine may compute; else it is ours to begin."""

    run: Run
    browser: str
    asked: bool = False


@dataclass(eq=False)
class Ours:
    """A run that is computed here, and how much of it lies on the shelf."""

    run: Run
    laid: int
    since: float  # when anything was last said of it

    def news(self, now: float) -> Tell | None:
        """What has come since; None where there is nothing to say."""
        run, there = self.run, len(self.run.messages)  # counted before it may say that it failed
        if run.reason or run.ended in ("left", "failed"):  # the last message is not a frame
            return Tell(named(run), self.laid, [], over=True)
        ended, size, messages = run.ended == "whole", 0, list[bytes]()
        there = len(run.messages) if ended else there
        while self.laid + len(messages) < there and size < MOST:
            messages.append(run.messages[self.laid + len(messages)])
            size += len(messages[-1])
        whole = ended and self.laid + len(messages) == there
        goes_on = run.begun and not run.waiting_since and now - self.since > LEASE / 4
        if messages or whole or goes_on:
            return Tell(named(run), self.laid, messages, over=whole, whole=whole)
        return None


def named(run: Run) -> str:
    """The state of a run, as all machines spell it."""
    return f"{run.entry.path}?{run.params.to_query()}"


def shareable(run: Run) -> bool:
    """Whether its messages are those of anybody who asks for this state from its beginning."""
    return not (run.first or run.file or run.anew or run.entry.concept.measures)


class Shared:
    """One thread between the runs and the shelf."""

    def __init__(
        self,
        shelf: Shelves,
        begin: Callable[[Run, str], None],
        settle: Callable[[Run], None],
    ) -> None:
        self.shelf = shelf
        self.begin = begin  # has a run computed here
        self.settle = settle
        self.ready = threading.Condition()
        self.come: list[Followed] = []
        self.followed: list[Followed] = []
        self.ours: list[Ours] = []
        self.trouble = ""  # why each computes for itself just now
        self.full = ""  # when something last had no room there, in words
        threading.Thread(target=self._keep, name="shared", daemon=True).start()

    def add(self, run: Run, browser: str) -> None:
        """Take on a run: to be read from the shelf, or computed here."""
        with self.ready:
            if shareable(run) and not self.trouble:
                run.elsewhere = run.begun = True  # it does not wait for a worker of ours
                self.come.append(Followed(run, browser))
                self.ready.notify()
                return
        self.begin(run, browser)

    def _keep(self) -> None:
        hurry = False
        while True:
            with self.ready:
                if not (self.come or hurry):
                    self.ready.wait(LOOK if self.followed or self.ours else None)
                self.followed += self.come
                self.come = []
            try:
                hurry = self._turn()
            except Trouble as problem:
                self._alone(str(problem))
            except Exception as problem:  # of ours: nobody who reads may wait for it
                log.exception("runs are not shared")
                self._alone(type(problem).__name__)

    def _turn(self) -> bool:
        """Ask and tell once; whether there is more at once. Raises Trouble."""
        now = time.monotonic()
        self._end_unread(now)
        reading = [one for one in self.followed if not one.run.ahead()]
        news = [(one, tell) for one in self.ours if (tell := one.news(now))]
        if not (reading or news):
            return False
        asks = [Ask(named(one.run), len(one.run.messages)) for one in reading]
        found, told = self.shelf.turn(asks, [tell for _, tell in news])
        for (one, tell), right in zip(news, told, strict=True):
            one.laid, one.since = one.laid + len(tell.messages), now
            if tell.over or right != "taken":
                self.ours.remove(one)
            if right == "full":
                self._without_room()
        for followed, answer in zip(reading, found, strict=True):
            self._take(followed, answer, now)
        more = [answer for answer in found if len(answer.messages) == WINDOW]
        return bool(more) or any(sum(map(len, tell.messages)) >= MOST for _, tell in news)

    def _take(self, one: Followed, answer: Found, now: float) -> None:
        """What the shelf says of a run that is followed."""
        run = one.run
        run.recorded = run.recorded or (not one.asked and answer.standing == "whole")
        one.asked = True
        for message in answer.messages:
            if not run.ended:
                run.take(Made(message))
        if answer.whole and not run.ended:
            run.take(Made(ended="whole"))
        if run.ended:
            self.followed.remove(one)
            self.settle(run)
        elif answer.standing in ("yours", "damaged", "full"):
            self.followed.remove(one)
            if answer.standing == "yours":
                self.ours.append(Ours(run, answer.there, now))
            else:
                log.warning("%s is computed here: the shelf is %s", run.entry.path, answer.standing)
            if answer.standing == "full":
                self._without_room()
            self._compute(one)

    def _without_room(self) -> None:
        self.full = f"it had no room at {time.strftime('%H:%M:%S UTC', time.gmtime())}"

    def _compute(self, one: Followed) -> None:
        one.run.elsewhere = one.run.begun = one.run.recorded = False
        self.begin(one.run, one.browser)

    def _end_unread(self, now: float) -> None:
        """Let go of runs that nobody reads any more."""
        for one in list(self.followed):
            patience = PATIENCE if one.run.readers else LINGER if one.run.cut else 0.0
            if one.run.ahead() and now - one.run.waiting_since > patience:
                self.followed.remove(one)
                one.run.stop()
                self.settle(one.run)

    def _alone(self, why: str) -> None:
        """Compute everything here until the shelf answers again."""
        log.warning("runs are not shared, each machine computes for itself: %s", why)
        with self.ready:
            self.trouble = why
            left, self.come = [*self.followed, *self.come], []
        self.followed, self.ours = [], []
        for one in left:
            self._compute(one)
        while self.trouble:
            time.sleep(AGAIN)
            try:
                self.shelf.well()
                self.trouble = ""
            except Trouble as problem:
                self.trouble = str(problem)
        log.warning("runs are shared again")


def chosen(begin: Callable[[Run, str], None], settle: Callable[[Run], None]) -> Shared | None:
    """What GLASSBOX_STORE names, if all machines can reach it."""
    address = store.redis_named()
    return Shared(Shelf(address, token_hex(8)), begin, settle) if address else None
