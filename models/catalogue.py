"""The graphs there are: each known by its card, checked to the byte, opened once, when needed."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock

import numpy as np

from models import card
from models.card import GraphSpec, Port, Seal, Shape
from models.graph import Graph
from models.runtime import engines
from models.runtime.providers import TENSORRT, Machine, Plan
from models.runtime.session import RELEASE, Session, first_line

SHIPPED = Path(__file__).parent.parent / "assets" / "graphs"
LARGEST = 2**30  # bytes of a graph; those that ship have 16 MB at most


class GraphMissing(Exception):
    """A graph cannot be had; the text says which file, what was expected and what makes it."""


def folder() -> Path:
    """Where the graphs are: `GLASSBOX_GRAPHS`, or those that ship with the app."""
    return Path(os.environ.get("GLASSBOX_GRAPHS") or SHIPPED)


def names() -> list[str]:
    """The graphs that have a card, in alphabetical order."""
    return sorted(path.stem for path in folder().glob("*.json") if "." not in path.stem)


def spec(name: str) -> GraphSpec:
    """The card of a graph, without opening it; raises GraphMissing."""
    home = folder()
    try:
        return card.read(home, name)
    except FileNotFoundError:
        raise missing(home / f"{name}.json", name, "there is no such file") from None
    except ValueError as wrong:
        raise missing(home / f"{name}.json", name, str(wrong)) from wrong


def missing(path: Path, name: str, why: str) -> GraphMissing:
    """The error for a file that is not what it should be."""
    return GraphMissing(f"{path}: {why}. This makes it anew: python -m models.train {name}")


def sealed(path: Path, name: str, seal: Seal) -> bytes:
    """The content of a graph's file; raises GraphMissing unless it is the one on the card."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        why = f"there is no such file; {seal.size:,} bytes with sha256 {seal.sha256} were expected"
        raise missing(path, name, why) from None
    if size > LARGEST or size != seal.size:  # before any of it is read
        expected = f"{seal.size:,} were expected, and at most {LARGEST:,}"
        raise missing(path, name, f"it has {size:,} bytes; {expected}")
    content = path.read_bytes()
    # One flipped bit in a weight gives wrong numbers without a word, so every byte is checked.
    if why := seal.broken(content):
        raise missing(path, name, why)
    return content


def content(name: str) -> bytes:
    """The graph's own file, checked; raises GraphMissing."""
    return sealed(folder() / f"{name}.onnx", name, spec(name).file)


def beside(name: str, suffix: str) -> bytes:
    """A file that belongs to a graph, such as its vocabulary; raises GraphMissing."""
    known = spec(name)
    path = folder() / f"{name}.{suffix}"
    if suffix not in known.beside:
        raise missing(path, name, f"the card knows {sorted(known.beside)} beside the graph")
    return sealed(path, name, known.beside[suffix])


_graphs: dict[tuple[Path, str], Graph] = {}
_locks: dict[tuple[Path, str], Lock] = {}
_lock = Lock()


def graph(name: str) -> Graph:
    """The graph of this name, opened and warmed at its first use; raises GraphMissing."""
    key = (folder(), name)
    if key in _graphs:
        return _graphs[key]
    with _lock:
        lock = _locks.setdefault(key, Lock())
    with lock:  # the others wait for the first, and the first waits for nobody else's graph
        if key not in _graphs:
            _graphs[key] = opened(name)
        return _graphs[key]


def in_use() -> list[Graph]:
    """The graphs opened so far, by name."""
    return [found for _, found in sorted(_graphs.items(), key=lambda item: item[0][1])]


def opened(name: str) -> Graph:
    """A new session for the graph, after one call at its usual sizes; raises GraphMissing.

    Where servers are named they are asked first; the session stays to fall back on.
    """
    known = spec(name)
    path = folder() / f"{name}.onnx"
    model = sealed(path, name, known.file)
    machine = Machine.here()
    try:
        session, pending = engines.open_ready(model, plan(known), machine)
    except Exception as wrong:
        raise missing(path, name, unopened(model, wrong)) from wrong
    # The first call allocates and, on a GPU, compiles: no learner should wait for that.
    if differs := unlike(known, session) or warm(known, session):
        raise missing(path, name, differs)
    if not machine.settings.triton:
        found = Graph(known, session)
        if pending:
            improve(found, session, model, machine)
        return found
    # What it takes to ask them is loaded only then.
    from models.runtime import measure, remote

    elsewhere = remote.Remote(known, session, machine.settings.triton)
    elsewhere.run(measure.sample(known, {}, 0))
    return Graph(known, elsewhere)


def unopened(model: bytes, wrong: Exception) -> str:
    """Why a file was not opened: no graph, weights elsewhere, or operators that are not known here."""
    import onnx

    try:
        read = onnx.load_model_from_string(model)
    except Exception:  # protobuf's own, which is no package of ours
        read = onnx.ModelProto()
    sets = read.opset_import
    if not sets:
        return f"it is not a graph: {first_line(wrong)}"
    if places := [kept.value for one in read.graph.initializer for kept in one.external_data[:1]]:
        return (
            f"weights of it are in {places[0][:60]!r}; a graph was expected that is all in one file"
        )
    asked = ", ".join(f"{one.domain or 'ONNX'} {one.version}" for one in sets)
    return (
        f"ONNX Runtime {RELEASE} cannot run its operators (sets: {asked}): {first_line(wrong).rstrip('.')}. "
        "The release that knows them: pip install -r requirements.txt"
    )


def warm(known: GraphSpec, session: Session) -> str:
    """One call at the usual sizes, not counted; how its outputs differ from the card's, or empty."""
    inputs = {p.name: np.zeros(known.shape(p, "usual"), p.dtype) for p in known.inputs}
    try:
        found = dict(zip(session.outputs, session.ort.run(None, inputs), strict=True))
    except Exception as wrong:
        return f"it does not run at the sizes on its card: {first_line(wrong)}"
    for port in known.outputs:
        shape, wanted = np.shape(found[port.name]), known.shape(port, "usual")
        if shape != wanted:
            return f"its output {port.name} has the shape {shape}; the card says {wanted}"
    return ""


def improve(found: Graph, session: Session, model: bytes, machine: Machine) -> None:
    """Takes up the graph's TensorRT engine once it is built; calls under way end where they began."""

    def swap() -> None:
        better, _ = engines.open_ready(model, plan(found.spec), machine)
        if differs := warm(found.spec, better):
            raise RuntimeError(differs)
        found.session = replace(better, latency=session.latency)

    def failed(why: str) -> None:
        others = tuple((tier, said) for tier, said in session.refused if tier != TENSORRT)
        found.session = replace(session, refused=((TENSORRT, why), *others))

    engines.later(found.spec.name, swap, failed)


def plan(known: GraphSpec) -> Plan:
    """What the providers need to know of a graph."""
    shapes = {
        size: {port.name: known.shape(port, size) for port in known.inputs if changing(port)}
        for size in ("least", "usual", "most")
    }
    return Plan(known.name, known.sha256, **shapes)


def changing(port: Port) -> bool:
    """Whether a size of this port may change from call to call."""
    return any(isinstance(n, str) for n in port.shape)


def unlike(known: GraphSpec, session: Session) -> str:
    """How the file's inputs and outputs differ from the card's, in words; empty if they do not."""
    for side in ("inputs", "outputs"):
        ports = getattr(session.ort, f"get_{side}")()
        found = {p.name: (p.type, tuple(p.shape)) for p in ports}
        wanted = {p.name: (TYPES[p.dtype], p.shape) for p in getattr(known, side)}
        if found.keys() != wanted.keys() or not all(
            found[name][0] == kind and fits(found[name][1], shape)
            for name, (kind, shape) in wanted.items()
        ):
            return f"its {side} are {found}; the card says {wanted}"
    return ""


def fits(found: Sequence[object], wanted: Shape) -> bool:
    """Whether a file's shape, with words or nothing for sizes that may change, is the card's."""
    return len(found) == len(wanted) and all(
        not isinstance(n, int) or n == size for n, size in zip(found, wanted, strict=True)
    )


TYPES = {"bool": "tensor(bool)", "float32": "tensor(float)", "int64": "tensor(int64)"}
