"""Who comes waits for whoever is first free: machines with cores, nginx before them, Redis beside them.

A simulation event by event, exact for what it is told: nobody is lost, each is served in the order of
coming, a core serves one at a time. What it leaves out makes real waits longer: cores are never shared
with anything else, and networks cost nothing.
"""

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass

CORES = 2  # of a machine
FRONT = 1  # nginx's worker
OVER = 15.0  # seconds within which a class opens the page
WITHIN = 0.5  # seconds within which a class turns to a step
PEOPLE = 250_000  # more are not tried


@dataclass(frozen=True)
class Costs:
    """What one of each costs, measured: CPU seconds, bytes."""

    page: float  # a page opened, with all its files
    step: float  # a reader of a state that another reader asked for too
    compute: float  # a state
    front_page: float  # a page opened, in the nginx before the machines
    front_step: float  # a state read, there
    size: float  # bytes of a state
    lay: float  # a state laid in Redis, in Redis
    take: float  # and read along by a machine, in Redis
    along: float  # the same, in the machine that reads along


def served(arrivals: Sequence[float], service: Sequence[float], servers: int) -> list[float]:
    """When each is done who comes at these times, in order, and takes so long: one queue, first come first served."""
    free = [0.0] * servers
    done = []
    for come, takes in zip(arrivals, service, strict=True):
        end = max(come, heapq.heappop(free)) + takes
        heapq.heappush(free, end)
        done.append(end)
    return done


def turned(people: int, machines: int, costs: Costs, front: int = FRONT) -> list[float]:
    """How long each of a class waits for a step that nobody has computed: nginx, then a machine in turn.

    The first machine that is asked computes it, on one of its cores; the others take it from Redis when they
    are first asked. A reader counts as served once all of the state is, so first frames come sooner.
    """
    chance = random.Random(0)
    come = sorted(chance.uniform(0, WITHIN) for _ in range(people))
    passed = served(come, [costs.front_step] * people, front)
    waits = [0.0] * people
    shelf = costs.lay
    for machine in range(machines):
        mine = range(machine, people, machines)
        before = [passed[machine]] if mine else []  # when it is computed, or begun to be read along
        beside = [costs.along if machine else costs.compute] * len(before)
        come_here = [*before, *(passed[number] for number in mine)]
        done = served(come_here, [*beside, *[costs.step] * len(mine)], CORES)[len(before) :]
        shelf += costs.take if machine and mine else 0  # machines are served by Redis one by one
        for number, end in zip(mine, done, strict=True):
            waits[number] = max(end, passed[machine] + shelf if machine else end) - come[number]
    return waits


def opened(people: int, machines: int, costs: Costs, front: int = FRONT) -> list[float]:
    """How long each of a class waits for the page."""
    chance = random.Random(1)
    come = sorted(chance.uniform(0, OVER) for _ in range(people))
    passed = served(come, [costs.front_page] * people, front)
    waits = [0.0] * people
    for machine in range(machines):
        mine = range(machine, people, machines)
        done = served([passed[n] for n in mine], [costs.page] * len(mine), CORES)
        for number, end in zip(mine, done, strict=True):
            waits[number] = end - come[number]
    return waits


def late(waits: Sequence[float], share: float = 0.95) -> float:
    """The wait that this share did not exceed."""
    return sorted(waits)[min(len(waits) - 1, int(share * len(waits)))]


def holds(people: int, machines: int, costs: Costs, front: int = FRONT) -> bool:
    """Whether such a class waits at p95 at most 2 s for the page and 0.5 s for a step."""
    return (
        late(opened(people, machines, costs, front)) <= 2.0
        and late(turned(people, machines, costs, front)) <= 0.5
    )


def most(machines: int, costs: Costs, front: int = FRONT) -> int:
    """The largest class that holds, to one in fifty."""
    low, high = 0, 64
    while high < PEOPLE and holds(high, machines, costs, front):
        low, high = high, 2 * high
    while high - low > max(1, low // 50):
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle, machines, costs, front) else (low, middle)
    return low
