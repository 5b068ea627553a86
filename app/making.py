"""Making: the frames of one run as they are computed, drawn and encoded, one at a time, in any process.

Where a run was lost with its process it is made again from the beginning. Compute is pure, so the
messages come out as they were before; those that readers have are compared, and not sent twice.
"""

import inspect
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

import numpy as np

from app import take, wire
from app.concept import Entry
from app.figures.scene import Clock
from app.opened import NoNet, Opened
from app.params import Params
from models.catalogue import GraphMissing

log = logging.getLogger("glassbox")
Ended = Literal["", "whole", "left", "failed"]
OTHERWISE = (
    "This was computed again after a worker was lost, and came out otherwise. Reload the page."
)


@dataclass(frozen=True)
class Order:
    """What is to be made, and what its readers have of it already."""

    number: int
    entry: Entry
    params: Params
    first: int = 0  # the frame that comes first, where the concept can begin in the middle
    after: int = 0  # the run whose kept frames this one begins with
    have: tuple[bytes, ...] = ()  # digests of the messages that readers have
    anew: frozenset[int] = frozenset()  # the messages that tell every view anew
    file: str = ""  # how the file's name ends, where it is a file that is wanted


class Made(NamedTuple):
    """One step of a run; the message is empty where its readers have it already."""

    message: bytes = b""
    cpu: float = 0.0  # seconds of thread time
    step: int | None = None  # the clock's, where the frame is kept to go on from
    weight: int = 0  # bytes of what is kept beside the message
    ended: Ended = ""
    reason: str = ""  # why it failed, in words
    why: str = ""
    more: bool = False  # the next comes without being asked for
    news: Any = None  # what the process has to tell beside


class Making:
    """A run's generator, its encoder, and the frames from which another run may go on."""

    def __init__(self, order: Order, before: "Making | None" = None) -> None:
        self.order = order
        self.made = 0
        self.encoder = wire.Encoder()
        self.kept: list[tuple[Any, int]] = []  # frames, and how many arrays had been sent by then
        self.source: Iterator[tuple[int, Any]] | None = None
        self.keeps = continues(order.entry) and not order.first
        if before and len(before.kept) >= len(order.have):
            self.made = len(order.have)
            self.kept = before.kept[: self.made]
            sent = self.kept[-1][1]
            self.encoder.sent = {k: n for k, n in list(before.encoder.sent.items()) if n < sent}

    def advance(self) -> Made:
        """Compute, draw and encode one more frame, or end."""
        start = time.thread_time()
        made = self._advance()
        return made._replace(cpu=time.thread_time() - start)

    def _advance(self) -> Made:
        try:
            if self.source is None:
                self.source = self._begin()
            number, frame = next(self.source)
            return self._take(number, frame)
        except StopIteration:
            return self._whole()
        except GraphMissing as problem:
            return failed(str(problem), "graph")
        except (
            BaseException
        ) as problem:  # SystemExit too: the readers are told; the worker lives on
            log.exception("%s?%s", self.order.entry.path, self.order.params.to_query())
            words = f"This computation failed ({type(problem).__name__}); it is in the log."
            return failed(words)

    def close(self) -> None:
        """Let go of the generator; what was kept stays."""
        source, self.source = self.source, None
        if close := getattr(source, "close", None):
            close()

    def _begin(self) -> Iterator[tuple[int, Any]]:
        concept, order = self.order.entry.concept, self.order
        if order.first and concept.around:
            return iter(concept.around(order.params, order.first))
        given = {"start": self.kept[-1][0]} if self.kept else {}
        return enumerate(concept.compute(order.params, **given), len(self.kept))

    def _take(self, number: int, frame: Any) -> Made:
        scene = self.order.entry.concept.draw(frame)
        if self.made in self.order.anew:
            self.encoder.shown.clear()
        message = self.encoder.frame(number, scene)
        have, place = self.order.have, self.made
        self.made += 1
        clock, step, heavy = scene.get("clock"), None, 0
        if self.keeps and isinstance(clock, Clock):
            self.kept.append((frame, len(self.encoder.sent)))
            step, heavy = clock.step, weight(frame)
        if place >= len(have):
            return Made(message, step=step, weight=heavy)
        return (
            Made(step=step, weight=heavy) if digest(message) == have[place] else failed(OTHERWISE)
        )

    def _whole(self) -> Made:
        return Made(ended="whole") if self.made >= len(self.order.have) else failed(OTHERWISE)


class Filing(Making):
    """The making of a file: its frames are kept as they are, and the file is the only message."""

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self.frames: list[Any] = []

    def _take(self, number: int, frame: Any) -> Made:
        self.frames.append(frame)
        return Made(weight=weight(frame))

    def _whole(self) -> Made:
        state = Opened(self.order.entry, self.order.params, self.frames)
        try:
            return Made(take.content(take.KINDS[self.order.file], state), ended="whole")
        except NoNet as problem:
            return failed(str(problem), "state")


def failed(reason: str, why: str = "error") -> Made:
    """The last step of a run that could not go on."""
    return Made(ended="failed", reason=reason, why=why)


def digest(message: bytes) -> bytes:
    """What two messages are compared by."""
    return blake2b(message, digest_size=16).digest()


def continues(entry: Entry) -> bool:
    """Whether the concept can go on from a kept frame."""
    return "start" in inspect.signature(entry.concept.compute).parameters


def weight(value: Any) -> int:
    """Bytes of the arrays that a frame holds, records inside records included."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if is_dataclass(value):
        return sum(weight(getattr(value, f.name)) for f in fields(value))
    if isinstance(value, (tuple, list)):
        return sum(map(weight, value))
    return 0
