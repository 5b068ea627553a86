"""Whole runs on disk, by state and version: what was computed once is not computed again.

A cache may be missing, full, read-only or damaged: then runs are computed, as if it were not there.
"""

import logging
import os
import tempfile
from functools import cache
from hashlib import blake2b
from pathlib import Path

from app import wire

ROOT = Path(__file__).parent.parent
MOST = 512 * 2**20  # bytes on disk

log = logging.getLogger("glassbox")


def folder() -> Path:
    """Where runs are kept: under GLASSBOX_CACHE, else the user's own cache."""
    home = os.environ.get("GLASSBOX_CACHE") or Path.home() / ".cache" / "glassbox"
    return Path(home) / "runs"


@cache
def version() -> str:
    """A digest of all that frames depend on: the code, the looks, the cards of the graphs."""
    digest = blake2b(digest_size=8)
    for top, kind in (
        ("app", "*.py"),
        ("models", "*.py"),
        ("app", "*.md"),
        ("assets", "*.js*"),
        ("assets", "*.css"),
    ):
        for path in sorted((ROOT / top).rglob(kind)):
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def named(state: str) -> str:
    """A short name of a state, by which whoever reads its frames can check what they were given."""
    return blake2b(state.encode(), digest_size=8).hexdigest()


def _path(state: str) -> Path:
    name = blake2b(f"{version()} {state}".encode(), digest_size=20).hexdigest()
    return folder() / name[:2] / f"{name}.run"


def read(state: str) -> list[bytes] | None:
    """The messages of a whole run, or None if it is not kept or not as it was written."""
    try:
        raw = _path(state).read_bytes()
    except OSError:
        return None
    if blake2b(raw[16:], digest_size=16).digest() != raw[:16]:
        log.warning("a kept run of %s is damaged; it is computed again", state[:80])
        return None
    return wire.parted(raw[16:])


def write(state: str, messages: list[bytes]) -> None:
    """Keep a whole run, in one move, so that no reader ever sees half of it."""
    path, body = _path(state), b"".join(messages)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(blake2b(body, digest_size=16).digest() + body)
        Path(file.name).replace(path)
        _trim()
    except OSError as problem:
        log.warning("a run is not kept on disk: %s", problem)


def _trim() -> None:
    """Remove the longest unwritten runs until what is kept fits."""
    kept = [(path.stat(), path) for path in folder().glob("*/*.run")]
    over = sum(stat.st_size for stat, _ in kept) - MOST
    for stat, path in sorted(kept, key=lambda pair: pair[0].st_mtime):
        if over <= 0:
            return
        path.unlink(missing_ok=True)
        over -= stat.st_size
