"""The app as the image runs it, started to be measured: what its processes use, what it has computed."""

import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import environ
from pathlib import Path

from bench.row import cpu_below, memory_of

STARTS = 120.0  # seconds that a start may take on a busy machine


@dataclass(frozen=True)
class Served:
    """A server under way, on this machine."""

    url: str
    pid: int
    processes: int

    def cpu(self) -> float:
        """CPU seconds of all its processes so far."""
        return cpu_below(self.pid)

    def memory(self) -> float:
        """MB that its processes hold, what they share counted once."""
        return memory_of(*below(self.pid))

    def computed(self) -> Counter[str]:
        """How many runs each concept has begun, in all processes together."""
        found: Counter[str] = Counter()
        text = read(f"{self.url}/metrics")
        ended = r'runs_ended_total{concept="(.*?)",how="(?!elsewhere).*} (\S+)'
        for concept, count in re.findall(ended, text):
            found[concept] += int(float(count))
        for count in re.findall(r"^glassbox_runs{.*} (\S+)", text, re.M):
            found["under way"] += int(float(count))
        return found

    def rest(self, seconds: float = 60.0) -> None:
        """Wait until nothing is computed any more."""
        deadline = time.monotonic() + seconds
        while self.computed()["under way"] and time.monotonic() < deadline:
            time.sleep(0.1)


def below(pid: int) -> list[int]:
    """The processes that one has started, down to the last."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:  # ended meanwhile
            continue
    found = [pid]
    for above in found:  # which grows as it goes
        found += [child for child, parent in parents.items() if parent == above]
    return found


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


@contextmanager
def served(
    port: int,
    processes: int,
    recorded: tuple[str, ...] = (),
    python: str = sys.executable,
    **settings: str,
) -> Iterator[Served]:
    """`python -m app serve` with a cache of its own, until all its processes answer.

    The lessons of the pages `recorded` are in that cache, as in the image.
    """
    command = [python, "-m", "app", "serve", "--port", str(port)]
    with tempfile.TemporaryDirectory(prefix="glassbox-load-") as cache:
        surroundings = {**environ, "GLASSBOX_CACHE": cache, **settings}
        if recorded:
            before = [python, "-m", "app", "record", *recorded]
            subprocess.run(before, env=surroundings, stdout=subprocess.DEVNULL, check=True)
        process = subprocess.Popen(
            [*command, "--processes", str(processes)], env=surroundings, stdout=subprocess.DEVNULL
        )
        found = Served(f"http://127.0.0.1:{port}", process.pid, processes)
        try:
            _until_all_answer(found, process)
            yield found
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _until_all_answer(server: Served, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STARTS
    for number in range(1, server.processes + 1):
        while True:
            try:
                read(f"{server.url}/healthz/{number}")
                break
            except (urllib.error.URLError, OSError):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the app does not start; it says why above") from None
                time.sleep(0.1)
