"""One state to a file, without a server: its arrays, a page of its own, or a picture."""

from pathlib import Path

from app import contents, standalone, take


class CannotRender(ValueError):
    """There is no such kind of file; says which there are."""


def to_file(state: str, out: str) -> None:
    """Compute `chapter/concept?query` and write it as a file of one of take.KINDS, or .png.

    Raises CannotRender, NoConcept, NoNet, BadParam for a bad query, GraphMissing where a graph is not to be
    had, and NoBrowser where a picture has nothing to be drawn with.
    """
    run, path = contents.open(state.removeprefix("#").removeprefix("/")), Path(out)
    if path.suffix == ".png":
        standalone.png(run.entry, run.params, path)
        return
    kind = take.KINDS.get(path.suffix)
    if kind is None:
        known = ", ".join([*(end for end, kind in take.KINDS.items() if kind.offered), ".png"])
        raise CannotRender(f"{path.suffix or out!r} is no kind of file; expected {known}")
    path.write_bytes(take.content(kind, run))
