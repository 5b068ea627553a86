"""Who answers to a graph's inputs: ours on each provider, torch as it is, and torch compiled."""

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from models import catalogue
from models.card import GraphSpec
from models.runtime.providers import CPU, NAMES, TENSORRT, TIERS, Machine
from models.runtime.session import Session, first_line, open_session

Arrays = Mapping[str, np.ndarray]
Call = Callable[[], Any]
KINDS = {"fp32": torch.float32, "fp16": torch.float16}


@dataclass(frozen=True)
class Way:
    """A provider at a precision."""

    tier: str
    precision: str  # "fp32" or "fp16"

    def __str__(self) -> str:
        return f"{NAMES[self.tier]}, {self.precision}"

    @property
    def device(self) -> str:
        """Torch's name for where it runs."""
        return "cpu" if self.tier == CPU else "cuda"


def ways(worth: Sequence[str]) -> list[Way]:
    """Every provider at every precision that it has; half is TensorRT's alone."""
    return [
        Way(tier, precision)
        for tier in worth
        for precision in (KINDS if tier == TENSORRT else ("fp32",))
    ]


def ours(known: GraphSpec, model: bytes, way: Way, machine: Machine) -> Session:
    """The graph on this provider; raises RuntimeError where another would run it."""
    asked = replace(machine, settings=replace(machine.settings, precision=way.precision))
    better = TIERS[: TIERS.index(way.tier)]
    passed = tuple((tier, "not what is measured") for tier in better)
    session = open_session(model, catalogue.plan(known), asked, passed=passed)
    if session.tier != way.tier:
        raise RuntimeError(dict(session.refused)[way.tier])
    return session


def theirs(net: Callable[..., Any], known: GraphSpec, inputs: Arrays, way: Way) -> Call:
    """Torch's call on the same device, from arrays in this machine's memory and back to them."""

    def call() -> dict[str, np.ndarray]:
        given = (torch.from_numpy(inputs[port.name]).to(way.device) for port in known.inputs)
        half = way.precision != "fp32"
        with torch.no_grad(), torch.autocast(way.device, KINDS["fp16"], enabled=half):
            answer = net(*given)
        parts = (answer,) if isinstance(answer, torch.Tensor) else answer
        names = (port.name for port in known.outputs)
        return {name: part.cpu().numpy() for name, part in zip(names, parts, strict=True)}

    return call


def has(device: str) -> bool:
    """Whether this torch can compute there."""
    return device == "cpu" or torch.cuda.is_available()


class Compiled:
    """Torch's compiler for one net: it compiles at the first call, and again for other sizes."""

    def __init__(self, net: nn.Module) -> None:
        self.net = net
        self.fast: Callable[..., Any] | None = None
        self.failed = ""  # why it is out of the race

    def __call__(self, *given: torch.Tensor) -> Any:
        """What the net answers."""
        if self.fast is None:
            torch.compiler.reset()  # it counts compilings of one forward, and gives up at eight
            self.fast = torch.compile(self.net)
        return self.fast(*given)

    def ready(self, call: Call, seconds: float) -> bool:
        """Whether it has been compiled for this call, within this time."""
        if not self.failed:
            try:
                with within(seconds):
                    call()
            except Exception as wrong:
                self.failed = first_line(wrong)
        return not self.failed


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raises TimeoutError where the block takes longer."""

    def ring(*_: object) -> None:
        raise TimeoutError(f"not compiled in the {seconds:.0f} s that were left")

    if seconds <= 0:
        raise TimeoutError("no time was left to compile it")
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
