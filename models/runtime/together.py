"""Calls of one graph put together: those that come while the device computes go in its next run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Lock

import numpy as np

from models.card import GraphSpec
from models.runtime.kserve import batched

Array = np.ndarray
Inputs = Mapping[str, Array]
Run = Callable[[Inputs], dict[str, Array]]


@dataclass
class Group:
    """Calls that will be one run."""

    parts: list[Inputs] = field(default_factory=list)
    size: int = 0  # of their batches together
    done: Event = field(default_factory=Event)
    found: dict[str, Array] = field(default_factory=dict)
    wrong: Exception | None = None


class Together:
    """A graph's calls, each answered alone however it was computed; to be used from many threads.

    Nobody waits on purpose: a call that finds the device idle goes at once.
    """

    def __init__(self, known: GraphSpec, run: Run) -> None:
        self.known, self.compute = known, run
        self.joins = batched(known)
        self.most = known.sizes["batch"].most if self.joins else 1
        self.open: Group | None = None
        self.lock, self.device = Lock(), Lock()
        self.calls = self.runs = 0

    def run(self, inputs: Inputs) -> dict[str, Array]:
        """The outputs by name; raises what the device raises. Checked inputs are taken for granted."""
        if not self.joins:
            return self.compute(inputs)
        size = len(next(iter(inputs.values())))
        with self.lock:
            self.calls += 1
            first = self.open is None or self.open.size + size > self.most
            if first or self.open is None:
                self.open = Group()
            group, begin = self.open, self.open.size
            group.parts.append(inputs)
            group.size += size
        if first:
            self._lead(group)
        group.done.wait()
        if group.wrong:
            raise group.wrong
        return {name: array[begin : begin + size] for name, array in group.found.items()}

    def _lead(self, group: Group) -> None:
        """One run for all of a group, which stays open until the device is free."""
        with self.device:
            with self.lock:
                self.runs += 1
                if self.open is group:
                    self.open = None
            try:
                names = [port.name for port in self.known.inputs]
                parts = group.parts
                group.found = self.compute(
                    parts[0]
                    if len(parts) == 1
                    else {name: np.concatenate([part[name] for part in parts]) for name in names}
                )
            except Exception as wrong:
                group.wrong = wrong
            finally:
                group.done.set()
