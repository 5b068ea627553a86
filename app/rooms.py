"""A room: one page leads, others follow it, and what they predict is counted.

Nobody is named. Who opened a room holds its key; a reader holds a word of their own that counts their
answer once. All of a room is in the store, so any process can serve it, and all of it expires.
"""

import hmac
import json
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import Any

from app import led
from app.led import State
from app.refused import Refused
from app.store import Store

IDLE = 2 * 3600.0  # seconds a room lives after its presenter's last act
LONGEST = 8 * 3600.0  # seconds a room lives at most
ROOMS = 500  # in all
READERS = 500  # of a room
OPENED = (20, 3600.0)  # rooms opened from one address in so many seconds
WRONG = (300, 600.0)  # wrong codes, keys and words from one address: a whole class may mistype
ACTS = (40, 2.0)  # of a presenter, who sends at most ten a second
ANSWERS = (20, 10.0)  # of a reader
SIGNS = "23456789BCDFGHJKMNPQRSTVWXYZ"  # none that looks like another, no vowels: no words
CODE = 8  # signs: 28^8 = 3.8e11 codes, 38 bits


@dataclass(frozen=True)
class Room:
    """What the store keeps of a room."""

    key: str  # a digest of the presenter's key
    ends: float
    state: dict[str, Any]
    shown: list[int] | None = None  # the answers as they were shown to all

    @property
    def place(self) -> str:
        return State(**self.state).place


class Rooms:
    """The rules of all rooms; every method may raise Refused, or NoStore."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self.store = store
        self.clock = clock

    # --- the presenter ---------------------------------------------------------------------------

    def open(self, at: State, address: str) -> tuple[str, str]:
        """A new room: its code, and the key that steers it."""
        if self.store.bump(f"opened:{network(address)}", OPENED[1]) > OPENED[0]:
            raise Refused("opened")
        code = "".join(secrets.choice(SIGNS) for _ in range(CODE))
        key = secrets.token_urlsafe(24)
        if not self.store.add("rooms", code, b"", IDLE, ROOMS):
            raise Refused("rooms")
        self.store.put(f"was:{code}", b"", 2 * LONGEST)
        self._keep(code, Room(_digest(key), self.clock() + LONGEST, asdict(at)))
        return code, key

    def steer(self, code: str, key: str, to: State, address: str) -> None:
        """Where the presenter is now; answers shown of another step are shown no more."""
        room = self._led(code, key, address)
        shown = room.shown if to.place == room.place else None
        self._keep(code, replace(room, state=asdict(to), shown=shown))

    def show(self, code: str, key: str, shown: bool, address: str) -> None:
        """Show the answers to the present step to all as they are now, or hide them again."""
        room = self._led(code, key, address)
        counts = self.counts(code, room.place) if shown else None
        self._keep(code, replace(room, shown=counts))

    def close(self, code: str, key: str, address: str) -> None:
        self._led(code, key, address)
        self.store.drop(f"room:{code}")
        self.store.drop(f"in:{code}")
        self.store.add("rooms", code, b"", 0, ROOMS)  # its place is free

    def leads(self, code: str, key: str, address: str) -> None:
        """Refused unless the key is this room's."""
        room = self.find(code, address)
        if not hmac.compare_digest(room.key, _digest(key)):
            self._wrong(address)
            raise Refused("key")

    def _led(self, code: str, key: str, address: str) -> Room:
        self.leads(code, key, address)
        if self.store.bump(f"acts:{code}", ACTS[1]) > ACTS[0]:
            raise Refused("often")
        return self.find(code, address)

    # --- a reader --------------------------------------------------------------------------------

    def join(self, code: str, me: str, address: str) -> str:
        """The reader's own word: the one they have if it is of this room, else a new one."""
        known = bool(me) and self.store.get(f"in:{code}", me) is not None
        # whoever has guessed too often learns nothing more, not even from a right code
        wrong = int(self.store.get(f"wrong:{network(address)}") or 0)
        if wrong > WRONG[0] and not known:
            raise Refused("wrong")
        room = self.find(code, address)
        if known:
            return me
        me = secrets.token_urlsafe(12)
        if not self.store.add(f"in:{code}", me, b"", room.ends - self.clock(), READERS):
            raise Refused("full")
        return me

    def reads(self, code: str, me: str, address: str) -> None:
        """Refused unless this reader has joined the room."""
        self.find(code, address)
        if not me or self.store.get(f"in:{code}", me) is None:
            self._wrong(address)
            raise Refused("reader")

    def answer(self, code: str, me: str, given: Any, address: str) -> None:
        """One answer a reader and step; a later one takes the place of the earlier."""
        self.reads(code, me, address)
        place, option = led.answer(given)
        room = self.find(code, address)
        if self.store.bump(f"answers:{code}:{me}", ANSWERS[1]) > ANSWERS[0]:
            raise Refused("often")
        left = room.ends - self.clock()
        self.store.add(f"said:{code}:{place}", me, str(option).encode(), left, READERS)

    # --- for all ---------------------------------------------------------------------------------

    def find(self, code: str, address: str) -> Room:
        """The room; a code that never was counts against the address."""
        if (room := self.read(code)) is not None:
            return room
        if self.store.get(f"was:{code}") is not None:
            raise Refused("ended")
        self._wrong(address)
        raise Refused("unknown")

    def read(self, code: str) -> Room | None:
        kept = self.store.get(f"room:{code}")
        return None if kept is None else Room(**json.loads(kept))

    def counts(self, code: str, place: str) -> list[int]:
        """How often each option was chosen, up to the last that was."""
        said = Counter(int(option) for option in self.store.fields(f"said:{code}:{place}").values())
        return [said[option] for option in range(max(said, default=-1) + 1)]

    def _keep(self, code: str, room: Room) -> None:
        """Write a room, which lives on from now but never beyond its end."""
        left = min(IDLE, room.ends - self.clock())
        self.store.put(f"room:{code}", json.dumps(asdict(room)).encode(), left)
        self.store.add("rooms", code, b"", left, ROOMS)

    def _wrong(self, address: str) -> None:
        if self.store.bump(f"wrong:{network(address)}", WRONG[1]) > WRONG[0]:
            raise Refused("wrong")


def network(address: str) -> str:
    """What one household or class is behind: an IPv4 address, or the first half of an IPv6 one."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    return str(int(found) >> 64) if isinstance(found, IPv6Address) else str(found)


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()
