"""One cell of the table: a graph, a provider, a precision and a batch, beside torch in the same minutes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

import numpy as np

from models import catalogue
from models.bench.clock import Clock, race
from models.bench.contenders import KINDS, Arrays, Call, Compiled, Way, has, ours, theirs
from models.bench.floor import Device, probed, work
from models.bench.state import State
from models.card import GraphSpec
from models.nets import twin
from models.runtime.measure import sample
from models.runtime.providers import CPU, Machine
from models.runtime.session import Session, first_line

BATCHES = (1, 4, 16, 64, 256)
READING = 0.1  # seconds that each contender is read for
KEPT = 60.0  # seconds at the end in which nothing is compiled any more
SINGLE = Way(CPU, "fp32")  # what all are compared with


@dataclass(frozen=True)
class Cell:
    """What was measured; times in milliseconds, None where torch could not be asked."""

    graph: str
    batch: int
    way: Way
    ours: float
    eager: float | None
    compiled: float | None
    floor: float | None
    apart: float  # the largest difference from torch in single precision, over all outputs
    compiled_apart: float | None
    beyond: str  # how ours differs by more than the card allows, in words; else empty


@dataclass
class Table:
    """All cells, and in words what is missing."""

    seconds: float  # it may take
    begin: float = field(default_factory=monotonic)
    devices: dict[tuple[str, str], Device] = field(default_factory=dict)  # by device and precision
    cells: list[Cell] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def left(self) -> float:
        """Seconds that are left for compiling."""
        return self.seconds - KEPT - (monotonic() - self.begin)

    def device(self, way: Way) -> Device | None:
        """The device of this way, probed once; None where torch cannot compute there."""
        key = way.device, way.precision
        if key not in self.devices and has(way.device):
            self.devices[key] = probed(Clock(way.device), KINDS[way.precision])
        return self.devices.get(key)


def measure(table: Table, name: str, ways: list[Way], machine: Machine) -> Iterator[Cell]:
    """The cells of one graph, each as soon as it is known and in the table."""
    known, model = catalogue.spec(name), catalogue.content(name)
    for way in ways:
        try:
            session = ours(known, model, way, machine)
        except Exception as wrong:
            table.missing.append(f"{name} by {way}: {first_line(wrong)}")
            continue
        for cell in by(way, session, known, model, table):
            table.cells.append(cell)
            yield cell


def by(way: Way, session: Session, known: GraphSpec, model: bytes, table: Table) -> Iterator[Cell]:
    """The cells of one graph and one provider, batch by batch."""
    alone, device = twin.filled(known.name, model), table.device(way)
    beside = twin.filled(known.name, model).to(way.device) if device else None
    compiled = Compiled(beside) if beside else None
    for batch in (n for n in BATCHES if n <= known.sizes["batch"].most):
        inputs = sample(known, {"batch": batch}, batch)
        calls: dict[str, Call] = {"ours": partial(session.run, inputs)}
        if beside and compiled:
            calls["eager"] = theirs(beside, known, inputs, way)
            last = theirs(compiled, known, inputs, way)
            if compiled.ready(last, table.left):
                calls["compiled"] = last
        truth = theirs(alone, known, inputs, SINGLE)()
        answers = {name: call() for name, call in calls.items()}
        spent = dict(
            zip(calls, race(list(calls.values()), Clock(way.device), READING), strict=True)
        )
        yield Cell(
            graph=known.name,
            batch=batch,
            way=way,
            ours=spent["ours"],
            eager=spent.get("eager"),
            compiled=spent.get("compiled"),
            floor=device.floor(work(model, inputs)) if device else None,
            apart=apart(answers["ours"], truth),
            compiled_apart=apart(answers["compiled"], truth) if "compiled" in answers else None,
            beyond=known.parity.apart(answers["ours"], truth, way.precision),
        )
    if compiled and compiled.failed:
        table.missing.append(f"torch.compile of {known.name} for {way}: {compiled.failed}")
    if not beside:
        table.missing.append(f"torch beside {known.name} by {way}: this torch has no CUDA")


def apart(found: Arrays, expected: Arrays) -> float:
    """The largest difference over all outputs."""
    return max(float(np.abs(found[name] - array).max()) for name, array in expected.items())
