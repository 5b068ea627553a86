"""A concept for the tests of the house: it counts, as slowly or as wrongly as it is told."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app import params
from app.concept import Concept, Entry
from app.figures.scene import Clock, Plane, Points
from models.catalogue import GraphMissing

BEGUN = Path(os.environ["GLASSBOX_TESTED"]) / "begun"  # one line a computation, whoever began it


def late(query: str) -> None:
    raise RuntimeError("the secret reason")


def leave(query: str) -> None:
    raise SystemExit(3)


def interrupt(query: str) -> None:
    raise KeyboardInterrupt


def die(query: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(query: str) -> None:
    if sum(line.startswith(query + " ") for line in begun()) == 1:
        os.kill(os.getpid(), signal.SIGSEGV)


def loop(query: str) -> None:
    while True:
        pass


def grow(query: str) -> None:
    held = []
    while True:
        held.append(np.ones(2**22))


def hang(query: str) -> None:
    time.sleep(1000)


# What the fourth frame does instead of coming.
WRONG = {
    "late": late,
    "exit": leave,
    "interrupt": interrupt,
    "die": die,
    "once": die_once,
    "loop": loop,
    "grow": grow,
    "hang": hang,
}


@dataclass(frozen=True)
class Params(params.Params):
    frames: int = params.slider(5, 1, 100_000, 1, "Frames")
    pause: float = params.slider(0.0, 0.0, 1.0, 0.01, "Pause")
    dots: int = params.slider(4, 1, 100_000, 1, "Dots")
    fault: str = params.choice("none", "raise", "graph", *WRONG, label="Fault")
    acts: tuple = params.timeline("Acts", 100_000, {"up": "Up", "down": "Down"})
    seed: int = params.seed()


@dataclass(frozen=True)
class Frame:
    step: int
    total: int  # ups less downs so far
    xy: np.ndarray  # (dots, 2)


def begun() -> list[str]:
    """The computations begun so far."""
    return BEGUN.read_text().splitlines() if BEGUN.exists() else []


def compute(p: Params, start: Frame | None = None):
    """Count the events that have happened."""
    with BEGUN.open("a") as lines:
        lines.write(f"{p.to_query()} from {start.step + 1 if start else 0}\n")
    if p.fault == "raise":
        raise RuntimeError("the secret reason")
    if p.fault == "graph":
        raise GraphMissing("toy.onnx is not there; python -m models.train toy makes it")
    rng = np.random.default_rng(p.seed)
    xy = rng.random((p.dots, 2))
    total = start.total if start else 0
    for step in range(start.step + 1 if start else 0, p.frames):
        time.sleep(p.pause)
        if step == 3 and p.fault in WRONG:
            WRONG[p.fault](p.to_query())
        total += sum({"up": 1, "down": -1}[what] for at, what in p.acts if at == step - 1)
        yield Frame(step, total, xy + step)


def draw(frame: Frame):
    says = f"the total is {frame.total} at step {frame.step}"
    plane = Plane("dots", says, (0.0, 9.0), (0.0, 9.0), (Points(frame.xy),))
    return {"plane": plane, "clock": Clock(frame.step, float(frame.step))}


CONCEPT = Concept("Toy", "It counts.", Params, compute, draw)
ENTRY = Entry("test", "toy", CONCEPT, Path(__file__).parent)
