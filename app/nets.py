"""The graphs that are open, here and in the worker processes, as they really run."""

import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass

from models import catalogue

OFTEN = 1.0  # seconds from one report of a process to the next
LATEST = 64  # calls whose latencies are told


@dataclass(frozen=True)
class Net:
    """A graph that has been opened."""

    name: str
    provider: str
    refused: str  # better providers, and why they do not run it
    calls: int
    latest: tuple[float, ...]  # milliseconds of the latest calls, oldest first

    @property
    def median(self) -> float:
        """Milliseconds; 0 before the first call."""
        return statistics.median(self.latest) if self.latest else 0.0


def here() -> tuple[Net, ...]:
    """The graphs opened in this process so far, by name."""
    found = []
    for graph in catalogue.in_use():
        calls, recent = graph.session.latency.read()
        refused = "; ".join(f"{tier}: {why}" for tier, why in graph.session.refused)
        latest = tuple(recent[-LATEST:])
        found.append(Net(graph.spec.name, graph.provider, refused, calls, latest))
    return tuple(found)


def together(found: Iterable[Net]) -> list[Net]:
    """Those of all processes, one a graph and provider, by name."""
    sums: dict[tuple[str, str], Net] = {}
    for net in found:
        key = net.name, net.provider
        known = sums.get(key, Net(net.name, net.provider, net.refused, 0, ()))
        calls, latest = known.calls + net.calls, known.latest + net.latest
        sums[key] = Net(net.name, net.provider, net.refused, calls, latest)
    return [net for _, net in sorted(sums.items())]


class News:
    """What has changed among a process's graphs since it last told."""

    def __init__(self) -> None:
        self.told: tuple[Net, ...] = ()
        self.at = 0.0

    def latest(self, last: bool) -> tuple[Net, ...] | None:
        """The graphs as they are now; None where nothing is new, or it was just told, unless for the
        last time."""
        now = time.monotonic()
        if now - self.at < OFTEN and not last:
            return None
        self.at = now
        found = here()
        if found == self.told:
            return None
        self.told = found
        return found
