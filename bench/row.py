"""One line of the table: a figure, what was asked of it, and under which load it was read."""

import os
import platform
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Row:
    """A measured figure beside its goal; `load` is the machine's load average when it was read."""

    figure: str
    value: str
    goal: str = ""
    how: str = ""
    load: float = field(default_factory=lambda: os.getloadavg()[0])


@dataclass
class Spent:
    """Seconds that a block took, on the wall and of this process's CPU."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def spent() -> Iterator[Spent]:
    """Measure the block it surrounds."""
    took, wall, cpu = Spent(), time.perf_counter(), time.process_time()
    yield took
    took.wall, took.cpu = time.perf_counter() - wall, time.process_time() - cpu


def best(work: Callable[[], object], times: int = 3) -> Spent:
    """The least of several tries: noise only ever adds."""
    tries = []
    for _ in range(times):
        with spent() as took:
            work()
        tries.append(took)
    return min(tries, key=lambda t: t.cpu)


def cpu_of(pid: int) -> float:
    """CPU seconds that another process has used, and those that it started and that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def cpu_below(pid: int) -> float:
    """CPU seconds that the processes started by another have used, down to the last."""
    found, parents = [pid], {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:  # ended meanwhile
            continue
    for above in found:  # which grows as it goes
        found += [child for child, parent in parents.items() if parent == above]
    return sum(map(cpu_of, found[1:]))


def cpu_with(pid: int) -> float:
    """CPU seconds of another process and of all that it started: a server's, with its workers'."""
    return cpu_of(pid) + cpu_below(pid)


def memory_of(*pids: int) -> float:
    """MB that other processes hold; of what several share each has its part (PSS)."""
    kilobytes = 0
    for pid in pids:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:  # ended meanwhile
            continue
        kilobytes += sum(map(int, re.findall(r"^Pss:\s+(\d+)", rollup, re.M)))
    return kilobytes / 2**10


def machine() -> str:
    """The machine in words."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    named = info.exists() and re.search(r"model name\s*:\s*(.*)", info.read_text())
    model = named[1] if named else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} × {model}, {memory:.0f} GiB, Python {platform.python_version()}"
