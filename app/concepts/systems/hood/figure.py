"""Who runs the graph, how long its calls take, and what larger batches bring."""

from typing import NamedTuple, cast

import numpy as np

from app.figures.scene import (
    Chart,
    Clock,
    Diagram,
    Edge,
    Ink,
    Node,
    Number,
    Numbers,
    Scene,
    Series,
)

from .compute import GRAPHS, Frame
from .machine import MISSING, Tier


def draw(frame: Frame) -> Scene:
    """The scene of all that is known after a round."""
    return {
        "who": who(frame),
        "latency": latency(frame),
        "calls": calls(frame),
        "batches": batches(frame),
        "numbers": numbers(frame),
        "clock": Clock(frame.round, float(frame.round), "round", "0", f"{frame.p.rounds}"),
    }


def who(frame: Frame) -> Diagram:
    """The machine, its providers from the best down, and the graph that each runs."""
    host = frame.host
    memory = f", {host.memory:.0f} GB" if host.memory else ""
    tip = f"{host.system}\nPython {host.python}\n{host.gpu}"
    cores = f"{host.cores} core{'s' * (host.cores > 1)}{memory}"
    nodes = [Node("host", "this machine", 0.0, 0.5, cores, "ink", tip)]
    nodes += [provider(tier, i) for i, tier in enumerate(frame.tiers)]
    edges = [Edge("host", frame.tiers[0].name)]
    edges += [Edge(a.name, b.name) for a, b in zip(frame.tiers, frame.tiers[1:], strict=False)]
    runs = {tier.name for tier in frame.tiers}
    for group in groups(frame):
        nodes.append(group.node)
        if group.by in runs:
            edges.append(Edge(group.by, group.node.key, ink=group.node.ink))
    running = " and ".join(tier.name for tier in frame.tiers if tier.runs)
    words = [f"{tier.name} does not: {tier.why}" for tier in frame.tiers if not tier.runs]
    return Diagram(
        f"who runs {frame.p.graph} on this machine, and why not the others",
        f"{running} runs {frame.p.graph} on {cores}; {'; '.join(words)}",
        tuple(nodes),
        tuple(edges),
    )


def provider(tier: Tier, place: int) -> Node:
    """A provider with what it runs, or in words why it does not."""
    label = tier.name if tier.runs else f"{tier.name}: {tier.why}"
    value = f"{tier.nodes} kernels" if tier.nodes else "runs it" if tier.runs else ""
    ink: Ink = "model" if tier.runs else "soft"
    return Node(tier.name, label, 0.21 + 0.21 * place, 0.5, value, ink, tier.why)


class Group(NamedTuple):
    """Graphs that the same provider runs, as one node."""

    by: str
    node: Node


def groups(frame: Frame) -> list[Group]:
    """The chosen graph alone, then the others by who runs them; those not to be had are in red."""
    others: dict[str, list[str]] = {}
    for name in GRAPHS:
        if name != frame.p.graph:
            others.setdefault(frame.runners.get(name, "not asked yet"), []).append(name)
    chosen = frame.runners.get(frame.p.graph, "not asked yet")
    found = [(chosen, frame.p.graph, "", "focus", chosen)]
    for by, names in others.items():
        ink = "error" if by == MISSING else "soft"
        found.append((by, f"{len(names)} other graphs", by, ink, "\n".join(names)))
    last = max(1, len(found) - 1)
    return [
        Group(by, Node(f"graphs {i}", label, 0.95, i / last, value, cast(Ink, ink), tip))
        for i, (by, label, value, ink, tip) in enumerate(found)
    ]


def latency(frame: Frame) -> Chart:
    """The distribution of the calls so far, by the clock and by what was computed."""
    h, n = frame.histogram, len(frame.calls.wall)
    items = f"{frame.batch} item{'s' * (frame.batch > 1)}"
    if frame.batch < frame.p.batch:
        items += " (the most it takes)"
    return Chart(
        f"{n:,} calls with {items} on {frame.p.threads} thread{'s' * (frame.p.threads > 1)}",
        f"of {n} calls half took at most {frame.p50:.3g} ms and 95 % at most {frame.p95:.3g} ms; "
        f"the thread computed for {frame.busy:.3g} ms of the median call",
        (
            Series(h.middle, h.wall, "model", "by the clock", "bars"),
            Series(h.middle, h.cpu, "exact", "computing"),
            upright(frame.p50, h.top, "p50"),
            upright(frame.p95, h.top, "p95", dashed=True),
        ),
        h.window,
        (0.0, h.top),
        "ms a call",
        "% of calls",
        log_x=True,
    )


def upright(x: float, top: float, label: str, dashed: bool = False) -> Series:
    """A line from the floor to the top at x."""
    return Series(np.array([x, x]), np.array([0.0, top]), "focus", label, dashed=dashed)


def calls(frame: Frame) -> Chart:
    """Each call in its turn, the first of its session apart."""
    low, high = frame.histogram.window
    high = max(high, 1.2 * frame.first)
    return Chart(
        "each call in its turn",
        f"the session took {frame.opened:.3g} ms to open and {frame.first:.3g} ms for its first "
        f"call; the latest took {frame.calls.wall[-1]:.3g} ms",
        (
            Series(
                frame.calls.at, np.minimum(frame.calls.wall, high), "model", "later ones", "points"
            ),
            Series(np.array([0.0]), np.array([frame.first]), "focus", "first call", "points"),
        ),
        (-0.9, 1.03 * frame.p.rounds + 1),  # room for a dot at 0; the axis begins there
        (low, high),
        "round",
        "ms",
        log_y=True,
    )


def batches(frame: Frame) -> Chart:
    """Items a second by the size of the batch: measured, and by the law of two costs."""
    c = frame.curve
    return Chart(
        "items a second, by batch",
        f"batches of {c.size[-1]} bring {c.rate[-1]:.3g} items a second where single items bring "
        f"{c.rate[0]:.3g}; a call costs {c.fixed:.3g} ms and each item in it {c.each:.3g} ms",
        (
            Series(c.dense, c.law, "exact", "n / (a + c n)", dashed=True),
            Series(c.size.astype(float), c.rate, "model", "measured", "points"),
        ),
        (0.9, 1.1 * c.dense[-1]),
        (0.0, c.top),
        "batch n",
        "items / s",
        log_x=True,
    )


def numbers(frame: Frame) -> Numbers:
    """What a learner compares: the waiting, the computing, the two costs of the law."""
    c, net = frame.curve, frame.p.graph
    opened = f"after {frame.opened:.3g} ms to open the file"
    return Numbers(
        (
            time("half the calls within", frame.p50, "p50 of the wall clock", net),
            time("95 % within", frame.p95, "p95 of the wall clock", net),
            time("computing", frame.busy, "p50 of the calling thread's own clock", net),
            time("first call", frame.first, opened, net),
            time("each call costs", c.fixed, "a of T(n) = a + c n"),
            time("each item costs", c.each, f"c of T(n), which misses by up to {c.misfit:.2g} %"),
            Number("calls by all pages", float(frame.answered), "", "since the server started"),
        )
    )


def time(name: str, value: float, formula: str, source: str = "") -> Number:
    """A time in milliseconds, or in microseconds where that reads better."""
    if value < 0.1:
        return Number(name, 1e3 * value, "µs", formula, source)
    return Number(name, value, "ms", formula, source)
