"""python -m bench.scale: what one machine holds, what several do, where more stop to help; docs/scale.md."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from app.shared_redis import Ask, Shelf, Tell
from bench import queues
from bench.load.__main__ import cluster
from bench.load.machines import Machines, machines
from bench.load.right import computed
from bench.load.scenarios import LESSON, Scene
from bench.load.server import Served, below, served
from bench.load.table import Played, at
from bench.load.visit import Opening, stated
from bench.queues import Costs
from bench.row import cpu_of, machine

DOC = Path(__file__).parent.parent / "docs" / "scale.md"
PORT = 7941
PEOPLE = 40  # who are measured
PAGE = "page"  # what is asked for in place of a state
PROCESSES = 2
STATES = 5  # that they ask for
SIZES = (1, 2, 3, 5, 10, 20, 50)  # machines that are simulated
LAID = 200  # states that are laid in Redis to measure that
TICK = 1e-5  # CPU seconds below which nothing is measured
FRONTS = (1, 2, 8)  # workers of the nginx before them that are simulated
CLASS = 1000  # whose waits are told for each


def measured(port: int) -> tuple[Costs, float]:
    """What things cost in one machine as the image runs it, and before it; MB that it holds."""
    with served(port, PROCESSES) as server:
        page, computing, reading = _asked(server, server.cpu)
        held = server.memory()
    with machines(port, 1) as server:
        proxy = [pid for pid in below(server.pid) if b"nginx" in _name(pid)]
        front_page, _, front_step = _asked(server, lambda: sum(map(cpu_of, proxy)))
        size, lay, take, along = _shelf(server)
    found = page, reading, computing, front_page, front_step, size, lay, take, along
    return Costs(*found), held


def _asked(server: Served, cpu: Callable[[], float]) -> tuple[float, float, float]:
    """CPU seconds of a page opened, of a state computed, and of one who reads it beside others."""
    scene = Scene(server, Opening.seen(server.url, LESSON))
    server.rest()
    _spent(cpu, lambda: _all(scene, "", range(1)))
    page = _spent(cpu, lambda: _all(scene, PAGE, range(PEOPLE))) / PEOPLE
    alone = _spent(cpu, lambda: [_all(scene, f"seed={100 + n}", range(1)) for n in range(STATES)])
    crowd = _spent(
        cpu, lambda: [_all(scene, f"seed={200 + n}", range(PEOPLE)) for n in range(STATES)]
    )
    if scene.book.wrong:
        raise RuntimeError(f"what was measured went wrong: {dict(scene.book.wrong)}")
    return page, alone / STATES, max(0.0, (crowd - alone) / STATES / (PEOPLE - 1))


def _name(pid: int) -> bytes:
    return Path(f"/proc/{pid}/comm").read_bytes()


def _spent(cpu: Callable[[], float], act: Callable[[], object]) -> float:
    before = cpu()
    act()
    return cpu() - before


def _all(scene: Scene, what: str, people: range) -> None:
    """All of them at once open the page, or ask for a state."""

    async def person(number: int) -> None:
        visitor = scene.visitor(number)
        await (visitor.open(LESSON) if what == PAGE else visitor.frames(LESSON, what))
        visitor.browser.close()

    async def crowd() -> None:
        await asyncio.gather(*map(person, people))

    uvloop.run(crowd())
    scene.server.rest()


def _shelf(server: Machines) -> tuple[float, float, float, float]:
    """Bytes of a state; CPU seconds to lay it and to read it along in Redis, and to read it here."""
    address = f"unix://{server.run}/redis.sock"
    lay, shelf = Shelf(address, "measure"), Shelf(address, "other")
    [redis] = [pid for pid in below(server.pid) if b"redis-server" in _name(pid)]
    messages = computed(stated(LESSON, "")) or []
    laid = cpu_of(redis)
    for number in range(LAID):
        lay.turn([Ask(f"measure{number}", 0)], [])
        lay.turn([], [Tell(f"measure{number}", 0, messages, over=True, whole=True)])
    laid, taken, along = cpu_of(redis) - laid, cpu_of(redis), time.process_time()
    for number in range(LAID):
        first = 0
        while first < len(messages):
            [found], _ = shelf.turn([Ask(f"measure{number}", first)], [])
            first += len(found.messages)
    taken, along = cpu_of(redis) - taken, time.process_time() - along
    return float(sum(map(len, messages))), laid / LAID, taken / LAID, along / LAID


def main() -> int:
    """Measure, simulate, and print or write what came of it; 1 if anything was lost on the way."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--visitors", type=int, help="of the class that is played; 200")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--write", action="store_true", help="write docs/scale.md")
    given = parser.parse_args()
    load = os.getloadavg()[0]
    costs, held = measured(given.port)
    played = list(cluster(given.visitors, given.port, kill=True))
    found = text(costs, held, load, played)
    if given.write:
        DOC.write_text(found)
    print(found)
    return 1 if any(one.scene.book.wrong for one in played) else 0


def text(costs: Costs, held: float, load: float, played: list[Played]) -> str:
    """The page."""
    head = (
        "# More than one machine\n\n"
        f"{machine()}; {datetime.now(UTC):%Y-%m-%d}; command: `python -m bench.scale --write`. Load average\n"
        f"before: {load:.1f}. CPU times do not depend on it much, waits do: containers, Redis, nginx and visitors\n"
        "share this machine's cores.\n\n"
    )
    return head + "\n".join([one(costs, held), several(played), many(costs), ends(costs)])


def one(costs: Costs, held: float) -> str:
    rows = {
        f"a page opened, one of {PEOPLE} at once": f"{_ms(costs.page)} CPU-ms",
        f"a step of the class, each of {PEOPLE} who read one state at once": f"{_ms(costs.step)} CPU-ms",
        f"a state of `{LESSON}` computed": f"{_ms(costs.compute)} CPU-ms",
        "a page opened, in an nginx before the machines": f"{_ms(costs.front_page)} CPU-ms",
        "a state read, there": f"{_ms(costs.front_step)} CPU-ms",
        "a state laid in Redis, in Redis": f"{_ms(costs.lay)} CPU-ms for {costs.size / 1e6:.2f} MB",
        "and read along by another machine, in Redis": f"{_ms(costs.take)} CPU-ms",
        "the same, in that machine": f"{_ms(costs.along)} CPU-ms",
        f"nginx, {PROCESSES} processes and their workers": f"{held:.0f} MB, what they share counted for each",
    }
    lines = "".join(f"| {what} | {value} |\n" for what, value in rows.items())
    return (
        f"## What things cost, measured at one machine\n\n| what | cost |\n| --- | --- |\n{lines}"
    )


def several(played: list[Played]) -> str:
    """A row for each number of containers."""
    head = (
        "## Containers that take turns, measured\n\n"
        "A class opens a page and is led through states that nobody has computed; nginx takes turns between containers of one\n"
        "process and knows nobody again; they share a Redis. Every answer is checked. Cores do not multiply here, so waits\n"
        "do not shrink; what is shown is that nothing is computed twice and nothing is lost. `python -m bench.load --redis --kill` plays it alone.\n\n"
        "| containers | visitors | page p95 | step: first frame p95 | states | computed | cut off, asked again | errors | CPU-ms a visitor | Redis sent | load before |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    )
    return head + "".join(map(_row, played))


def _row(one: Played) -> str:
    book = one.scene.book
    cells = [
        f"{one.scene.server.processes}{', one killed with -9 half way' if one.lost else ''}",
        str(one.visitors),
        f"{at(book.waits['page'], 0.95):.2f} s",
        f"{at(book.waits['step first'], 0.95):.2f} s",
        str(len(book.bodies)),
        "not known: the dead one took its count along" if one.lost else str(one.computed()),
        str(book.cut),
        ", ".join(f"{n} × {what}" for what, n in book.wrong.items()) or "none",
        "" if one.lost else f"{1000 * one.cpu / one.visitors:.0f}",
        f"{one.redis.get('total_net_output_bytes', 0) / 1e6:.0f} MB",
        f"{one.load:.1f}",
    ]
    return f"| {' | '.join(cells)} |\n"


def many(costs: Costs) -> str:
    """A row for each number of machines."""
    head = (
        f"## Many machines, simulated\n\n"
        f"From the costs above, event by event (`bench/queues.py`, tested against Erlang's and Pollaczek and Khinchine's formulas): machines of\n"
        f"{queues.CORES} cores behind one nginx. The largest class that waits at p95 at most 2 s for the page, if it comes within\n"
        f"{queues.OVER:g} s, and 0.5 s for a step that it turns to within {queues.WITHIN:g} s, by nginx's workers; and how long {CLASS} would wait with\n"
        f"{FRONTS[-1]} of them. Networks cost nothing in it and machines do nothing else, so it is a bound, not a promise.\n\n"
        f"| machines | {' | '.join(f'largest class, nginx workers: {n}' for n in FRONTS)} | {CLASS} people: page p95 | step p95 |\n"
        f"| --- |{' --- |' * len(FRONTS)} --- | --- |\n"
    )
    return head + "".join(_simulated(count, costs) for count in SIZES)


def _simulated(count: int, costs: Costs) -> str:
    classes = [str(queues.most(count, costs, front)) for front in FRONTS]
    waits = [
        f"{queues.late(wait(CLASS, count, costs, FRONTS[-1])):.2f} s"
        for wait in (queues.opened, queues.turned)
    ]
    return f"| {' | '.join([str(count), *classes, *waits])} |\n"


def ends(costs: Costs) -> str:
    """Where each part stops."""
    readers = queues.FRONT / max(costs.front_step, TICK)
    states = 1 / max(costs.lay + 9 * costs.take, TICK)
    cores = 10 * queues.CORES / costs.compute
    return f"""## Where it stops, and why

- **One nginx worker** passes {readers:.0f} readers of such a state a second here, so a class of about {readers:.0f} turns to a step within half a
  second and waits half a second at most, however many machines there are behind it. More workers, or two such fronts behind one name, move that end.
- **Redis** is one core. With ten machines a state costs it {_ms(costs.lay + 9 * costs.take)} CPU-ms (laid once, read along nine times), so
  {states:.0f} new states a second; ten machines of {queues.CORES} cores compute {cores:.0f} a second of `{LESSON}`. On the network it sends
  {9 * costs.size / 1e6:.1f} MB a state to the nine others: {1.25e8 / (9 * costs.size):.0f} states a second fill 1 Gbit/s. Beyond, states should go to machines by their
  address again, as inside a container.
- **Heavy pages** are bound by cores alone: a training takes one for as long as it lasts, and is computed once however many look on.
- **A room** takes 500 readers by rule, spread over all machines; each machine asks Redis about each of its rooms five times a second.
- **A machine that dies** holds its readers up for two seconds, the time for which its word stands, and for the computing
  of what it had not laid; what was laid is computed again by the one who goes on (runs are generators: they cannot begin in the middle), compared, and not sent twice.
- **What stays with one machine**: what Gradio's API (`/api`) was asked and has yet to answer: a program that calls it through a balancer needs the balancer's cookie;
  and runs that go on from a kept frame after a push, which another machine computes from their beginning.
- A Redis that is gone, slow or full costs half a second once; then each machine computes for itself, and `/status` says so.
"""


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.2g}" if seconds < 0.1 else f"{1000 * seconds:.0f}"


if __name__ == "__main__":
    sys.exit(main())
