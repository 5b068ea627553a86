"""How long calls take: the best of many, in turn with those they are compared with."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import torch

from models.runtime.measure import took

Call = Callable[[], object]
LEAST = 1.0  # milliseconds a reading should take: shorter calls are made several times
ROUNDS = 3  # readings of each call at the least


@dataclass(frozen=True)
class Clock:
    """A device's clock: the computing thread's own on a CPU, the wall's beside a GPU."""

    device: str  # torch's name: "cpu" or "cuda"

    @property
    def unit(self) -> str:
        """What it reads."""
        return "CPU-ms" if self.device == "cpu" else "ms"

    def read(self, call: Call, times: int) -> float:
        """Milliseconds of one call, of so many in a row."""

        def work() -> None:
            for _ in range(times):
                call()
            if self.device != "cpu":
                torch.cuda.synchronize()

        spent = took(work)
        return (spent.cpu if self.device == "cpu" else spent.wall) / times


def race(calls: Sequence[Call], clock: Clock, seconds: float) -> list[float]:
    """The least milliseconds of each call, read in turn for so long, so that all meet one machine."""
    first = [clock.read(call, 2) for call in calls]  # the first calls warm up
    times = [max(1, math.ceil(LEAST / max(taken, 1e-4))) for taken in first]
    best, rounds, begin = [math.inf] * len(calls), 0, perf_counter()
    while rounds < ROUNDS or perf_counter() - begin < seconds * len(calls):
        for i, call in enumerate(calls):
            best[i] = min(best[i], clock.read(call, times[i]))
        rounds += 1
    return best
