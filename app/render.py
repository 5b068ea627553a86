"""One state to a file, without a server: its arrays, a page of its own, or a picture."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app import standalone
from app.concept import Entry
from app.contents import entries, find
from app.params import Params


class CannotRender(ValueError):
    """There is no such concept or no such kind of file; says which."""


def to_file(state: str, out: str) -> None:
    """Compute `chapter/concept?query` and write it as .json, .html or .png.

    Raises CannotRender, BadParam for a bad query, GraphMissing where a graph is not to be had, and
    NoBrowser where a picture has nothing to be drawn with.
    """
    entry, params = read(state)
    path = Path(out)
    match path.suffix:
        case ".json":
            path.write_text("".join(pieces(entry, params)))
        case ".html":
            path.write_text(standalone.html(entry, params))
        case ".png":
            standalone.png(entry, params, path)
        case kind:
            raise CannotRender(f"{kind or out!r} is no kind of file; expected .json, .html or .png")


def read(state: str) -> tuple[Entry, Params]:
    """The concept and the parameters that `chapter/concept?query` names."""
    path, _, query = state.removeprefix("#").removeprefix("/").partition("?")
    entry = find(path)
    if entry is None:
        known = ", ".join(e.path for e in entries())
        raise CannotRender(f"there is no concept {path[:60]!r}; there are {known}")
    return entry, entry.concept.params.from_query(query)


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
