"""How a graph's arrays travel to an inference server: the Open Inference Protocol (KServe v2), binary.

A body is a line of JSON that names the arrays, then their bytes, row by row and little-endian; a header
says where the JSON ends (binary tensor data extension of the protocol).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.card import GraphSpec, Port

Array = np.ndarray

LENGTH = "Inference-Header-Content-Length"
DATATYPES = {"bool": "BOOL", "float32": "FP32", "int64": "INT64"}
# What reading a body of any other shape than the protocol's may raise.
MALFORMED = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


class BadAnswer(ValueError):
    """A server's answer is not what was asked for; the text says what is wrong."""


@dataclass(frozen=True)
class Expected:
    """What an output must be, given the inputs."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return int(np.prod(self.shape, dtype=np.int64)) * np.dtype(self.dtype).itemsize


def batched(known: GraphSpec) -> bool:
    """Whether calls of the graph may be put together: each port has the batch first, and only there."""
    return all(
        port.shape[:1] == ("batch",) and "batch" not in port.shape[1:]
        for port in (*known.inputs, *known.outputs)
    )


def version(known: GraphSpec) -> int:
    """The graph's version on a server, made of its seal: other weights are another version."""
    return int(known.sha256[:7], 16) or 1


def infer_path(known: GraphSpec) -> str:
    """Where the graph is asked for, below the server's address."""
    return f"/v2/models/{known.name}/versions/{version(known)}/infer"


def on_the_wire(known: GraphSpec, shape: tuple[int, ...]) -> tuple[int, ...]:
    """An array's shape as it is sent: Triton knows no port that has nothing beside the batch."""
    return (*shape, 1) if batched(known) and len(shape) == 1 else shape


def expected(
    known: GraphSpec, inputs: Mapping[str, Array], wanted: tuple[str, ...]
) -> dict[str, Expected]:
    """The outputs asked for, with each word in their shapes as the inputs have it."""
    sizes = {
        word: n
        for port in known.inputs
        for word, n in zip(port.shape, np.shape(inputs[port.name]), strict=True)
    }
    return {
        port.name: Expected(port.dtype, tuple(sizes.get(n, n) for n in port.shape))
        for port in known.outputs
        if port.name in wanted
    }


def request(
    known: GraphSpec, inputs: Mapping[str, Array], wanted: tuple[str, ...]
) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of a call."""
    contents = {port.name: little(inputs[port.name], port) for port in known.inputs}
    asked = {
        "inputs": [
            {
                "name": port.name,
                "shape": on_the_wire(known, np.shape(inputs[port.name])),
                "datatype": DATATYPES[port.dtype],
                "parameters": {"binary_data_size": len(contents[port.name])},
            }
            for port in known.inputs
        ],
        "outputs": [{"name": name, "parameters": {"binary_data": True}} for name in wanted],
    }
    head = json.dumps(asked).encode()
    headers = {
        "Content-Type": "application/octet-stream",
        LENGTH: str(len(head)),
        # Else Triton packs its answer, which takes longer than to send it: a GPT's 26 ms, not 8.
        "Accept-Encoding": "identity",
    }
    return b"".join((head, *contents.values())), headers


def little(array: Array, port: Port) -> bytes:
    """An array's bytes, row by row, little-endian."""
    return np.asarray(array, np.dtype(port.dtype).newbyteorder("<")).tobytes()


def answer(
    known: GraphSpec, body: bytes, length: str | None, outputs: Mapping[str, Expected]
) -> dict[str, Array]:
    """The outputs in an answer's body; raises BadAnswer unless each is as expected."""
    end = len(body) if length is None else int(length) if length.isdecimal() else -1
    if not 0 <= end <= len(body):
        raise BadAnswer(f"{LENGTH} is {length!r}; the body has {len(body)} bytes")
    found: dict[str, Array] = {}
    try:
        head = json.loads(body[:end])
        if str(head.get("model_version") or version(known)) != str(version(known)):
            raise BadAnswer(f"version {head['model_version']}; asked for {version(known)}")
        for told in head["outputs"]:
            array, end = taken(known, told, body, end, outputs)
            found[told["name"]] = array
    except BadAnswer:
        raise
    except MALFORMED as wrong:
        raise BadAnswer(f"not an answer of the protocol: {wrong!r:.120}") from wrong
    if found.keys() != outputs.keys() or end != len(body):
        raise BadAnswer(
            f"outputs {sorted(found)} in {end} of {len(body)} bytes; asked for {sorted(outputs)}"
        )
    return found


def taken(
    known: GraphSpec, told: Any, body: bytes, start: int, outputs: Mapping[str, Expected]
) -> tuple[Array, int]:
    """One output of an answer, and where the next one's bytes begin."""
    wanted = outputs.get(told["name"])
    if wanted is None:
        raise BadAnswer(f"it gave {told['name']!r}; asked for {sorted(outputs)}")
    shape, datatype = tuple(told["shape"]), DATATYPES[wanted.dtype]
    if shape != on_the_wire(known, wanted.shape) or told["datatype"] != datatype:
        asked = f"{datatype} {on_the_wire(known, wanted.shape)}"
        raise BadAnswer(f"{told['name']} came as {told['datatype']} {shape}, not {asked}")
    size = told.get("parameters", {}).get("binary_data_size")
    if size is None:  # a server may answer in JSON all the same
        return np.array(told["data"], wanted.dtype).reshape(wanted.shape), start
    if size != wanted.size or start + wanted.size > len(body):
        raise BadAnswer(f"{told['name']} has {size} bytes in {len(body)}, not {wanted.size}")
    kind = np.dtype(wanted.dtype).newbyteorder("<")
    array = np.frombuffer(body, kind, count=wanted.size // kind.itemsize, offset=start)
    return array.astype(wanted.dtype).reshape(wanted.shape), start + wanted.size
