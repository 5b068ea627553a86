"""Who comes and what they do: a class, people each on their own, trainings, one who floods, a long day."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from app import contents, describe
from bench.load.server import Served
from bench.load.visit import Book, Opening, Visitor

LESSON = "diffusion/flow"  # what the class walks through
LIGHT = ("diffusion/flow", "diffusion/score", "transformers/calculator", "reinforcement/grid")
TRAININGS = (
    ("latents/gan", "iterations=6000&seed={seed}"),
    ("diffusion/flow", "field=training&iterations=2000&seed={seed}"),
    ("diffusion/training", "seed={seed}"),
    ("reinforcement/offpolicy", "seed={seed}"),
)
HEAVY = ("latents/gan", "iterations=6000&seed={seed}")
ARRIVE = 15.0  # seconds in which a class opens the page
STEP = 5.0  # seconds that a class spends on a step of the lesson
JITTER = 0.5  # seconds within which a class turns to the next step
CLASS = {"page": 2.0, "first": 0.5, "step first": 0.5}  # seconds that p95 of its waits may be
HOUR = 3600.0  # seconds
THINK = 2.0  # seconds between two changes that one person makes


@dataclass
class Scene:
    """A server, an opened page as a browser sees it, and the book of what is seen."""

    server: Served
    opening: Opening
    book: Book = field(default_factory=Book)
    over: float = HOUR  # seconds in which the visits of a soak begin
    memory: list[float] = field(default_factory=list)  # MB, read now and then

    def visitor(self, number: int) -> Visitor:
        return Visitor(self.server.url, number, self.opening, self.book)


@dataclass(frozen=True)
class Scenario:
    """What is to hold, and how it is played."""

    says: str
    visitors: int
    play: Callable[[Scene, int], Awaitable[None]]
    holds: dict[str, float]  # seconds that p95 of a wait may be
    recorded: tuple[str, ...] = ()  # pages whose lessons are recorded before, as the image does


def queries(path: str) -> list[str]:
    """The states of a concept's lesson, step by step."""
    entry = contents.find(path)
    assert entry is not None
    return [step["query"] for step in describe.steps(entry)]


async def led(scene: Scene, count: int) -> None:
    """A class whose teacher changes the seed: nobody has computed what it walks through."""
    await lesson(scene, count, "&seed=77")


async def lesson(scene: Scene, count: int, changed: str = "") -> None:
    """A class opens the page within 15 s, then walks one lesson in step."""
    states = [query if "seed=" in query else query + changed for query in queries(LESSON)]

    async def pupil(number: int) -> None:
        chance = random.Random(number)
        visitor = scene.visitor(number)
        await asyncio.sleep(chance.uniform(0, ARRIVE))
        await visitor.open(LESSON)
        await visitor.frames(LESSON, "")
        for turn, query in enumerate(states):
            due = start + ARRIVE + STEP * (turn + 1) + chance.uniform(0, JITTER)
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            await visitor.frames(LESSON, query, "step ")
        visitor.browser.close()

    start = asyncio.get_running_loop().time()
    await gathered(pupil(number) for number in range(count))


async def own(scene: Scene, count: int, rounds: int = 8, kind: str = "") -> None:
    """People on light pages, each with states of their own."""

    async def person(number: int) -> None:
        chance = random.Random(1000 + number)
        visitor = scene.visitor(1000 + number)
        await asyncio.sleep(chance.uniform(0, THINK))
        await visitor.open(LESSON)
        for turn in range(rounds):
            path = LIGHT[(number + turn // 3) % len(LIGHT)]
            await visitor.frames(path, f"seed={1 + number * 97 + turn}", kind)
            await asyncio.sleep(chance.uniform(0, 2 * THINK))
        visitor.browser.close()

    await gathered(person(number) for number in range(count))


async def training(scene: Scene, count: int) -> None:
    """Four trainings are watched at once; others use light pages meanwhile."""
    watching = [
        asyncio.create_task(watcher(scene, 2000 + number, *TRAININGS[number]))
        for number in range(4)
    ]
    await asyncio.sleep(2)
    await own(scene, count, kind="light ")
    await ended(watching)


async def watcher(scene: Scene, number: int, path: str, query: str) -> None:
    """One who watches a training, and the next when it has ended."""
    visitor = scene.visitor(number)
    for seed in range(1, 1000):
        await visitor.watch(path, query.format(seed=number + seed), 60)


async def flood(scene: Scene, count: int) -> None:
    """Light pages alone, then beside one browser that asks for all it can."""
    await own(scene, count, 5, "alone ")
    flooding = [
        asyncio.create_task(flooder(scene, tab)) for tab in range(50)
    ]  # of one browser: its name is theirs
    await asyncio.sleep(2)
    await own(scene, count, 5, "flooded ")
    await ended(flooding)


async def flooder(scene: Scene, tab: int) -> None:
    """One of many tabs of a browser that never stops asking for heavy states of its own."""
    visitor = scene.visitor(3000)
    path, query = HEAVY
    for seed in range(1000):
        state = query.format(seed=tab * 1000 + seed)
        await visitor.browser.ask(f"/frames/{path}?{state}", tab=str(tab))


async def mixed(scene: Scene, count: int) -> None:
    """People who change things, scrub, walk to another page, train a while, and think."""

    async def person(number: int) -> None:
        chance = random.Random(4000 + number)
        visitor, path = scene.visitor(4000 + number), chance.choice(LIGHT)
        await asyncio.sleep(chance.uniform(0, ARRIVE))
        await visitor.open(path)
        await visitor.frames(path, "")
        for _ in range(10):
            act = chance.random()
            if act < 0.5:  # a control is changed
                await visitor.frames(path, f"seed={chance.randrange(1, 200)}", "change ")
            elif act < 0.65:  # another page
                path = chance.choice(LIGHT)
                await visitor.frames(path, "", "walk ")
            elif act < 0.75:
                where, query = chance.choice(TRAININGS)
                await visitor.watch(where, query.format(seed=chance.randrange(1, 9)), 4)
            await asyncio.sleep(chance.uniform(0, 2 * THINK))  # scrubbing and looking ask nothing
        visitor.browser.close()

    await gathered(person(number) for number in range(count))


async def soak(scene: Scene, count: int) -> None:
    """Visits of all pages, each with a state of its own, four at a time at most; memory is read as they pass."""
    entries = contents.entries()
    turns = iter(range(count))
    clock = asyncio.get_running_loop().time
    start = clock()

    async def guests() -> None:
        for number in turns:
            await asyncio.sleep(start + scene.over * number / count - clock())
            visitor, entry = scene.visitor(number), entries[number % len(entries)]
            await visitor.open(entry.path)
            await visitor.frames(entry.path, "")
            if "seed" in entry.concept.params.controls():
                await visitor.watch(entry.path, f"seed={number + 1}", 0)  # to its first frames
            visitor.browser.close()
            if number % 10 == 0:
                scene.memory.append(scene.server.memory())

    await gathered(guests() for _ in range(4))


async def gathered(parts: Iterable[Awaitable[None]]) -> None:
    await asyncio.gather(*parts)


async def ended(tasks: list["asyncio.Task[None]"]) -> None:
    """Call them off; a mistake in one is not passed over."""
    for task in tasks:
        task.cancel()
    for found in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(found, Exception) and not isinstance(found, (OSError, EOFError)):
            raise found


SCENARIOS = {
    "class": Scenario(
        "a class opens within 15 s and walks a lesson in step",
        200,
        lesson,
        CLASS,
        (LESSON,),
    ),
    "led": Scenario("the same with another seed, which nobody has computed", 200, led, CLASS),
    "400": Scenario("the same with twice as many", 400, led, {}),
    "own": Scenario("each on states of their own", 30, own, {"page": 3, "first": 3, "last": 3}),
    "training": Scenario("light pages beside four live trainings", 10, training, {"light last": 1}),
    "flood": Scenario("light pages, then beside one who floods", 10, flood, {"flooded first": 1}),
    "mixed": Scenario("changes, walks, trainings, thinking", 60, mixed, {}),
    "soak": Scenario("visits of all pages, each with a state of its own", 1000, soak, {}),
}
