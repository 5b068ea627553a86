"""What the runs of this server have come to: which go on, how many have ended, at what cost."""

import threading
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.frames import Run


class Tally:
    """Counts of runs; its lock is never held while another is waited for."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.underway: set[Run] = set()
        self.ended: Counter[tuple[str, str]] = Counter()  # by concept and how they ended
        self.spent: defaultdict[str, float] = defaultdict(float)  # CPU seconds by concept

    def begin(self, run: "Run") -> None:
        with self.lock:
            self.underway.add(run)

    def end(self, run: "Run") -> None:
        with self.lock:
            self.underway.discard(run)
            how = "elsewhere" if run.elsewhere else run.ended
            self.ended[run.entry.path, how] += 1
            self.spent[run.entry.path] += run.cpu

    def here(self) -> int:
        """How many runs are under way here, or wait for it."""
        with self.lock:
            return sum(1 for run in self.underway if not run.elsewhere)

    def open(self) -> list["Run"]:
        """The runs that have not ended, the oldest first."""
        with self.lock:
            return sorted(self.underway, key=lambda run: run.born)
