"""How the server is: its version, its graphs, what runs, who waits; for people and for Prometheus.

GET /status   a page of it        GET /metrics   the same in Prometheus's text format, of all processes
beside this one too, each under its number; with `?own=1` of this one alone
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from app import birth, cache, neighbours, nets, panel
from app.answers import NEVER
from app.desk import DESK, Desk
from app.process import resident

BORN = time.monotonic()

router = APIRouter()


@dataclass(frozen=True)
class Waiting:
    """A run that has not ended, in the order in which its browser came."""

    place: int
    state: str  # the concept alone: what somebody typed is theirs
    turn: str  # what it waits for, in words
    readers: int
    frames: int
    seconds: float  # since it was asked for
    cpu: float  # seconds of thread time so far


def waiting(desk: Desk) -> list[Waiting]:
    """The runs under way and those that wait for a worker, the oldest first."""
    now = time.monotonic()
    return [
        Waiting(
            place,
            run.entry.path,
            turn(desk.workers.place(run)),
            len(run.readers),
            len(run.messages),
            now - run.born,
            run.cpu,
        )
        for place, run in enumerate(desk.runs.tally.open(), 1)
    ]


def turn(place: tuple[int, float] | None) -> str:
    """Where a run stands in line, and the seconds until its turn, in words."""
    return (
        f"place {place[0]} in line, about {place[1]:.0f} s" if place else "has had its first turn"
    )


def opened(desk: Desk) -> list[nets.Net]:
    """The graphs opened so far, here and by the workers."""
    return nets.together([*nets.here(), *chain.from_iterable(list(desk.workers.nets.values()))])


# --- for Prometheus ------------------------------------------------------------------------------


class Counts(Collector):
    """What the desk and the graphs have counted, read when asked."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def collect(self) -> Iterator[Metric]:
        runs = self.desk.runs
        version = GaugeMetricFamily("glassbox_version", "The version that runs.", labels=["digest"])
        version.add_metric([cache.version()], 1)
        yield version
        yield GaugeMetricFamily(
            "glassbox_runs", "Runs under way or waiting here.", runs.tally.here()
        )
        if self.desk.shared:
            well = float(not self.desk.shared.trouble)
            yield GaugeMetricFamily("glassbox_shared", "Whether runs are shared.", well)
        yield GaugeMetricFamily("glassbox_kept_bytes", "Runs kept in memory.", runs.held())
        ended = CounterMetricFamily(
            "glassbox_runs_ended", "Runs by concept and end.", labels=["concept", "how"]
        )
        spent = CounterMetricFamily(
            "glassbox_run_cpu_seconds", "Thread time of ended runs.", labels=["concept"]
        )
        for (concept, how), count in sorted(runs.tally.ended.items()):
            ended.add_metric([concept, how], count)
        for concept, seconds in sorted(runs.tally.spent.items()):
            spent.add_metric([concept], seconds)
        yield from (ended, spent)
        calls = CounterMetricFamily(
            "glassbox_graph_calls", "Calls of a graph.", labels=["graph", "provider"]
        )
        for net in opened(self.desk):
            calls.add_metric([net.name, net.provider], net.calls)
        yield calls


def registry(desk: Desk) -> CollectorRegistry:
    """Everything that /metrics says: the process's own numbers, and ours."""
    found = CollectorRegistry()
    ProcessCollector(registry=found)
    found.register(Counts(desk))
    return found


REGISTRY = registry(DESK)


@router.get("/metrics")
def metrics(request: Request, own: bool = False) -> Response:
    told = generate_latest(REGISTRY)
    socket = getattr(request.app.state, "socket", None)  # set where processes stand side by side
    if socket and not own:
        told = neighbours.told(Path(socket), told.decode())
    return Response(told, media_type=CONTENT_TYPE_LATEST, headers=NEVER)


# --- for people ----------------------------------------------------------------------------------


@router.get("/status")
def status(request: Request, still: bool = False) -> HTMLResponse:
    socket = getattr(request.app.state, "socket", None)
    return HTMLResponse(page(DESK, Path(socket) if socket else None, still), headers=NEVER)


def page(desk: Desk, socket: Path | None = None, still: bool = False) -> str:
    """The whole page; of a process among others it says which, and leads to those beside it."""
    runs = [
        (w.state, w.turn, f"{w.seconds:.1f} s", f"{w.cpu:.1f} s", str(w.frames), str(w.readers))
        for w in waiting(desk)
    ]
    graphs = [
        (n.name, n.provider, str(n.calls), f"{n.median:.2f} ms" if n.calls else "", n.refused)
        for n in opened(desk)
    ]
    body = [
        panel.facts("This server", [*itself(desk, socket), *kept(desk)]),
        panel.section(
            "Who waits",
            ("page", "waits", "asked for before", "computed", "frames", "readers"),
            runs,
            "Nobody: nothing is computed just now.",
        ),
        panel.section(
            "Graphs opened",
            ("graph", "runs on", "calls", "median", "why on nothing faster"),
            graphs,
            "None yet: a graph is opened when a page first asks for it.",
        ),
    ]
    numbers = (
        sorted(int(path.stem[4:]) for path in socket.parent.glob("app-*.sock")) if socket else []
    )
    links = "".join(f'<a href="/status/{n}">Process {n}</a>' for n in numbers)
    return panel.page("Glassbox, how it is", links, body, still)


def itself(desk: Desk, socket: Path | None) -> list[tuple[str, str]]:
    """The version, how it started, what it uses."""
    workers = list(desk.workers.processes)
    busy = sum(worker.busy for worker in workers)
    lasting = sum(worker.yields for worker in workers)
    held = resident(os.getpid()) + sum(resident(worker.process.pid) for worker in workers)
    minutes = (time.monotonic() - BORN) / 60
    found = [
        ("version", cache.version()),
        ("up", f"{minutes:.0f} min"),
        ("started in", birth.said()),
        ("load", f"{birth.load()} on {os.cpu_count()} cores, of all that this machine does"),
        (
            "workers",
            f"{busy} of {len(workers)} compute; {lasting} give way, for their runs last; "
            f"at most {2 * desk.workers.each} are kept",
        ),
        ("memory", f"{held / 2**20:.0f} MB, what processes share counted for each"),
    ]
    return [("process", socket.stem[4:]), *found] if socket else found


def kept(desk: Desk) -> list[tuple[str, str]]:
    """What has been computed, and where it is kept."""
    return [
        ("runs ended", str(sum(desk.runs.tally.ended.values()))),
        ("runs kept in memory", f"{desk.runs.held() / 2**20:.1f} MB"),
        ("runs kept on disk", str(cache.HEALTH)),
        ("runs shared with other machines", sharing(desk)),
    ]


def sharing(desk: Desk) -> str:
    """Whether runs are shared, and if they should be and are not, why."""
    if not desk.shared:
        return "no: this machine alone (GLASSBOX_STORE names no Redis)"
    if desk.shared.trouble:
        return f"not now, each computes for itself: {desk.shared.trouble}"
    return "by Redis" + (f"; {desk.shared.full}" if desk.shared.full else "")
