"""Scenes as bytes: one message a frame, arrays beside a JSON header, nothing sent twice.

A message is: u32 length of all that follows | u32 length of the header | header (JSON, padded to 4) |
arrays. In the header an array stands as {"$": number, "at": offset, "shape": …, "type": …}, and for
"u16" its ends `low` and `high` along the last axis; later frames refer to it as {"$": number} alone.
Of a view only the fields are sent that are not as they were in the frame before.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from app.figures.scene import Scene

Array = np.ndarray
STEPS = 65535  # of a quantised coordinate: finer than a pixel on any screen


class Encoder:
    """The messages of one run; remembers which arrays the reader already has."""

    def __init__(self) -> None:
        self.sent: dict[bytes, int] = {}
        self.shown: dict[
            str, dict[str, Any]
        ] = {}  # the views of the frame before, arrays by number

    def frame(self, index: int, scene: Scene) -> bytes:
        """The message of one drawn frame."""
        parts: list[bytes] = []
        views = {}
        for name, view in scene.items():
            header, before = self._record(view, parts), self.shown.get(name, {})
            same = before.get("kind") == header["kind"]
            views[name] = {k: v for k, v in header.items() if not (same and before.get(k) == v)}
            self.shown[name] = _by_number(header)
        return _message({"index": index, "views": views}, b"".join(parts))

    def _record(self, record: Any, parts: list[bytes]) -> dict[str, Any]:
        header = {"kind": type(record).__name__.lower()}
        for f in fields(record):
            value = getattr(record, f.name)
            coarse = f.metadata.get("wire") == "u16"
            header[f.name] = self._value(value, parts, coarse)
        return header

    def _value(self, value: Any, parts: list[bytes], coarse: bool = False) -> Any:
        if isinstance(value, np.ndarray):
            return self._array(value, parts, coarse)
        if is_dataclass(value):
            return self._record(value, parts)
        if isinstance(value, (tuple, list)):
            return [self._value(item, parts) for item in value]
        if isinstance(value, Mapping):
            return {name: self._value(item, parts) for name, item in value.items()}
        return value.item() if isinstance(value, np.generic) else value

    def _array(self, array: Array, parts: list[bytes], coarse: bool) -> dict[str, Any]:
        plain = np.ascontiguousarray(array)
        key = blake2b(f"{plain.dtype}{plain.shape}".encode() + plain.data, digest_size=16).digest()
        if key in self.sent:
            return {"$": self.sent[key]}
        self.sent[key] = number = len(self.sent)
        at = sum(map(len, parts))
        header, raw = _packed(plain, coarse)
        parts.append(raw + b"\0" * (-len(raw) % 4))  # typed arrays want to start on a boundary
        return {"$": number, "at": at, "shape": list(array.shape), **header}


def _by_number(header: Any) -> Any:
    """The same header with arrays as those who have them already are told of them."""
    if isinstance(header, dict):
        if "$" in header:
            return {"$": header["$"]}
        return {name: _by_number(value) for name, value in header.items()}
    return [_by_number(item) for item in header] if isinstance(header, list) else header


def _packed(array: Array, coarse: bool) -> tuple[dict[str, Any], bytes]:
    if array.dtype.kind in "bu" and array.dtype.itemsize == 1:
        return {"type": "u8"}, array.astype(np.uint8).tobytes()
    if array.dtype.kind in "iu":
        return {"type": "i32"}, array.astype("<i4").tobytes()
    if not coarse or not array.size:
        return {"type": "f32"}, array.astype("<f4").tobytes()
    pairs = array.shape[-1] == 2  # coordinates: x and y have ends of their own
    axes = tuple(range(array.ndim - 1)) if pairs else None
    low, high = np.atleast_1d(array.min(axes)), np.atleast_1d(array.max(axes))
    span = np.where(high > low, high - low, 1)
    steps = np.rint((array - low) / span * STEPS).astype("<u2")
    return {"type": "u16", "low": low.tolist(), "high": (low + span).tolist()}, steps.tobytes()


def failure(message: str, why: str = "error") -> bytes:
    """The message that ends a run which could not go on; a person reads it.

    `why` is error, graph (a model file is missing or damaged), budget or waiting.
    """
    return _message({"error": message, "why": why}, b"")


def end() -> bytes:
    """The message after the last frame of a whole run: without it, the reading was cut off."""
    return _message({"end": "whole"}, b"")


def _message(header: dict[str, Any], arrays: bytes) -> bytes:
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I", len(text)) + text + arrays
    return struct.pack("<I", len(body)) + body
