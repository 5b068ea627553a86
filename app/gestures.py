"""The kinds of control that a picture needs: handles, drawings, cells, tables, curves, picks, orders.

Each value is a tuple (so a state is hashable) with a compact text form (so it lives in an address).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from app.kinds import BadParam, Point, number, spell, whole

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
Range = tuple[float, float]


def _count(name: str, value: Any, least: int, most: int, what: str) -> None:
    if not isinstance(value, tuple) or not least <= len(value) <= most:
        given = len(value) if isinstance(value, tuple) else 0
        wanted = f"{least} to {most}" if least < most else f"{most}"
        raise BadParam(f"{name}: {given} {what}, expected {wanted}")


def _inside(name: str, value: Any, low: float, high: float) -> None:
    if not isinstance(value, (int, float)) or not low <= value <= high:
        raise BadParam(f"{name}: {value!r} lies outside {spell(low)} to {spell(high)}")


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
        _count(name, value, self.least, self.most, "points")
        for x, y in value:
            _inside(name, x, *self.x)
            _inside(name, y, *self.y)

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
        _count(name, value, 0, self.most, "strokes")
        _count(name, tuple(p for stroke in value for p in stroke), 0, self.most, "points")
        for x, y in (p for stroke in value for p in stroke):
            _inside(name, x, 0, self.width - 1)
            _inside(name, y, 0, self.height - 1)

    def ends(self, default: Any) -> tuple[Any, ...]:
        corner = (self.width - 1, self.height - 1)
        return (), (((0, 0), corner),)


@dataclass(frozen=True)
class Cells:
    """A painted grid of small whole numbers; text: rows of base-36 digits between dots."""

    label: str
    rows: int
    columns: int
    levels: int
    kind: str = "cells"

    def read(self, name: str, text: str) -> tuple[tuple[int, ...], ...]:
        if not set(text) <= set(DIGITS + "."):
            raise BadParam(f"{name}={text[:40]!r}: expected rows of digits between dots")
        return tuple(tuple(DIGITS.index(c) for c in row) for row in text.split("."))

    def write(self, value: tuple[tuple[int, ...], ...]) -> str:
        return ".".join("".join(DIGITS[v] for v in row) for row in value)

    def check(self, name: str, value: Any) -> None:
        _count(name, value, self.rows, self.rows, "rows")
        for row in value:
            _count(name, row, self.columns, self.columns, "cells in a row")
            for cell in row:
                _inside(name, cell, 0, self.levels - 1)

    def ends(self, default: Any) -> tuple[Any, ...]:
        return tuple(((v,) * self.columns,) * self.rows for v in (0, self.levels - 1))


@dataclass(frozen=True)
class Table:
    """Numbers in rows and columns, typed or dragged cell by cell; text `a,b;c,d`, row by row.

    Two columns are places in a plane too: a `Handles` layer may name the parameter.
    """

    label: str
    rows: int
    columns: int
    low: float
    high: float
    step: float  # what a drag or a key changes a number by
    kind: str = "table"

    def read(self, name: str, text: str) -> tuple[tuple[float, ...], ...]:
        return tuple(
            tuple(number(name, cell) for cell in row.split(",")) for row in text.split(";")
        )

    def write(self, value: tuple[tuple[float, ...], ...]) -> str:
        return ";".join(",".join(map(spell, row)) for row in value)

    def check(self, name: str, value: Any) -> None:
        _count(name, value, self.rows, self.rows, "rows")
        for row in value:
            _count(name, row, self.columns, self.columns, "numbers in a row")
            for cell in row:
                _inside(name, cell, self.low, self.high)

    def ends(self, default: Any) -> tuple[Any, ...]:
        return tuple(((end,) * self.columns,) * self.rows for end in (self.low, self.high))


@dataclass(frozen=True)
class Spots:
    """A few cells of a large grid, in rising order; text `row.column;row-row.column`."""

    label: str
    rows: int
    columns: int
    most: int
    kind: str = "spots"

    def read(self, name: str, text: str) -> tuple[tuple[int, int], ...]:
        runs = [part.split(".") for part in text.split(";") if part]
        if any(len(run) != 2 or len(run[0].split("-")) > 2 for run in runs):
            raise BadParam(f"{name}={text[:40]!r}: expected row.column;row-row.column")
        found: set[tuple[int, int]] = set()
        for rows, column in runs:
            first, *last = (whole(name, row) for row in rows.split("-"))
            for row in (first, *last):  # before a run is written out: it might be endless
                _inside(name, row, 0, self.rows - 1)
            found |= {(row, whole(name, column)) for row in range(first, (last or [first])[0] + 1)}
        return tuple(sorted(found))

    def write(self, value: tuple[tuple[int, int], ...]) -> str:
        runs: list[list[int]] = []  # column, first row, last row
        for row, column in sorted(value, key=lambda spot: spot[::-1]):
            if runs and runs[-1][0] == column and runs[-1][2] == row - 1:
                runs[-1][2] = row
            else:
                runs.append([column, row, row])
        return ";".join(f"{a}.{c}" if a == b else f"{a}-{b}.{c}" for c, a, b in runs)

    def check(self, name: str, value: Any) -> None:
        _count(name, value, 0, self.most, "cells")
        if list(value) != sorted(set(value)):
            raise BadParam(f"{name}: expected each cell once, in rising order")
        for row, column in value:
            _inside(name, row, 0, self.rows - 1)
            _inside(name, column, 0, self.columns - 1)

    def ends(self, default: Any) -> tuple[Any, ...]:
        return (), ((0, 0),), ((self.rows - 1, self.columns - 1),)


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
        _count(name, value, self.knots, self.knots, "knots")
        for y in value:
            _inside(name, y, self.low, self.high)
        if self.rise and any(b - a < self.rise * (1 - 1e-9) for a, b in pairwise(value)):
            raise BadParam(f"{name}: each knot lies at least {self.rise:g} above the one before")

    def ends(self, default: Any) -> tuple[Any, ...]:
        up = [i * self.rise for i in range(self.knots)]
        return tuple(self.low + y for y in up), tuple(self.high - y for y in reversed(up))


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
        _count(name, value, 0, self.most, "picks")
        if list(value) != sorted(set(value)):
            raise BadParam(f"{name}: expected each number once, in rising order")
        for pick in value:
            _inside(name, pick, 0, self.most - 1)

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
        _count(name, value, 0, self.most, "events")
        known = [action for action, _ in self.actions]
        for step, action in value:
            _inside(name, step, 0, self.last)
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
        _count(name, value, 0, self.last + 1, "edits")
        for place, thing in value:
            _inside(name, place, 0, self.last)
            _inside(name, thing, 0, self.most - 1)
        places = [place for place, _ in value]
        if places != sorted(set(places)):
            raise BadParam(f"{name}: expected each place once, in rising order")

    def ends(self, default: Any) -> tuple[Any, ...]:
        return (), ((0, 0),), ((0, self.most - 1), (self.last, 0))
