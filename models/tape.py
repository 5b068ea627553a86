"""What has been computed once is only read the next time: a sequence that many can read at once."""

import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Tape(Generic[T]):
    """The items of an iterator, made when the first reader gets there and kept for the others.

    Readers in other threads wait for the item in hand. An error reaches everyone who gets that far.
    """

    def __init__(self, source: Iterator[T]) -> None:
        self.source = source
        self.items: list[T] = []
        self.problem: Exception | None = None
        self.lock = threading.Lock()

    def __iter__(self) -> Iterator[T]:
        return (item for _, item in self.around(0))

    def around(self, first: int) -> Iterator[tuple[int, T]]:
        """All items with their numbers, from one on and then those before it.

        From the beginning if that one is not yet made: nobody waits for all that is before it.
        """
        with self.lock:
            first = first if first < len(self.items) else 0
        at = first
        while self._has(at):
            yield at, self.items[at]
            at += 1
        yield from enumerate(self.items[:first])

    def _has(self, at: int) -> bool:
        with self.lock:
            return at < len(self.items) or self._made()

    def item(self, at: int) -> T:
        """The item in this place, and all before it, made if need be; IndexError beyond the last."""
        with self.lock:
            while at >= len(self.items) and self._made():
                pass
        return self.items[at]

    def _made(self) -> bool:
        """Whether there was one more item to keep."""
        try:
            if self.problem:
                raise self.problem
            self.items.append(next(self.source))
        except StopIteration:
            return False
        except Exception as problem:
            self.problem = problem
            raise
        return True
