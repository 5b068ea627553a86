"""The processes of one container: each counts for itself, and whichever is asked tells what all count.

They listen side by side in one folder (app/front.py), so who is asked can ask the others.
"""

import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

PATIENCE = 2.0  # seconds that another process has to answer: a scrape does not wait for a stuck one


class Socket(HTTPConnection):
    """A connection to a process by its path."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def asked(path: Path) -> str:
    """What another process counts, as text; empty where it does not answer."""
    connection = Socket(path)
    try:
        connection.request("GET", "/metrics?own=1")
        answer = connection.getresponse()
        return answer.read().decode() if answer.status == 200 else ""
    except (OSError, HTTPException):
        return ""
    finally:
        connection.close()


class Together(Collector):
    """Every process's samples, each with the number of its process."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts  # by number; empty of one that did not answer

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily(
            "glassbox_process_up", "Whether a process answered.", labels=["process"]
        )
        found: dict[str, Metric] = {}
        for number, text in self.texts.items():
            up.add_metric([number], float(bool(text)))
            for family in text_string_to_metric_families(text):
                kept = found.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                kept.samples += [
                    sample._replace(labels={**sample.labels, "process": number})
                    for sample in family.samples
                ]
        yield from (up, *found.values())


def told(own: Path, mine: str) -> bytes:
    """What all processes beside this one count, and this one: for Prometheus."""
    paths = sorted(own.parent.glob("app-*.sock"))
    texts = {path.stem.removeprefix("app-"): mine if path == own else asked(path) for path in paths}
    registry = CollectorRegistry()
    registry.register(Together(texts))
    return generate_latest(registry)
