"""One visitor's browser, as the server sees it: six connections, kept open, and nothing drawn.

A real browser costs a hundred times as much as what it asks for; a class of them would measure itself.
"""

import asyncio
import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

CONNECTIONS = 6  # of one browser to one host
HURRY = 60.0  # seconds for one answer, then it counts as an error
PACKED = "gzip, deflate, br"


@dataclass(frozen=True)
class Answer:
    """What came back, and when: seconds from the asking to the first whole frame and to the last byte."""

    status: int
    headers: dict[str, str]
    body: bytes
    first: float
    last: float
    waited: float = 0.0  # before it was asked for this time


def local(url: str) -> tuple[str, int]:
    """Host and port of an address on this very machine; any other is refused."""
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if parts.scheme != "http" or not loopback or not parts.port:
        raise ValueError(f"{url}: load goes to http://127.0.0.1:PORT alone, to no other machine")
    return host, parts.port


class Browser:
    """Asks, over a few connections that it keeps; `name` is what its requests for frames carry."""

    def __init__(self, url: str, name: str) -> None:
        self.host, self.port = local(url)
        self.name = name
        self.free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.room = asyncio.Semaphore(CONNECTIONS)
        self.cookie = ""

    async def ask(
        self,
        path: str,
        body: bytes | None = None,
        tab: str = "0",
        enough: Callable[[bytes], bool] | None = None,
    ) -> Answer:
        """The answer to GET, or to POST where there is a body; read until there is `enough` of it.

        Raises OSError, EOFError or TimeoutError where there is none.
        """
        async with self.room, asyncio.timeout(HURRY):
            start = time.perf_counter()
            reader, writer = self.free.pop() if self.free else await self._connect()
            whole = False
            try:
                writer.write(self._request(path, body, tab))
                status, headers = await self._head(reader)
                told, first, whole = await _body(reader, headers, enough)
            finally:
                if whole and headers.get("connection") != "close":
                    self.free.append((reader, writer))
                else:
                    writer.close()
            now = time.perf_counter()
            return Answer(status, headers, told, (first or now) - start, now - start)

    def close(self) -> None:
        for _, writer in self.free:
            writer.close()
        self.free.clear()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.host, self.port, limit=2**20)

    def _request(self, path: str, body: bytes | None, tab: str) -> bytes:
        lines = [
            f"{'GET' if body is None else 'POST'} {path} HTTP/1.1",
            f"host: {self.host}:{self.port}",
            f"accept-encoding: {PACKED}",
            f"x-reader: {self.name}.{tab}",
        ]
        if self.cookie:
            lines.append(f"cookie: {self.cookie}")
        if body is not None:
            lines += ["content-type: application/json", f"content-length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + (body or b"")

    async def _head(self, reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        if "set-cookie" in headers:
            self.cookie = headers["set-cookie"].partition(";")[0]
        return int(first.split()[1]), headers


async def _body(
    reader: asyncio.StreamReader, headers: dict[str, str], enough: Callable[[bytes], bool] | None
) -> tuple[bytes, float | None, bool]:
    """The bytes, when the first frame was there, and whether all of it has been read."""
    told, seen = bytearray(), Seen()
    if "chunked" not in headers.get("transfer-encoding", ""):
        told += await reader.readexactly(int(headers.get("content-length", "0")))
        return bytes(told), time.perf_counter(), True
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        told += (await reader.readexactly(size + 2))[:-2]
        seen.look(told)
        if enough and enough(told):
            return bytes(told), seen.first, False
    await reader.readexactly(2)
    return bytes(told), seen.first, True


@dataclass
class Seen:
    """When the first frame was there; what says that one has to wait is none."""

    at: int = 0  # the message that is looked at
    first: float | None = None

    def look(self, told: bytearray) -> None:
        while self.first is None and len(told) >= self.at + 4:
            size = 4 + int.from_bytes(told[self.at : self.at + 4], "little")
            if len(told) < self.at + size:
                return
            if told[self.at + 8 : self.at + 16] == b'{"index"':
                self.first = time.perf_counter()
            self.at += size
