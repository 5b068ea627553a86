"""The kinds of control that a hand draws in a picture: handles, strokes, a curve.

Each value is a tuple (so a state is hashable) with a compact text form (so it lives in an address).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from app.kinds import BadParam, Point, counted, inside, number, spell, whole

Range = tuple[float, float]


@dataclass(frozen=True)
class Points:
    """Places in a plane, dragged as handles, drawn, or brought along: a table pasted, a picture's ink.

    Text `x,y;x,y`.
    """

    label: str
    least: int
    most: int
    x: Range
    y: Range
    kind: str = "points"

    def read(self, name: str, text: str) -> tuple[Point, ...]:
        pairs = [part.split(",") for part in text.split(";") if part]
        if any(len(pair) != 2 for pair in pairs):
            raise BadParam(f"{name}={text[:40]!r}: expected x,y;x,y")
        return tuple((number(name, x), number(name, y)) for x, y in pairs)

    def write(self, value: tuple[Point, ...]) -> str:
        return ";".join(f"{spell(x)},{spell(y)}" for x, y in value)

    def check(self, name: str, value: Any) -> None:
        counted(name, value, self.least, self.most, "points")
        for x, y in value:
            inside(name, x, *self.x)
            inside(name, y, *self.y)

    def ends(self, default: Any) -> tuple[Any, ...]:
        low, high = (self.x[0], self.y[0]), (self.x[1], self.y[1])
        return (low,) * max(self.least, 1), (low, high) * (self.most // 2) or (high,)


@dataclass(frozen=True)
class Strokes:
    """A drawing on a grid of pixels; text `x,y,x,y;x,y`, a stroke between semicolons."""

    label: str
    width: int
    height: int
    most: int  # points in all strokes together
    kind: str = "strokes"

    def read(self, name: str, text: str) -> tuple[tuple[Point, ...], ...]:
        parts = text.split(";") if text else []
        flat = [[whole(name, n) for n in part.split(",")] for part in parts]
        if any(len(stroke) % 2 for stroke in flat):
            raise BadParam(f"{name}={text[:40]!r}: expected x,y,x,y;x,y")
        return tuple(tuple(zip(stroke[::2], stroke[1::2], strict=True)) for stroke in flat)

    def write(self, value: tuple[tuple[Point, ...], ...]) -> str:
        return ";".join(",".join(f"{x},{y}" for x, y in stroke) for stroke in value)

    def check(self, name: str, value: Any) -> None:
        counted(name, value, 0, self.most, "strokes")
        counted(name, tuple(p for stroke in value for p in stroke), 0, self.most, "points")
        for x, y in (p for stroke in value for p in stroke):
            inside(name, x, 0, self.width - 1)
            inside(name, y, 0, self.height - 1)

    def ends(self, default: Any) -> tuple[Any, ...]:
        corner = (self.width - 1, self.height - 1)
        return (), (((0, 0), corner),)


@dataclass(frozen=True)
class Curve:
    """A curve bent by hand at equally spaced knots; text `y,y,y`.

    With a `rise`, each knot is at least that much above the one before.
    """

    label: str
    knots: int
    low: float
    high: float
    rise: float = 0.0
    kind: str = "curve"

    def read(self, name: str, text: str) -> tuple[float, ...]:
        return tuple(number(name, y) for y in text.split(","))

    def write(self, value: tuple[float, ...]) -> str:
        return ",".join(spell(y) for y in value)

    def check(self, name: str, value: Any) -> None:
        counted(name, value, self.knots, self.knots, "knots")
        for y in value:
            inside(name, y, self.low, self.high)
        if self.rise and any(b - a < self.rise * (1 - 1e-9) for a, b in pairwise(value)):
            raise BadParam(f"{name}: each knot lies at least {self.rise:g} above the one before")

    def ends(self, default: Any) -> tuple[Any, ...]:
        up = [i * self.rise for i in range(self.knots)]
        return tuple(self.low + y for y in up), tuple(self.high - y for y in reversed(up))
