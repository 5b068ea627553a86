"""One state to a file, without a server: its arrays, a page of its own, or a picture."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app import contents, standalone, take
from app.concept import Entry
from app.opened import Opened
from app.params import Params


class CannotRender(ValueError):
    """There is no such kind of file; says which there are."""


Writer = Callable[[Opened], str | bytes]
KINDS: dict[str, Writer] = {
    ".json": lambda run: "".join(pieces(run.entry, run.params)),
    ".html": lambda run: standalone.html(run.entry, run.params),
    ".npz": take.npz,
    ".csv": take.table,
    ".py": take.script,
    ".ipynb": take.notebook,
}


def to_file(state: str, out: str) -> None:
    """Compute `chapter/concept?query` and write it as a file of one of KINDS, or .png.

    Raises CannotRender, NoConcept, BadParam for a bad query, GraphMissing where a graph is not to be
    had, and NoBrowser where a picture has nothing to be drawn with.
    """
    run, path = contents.open(state.removeprefix("#").removeprefix("/")), Path(out)
    if path.suffix == ".png":
        standalone.png(run.entry, run.params, path)
        return
    if path.suffix not in KINDS:
        known = ", ".join([*KINDS, ".png"])
        raise CannotRender(f"{path.suffix or out!r} is no kind of file; expected {known}")
    written = KINDS[path.suffix](run)
    path.write_bytes(written if isinstance(written, bytes) else written.encode())


def pieces(entry: Entry, params: Params) -> Iterator[str]:
    """The JSON of a run: every value of every frame by name; the same bytes each time."""
    head = {"concept": entry.path, "query": params.to_query()}
    yield json.dumps(head)[:-1] + ', "frames": ['
    for index, frame in enumerate(entry.concept.compute(params)):
        yield ("," if index else "") + "\n" + json.dumps(plain(frame), allow_nan=False)
    yield "\n]}\n"


def plain(value: Any) -> Any:
    """Records, arrays and mappings as what JSON can hold."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.random.Generator):
        return plain(value.bit_generator.state)
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return value
