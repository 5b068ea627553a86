"""A graph opened on the best provider that will really run it, with a record of every try."""

import ctypes
import os
import re
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any, Protocol, runtime_checkable

import numpy as np
import onnxruntime as ort

from models.runtime.providers import (
    CPU,
    NAMES,
    TENSORRT,
    Choice,
    Driver,
    Machine,
    Plan,
    Settings,
    choose,
    engine_folder,
    options,
)

Array = np.ndarray
Make = Callable[..., Any]  # ort.InferenceSession, or a double of it in a test

RELEASE: str = ort.__version__
# "[ONNXRuntimeError] : 1 : FAIL : /onnxruntime_src/…/model.cc:256 void f(int, bool) What is wrong"
PLACE = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : (?:/\S+:\d+ .*\) (?=[A-Z]))?")

ort.set_default_logger_severity(4)  # every failed try comes back as words instead


@dataclass
class Latency:
    """How long the calls of a graph took; safe to write and read from several threads."""

    calls: int = 0
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=512))  # milliseconds
    lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, milliseconds: float) -> None:
        """Counts one call."""
        with self.lock:
            self.calls += 1
            self.recent.append(milliseconds)

    def read(self) -> tuple[int, list[float]]:
        """The number of calls and the latest latencies in milliseconds, oldest first."""
        with self.lock:
            return self.calls, list(self.recent)


@runtime_checkable
class Running(Protocol):
    """What runs a graph: a session of this machine, or a server elsewhere."""

    @property
    def tier(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def refused(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def nodes(self) -> Mapping[str, int]: ...
    @property
    def outputs(self) -> tuple[str, ...]: ...
    @property
    def latency(self) -> Latency: ...
    def run(self, inputs: Mapping[str, Array], wanted: Sequence[str] = ()) -> dict[str, Array]: ...


@dataclass(frozen=True)
class Session:
    """An opened graph, usable from many threads at once."""

    ort: Any  # ort.InferenceSession
    tier: str  # the provider that runs it: "CPUExecutionProvider"
    refused: tuple[tuple[str, str], ...]  # better tiers, each with why it does not run the graph
    nodes: Mapping[str, int]  # how many nodes each provider really runs; empty where unknown
    outputs: tuple[str, ...]
    latency: Latency = field(default_factory=Latency)

    @property
    def provider(self) -> str:
        """The provider in plain words: "TensorRT", "CUDA" or "CPU"."""
        return NAMES[self.tier]

    def run(self, inputs: Mapping[str, Array], wanted: Sequence[str] = ()) -> dict[str, Array]:
        """The outputs by name; all, or only those wanted."""
        names = wanted or self.outputs
        begin = perf_counter()
        found = self.ort.run(names, inputs)
        self.latency.add((perf_counter() - begin) * 1e3)
        return dict(zip(names, found, strict=True))


def open_session(
    model: bytes,
    plan: Plan,
    machine: Machine | None = None,
    make: Make = ort.InferenceSession,
    passed: tuple[tuple[str, str], ...] = (),
) -> Session:
    """The graph on the first tier that takes it; those passed over, each with why, are not tried.

    ONNX Runtime's own fallback is left off: it prints, forgets the options of the second provider
    and raises where CUDA's libraries are there without a device. Raises what the CPU provider
    raises for bytes that are no graph.
    """
    machine = machine or Machine.here()
    choice = tiers(machine)
    if machine.driver.devices:
        preload()
    refused = [*passed, *choice.refused]
    worth = [tier for tier in choice.worth if tier not in dict(passed)]
    for i, tier in enumerate(worth):
        providers = [(t, options(t, plan, machine)) for t in worth[i:]]
        try:
            if tier == TENSORRT:  # on a disk that takes nothing, the next tier is tried
                engine_folder(plan, machine).mkdir(parents=True, exist_ok=True)
            session = make(model, session_options(machine), providers=providers, enable_fallback=0)
        except Exception as wrong:
            if tier == CPU:
                raise
            refused.append((tier, f"it did not open the graph: {first_line(wrong)}"))
            continue
        running = session.get_providers()[0]
        if running == tier:
            names = tuple(port.name for port in session.get_outputs())
            return Session(session, tier, tuple(refused), placement(session), names)
        refused.append((tier, f"asked for it, got {NAMES.get(running, running)}"))
    raise RuntimeError(f"{plan.name}: no provider opened it; tried {refused}")


def on_cpu(model: bytes, name: str, make: Make = ort.InferenceSession) -> Session:
    """The graph on the CPU, where every machine can compare it with another's answers."""
    machine = Machine(Driver(0, "", "compared on the CPU"), Settings.read())
    return open_session(model, Plan(name, "", {}, {}, {}), machine, make)


def tiers(machine: Machine) -> Choice:
    """The tiers worth trying here with this build of ONNX Runtime, and why each other one is not."""
    return choose(machine.driver, ort.get_available_providers())


def session_options(machine: Machine) -> Any:
    """Threads that do not spin: on a shared machine spinning doubles the CPU time of a call.

    Nor is memory set aside: after a call of unet_digits with 64 pictures ONNX Runtime's own store
    kept 114 MB for as long as the graph was open, and was no quicker than the system's.
    """
    chosen = ort.SessionOptions()
    chosen.intra_op_num_threads = machine.settings.threads
    chosen.inter_op_num_threads = 1
    chosen.log_severity_level = 4
    chosen.enable_cpu_mem_arena = False
    chosen.add_session_config_entry("session.intra_op.allow_spinning", "0")
    chosen.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    return chosen


def placement(session: Any) -> dict[str, int]:
    """How many nodes each provider runs: a registered provider may have been given none."""
    ask = getattr(session, "get_provider_graph_assignment_info", None)
    if ask is None:
        return {}
    nodes: Counter[str] = Counter()
    for part in ask():
        nodes[NAMES.get(part.ep_name, part.ep_name)] += len(part.get_nodes())
    return dict(nodes)


def preload() -> None:
    """Loads CUDA's and TensorRT's libraries from Python packages, where the linker finds none."""
    ort.preload_dlls()
    package = find_spec("tensorrt_libs")
    for folder in package.submodule_search_locations or () if package else ():
        for library in sorted(Path(folder).glob("libnvinfer*.so.10")):
            ctypes.CDLL(str(library), mode=os.RTLD_GLOBAL)


def first_line(error: Exception) -> str:
    """The first line of an error, for one line on a page, less where in the runtime it was raised."""
    line = (str(error).strip() or repr(error)).splitlines()[0]
    return PLACE.sub("", line) or line
