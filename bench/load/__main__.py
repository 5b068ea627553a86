"""python -m bench.load [SCENARIO …]: play them against the app as the image runs it; docs/load.md."""

import argparse
import asyncio
import os
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from bench.load.machines import Machines, machines
from bench.load.right import differing
from bench.load.room import Room
from bench.load.scenarios import (
    ARRIVE,
    HOUR,
    JITTER,
    LESSON,
    SCENARIOS,
    STEP,
    Scenario,
    Scene,
    queries,
)
from bench.load.server import Served, served
from bench.load.table import Played, overview, text
from bench.load.visit import Opening
from bench.row import machine

PORT = 7940
TABLE = Path(__file__).parents[2] / "docs" / "load.md"
ALL = [name for name in SCENARIOS if name != "soak"]


def main() -> int:
    """Play the scenarios; 1 if something that is to hold did not."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("scenario", nargs="*", help=f"of {' '.join(SCENARIOS)}; all but soak")
    parser.add_argument("--visitors", type=int, help="in place of the scenario's own number")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument(
        "--python",
        default=sys.executable,
        help="the server's: of requirements.lock alone, as in the image; not with --redis",
    )
    parser.add_argument(
        "--redis", action="store_true", help="containers that take turns, with a Redis: 1, 2, 3"
    )
    parser.add_argument("--kill", action="store_true", help="and once more, one killed half way")
    parser.add_argument(
        "--over", type=float, default=HOUR, help="seconds in which the visits of soak begin"
    )
    parser.add_argument(
        "--write", action="store_true", help="docs/load.md; docs/soak.md of it alone"
    )
    given = parser.parse_args()
    if unknown := set(given.scenario) - set(SCENARIOS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # six connections a visitor
    if given.redis:
        found = list(cluster(given.visitors, given.port, given.kill))
        return 0 if all(not played.failed() for played in found) else 1
    found = []
    for name in given.scenario or ALL:
        scenario = SCENARIOS[name]
        count = given.visitors or scenario.visitors
        found.append(play(name, scenario, count, given))
        print(text(found[-1:]), flush=True)
    if given.write:
        table = TABLE.with_name("soak.md") if given.scenario == ["soak"] else TABLE
        table.write_text(head(given.processes) + overview(found) + text(found))
    return 0 if all(not played.failed() for played in found) else 1


def play(name: str, scenario: Scenario, count: int, given: argparse.Namespace) -> Played:
    """One scenario against a fresh server."""
    with served(given.port, given.processes, scenario.recorded, given.python) as server:
        return watched(name, scenario, count, server, over=given.over)


def cluster(visitors: int | None, port: int, kill: bool) -> Iterator[Played]:
    """A class that is led through what nobody has computed, at 1, 2 and 3 containers and one lost."""
    scenario = SCENARIOS["led"]
    for count, lost in [(1, False), (2, False), (3, False), *([(3, True)] if kill else [])]:
        with machines(port, count) as server:
            room = Room.opened(server.url)
            name = f"led by {count} containers" + (", one killed half way" if lost else "")
            played = watched(name, scenario, visitors or scenario.visitors, server, lost)
            if not room.lives(count):
                played.scene.book.wrong["the room is lost"] += 1
        print(text([played]), flush=True)
        yield played


def watched(
    name: str,
    scenario: Scenario,
    count: int,
    server: Served,
    kill: bool = False,
    over: float = HOUR,
) -> Played:
    """One scenario at a server that has just started; killed half way is its last container."""
    scene = Scene(server, Opening.seen(server.url, LESSON), over=over)
    server.rest()
    before, cpu, own = server.computed(), server.cpu(), time.process_time()
    load, start = os.getloadavg()[0], time.perf_counter()
    uvloop.run(_timed(scenario, scene, count, kill))
    wall = time.perf_counter() - start
    spent, mine = server.cpu() - cpu, time.process_time() - own
    server.rest()
    scene.memory.append(server.memory())
    ran = server.computed() - before
    redis = server.redis() if isinstance(server, Machines) else {}
    scene.book.wrong.update(differing(scene.book))
    return Played(name, scenario, count, scene, wall, spent, mine, ran, load, kill, redis)


async def _timed(scenario: Scenario, scene: Scene, count: int, kill: bool) -> None:
    async with asyncio.timeout(2 * 3600):
        killing = asyncio.create_task(_kill(scene.server)) if kill else None
        await scenario.play(scene, count)
        if killing:
            await killing


async def _kill(server: Served) -> None:
    """In the middle of the lesson, within the second in which a step is turned to."""
    await asyncio.sleep(ARRIVE + STEP * (len(queries(LESSON)) // 2) + JITTER / 2)
    assert isinstance(server, Machines)
    server.kill(server.processes)


def head(processes: int) -> str:
    command = " ".join(["python -m bench.load", *sys.argv[1:]])
    return (
        "# Load\n\n"
        f"{machine()}; {datetime.now(UTC):%Y-%m-%d}; command: `{command}`. Visitors and server share\n"
        f"the machine; nginx and {processes} processes (`python -m app serve`), a fresh cache each time.\n\n"
    )


if __name__ == "__main__":
    sys.exit(main())
