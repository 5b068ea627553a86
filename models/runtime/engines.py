"""TensorRT's engines: built once for a graph and a GPU, compared with the CPU, taken up when ready."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread
from typing import Any

import numpy as np
import onnxruntime as ort

from models.card import GraphSpec
from models.runtime.providers import (
    TENSORRT,
    Machine,
    Plan,
    engine_folder,
)
from models.runtime.session import Make, Session, first_line, on_cpu, open_session, tiers

VERDICT = "verdict.json"  # beside the engine: whether it computes what it should
LONGEST = 1800.0  # seconds that a build may take
PENDING = "its {} engine is being built"

Samples = Callable[
    [str], Mapping[str, np.ndarray]
]  # inputs at the "least", "usual" or "most" sizes
Run = Callable[[list[str]], Any]  # subprocess.run, or a double of it in a test


def possible(machine: Machine) -> bool:
    """Whether TensorRT is worth trying here."""
    return TENSORRT in tiers(machine).worth


def ladder(machine: Machine) -> Iterator[Machine]:
    """The machine at the precision asked for, then at single precision."""
    for precision in dict.fromkeys((machine.settings.precision, "fp32")):
        yield replace(machine, settings=replace(machine.settings, precision=precision))


def verdict(plan: Plan, machine: Machine) -> str | None:
    """Why the engine is not used; empty where it is, None where none has been built."""
    try:
        return str(json.loads((engine_folder(plan, machine) / VERDICT).read_text())["refused"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def open_ready(
    model: bytes, plan: Plan, machine: Machine, make: Make = ort.InferenceSession
) -> tuple[Session, bool]:
    """The graph on the best that is ready now, and whether an engine is still to be built."""
    if not possible(machine):
        return open_session(model, plan, machine, make), False
    reasons: list[str] = []
    for step in ladder(machine):
        found = verdict(plan, step)
        if found == "":
            session = open_session(model, plan, step, make)
            notes = tuple((TENSORRT, why) for why in reasons)
            return replace(session, refused=(*notes, *session.refused)), False
        reasons.append(found or PENDING.format(step.settings.precision))
        if found is None:
            break
    session = open_session(model, plan, machine, make, passed=((TENSORRT, "; ".join(reasons)),))
    return session, found is None


@contextmanager
def alone(plan: Plan, machine: Machine) -> Iterator[None]:
    """One process builds a graph's engines; the others wait and then find them."""
    home = engine_folder(plan, machine)
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def unlike(
    known: GraphSpec,
    model: bytes,
    plan: Plan,
    machine: Machine,
    samples: Samples,
    make: Make,
) -> str:
    """Opens the engine, which builds it, and says why it must not be used; empty where it may."""
    precision = machine.settings.precision
    if why := known.parity.unfit(precision):
        return why
    engine = open_session(model, plan, machine, make)
    if engine.tier != TENSORRT:
        return dict(engine.refused).get(TENSORRT, "another provider opened it")
    reference = on_cpu(model, known.name, make)
    for size in ("usual", "least", "most"):
        inputs = samples(size)
        if why := known.parity.apart(engine.run(inputs), reference.run(inputs), precision):
            return why
    return ""


def build(
    known: GraphSpec,
    model: bytes,
    plan: Plan,
    machine: Machine,
    samples: Samples,
    make: Make = ort.InferenceSession,
) -> str:
    """Builds the engine of one precision and compares it with the CPU; why it is refused, or empty.

    The verdict is written last, so that an engine whose build was cut off is never taken for ready.
    """
    try:
        refused = unlike(known, model, plan, machine, samples, make)
    except Exception as wrong:
        refused = first_line(wrong)
    said = f"{machine.settings.precision}: {refused}" if refused else ""
    home = engine_folder(plan, machine)
    home.mkdir(parents=True, exist_ok=True)
    (home / (VERDICT + ".new")).write_text(json.dumps({"refused": said}))
    (home / (VERDICT + ".new")).replace(home / VERDICT)
    return said


def later(
    name: str,
    swap: Callable[[], None],
    failed: Callable[[str], None],
    run: Run | None = None,
) -> Thread:
    """Builds in a process of its own, then calls `swap`, or `failed` with why; the waiting thread.

    A process, because a worker's CPU time is limited and a broken TensorRT can take one down.
    """

    def work() -> None:
        try:
            done = (run or in_process)([sys.executable, "-m", "models.engines", "build", name])
            if done.returncode:
                why = (done.stderr or f"status {done.returncode}").strip().splitlines()[-1]
                failed(f"its engine could not be built: {why}")
            else:
                swap()
        except Exception as wrong:
            failed(f"its engine could not be taken up: {first_line(wrong)}")

    thread = Thread(target=work, name=f"engine of {name}", daemon=True)
    thread.start()
    return thread


def in_process(command: list[str]) -> subprocess.CompletedProcess[str]:
    """The command, with what it says."""
    return subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
