"""The kinds of control that pick numbered or named things: which, in which order, when and where.

Each value is a tuple (so a state is hashable) with a compact text form (so it lives in an address).
"""

from dataclasses import dataclass
from typing import Any

from app.kinds import BadParam, counted, inside, whole


@dataclass(frozen=True)
class Tokens:
    """A pick of numbered things (words, heads), each at most once, in order; text `0,3,5`."""

    label: str
    most: int  # numbers run from 0 to most - 1
    kind: str = "tokens"

    def read(self, name: str, text: str) -> tuple[int, ...]:
        return tuple(whole(name, part) for part in text.split(",") if part)

    def write(self, value: tuple[int, ...]) -> str:
        return ",".join(map(str, value))

    def check(self, name: str, value: Any) -> None:
        counted(name, value, 0, self.most, "picks")
        if list(value) != sorted(set(value)):
            raise BadParam(f"{name}: expected each number once, in rising order")
        for pick in value:
            inside(name, pick, 0, self.most - 1)

    def ends(self, default: Any) -> tuple[Any, ...]:
        return (), (self.most - 1,), tuple(range(self.most))


@dataclass(frozen=True)
class Timeline:
    """What was done when, at a step of the clock; text `40:left;120:right`, in order of step."""

    label: str
    actions: tuple[tuple[str, str], ...]  # (name in the address, label on the button)
    last: int  # no event after this step
    most: int = 64
    kind: str = "timeline"

    def read(self, name: str, text: str) -> tuple[tuple[int, str], ...]:
        pairs = [part.split(":") for part in text.split(";") if part]
        if any(len(pair) != 2 for pair in pairs):
            raise BadParam(f"{name}={text[:40]!r}: expected step:action;step:action")
        return tuple((whole(name, step), action) for step, action in pairs)

    def write(self, value: tuple[tuple[int, str], ...]) -> str:
        return ";".join(f"{step}:{action}" for step, action in value)

    def check(self, name: str, value: Any) -> None:
        counted(name, value, 0, self.most, "events")
        known = [action for action, _ in self.actions]
        for step, action in value:
            inside(name, step, 0, self.last)
            if action not in known:
                raise BadParam(f"{name}: {action[:40]!r} is none of {', '.join(known)}")
        if [step for step, _ in value] != sorted(step for step, _ in value):
            raise BadParam(f"{name}: expected the events in order of step")

    def ends(self, default: Any) -> tuple[Any, ...]:
        first, final = self.actions[0][0], self.actions[-1][0]
        return (), ((0, first),), ((0, first), (self.last, final))


@dataclass(frozen=True)
class Order:
    """Named things in the order a person gives them; text `b,a,c`, each once."""

    label: str
    items: tuple[str, ...]
    kind: str = "order"

    def read(self, name: str, text: str) -> tuple[str, ...]:
        return tuple(text.split(","))

    def write(self, value: tuple[str, ...]) -> str:
        return ",".join(value)

    def check(self, name: str, value: Any) -> None:
        if not isinstance(value, tuple) or sorted(value) != sorted(self.items):
            given = ",".join(map(str, value))[:40] if isinstance(value, tuple) else ""
            raise BadParam(f"{name}={given!r}: expected each of {', '.join(self.items)} once")

    def ends(self, default: Any) -> tuple[Any, ...]:
        return self.items, self.items[::-1]


@dataclass(frozen=True)
class Edits:
    """What was put where: a numbered thing at a place, at most one a place; text `3:512;7:12`."""

    label: str
    last: int  # no place after this one
    most: int  # things are numbered from 0 to most - 1
    kind: str = "edits"

    def read(self, name: str, text: str) -> tuple[tuple[int, int], ...]:
        pairs = [part.split(":") for part in text.split(";") if part]
        if any(len(pair) != 2 for pair in pairs):
            raise BadParam(f"{name}={text[:40]!r}: expected place:number;place:number")
        return tuple((whole(name, place), whole(name, thing)) for place, thing in pairs)

    def write(self, value: tuple[tuple[int, int], ...]) -> str:
        return ";".join(f"{place}:{thing}" for place, thing in value)

    def check(self, name: str, value: Any) -> None:
        counted(name, value, 0, self.last + 1, "edits")
        for place, thing in value:
            inside(name, place, 0, self.last)
            inside(name, thing, 0, self.most - 1)
        places = [place for place, _ in value]
        if places != sorted(set(places)):
            raise BadParam(f"{name}: expected each place once, in rising order")

    def ends(self, default: Any) -> tuple[Any, ...]:
        return (), ((0, 0),), ((0, self.most - 1), (self.last, 0))
