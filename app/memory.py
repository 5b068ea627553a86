"""What a worker process remembers of the pages it has computed, so that the next look computes less.

A page keeps its latest trainings and runs in caches beside its mathematics. They are the process's own:
where it has come to hold much, the page that was looked at longest ago forgets first.
"""

import ctypes
import functools
import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Bytes of its own from which a process lets pages forget. With every graph open and nothing
# remembered it holds 120 MB, and the largest training that a page keeps takes 75.
MUCH = 192 * 2**20
SLACK = 32 * 2**20  # bytes to grow by until pages forget again


class Memory:
    """The pages that a process has computed, and what it may hold until some of them forget."""

    def __init__(self) -> None:
        self.most = MUCH
        self.pages: dict[str, None] = {}  # by path, the latest last

    def used(self, path: str) -> None:
        """A page is looked at now."""
        self.pages.pop(path, None)
        self.pages[path] = None

    def look(self) -> None:
        """Let pages forget until less is held; the latest remembers, and open runs go on unchanged."""
        if own() < self.most:
            return
        give_back()
        others = list(self.pages)[:-1]  # all but the latest
        for path in others:
            if own() < MUCH - SLACK:
                break
            forget(path)
            del self.pages[path]
            give_back()
        # what is still held is in use: the next look waits until it has grown again
        self.most = max(MUCH, own() + SLACK)


def forget(path: str) -> None:
    """Empty a page's caches of states; what is found out once for all (`@cache`) is small: it stays."""
    for cache in caches(f"app.concepts.{path.replace('/', '.')}."):
        cache.cache_clear()


def caches(package: str) -> Iterator[Any]:
    """The caches of a stated size in a package, as far as it has been imported."""
    for name, module in list(sys.modules.items()):
        if name.startswith(package):
            for thing in vars(module).values():
                cache = isinstance(thing, functools._lru_cache_wrapper)
                if cache and thing.cache_parameters()["maxsize"] is not None:
                    yield thing


def give_back() -> None:
    """Return to the system what nothing uses any more."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)


def own() -> int:
    """Bytes that this process alone holds, files and libraries left out; 0 where that cannot be read."""
    try:
        resident, shared = map(int, Path("/proc/self/statm").read_text().split()[1:3])
    except OSError:
        return 0
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE")
