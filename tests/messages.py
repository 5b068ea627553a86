"""The messages of app.wire, read back in Python: what a browser would see."""

import json
import struct
from collections.abc import Iterator

import numpy as np


def headers(body: bytes) -> Iterator[dict]:
    """Each message's header, arrays in their places."""
    known: dict[int, np.ndarray] = {}
    before: dict[str, dict] = {}
    while body:
        (length,) = struct.unpack_from("<I", body)
        (size,) = struct.unpack_from("<I", body, 4)
        arrays = body[8 + size : 4 + length]
        seen = revive(json.loads(body[8 : 8 + size]), arrays, known)
        for name, view in seen.get("views", {}).items():
            before[name] = view if "kind" in view else {**before[name], **view}
        yield {**seen, "views": dict(before)} if "views" in seen else seen
        body = body[4 + length :]


def revive(value, arrays: bytes, known: dict[int, np.ndarray]):
    if isinstance(value, list):
        return [revive(item, arrays, known) for item in value]
    if not isinstance(value, dict):
        return value
    if "$" in value:
        if "at" in value:
            known[value["$"]] = array(value, arrays)
        return known[value["$"]]
    return {name: revive(item, arrays, known) for name, item in value.items()}


def array(header: dict, arrays: bytes) -> np.ndarray:
    kinds = {"u8": "u1", "i32": "<i4", "f32": "<f4", "u16": "<u2"}
    *lead, n = header["shape"]
    count = int(np.prod(header["shape"]))
    if header.get("lower"):
        count = count * (n + 1) // (2 * n)
    values = np.frombuffer(arrays, kinds[header["type"]], count, header["at"])
    if "low" in header:
        low, high = np.array(header["low"]), np.array(header["high"])
        ends = values.reshape(-1, len(low)) / {"u8": 255, "u16": 65535}[header["type"]]
        values = (low + ends * (high - low)).ravel()
    if not header.get("lower"):
        return values.reshape(header["shape"])
    whole = np.zeros(header["shape"], values.dtype)
    whole[..., *np.tril_indices(n)] = values.reshape(*lead[:-1], -1)
    return whole
