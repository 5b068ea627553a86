"""What a room costs: a class follows a presenter; how late is the last, what does the server pay."""

import asyncio
import json
import statistics
import time
from collections.abc import Iterator
from typing import Any

from bench.pages import PORT, app
from bench.row import Row, cpu_of

CLASS = 200
ACTS = 30
PAUSE = 0.4  # seconds between two acts of the presenter
QUIET = 5.0  # seconds in which nothing happens
PATH = "transformers/calculator"


async def asked(method: str, path: str, given: Any, **headers: str) -> dict[str, Any]:
    """One small request on a connection of its own."""
    body = json.dumps(given).encode()
    _, reader, writer = await _send(method, path, body, **headers)
    answer = await reader.readline()
    writer.close()
    found: dict[str, Any] = json.loads(answer)
    return found


async def _send(
    method: str, path: str, body: bytes, **headers: str
) -> tuple[int, asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = (
        f"{method} /rooms{path} HTTP/1.1\r\nhost: 127.0.0.1:{PORT}\r\n{more}"
        f"connection: close\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    status = int((await reader.readline()).split()[1])
    while await reader.readline() != b"\r\n":
        pass
    return status, reader, writer


class Follower:
    """A student's open stream: when each frame that the presenter showed was heard of."""

    def __init__(self) -> None:
        self.heard: dict[int, float] = {}
        self.ready = asyncio.Event()

    async def follow(self, code: str) -> None:
        me = (await asked("POST", f"/{code}/join", {}))["me"]
        status, reader, _ = await _send("GET", f"/{code}/stream", b"", x_room_me=me)
        assert status == 200
        while line := await reader.readline():
            if line.startswith(b"{"):  # the rest are sizes of chunks
                self.heard[json.loads(line)["state"]["at"]] = time.perf_counter()
                self.ready.set()


async def lecture(pid: int) -> tuple[list[float], float, float]:
    """Seconds from each act to its last follower, CPU seconds of the acts, and of as long a silence."""
    room = await asked("POST", "", {"path": PATH})
    code, key = room["code"], room["key"]
    students = [Follower() for _ in range(CLASS)]
    lines = [asyncio.create_task(student.follow(code)) for student in students]
    for student in students:
        await student.ready.wait()
    await asyncio.sleep(1)
    idle = cpu_of(pid)
    await asyncio.sleep(QUIET)
    idle = (cpu_of(pid) - idle) / QUIET
    told, cpu, began = {}, cpu_of(pid), time.perf_counter()
    for at in range(1, ACTS + 1):
        told[at] = time.perf_counter()
        await asked("POST", f"/{code}/state", {"path": PATH, "at": at}, x_room_key=key)
        await asyncio.sleep(PAUSE)
    await asyncio.sleep(1)
    busy = cpu_of(pid) - cpu - idle * (time.perf_counter() - began)
    for line in lines:
        line.cancel()
    # an act that was overtaken by the next is heard of with that one
    late = [
        max(min(t for at, t in s.heard.items() if at >= act) for s in students) - told[act]
        for act in told
    ]
    return late, busy, idle


def rows() -> Iterator[Row]:
    """The last of a class to notice, and the server's CPU."""
    with app() as (process, _):
        late, busy, idle = asyncio.run(lecture(process.pid))
    value = f"median {1000 * statistics.median(late):.0f} ms, worst {1000 * max(late):.0f} ms"
    how = f"{CLASS} streams, {ACTS} acts, from the presenter's request to the last follower's line, the streams read by one Python process on the same cores"
    yield Row("a class follows: the last to notice", value, "≤ 500 ms", how)
    value = f"{1000 * busy / ACTS:.0f} CPU-ms an act, {1000 * idle:.0f} CPU-ms a second in silence"
    yield Row(f"a class follows: the server, {CLASS} followers", value, "", how)


if __name__ == "__main__":
    for row in rows():
        print(row)
