"""Scenes as bytes: one message a frame, arrays beside a JSON header, nothing sent twice.

A message is: u32 length of all that follows | u32 length of the header | header (JSON, padded to 4) |
arrays. In the header an array stands as {"$": number, "at": offset, "shape": …, "type": …}, where it
is sent in steps its ends `low` and `high` along the last axis, and "lower": true where only the
lower triangles of square matrices are sent, the rest being 0; later frames refer to it as
{"$": number} alone. Of a view only the fields are sent that are not as they were before.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np

from app.figures.scene import Scene

Array = np.ndarray
STEPS = {"u16": 65535, "u8": 255}  # finer than a pixel on any screen, finer than a colour is told
PLAIN = frozenset({str, float, int, bool, type(None)})  # what JSON has words for as it is
LARGE = 2**16  # numbers from which a picture may go in 8 bits
SQUARE = 8  # rows from which a triangle is worth looking for


class Texts(list[str]):
    """Words that are known to be nothing but words, and so need not be looked into."""


class Sent(dict[str, Any]):
    """An array in a header: the same whether it is told with all that is known of it or by number."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sent) and bool(self["$"] == other["$"])

    __hash__ = None  # as of every dict


class Encoder:
    """The messages of one run; remembers which arrays the reader already has."""

    def __init__(self) -> None:
        self.sent: dict[bytes, int] = {}
        self.fixed: dict[int, tuple[Array, int]] = {}  # arrays that nobody can change, by identity
        self.shown: dict[str, dict[str, Any]] = {}  # the views of the frame before
        self.texts: dict[int, tuple[Any, Texts]] = {}  # the texts of the frame before, by identity
        self.spelt: dict[int, tuple[Any, Texts]] = {}  # those of this frame

    def frame(self, index: int, scene: Scene) -> bytes:
        """The message of one drawn frame."""
        parts: list[bytes] = []
        self.texts, self.spelt = self.spelt, {}
        views = {}
        for name, view in scene.items():
            header, before = self._record(view, parts), self.shown.get(name, {})
            same = before.get("kind") == header["kind"]
            views[name] = {k: v for k, v in header.items() if not (same and before.get(k) == v)}
            self.shown[name] = header
        return _message({"index": index, "views": views}, b"".join(parts))

    def _record(self, record: Any, parts: list[bytes]) -> dict[str, Any]:
        kind, names = _form(record.__class__)
        header: dict[str, Any] = {"kind": kind}
        for name, coarse in names:
            value = getattr(record, name)
            header[name] = value if type(value) in PLAIN else self._value(value, parts, coarse)
        return header

    def _value(self, value: Any, parts: list[bytes], coarse: str = "") -> Any:
        if isinstance(value, np.ndarray):
            return self._array(value, parts, coarse)
        if is_dataclass(value):
            return self._record(value, parts)
        if id(value) in self.texts or _only_words(value):
            _, texts = self.spelt[id(value)] = self.texts.get(id(value)) or (value, Texts(value))
            return texts
        if isinstance(value, (tuple, list)):
            return [self._value(item, parts) for item in value]
        if isinstance(value, Mapping):
            return {name: self._value(item, parts) for name, item in value.items()}
        return value.item() if isinstance(value, np.generic) else value

    def _array(self, array: Array, parts: list[bytes], coarse: str) -> Sent:
        if id(array) in self.fixed:
            return Sent({"$": self.fixed[id(array)][1]})
        plain = np.ascontiguousarray(array)
        what = f"{plain.dtype.str}{plain.shape}".encode()
        key = blake2b(what + plain.data, digest_size=16).digest()
        new = key not in self.sent
        number = self.sent.setdefault(key, len(self.sent))
        if unchangeable(array):
            self.fixed[id(array)] = array, number  # held, so that no other gets its identity
        if not new:
            return Sent({"$": number})
        at = sum(map(len, parts))
        header, raw = _packed(plain, coarse)
        parts.append(raw + b"\0" * (-len(raw) % 4))  # typed arrays want to start on a boundary
        return Sent({"$": number, "at": at, "shape": list(array.shape), **header})


@lru_cache
def _form(kind: type[Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What a record is called, and its fields with how coarsely each may be sent."""
    names = tuple((f.name, f.metadata.get("wire", "")) for f in fields(kind))
    return kind.__name__.lower(), names


def _only_words(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and all(isinstance(v, str) for v in value)


def unchangeable(array: Array) -> bool:
    """Whether nobody can write to the array, nor to one whose memory it shows."""
    memory: Any = array
    while isinstance(memory, np.ndarray) and not memory.flags.writeable:
        memory = memory.base
    return memory is None


def _packed(array: Array, coarse: str) -> tuple[dict[str, Any], bytes]:
    if array.dtype.kind in "bu" and array.dtype.itemsize == 1:
        return {"type": "u8"}, array.astype(np.uint8).tobytes()
    if array.dtype.kind in "iu":
        return {"type": "i32"}, array.astype("<i4").tobytes()
    lower = _lower(array)
    n = array.shape[-1] if array.ndim else 0
    some = array.reshape(-1, n * n).take(_cells(n)[0], 1) if lower else array
    packing: dict[str, Any] = {"lower": True} if lower else {}
    if not coarse or not array.size:
        return {"type": "f32", **packing}, some.astype("<f4").tobytes()
    kind = coarse if array.size > LARGE else "u16"
    pairs = array.shape[-1] == 2  # coordinates: x and y have ends of their own
    axes = tuple(range(array.ndim - 1)) if pairs else None
    low, high = np.atleast_1d(array.min(axes)), np.atleast_1d(array.max(axes))
    span = np.where(high > low, high - low, 1)
    steps = np.rint((some - low) / span * STEPS[kind]).astype("<u2" if kind == "u16" else "u1")
    ends = {"low": low.tolist(), "high": (low + span).tolist()}
    return {"type": kind, **ends, **packing}, steps.tobytes()


def _lower(array: Array) -> bool:
    """Whether these are square matrices with nothing above their diagonals."""
    n = array.shape[-1] if array.ndim > 1 else 0
    if n < SQUARE or array.shape[-2] != n or array[..., 0, 1:].any():
        return False
    return not array.reshape(-1, n * n).take(_cells(n)[1], 1).any()


@lru_cache(16)
def _cells(n: int) -> tuple[Array, Array]:
    """The places of the cells up to the diagonal of an n × n matrix, and of those above it."""
    lower = np.tri(n, dtype=bool).ravel()
    return np.flatnonzero(lower), np.flatnonzero(~lower)


def failure(message: str, why: str = "error") -> bytes:
    """The message that ends a run which could not go on; a person reads it.

    `why` is error, graph (a model file is missing or damaged), budget or waiting.
    """
    return _message({"error": message, "why": why}, b"")


def waiting(place: int, seconds: float) -> bytes:
    """The message to one who waits for a worker: how many stand before, and about how long it takes."""
    return _message({"wait": {"place": place, "seconds": round(seconds, 1)}}, b"")


def parted(body: bytes) -> list[bytes]:
    """The messages of which a body is made."""
    messages, at = [], 0
    while at < len(body):
        (length,) = struct.unpack_from("<I", body, at)
        messages.append(body[at : at + 4 + length])
        at += 4 + length
    return messages


def lasting(body: bytes) -> bytes:
    """A body without what was said to one who waited: the same for all who ask for a state."""
    return b"".join(message for message in parted(body) if message[8:16] != b'{"wait":')


def end() -> bytes:
    """The message after the last frame of a whole run: without it, the reading was cut off."""
    return _message({"end": "whole"}, b"")


def _message(header: dict[str, Any], arrays: bytes) -> bytes:
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I", len(text)) + text + arrays
    return struct.pack("<I", len(body)) + body
