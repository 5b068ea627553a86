"""What several processes remember together for a while: rooms, who is in them, what was answered.

By default a file in the cache folder, shared by the processes of one machine; another store by
GLASSBOX_STORE (`redis://host:6379/0`), shared by as many machines as wanted.
"""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from app import cache as runs

PAGES = 16384  # of 4 kB: what is remembered never takes more than 64 MB of the disk
PATIENCE = 2.0  # seconds to wait for another process that writes
SWEEP = 60  # seconds from one removal of what has expired to the next

log = logging.getLogger("glassbox")


class NoStore(Exception):
    """Nothing can be remembered now: a full disk, a folder that may not be written, a lost server."""


class Store(Protocol):
    """Values under a key, or under fields of a key; each is gone after so many seconds."""

    def get(self, key: str, field: str = "") -> bytes | None: ...

    def put(self, key: str, value: bytes, seconds: float) -> None: ...

    def add(self, key: str, field: str, value: bytes, seconds: float, most: int) -> bool:
        """Set a field; False, and nothing set, where `most` others are there."""
        ...

    def fields(self, key: str) -> dict[str, bytes]: ...

    def bump(self, key: str, seconds: float) -> int:
        """Count one more; the count is gone so many seconds after its first."""
        ...

    def drop(self, key: str) -> None: ...


@cache
def chosen() -> Store:
    """The store that GLASSBOX_STORE names, else a file beside the kept runs."""
    named = redis_named()
    if not named:
        return File(runs.folder().parent / "rooms.sqlite")
    from app.store_redis import Redis

    return Redis(named)


def redis_named() -> str:
    """The address of a Redis in GLASSBOX_STORE, if there is one; raises ValueError for anything else."""
    named = os.environ.get("GLASSBOX_STORE", "")
    if named and not named.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError(f"GLASSBOX_STORE is {named[:40]!r}, expected redis://host:port/number")
    if named and find_spec("redis") is None:
        wanted = "pip install -r requirements-redis.txt"
        raise ValueError(f"GLASSBOX_STORE names Redis, which is not installed: {wanted}")
    return named


class File:
    """A store in one SQLite file: what was written survives the process that wrote it."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self.clock = clock
        self.lock = threading.Lock()
        self.opened: sqlite3.Connection | None = None
        self.swept = 0.0
        self.trouble = ""  # the last failure, told once

    def get(self, key: str, field: str = "") -> bytes | None:
        with self._connection() as connection:
            found = connection.execute(
                "SELECT value FROM kept WHERE key = ? AND field = ? AND until > ?",
                (key, field, self.clock()),
            ).fetchone()
        return None if found is None else _bytes(found[0])

    def put(self, key: str, value: bytes, seconds: float) -> None:
        with self._connection() as connection:
            self._set(connection, key, "", value, seconds)

    def add(self, key: str, field: str, value: bytes, seconds: float, most: int) -> bool:
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            (others,) = connection.execute(
                "SELECT count(*) FROM kept WHERE key = ? AND field != ? AND until > ?",
                (key, field, self.clock()),
            ).fetchone()
            if others < most:
                self._set(connection, key, field, value, seconds)
            connection.execute("COMMIT")
        return bool(others < most)

    def fields(self, key: str) -> dict[str, bytes]:
        with self._connection() as connection:
            found = connection.execute(
                "SELECT field, value FROM kept WHERE key = ? AND until > ?", (key, self.clock())
            ).fetchall()
        return {field: _bytes(value) for field, value in found}

    def bump(self, key: str, seconds: float) -> int:
        now = self.clock()
        with self._connection() as connection:
            (count,) = connection.execute(
                # an end further off than it is ever set: the clock has been put back since
                "INSERT INTO kept VALUES (?, '', 1, ?) ON CONFLICT DO UPDATE SET"
                " value = iif(until > ? AND until <= excluded.until, value + 1, 1),"
                " until = iif(until > ? AND until <= excluded.until, until, excluded.until)"
                " RETURNING value",
                (key, now + seconds, now, now),
            ).fetchone()
        return int(count)

    def drop(self, key: str) -> None:
        with self._connection() as connection:
            connection.execute("DELETE FROM kept WHERE key = ?", (key,))

    def _set(
        self, connection: sqlite3.Connection, key: str, field: str, value: bytes, seconds: float
    ) -> None:
        connection.execute(
            "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)",
            (key, field, value, self.clock() + seconds),
        )

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """The file, opened if it is not; a failure closes it, so that the next use tries anew."""
        with self.lock:
            try:
                self.opened = self.opened or self._open()
                self._sweep(self.opened)
                yield self.opened
            except (sqlite3.Error, OSError) as problem:
                if self.opened is not None:
                    self.opened.close()
                self.opened = None
                if self.trouble != str(problem):
                    log.warning("nothing can be remembered in %s: %s", self.path, problem)
                self.trouble = str(problem)
                raise NoStore(str(problem)) from problem
            self.trouble = ""

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
        )
        # A write is in the system's hands when it returns: a killed process loses nothing, and no
        # write waits for the disk.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA max_page_count = {PAGES}")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS kept (key TEXT, field TEXT, value, until REAL,"
            " PRIMARY KEY (key, field)) WITHOUT ROWID"
        )
        connection.execute("CREATE INDEX IF NOT EXISTS ends ON kept (until)")
        return connection

    def _sweep(self, connection: sqlite3.Connection) -> None:
        now = self.clock()
        if abs(now - self.swept) >= SWEEP:
            self.swept = now
            connection.execute("DELETE FROM kept WHERE until <= ?", (now,))


def _bytes(value: bytes | int) -> bytes:
    """A value as it was put; a count as its digits."""
    return value if isinstance(value, bytes) else str(value).encode()
