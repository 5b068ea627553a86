"""The kinds of control of a race: who runs side by side, and where on a ruler they stop."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from app.kinds import BadParam, number, spell, whole

Pick = tuple[str, float | None]  # who, and its setting if it has one


@dataclass(frozen=True)
class Setting:
    """A number that belongs to one entrant alone."""

    label: str
    low: float
    high: float
    step: float
    default: float


@dataclass(frozen=True)
class Entrant:
    """One that may take a lane: its name in the address, its name for people, its setting."""

    name: str
    label: str
    setting: Setting | None = None


@dataclass(frozen=True)
class Lineup:
    """One to `most` entrants side by side, anyone against any other; text `ddpm;ddim:0.5`."""

    label: str
    entrants: tuple[Entrant, ...]
    most: int
    kind: str = "lineup"

    def _entrant(self, name: str, who: str) -> Entrant:
        found = next((one for one in self.entrants if one.name == who), None)
        if found is None:
            known = ", ".join(one.name for one in self.entrants)
            raise BadParam(f"{name}: {who[:40]!r} is none of {known}")
        return found

    def read(self, name: str, text: str) -> tuple[Pick, ...]:
        picks: list[Pick] = []
        for part in text.split(";"):
            who, colon, given = part.partition(":")
            setting = self._entrant(name, who).setting
            if colon and not setting:
                raise BadParam(f"{name}: {who} has no setting; given {given[:40]!r}")
            default = setting.default if setting else None
            picks.append((who, number(name, given) if colon else default))
        return tuple(picks)

    def write(self, value: tuple[Pick, ...]) -> str:
        return ";".join(who if own is None else f"{who}:{spell(own)}" for who, own in value)

    def check(self, name: str, value: Any) -> None:
        if not isinstance(value, tuple) or not 1 <= len(value) <= self.most:
            given = len(value) if isinstance(value, tuple) else 0
            raise BadParam(f"{name}: {given} lanes, expected 1 to {self.most}")
        for who, own in value:
            setting = self._entrant(name, who).setting
            if (own is None) != (setting is None):
                raise BadParam(
                    f"{name}: {who} with {own}, expected {'a' if setting else 'no'} setting"
                )
            if setting and not setting.low <= own <= setting.high:
                ends = f"{spell(setting.low)} to {spell(setting.high)}"
                raise BadParam(f"{name}: {setting.label} of {who} is {own:.9g}, expected {ends}")

    def ends(self, default: Any) -> tuple[Any, ...]:
        low = [(one.name, one.setting.low if one.setting else None) for one in self.entrants]
        high = [(one.name, one.setting.high if one.setting else None) for one in self.entrants]
        return *((pick,) for pick in low), tuple((high * self.most)[: self.most])


@dataclass(frozen=True)
class Pins:
    """Whole places on a ruler in the order they are passed, start to end; text `999,499,0`."""

    label: str
    start: int  # on the left; it may be the larger number
    end: int
    least: int
    most: int
    names: tuple[str, str]  # of the two ends
    kind: str = "pins"

    def read(self, name: str, text: str) -> tuple[int, ...]:
        return tuple(whole(name, part) for part in text.split(","))

    def write(self, value: tuple[int, ...]) -> str:
        return ",".join(map(str, value))

    def check(self, name: str, value: Any) -> None:
        if not isinstance(value, tuple) or not self.least <= len(value) <= self.most:
            given = len(value) if isinstance(value, tuple) else 0
            raise BadParam(f"{name}: {given} pins, expected {self.least} to {self.most}")
        low, high = sorted((self.start, self.end))
        for pin in value:
            if isinstance(pin, bool) or not isinstance(pin, int) or not low <= pin <= high:
                raise BadParam(f"{name}: {pin!r} is no whole number from {low} to {high}")
        way = 1 if self.start < self.end else -1
        if any(way * (b - a) <= 0 for a, b in pairwise(value)):
            order = "rising" if way > 0 else "falling"
            raise BadParam(f"{name}: expected each place once, in {order} order")

    def ends(self, default: Any) -> tuple[Any, ...]:
        way = 1 if self.start < self.end else -1
        return (
            tuple(self.start + way * i for i in range(max(self.least, 1))),
            tuple(self.end - way * i for i in reversed(range(self.most))),
        )
