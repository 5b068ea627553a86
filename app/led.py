"""Where a presenter is and what a reader answers, checked before a room keeps it."""

from dataclasses import dataclass
from typing import Any

from app import describe
from app.contents import find
from app.params import BadParam
from app.refused import Refused

SPEEDS = (0.25, 0.5, 1, 2, 4)
LATEST = 10**6  # no run has as many frames
GRID = 24  # cells of a picture each way, in which marks are counted (assets/web/mark.js)


@dataclass(frozen=True)
class State:
    """Where the presenter is: the page, the step of its lesson, and the clock."""

    path: str
    query: str = ""
    step: int = 0
    at: int = 0
    playing: bool = False
    speed: float = 1
    loop: bool = False

    @property
    def place(self) -> str:
        return f"{self.path}.{self.step}"


def state(given: Any) -> State:
    """A checked state, or Refused: what followers are sent is always a state of this app."""
    try:
        found = State(**given)
    except TypeError as problem:
        raise Refused("state") from problem
    lesson = _lesson(found.path)
    numbers = (found.step, len(lesson)), (found.at, LATEST)
    good = (
        isinstance(found.query, str)
        and all(type(n) is int and 0 <= n < end for n, end in numbers)
        and type(found.playing) is type(found.loop) is bool
        and type(found.speed) in (int, float)
        and found.speed in SPEEDS
    )
    if not good:
        raise Refused("state")
    _check(found.path, found.query)
    return found


def _lesson(path: Any) -> list[dict[str, Any]]:
    """The steps of a page's lesson; Refused where there is no such page."""
    entry = find(path) if isinstance(path, str) else None
    if entry is None:
        raise Refused("state", f"there is no page {str(path)[:60]!r}")
    found: list[dict[str, Any]] = describe.page(entry)["lesson"]
    return found


def _check(path: str, query: str) -> None:
    entry = find(path)
    assert entry is not None  # _lesson has found it
    try:
        entry.concept.params.from_query(query)
    except BadParam as problem:
        raise Refused("state", str(problem)) from problem


def answer(given: Any) -> tuple[str, int]:
    """The place and the option of an answer, checked against the lesson.

    Where a step asks for a mark in its picture, the option is the cell that it lies in, row by row.
    """
    match given:
        case {"path": str(path), "step": int(step), "option": int(option)}:
            lesson = _lesson(path)
            known = 0 <= step < len(lesson) and type(step) is type(option) is int
            if known and 0 <= option < options(lesson[step]):
                return f"{path}.{step}", option
    raise Refused("answer")


def options(step: dict[str, Any]) -> int:
    """How many answers a step takes."""
    return GRID**2 if step["mark"] else len(step["answers"])
