"""Whole runs on disk, by state and version: what was computed once is not computed again.

A cache may be missing, full, read-only or damaged: then runs are computed, as if it were not there.
"""

import logging
import os
import tempfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path

from app import wire

ROOT = Path(__file__).parent.parent
MOST = 512 * 2**20  # bytes on disk
# Bytes up to which a run is packed: half its size, and 4 to 7 CPU-ms a MB to read.
SMALL = 16 * 2**20
SEAL = 16  # bytes before a run, by which it is known again

log = logging.getLogger("glassbox")


@dataclass
class Health:
    """How keeping goes, for /status."""

    trouble: str = ""  # why the latest run was not kept or not read; empty where it was
    damaged: int = 0  # files that were not as they had been written

    def say(self, what: str, problem: OSError) -> None:
        """Note what goes wrong; the log is told once, not for every run."""
        words = f"{what}: {problem.strerror or problem}"
        if words != self.trouble:
            log.warning("runs %s in %s: they are computed anew", words, folder())
        self.trouble = words

    def __str__(self) -> str:
        again = f"{self.damaged} damaged, computed again" if self.damaged else ""
        return "; ".join(filter(None, (self.trouble, again))) or "yes"


HEALTH = Health()


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
    path = _path(state)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as problem:
        HEALTH.say("cannot be read", problem)
        return None
    body = raw[SEAL:]
    if _seal(state, body) != raw[:SEAL]:
        log.warning("a kept run of %s is damaged; it is computed again", state[:80])
        HEALTH.damaged += 1
        with suppress(OSError):
            path.unlink()
        return None
    return wire.parted(zlib.decompress(body))


def write(state: str, messages: list[bytes]) -> None:
    """Keep a whole run, in one move, so that no reader ever sees half of it."""
    path, told = _path(state), b"".join(messages)
    body = zlib.compress(told, 6 if len(told) <= SMALL else 0)  # a large one would hold up others
    half: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            half = Path(file.name)
            file.write(_seal(state, body) + body)
        half.replace(path)
        _trim()
        HEALTH.trouble = ""
    except OSError as problem:
        HEALTH.say("are not kept", problem)
        if half:  # on a full disk, half a run would be in the way of all others
            with suppress(OSError):
                half.unlink()


def _seal(state: str, body: bytes) -> bytes:
    """What a file begins with: whose bytes these are, and that they are all there."""
    return blake2b(body, digest_size=SEAL, salt=bytes.fromhex(named(state))).digest()


def _trim() -> None:
    """Remove the longest unwritten runs until what is kept fits; halves that a killed process left, too."""
    kept = []
    for path in folder().glob("*/*"):
        with suppress(FileNotFoundError):  # another process trims as well
            kept.append((path.stat(), path))
    over = sum(stat.st_size for stat, _ in kept) - MOST
    for stat, path in sorted(kept, key=lambda pair: pair[0].st_mtime):
        if over <= 0:
            return
        path.unlink(missing_ok=True)
        over -= stat.st_size
