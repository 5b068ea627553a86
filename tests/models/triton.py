"""A server of the Open Inference Protocol, written from its published text, with faults to order.

It shares no line with `models.runtime.kserve`, so that the two can disagree; `tritonserver.py` starts the real one.
"""

import json
import math
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

TYPES = {"BOOL": "?", "FP32": "<f4", "INT64": "<i8"}
CODES = {"bool": "BOOL", "float32": "FP32", "int64": "INT64"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else head and body of an answer are 40 ms apart

    def log_message(self, *words):
        """Nothing is printed."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        if self.path != f"/v2/models/{self.server.name}/versions/{self.server.version}/infer":
            self.reply(404, b'{"error": "unknown model or version"}')
            return
        length = int(self.headers["Inference-Header-Content-Length"])
        inputs, wanted = unpacked(body, length)
        found = {name: self.server.run(inputs)[name] for name in wanted}
        self.answer(self.server.fault, found)

    def answer(self, fault, found):
        if fault == "slow":
            time.sleep(0.6)
        if fault == "other numbers":
            found = {name: array + 1 for name, array in found.items()}
        if fault == "wrong shape":
            found = {name: array[:1] for name, array in found.items()}
        if fault == "one missing":
            found.popitem()
        head, tail = packed(found, binary=fault != "json")
        if fault == "garbage":
            head = b"\x00\xff" * 20
        if fault == "short":
            tail = tail[:-1]
        if fault == "error":
            self.reply(500, b'{"error": "out of memory"}')
            return
        headers = {} if fault == "json" else {"Inference-Header-Content-Length": len(head)}
        self.reply(200, head + tail, headers, fault)

    def reply(self, status, body, headers=None, fault=""):
        self.send_response(status)
        for name, value in {"Content-Length": len(body), **(headers or {})}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if fault == "dies":
            body, self.close_connection = body[: len(body) // 2], True
        if fault == "trickle":
            for i in range(6):
                self.wfile.write(body[i : i + 1])
                time.sleep(0.1)
            body, self.close_connection = b"", True
        self.wfile.write(body)


def unpacked(body, length):
    head, at, inputs = json.loads(body[:length]), length, {}
    for told in head["inputs"]:
        size = told["parameters"]["binary_data_size"]
        kind = np.dtype(TYPES[told["datatype"]])
        assert size == kind.itemsize * math.prod(told["shape"])
        inputs[told["name"]] = np.frombuffer(body[at : at + size], kind).reshape(told["shape"])
        at += size
    assert at == len(body)
    return inputs, [told["name"] for told in head["outputs"] if told["parameters"]["binary_data"]]


def packed(found, binary):
    told, tail = [], b""
    for name, array in found.items():
        part = {"name": name, "shape": array.shape, "datatype": CODES[array.dtype.name]}
        if binary:
            content = array.astype(TYPES[part["datatype"]]).tobytes()
            part["parameters"] = {"binary_data_size": len(content)}
            tail += content
        else:
            part["data"] = array.ravel().tolist()
        told.append(part)
    return json.dumps({"model_name": "m", "outputs": told}).encode(), tail


class Triton(ThreadingHTTPServer):
    """One graph on a free port; `run` takes and gives arrays as they travel."""

    daemon_threads = True

    def __init__(self, name, version, run):
        super().__init__(("127.0.0.1", 0), Handler)
        self.name, self.version, self.run = name, version, run
        self.fault, self.asked = "", 0
        self.address = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that left is what some tests are about."""

    def stop(self):
        self.shutdown()
        self.server_close()
