"""The kinds of control: what a person may set, how it reads in an address, and what is refused.

A control is a frozen record with four functions: `read` text from an address, `write` it back,
`check` a value (or raise `BadParam`), and `ends`, the extreme values that the tests try.
"""

import math
import re
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,3})?", re.ASCII)
WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
Point = tuple[float, float]


class BadParam(ValueError):
    """A parameter's value is not one that its control could have produced; says what would be."""


@runtime_checkable
class Control(Protocol):
    """What every kind of control can do; `kind` names it for the browser."""

    @property
    def kind(self) -> str: ...
    @property
    def label(self) -> str: ...
    def read(self, name: str, text: str) -> Any: ...
    def write(self, value: Any) -> str: ...
    def check(self, name: str, value: Any) -> None: ...
    def ends(self, default: Any) -> tuple[Any, ...]: ...


def number(name: str, text: str) -> float:
    """The finite number that the text spells in ASCII, or BadParam."""
    if not NUMBER.fullmatch(text) or not math.isfinite(value := float(text)):
        raise BadParam(f"{name}={text[:40]!r}: expected a number")
    return value


def whole(name: str, text: str) -> int:
    """The whole number that the text spells in ASCII, or BadParam."""
    if not WHOLE.fullmatch(text):
        raise BadParam(f"{name}={text[:40]!r}: expected a whole number")
    return int(text)


def spell(value: float) -> str:
    """The shortest text that reads back as the same number."""
    text = repr(float(value))
    return text.removesuffix(".0")


def counted(name: str, value: Any, least: int, most: int, what: str) -> None:
    """BadParam unless the value is a tuple with that many things in it."""
    if not isinstance(value, tuple) or not least <= len(value) <= most:
        given = len(value) if isinstance(value, tuple) else 0
        wanted = f"{least} to {most}" if least < most else f"{most}"
        raise BadParam(f"{name}: {given} {what}, expected {wanted}")


def inside(name: str, value: Any, low: float, high: float) -> None:
    """BadParam unless the value is a number between the two ends."""
    if not isinstance(value, (int, float)) or not low <= value <= high:
        raise BadParam(f"{name}: {value!r} lies outside {spell(low)} to {spell(high)}")


@dataclass(frozen=True)
class Slider:
    """A number between two ends; whole numbers only where `whole` says so."""

    label: str
    low: float
    high: float
    step: float
    whole: bool = False
    log: bool = False  # equal ways on the slider are equal ratios
    kind: str = "slider"  # or "seed", which also offers a throw of the dice

    def read(self, name: str, text: str) -> float:
        return whole(name, text) if self.whole else number(name, text)

    def write(self, value: float) -> str:
        return spell(value)

    def check(self, name: str, value: Any) -> None:
        wanted = int if self.whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise BadParam(f"{name}={value!r}: expected a {'whole ' * self.whole}number")
        if not self.low <= value <= self.high:
            ends = f"{spell(self.low)} to {spell(self.high)}"
            raise BadParam(f"{name}={value:.9g}: expected {ends}")

    def ends(self, default: Any) -> tuple[Any, ...]:
        kind = int if self.whole else float
        return kind(self.low), kind(self.high)


@dataclass(frozen=True)
class Choice:
    """One of a few named things."""

    label: str
    options: tuple[str, ...]
    anew: bool = False  # a change plays from the first frame, wherever one stood
    kind: str = "choice"

    def read(self, name: str, text: str) -> str:
        return text

    def write(self, value: str) -> str:
        return value

    def check(self, name: str, value: Any) -> None:
        if value not in self.options:
            given = str(value)[:40]
            raise BadParam(f"{name}={given!r}: expected one of {', '.join(self.options)}")

    def ends(self, default: Any) -> tuple[Any, ...]:
        return self.options


@dataclass(frozen=True)
class Toggle:
    """On or off."""

    label: str
    kind: str = "toggle"

    def read(self, name: str, text: str) -> bool:
        if text not in ("0", "1"):
            raise BadParam(f"{name}={text[:40]!r}: expected 0 or 1")
        return text == "1"

    def write(self, value: bool) -> str:
        return "1" if value else "0"

    def check(self, name: str, value: Any) -> None:
        if not isinstance(value, bool):
            raise BadParam(f"{name}={value!r}: expected true or false")

    def ends(self, default: Any) -> tuple[Any, ...]:
        return False, True


@dataclass(frozen=True)
class Text:
    """A line of the person's own words."""

    label: str
    max_length: int
    shared: bool = False  # goes along to the chapter's other pages with a parameter of this name
    examples: tuple[tuple[str, str], ...] = ()  # (name, text) to pick from
    kind: str = "text"

    def read(self, name: str, text: str) -> str:
        return text

    def write(self, value: str) -> str:
        return value

    def check(self, name: str, value: Any) -> None:
        if not isinstance(value, str) or len(value) > self.max_length:
            size = len(value) if isinstance(value, str) else 0
            raise BadParam(f"{name}: {size} characters given, expected at most {self.max_length}")
        try:
            value.encode()
        except UnicodeEncodeError:  # a lone surrogate: no reader could be shown it
            raise BadParam(f"{name}: expected text that UTF-8 can write") from None

    def ends(self, default: Any) -> tuple[Any, ...]:
        most = self.max_length
        return "", "x" * most, ("é\u4f60\U0001f600<b>&\x00\n " * most)[:most]
