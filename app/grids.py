"""The kinds of control that are filled in cell by cell: a painted grid, a table, spots of a large one.

Each value is a tuple (so a state is hashable) with a compact text form (so it lives in an address).
"""

from dataclasses import dataclass
from typing import Any

from app.kinds import BadParam, counted, inside, number, spell, whole

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


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
        counted(name, value, self.rows, self.rows, "rows")
        for row in value:
            counted(name, row, self.columns, self.columns, "cells in a row")
            for cell in row:
                inside(name, cell, 0, self.levels - 1)

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
        counted(name, value, self.rows, self.rows, "rows")
        for row in value:
            counted(name, row, self.columns, self.columns, "numbers in a row")
            for cell in row:
                inside(name, cell, self.low, self.high)

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
                inside(name, row, 0, self.rows - 1)
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
        counted(name, value, 0, self.most, "cells")
        if list(value) != sorted(set(value)):
            raise BadParam(f"{name}: expected each cell once, in rising order")
        for row, column in value:
            inside(name, row, 0, self.rows - 1)
            inside(name, column, 0, self.columns - 1)

    def ends(self, default: Any) -> tuple[Any, ...]:
        return (), ((0, 0),), ((self.rows - 1, self.columns - 1),)
