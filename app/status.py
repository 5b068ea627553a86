"""How the server is: its version, its graphs, what runs, who waits; for people and for Prometheus.

GET /status   a page of it        GET /metrics   the same in Prometheus's text format, of all processes
beside this one too, each under its number; with `?own=1` of this one alone
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from app import cache, neighbours, nets
from app.figures import theme
from app.routes import DESK, NEVER, Desk

EVERY = 5  # seconds from one look of the page to the next
BORN = time.monotonic()

router = APIRouter()


@dataclass(frozen=True)
class Waiting:
    """A run that has not ended, in the order in which its browser came."""

    place: int
    state: str  # the concept alone: what somebody typed is theirs
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
            len(run.readers),
            len(run.messages),
            now - run.born,
            run.cpu,
        )
        for place, run in enumerate(desk.runs.tally.open(), 1)
    ]


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
def status() -> HTMLResponse:
    return HTMLResponse(page(DESK), headers=NEVER)


def page(desk: Desk) -> str:
    """The whole page; it asks again by itself."""
    queue, graphs = waiting(desk), opened(desk)
    minutes = (time.monotonic() - BORN) / 60
    head = [
        ("version", cache.version()),
        ("up", f"{minutes:.0f} min"),
        ("runs under way or waiting", str(len(queue))),
        ("runs kept in memory", f"{desk.runs.held() / 2**20:.1f} MB"),
        ("runs kept on disk", str(cache.HEALTH)),
        ("runs ended", str(sum(desk.runs.tally.ended.values()))),
        ("runs shared with other machines", sharing(desk)),
    ]
    runs = [
        (
            str(w.place),
            w.state,
            str(w.readers),
            str(w.frames),
            f"{w.seconds:.1f} s",
            f"{w.cpu:.1f} s",
        )
        for w in queue
    ]
    rows = [(n.name, n.provider, str(n.calls), f"{n.median:.2f} ms", n.refused) for n in graphs]
    parts = [
        table(("", ""), head),
        "<h2>Runs</h2>",
        table(("place", "concept", "readers", "frames", "waits since", "computed"), runs),
        "<h2>Graphs opened</h2>",
        table(("graph", "runs on", "calls", "median", "refused"), rows),
    ]
    return PAGE.format(every=EVERY, tokens=theme.css(), body="".join(parts))


def sharing(desk: Desk) -> str:
    """Whether runs are shared, and if they should be and are not, why."""
    if not desk.shared:
        return "no: this machine alone (GLASSBOX_STORE names no Redis)"
    if desk.shared.trouble:
        return f"not now, each computes for itself: {desk.shared.trouble}"
    return "by Redis" + (f"; {desk.shared.full}" if desk.shared.full else "")


def table(names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Rows of words as an HTML table; one line that says so where there are none."""
    if not rows:
        return "<p>none</p>"
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{every}">
<title>Status · Glassbox</title>
<style>{tokens}
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 24px auto; max-width: 60em; padding: 0 16px;
  background: var(--g-paper); color: var(--g-ink); font-variant-numeric: tabular-nums; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--g-line); overflow-wrap: anywhere; }}
th {{ color: var(--g-soft); font-weight: normal; }}
</style>
</head>
<body><h1>Glassbox</h1>{body}</body>
</html>
"""
