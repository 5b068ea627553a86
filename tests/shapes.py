"""Shapes and types are checked at the first calls of each function in each test, not at all of them.

A training calls the same functions with the same shapes ten thousand times over, and a check costs more
than most of what is checked.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from beartype import beartype

MOST = 100  # calls of a function that are checked
COUNTS: Counter[tuple[str, str]] = Counter()
RESTING: list[Any] = []


def checked(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The check that jaxtyping makes at a call: of what goes in, then of that with what comes out."""
    check, name = beartype(fn), (fn.__module__, fn.__qualname__)

    def counted(*given: Any, **named: Any) -> Any:
        COUNTS[name] += 1
        if COUNTS[name] == 2 * MOST:
            rest(*name)
        return check(*given, **named)

    return counted


def rest(module: str, qualname: str) -> None:
    """A function is not checked any more; one within another cannot be found, and is."""
    for layer in layers(module, qualname):
        layer.__no_type_check__ = True  # jaxtyping looks for it at every call
        RESTING.append(layer)


def layers(module: str, qualname: str) -> Iterator[Any]:
    """A function and what it wraps, down to what was written."""
    found: Any = sys.modules.get(module)
    for part in qualname.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    found = getattr(found, "fget", None) or getattr(found, "__func__", found)
    while found is not None:
        yield found
        found = getattr(found, "__wrapped__", None)


def again() -> None:
    """From now on every function is checked again."""
    COUNTS.clear()
    while RESTING:
        del RESTING.pop().__no_type_check__


def pytest_runtest_setup() -> None:
    """Loaded as a plugin: each test checks anew."""
    again()
