"""Whether every graph is what its card says and really runs: one row a graph, problems in words."""

from dataclasses import dataclass
from statistics import median
from time import perf_counter

import numpy as np

from models import catalogue, recipes
from models.card import GraphSpec

Array = np.ndarray

CALLS = 20


@dataclass(frozen=True)
class Row:
    """What a check found of one graph."""

    name: str
    sha256: str
    inputs: str  # "x float32 (batch, 1, 32, 32); t float32 (batch)"
    outputs: str
    provider: str  # the one that really runs it
    nodes: str  # how many nodes each provider runs: "CPU 240"
    first: float  # milliseconds from nothing to the first answer, opening included
    median: float  # milliseconds of a call at the usual sizes, once warm


@dataclass(frozen=True)
class Report:
    """All graphs that run, and what is wrong with the others."""

    rows: tuple[Row, ...]
    problems: tuple[str, ...]


def check(wanted: tuple[str, ...] | None = None) -> Report:
    """The graphs of these names, or of all cards and recipes, each opened anew and run."""
    rows: list[Row] = []
    problems: list[str] = []
    for name in wanted if wanted is not None else expected():
        try:
            row = examine(name)
        except catalogue.GraphMissing as missing:
            problems.append(f"{name}: {missing}")
            continue
        except Exception as wrong:
            problems.append(f"{name}: it opens but does not run: {wrong}")
            continue
        rows.append(row)
    return Report(tuple(rows), tuple(problems))


def expected() -> list[str]:
    """Every graph that has a card, and every graph that has a recipe and so should have one."""
    return sorted({*catalogue.names(), *recipes.names()})


def examine(name: str) -> Row:
    """One graph opened, run and timed; raises GraphMissing, or ValueError for what it computes."""
    begin = perf_counter()
    graph = catalogue.opened(name)
    inputs = {port.name: example(graph.spec, port.name) for port in graph.spec.inputs}
    outputs = graph(**inputs)
    first = (perf_counter() - begin) * 1e3
    for port in graph.spec.outputs:
        found = outputs[port.name]
        if found.shape != graph.spec.shape(port, "usual") or found.dtype != port.dtype:
            raise ValueError(f"{port.name} came out as {found.dtype} {found.shape}")
        if not np.isfinite(found).all():
            raise ValueError(f"{port.name} is not finite")
    for _ in range(CALLS):
        graph(**inputs)
    spent = graph.session.latency.read()[1][-CALLS:]
    placed = ", ".join(f"{provider} {n}" for provider, n in graph.session.nodes.items())
    return Row(
        name,
        graph.spec.sha256,
        ports(graph.spec, "inputs"),
        ports(graph.spec, "outputs"),
        graph.provider,
        placed or "not known",
        first,
        median(spent),
    )


def example(spec: GraphSpec, name: str) -> Array:
    """Ones of an input's usual shape: a valid label, token, time, switch and state."""
    port = next(port for port in spec.inputs if port.name == name)
    return np.ones(spec.shape(port, "usual"), port.dtype)


def ports(spec: GraphSpec, side: str) -> str:
    """The inputs or outputs in one line."""
    found = getattr(spec, side)
    return "; ".join(f"{p.name} {p.dtype} ({', '.join(map(str, p.shape))})" for p in found)
