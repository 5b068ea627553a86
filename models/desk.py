"""One process that holds the graphs for all others of this machine: python -m models.serve run

It speaks the protocol of GLASSBOX_TRITON, so the app asks it as it would ask a Triton; visitors' calls of one
graph are put together. On a GPU the graphs then lie in its memory once, not once a worker.
"""

import json
import math
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from models import catalogue
from models.card import GraphSpec
from models.graph import BadInput
from models.runtime import kserve
from models.runtime.together import Together

Array = np.ndarray
SPARE = 65536  # bytes that a question may have beside its arrays
LINGER = 2.0  # seconds for the rest of a question that is refused


class BadQuestion(ValueError):
    """A question that is none of the protocol; the text says what is wrong."""


class Desk(ThreadingHTTPServer):
    """The graphs of these names, opened and warm, at an address of this machine."""

    daemon_threads = True

    def __init__(self, names: Sequence[str], port: int) -> None:
        graphs = [catalogue.graph(name) for name in names]
        self.graphs = {kserve.infer_path(graph.spec): graph for graph in graphs}
        self.together = {
            path: Together(graph.spec, lambda x, graph=graph: graph(**x))  # type: ignore[misc]
            for path, graph in self.graphs.items()
        }
        super().__init__(("127.0.0.1", port), Questions)


class Questions(BaseHTTPRequestHandler):
    """One connection of a worker."""

    server: Desk
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else head and body of an answer are 40 ms apart
    timeout = 300  # seconds that a connection may be silent

    def do_GET(self) -> None:
        """Whether it is ready: it is, once it listens."""
        self._reply(200 if self.path == "/v2/health/ready" else 404, b"")

    def do_POST(self) -> None:
        """One call of a graph."""
        graph = self.server.graphs.get(self.path)
        length = self.headers.get("Content-Length", "")
        most = largest(graph.spec) if graph else 0
        if graph is None or not length.isdecimal() or int(length) > most:
            self.close_connection = True  # its body is not read
            self._refuse(404 if graph is None else 413, f"{self.path}: at most {most:,} bytes")
            self._let_pass()
            return
        body = self.rfile.read(int(length))
        try:
            inputs, wanted = asked(graph.spec, body, self.headers.get(kserve.LENGTH, ""))
            graph.check(inputs)
            found = self.server.together[self.path].run(inputs)
        except (BadQuestion, BadInput) as wrong:
            self._refuse(400, str(wrong))
        except Exception as wrong:
            self._refuse(500, str(wrong))
        else:
            head, content = told(graph.spec, {name: found[name] for name in wanted})
            self._reply(200, head + content, {kserve.LENGTH: str(len(head))})

    def _refuse(self, status: int, why: str) -> None:
        self._reply(status, json.dumps({"error": why}).encode())

    def _let_pass(self) -> None:
        """Wait for what still comes: a connection closed under it is reset, and the answer is lost on its way."""
        end = time.monotonic() + LINGER
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(LINGER)
            while self.connection.recv(SPARE) and time.monotonic() < end:
                pass

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")  # else the next question would be sent into it
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *words: Any) -> None:
        """Nothing is printed."""


def largest(known: GraphSpec) -> int:
    """The bytes of the largest question that the card allows."""
    sizes = (math.prod(known.shape(p, "most")) * np.dtype(p.dtype).itemsize for p in known.inputs)
    return sum(sizes) + SPARE


def asked(known: GraphSpec, body: bytes, length: str) -> tuple[dict[str, Array], list[str]]:
    """The arrays of a question and the outputs wanted; raises BadQuestion."""
    try:
        end = int(length)
        head = json.loads(body[:end])
        ports = {port.name: port for port in known.inputs}
        inputs = {}
        for part in head["inputs"]:
            port, shape = ports[part["name"]], tuple(map(int, part["shape"]))
            size = part["parameters"]["binary_data_size"]
            if part["datatype"] != kserve.DATATYPES[port.dtype] or min(shape, default=0) < 0:
                raise BadQuestion(f"{port.name} is {kserve.DATATYPES[port.dtype]}; given: {part}")
            kind = np.dtype(port.dtype).newbyteorder("<")
            if size != math.prod(shape) * kind.itemsize or not 0 <= end <= len(body) - size:
                raise BadQuestion(f"{port.name} has {size} bytes for {shape}")
            array = np.frombuffer(body, kind, math.prod(shape), end).astype(port.dtype)
            inputs[port.name] = array.reshape(shape[: len(port.shape)])  # a last 1 is the wire's
            end += size
        wanted = [part["name"] for part in head["outputs"]]
        if unknown := set(wanted) - {port.name for port in known.outputs}:
            raise BadQuestion(f"{known.name} has no output {sorted(unknown)}")
    except BadQuestion:
        raise
    except kserve.MALFORMED as wrong:
        raise BadQuestion(f"not a question of the protocol: {wrong!r:.120}") from wrong
    return inputs, wanted


def told(known: GraphSpec, found: Mapping[str, Array]) -> tuple[bytes, bytes]:
    """The JSON and the bytes of an answer."""
    ports = {port.name: port for port in known.outputs}
    contents = {name: kserve.little(array, ports[name]) for name, array in found.items()}
    outputs = [
        {
            "name": name,
            "shape": kserve.on_the_wire(known, array.shape),
            "datatype": kserve.DATATYPES[ports[name].dtype],
            "parameters": {"binary_data_size": len(contents[name])},
        }
        for name, array in found.items()
    ]
    told = {
        "model_name": known.name,
        "model_version": str(kserve.version(known)),
        "outputs": outputs,
    }
    return json.dumps(told).encode(), b"".join(contents.values())
