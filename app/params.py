"""Parameters of a concept: declared once; they are its controls, its address and its test grid."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

from app import gestures, grids, kinds, lineups, picks
from app.kinds import BadParam, Control, Point
from app.lineups import Entrant, Pick, Setting

__all__ = ["BadParam", "Control", "Entrant", "Event", "Params", "Pick", "Point", "Setting"]

N = TypeVar("N", int, float)
Event = tuple[int, str]  # (step of the clock, action)
LONGEST = 8_000  # characters of a query: what proxies let through


def _declare(default: Any, control: Control, when: Mapping[str, str]) -> Any:
    """A field with its control, shown only while the parameters in `when` have these values."""
    return field(default=default, metadata={"control": control, "when": dict(when)})


def slider(default: N, low: N, high: N, step: N, label: str, log: bool = False, **when: str) -> N:
    """A number; whole if the default is. `when` (name="option") says when it is shown."""
    whole = isinstance(default, int)
    return _declare(default, kinds.Slider(label, low, high, step, whole, log), when)  # type: ignore[no-any-return]


def choice(*options: str, label: str, default: str = "", anew: bool = False, **when: str) -> str:
    """One of a few named things, in the order shown; the first unless `default` names another.

    With `anew`, a change plays from the first frame, wherever one stood: another run, not another
    look at this one.
    """
    return _declare(default or options[0], kinds.Choice(label, options, anew), when)  # type: ignore[no-any-return]


def toggle(default: bool, label: str, **when: str) -> bool:
    """On or off."""
    return _declare(default, kinds.Toggle(label), when)  # type: ignore[no-any-return]


def text(
    default: str,
    label: str,
    max_length: int = 200,
    shared: bool = False,
    examples: tuple[tuple[str, str], ...] = (),
    **when: str,
) -> str:
    """The person's own words, or one of the `examples` (name, text).

    With `shared`, walking to another page of the chapter takes them along to its parameter of the
    same name, which must have the same default and length.
    """
    control = kinds.Text(label, max_length, shared, examples)
    return _declare(default, control, when)  # type: ignore[no-any-return]


def seed(default: int = 0, **when: str) -> int:
    """The one source of chance of a concept."""
    return _declare(default, kinds.Slider("Seed", 0, 9999, 1, True, kind="seed"), when)  # type: ignore[no-any-return]


def points(
    default: tuple[Point, ...],
    label: str,
    *,
    count: tuple[int, int],
    x: tuple[float, float],
    y: tuple[float, float],
    **when: str,
) -> tuple[Point, ...]:
    """Places in a plane: a `Handles` layer that names this parameter lets a person drag them.

    Where there may be more than one, the card also takes a table of two columns or a picture.
    """
    return _declare(default, gestures.Points(label, *count, x, y), when)  # type: ignore[no-any-return]


def strokes(
    label: str, width: int, height: int, most: int = 400, *, default: Any = (), **when: str
) -> Any:
    """A drawing on width × height pixels: a `Film` that names this parameter is drawn on."""
    return _declare(default, gestures.Strokes(label, width, height, most), when)


def cells(default: tuple[tuple[int, ...], ...], label: str, levels: int = 2, **when: str) -> Any:
    """A painted grid with `levels` values a cell."""
    grid = grids.Cells(label, len(default), len(default[0]), levels)
    return _declare(default, grid, when)


def table(
    default: tuple[tuple[float, ...], ...],
    label: str,
    low: float,
    high: float,
    step: float = 0.1,
    **when: str,
) -> tuple[tuple[float, ...], ...]:
    """A matrix of numbers: a `Matrix` view that names this parameter in `edit` lets a person type."""
    grid = grids.Table(label, len(default), len(default[0]), float(low), float(high), step)
    return _declare(default, grid, when)  # type: ignore[no-any-return]


def spots(
    label: str, rows: int, columns: int, most: int, **when: str
) -> tuple[tuple[int, int], ...]:
    """At most so many cells (row, column) of a grid too large to be written out; none by default."""
    return _declare((), grids.Spots(label, rows, columns, most), when)  # type: ignore[no-any-return]


def curve(
    default: tuple[float, ...], label: str, low: float, high: float, rise: float = 0.0, **when: str
) -> tuple[float, ...]:
    """A curve bent by hand at equally spaced knots, each `rise` above the one before if given."""
    return _declare(default, gestures.Curve(label, len(default), low, high, rise), when)  # type: ignore[no-any-return]


def tokens(label: str, most: int, **when: str) -> tuple[int, ...]:
    """A pick of things numbered 0 to most - 1; none by default."""
    return _declare((), picks.Tokens(label, most), when)  # type: ignore[no-any-return]


def timeline(label: str, last: int, actions: Mapping[str, str], **when: str) -> tuple[Event, ...]:
    """What was done when: actions (name -> label of the button) at steps of the clock."""
    return _declare((), picks.Timeline(label, tuple(actions.items()), last), when)  # type: ignore[no-any-return]


def order(label: str, *items: str, **when: str) -> tuple[str, ...]:
    """Named things in an order that a person changes by dragging; as given by default."""
    return _declare(items, picks.Order(label, items), when)  # type: ignore[no-any-return]


def edits(label: str, last: int, most: int, **when: str) -> tuple[tuple[int, int], ...]:
    """Things (0 to most - 1) put in places (0 to last): a `Bars` view that names it sets them."""
    return _declare((), picks.Edits(label, last, most), when)  # type: ignore[no-any-return]


def lineup(
    default: tuple[Pick, ...], label: str, entrants: tuple[Entrant, ...], most: int = 4, **when: str
) -> tuple[Pick, ...]:
    """Who runs side by side: one to `most` of the entrants, each with its own setting."""
    return _declare(default, lineups.Lineup(label, entrants, most), when)  # type: ignore[no-any-return]


def pins(
    default: tuple[int, ...],
    label: str,
    *,
    ends: tuple[int, int],
    count: tuple[int, int],
    names: tuple[str, str] = ("", ""),
    **when: str,
) -> tuple[int, ...]:
    """Whole places on a ruler, set by hand, in order from its left end to its right."""
    return _declare(default, lineups.Pins(label, *ends, *count, names), when)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Params:
    """The parameters of one state; an instance is always valid."""

    def __post_init__(self) -> None:
        for name, control in self.controls().items():
            control.check(name, getattr(self, name))

    @classmethod
    def controls(cls) -> dict[str, Control]:
        return {f.name: f.metadata["control"] for f in fields(cls)}

    @classmethod
    def from_query(cls, query: str) -> Self:
        """Read `t=0.5&schedule=cosine`; unknown or repeated names and bad values raise BadParam."""
        if len(query) > LONGEST:
            raise BadParam(f"{len(query)} characters of parameters, expected at most {LONGEST}")
        pairs = parse_qsl(query.lstrip("?"), keep_blank_values=True)
        given = dict(pairs)
        if len(given) < len(pairs):
            raise BadParam("a parameter is given twice; expected each once")
        controls = cls.controls()
        if unknown := given.keys() - controls.keys():
            names = ", ".join(sorted(name[:40] for name in unknown))
            raise BadParam(f"unknown {names}; known: {', '.join(controls) or 'none'}")
        return cls(**{name: controls[name].read(name, text) for name, text in given.items()})

    def to_query(self) -> str:
        """The shortest query that from_query reads back: only what differs from the defaults."""
        changed = [f for f in fields(self) if getattr(self, f.name) != f.default]
        written = {f.name: f.metadata["control"].write(getattr(self, f.name)) for f in changed}
        return urlencode(written, safe=",;:", quote_via=quote)
