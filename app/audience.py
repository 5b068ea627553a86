"""Who follows which room in this process: an open stream each, woken when the room has changed.

However many follow a room, the store is asked about it a few times a second and once an act of a
presenter who is served here; a line is written once and sent to all.
"""

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from fastapi.concurrency import run_in_threadpool

from app.refused import Refused
from app.rooms import READERS, Room, Rooms
from app.store import NoStore

EVERY = 0.2  # seconds between looks for what other processes have changed
BEAT = 15.0  # seconds after which a silent stream says that it is there
PRESENT = 10.0  # seconds for which this process's count of followers is believed
STREAMS = 800  # in this process: each is an open file
OWN = 6  # streams of one reader: as many as a browser opens


@dataclass
class Seat:
    """An open stream of a presenter or a reader."""

    code: str
    own: str  # the key or the word it was opened with
    leads: bool


@dataclass
class Watched:
    """A room as this process last saw it."""

    seats: list[Seat] = field(default_factory=list)
    told: bytes | None = None  # the line for followers; None until the first look
    report: bytes = b""  # the line for the presenter
    ended: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    said: float = 0.0  # when this process last wrote how many follow here

    def followers(self) -> int:
        return sum(not seat.leads for seat in self.seats)


class Audience:
    """All streams of this process."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.name = secrets.token_hex(6)
        self.watched: dict[str, Watched] = {}
        self.looking: asyncio.Task[None] | None = None
        self.leaving = False  # the process is to end: streams end, and are opened anew elsewhere

    def seat(self, code: str, own: str, leads: bool) -> Seat:
        """A place for one more stream; Refused where there is none."""
        seats = [seat for room in self.watched.values() for seat in room.seats]
        if len(seats) >= STREAMS or Counter(seat.own for seat in seats)[own] >= OWN:
            raise Refused("streams")
        return Seat(code, own, leads)

    async def listen(self, seat: Seat) -> AsyncIterator[bytes]:
        """Lines for this seat as the room changes; empty ones in silence; the last when it ends."""
        room = self.watched.setdefault(seat.code, Watched())
        room.seats.append(seat)
        if self.looking is None or self.looking.done():
            self.looking = asyncio.create_task(self._look_often())
        try:
            if room.told is None:
                await self.look(seat.code)
            before = None
            while True:
                changed = room.changed
                line = room.report if seat.leads else room.told
                if line is not None and line != before:
                    yield line
                before = line
                if room.ended or self.leaving:
                    return
                try:
                    await asyncio.wait_for(changed.wait(), BEAT)
                except TimeoutError:
                    yield b""
        finally:
            room.seats.remove(seat)
            if not room.seats and self.watched.get(seat.code) is room:
                del self.watched[seat.code]

    async def _look_often(self) -> None:
        """Until nobody follows any more."""
        while self.watched:
            await asyncio.sleep(EVERY)
            for code in list(self.watched):
                if self.leaving:
                    self.watched[code].changed.set()
                else:
                    await self.look(code)

    async def look(self, code: str) -> None:
        """Read a room that is followed here, and wake its streams if it is not as it was."""
        room = self.watched.get(code)
        if room is None:
            return
        try:
            told, report, ended = await run_in_threadpool(self._read, code, room)
        except NoStore:
            return  # what is not known cannot be told; the next look may find it
        if (told, report, ended) == (room.told, room.report, room.ended):
            return
        room.told, room.report, room.ended = told, report, ended
        room.changed.set()
        room.changed = asyncio.Event()

    def _read(self, code: str, room: Watched) -> tuple[bytes, bytes, bool]:
        """The lines for followers and for the presenter, and whether the room has ended."""
        kept = self.rooms.read(code)
        if kept is None:
            line = _line({"ended": True})
            return line, line, True
        leads = room.followers() < len(room.seats)
        here = self._here(code, room, leads)
        report = self._report(code, kept, here) if leads else b""
        return _line({"state": kept.state, "shown": kept.shown}), report, False

    def _report(self, code: str, kept: Room, here: int) -> bytes:
        counts = self.rooms.counts(code, kept.place)
        return _line({"here": here, "counts": counts, "shown": kept.shown})

    def _here(self, code: str, room: Watched, leads: bool) -> int:
        """Tell how many follow here, now and then; how many follow in all, if somebody asks."""
        store, now, own = self.rooms.store, self.rooms.clock(), room.followers()
        key = f"here:{code}"
        mine = store.get(key, self.name)
        if mine != str(own).encode() or abs(now - room.said) > PRESENT / 3:
            store.add(key, self.name, str(own).encode(), PRESENT, READERS)
            room.said = now
        return sum(int(count) for count in store.fields(key).values()) if leads else own


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode()
