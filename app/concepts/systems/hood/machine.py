"""The machine under the pages, and which of its providers runs which graph."""

import os
import platform
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.catalogue import GraphMissing, graph
from models.runtime.providers import NAMES, TIERS, driver
from models.runtime.session import Running

MISSING = "its file is missing or damaged"
MEMORY = Path("/sys/fs/cgroup/memory.max")  # what a container may use


@dataclass(frozen=True)
class Host:
    """What this process has to compute with."""

    cores: int
    memory: float  # GB; 0 where the system does not say
    python: str
    system: str
    gpu: str  # what NVIDIA's driver says


@dataclass(frozen=True)
class Tier:
    """A provider: whether it runs the graph and, in words, why not."""

    name: str  # "TensorRT"
    nodes: int  # that it really runs; 0 where it runs none or does not tell
    runs: bool
    why: str


@cache
def host() -> Host:
    """The machine, asked once: cores and memory as far as this process may use them."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    system = f"{platform.system()} {platform.machine()}"
    return Host(cores or 1, memory(), platform.python_version(), system, driver().finding)


def memory() -> float:
    """Gigabytes that this process may use."""
    try:
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on this system
        return 0.0
    with suppress(OSError, ValueError):  # no container, or one without a limit: "max"
        pages = min(pages, int(MEMORY.read_text()))
    return pages / 1e9


def tiers(session: Running) -> tuple[Tier, ...]:
    """Every provider, best first, with what it does for a graph."""
    refused = dict(session.refused)
    return tuple(
        Tier(
            NAMES[tier],
            session.nodes.get(NAMES[tier], 0),
            tier == session.tier,
            refused.get(tier, "" if tier == session.tier else "a better one runs it"),
        )
        for tier in TIERS
    )


def runner(name: str) -> str:
    """The provider that runs a graph, or MISSING where its file is not what it should be."""
    try:
        return graph(name).provider
    except GraphMissing:
        return MISSING
