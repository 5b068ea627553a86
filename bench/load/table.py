"""What came of a scenario, as a table: waits, errors, costs, and what was computed how often."""

import statistics
from collections import Counter
from dataclasses import dataclass, field

from bench.load.scenarios import Scenario, Scene

WARM = 0.3  # of a soak, after which memory should stay
TENTH = 10  # of a soak: what is held, up and down as it goes, is a mean over so much


@dataclass(frozen=True)
class Played:
    """A scenario that has been played."""

    name: str
    scenario: Scenario
    visitors: int
    scene: Scene
    wall: float
    cpu: float  # seconds of the server's processes
    own: float  # seconds of the visitors
    ran: Counter[str]  # runs by concept
    load: float  # of the machine before
    lost: bool = False  # a machine was, on purpose
    redis: dict[str, int] = field(default_factory=dict)  # what it says of itself, if there is one

    def failed(self) -> list[str]:
        """What was to hold and did not, in words."""
        book = self.scene.book
        slow = [
            f"{wait} p95 {at(book.waits[wait], 0.95):.2f} s > {most:g} s"
            for wait, most in self.scenario.holds.items()
            if at(book.waits[wait], 0.95) > most
        ]
        wrong = [f"{count} × {what}" for what, count in book.wrong.items()]
        twice = [f"{self.computed()} runs of {len(book.bodies)} states"] if self.twice() else []
        cut = [f"{book.cut} answers cut off"] if book.cut and not self.lost else []
        return [*slow, *wrong, *twice, *cut]

    def computed(self) -> int:
        return sum(self.ran.values())

    def twice(self) -> bool:
        """Whether a class cost more than one computation a state; one was computed for the list."""
        known = self.name.split()[0] in ("class", "led", "400", "own")
        return known and not self.lost and self.computed() > len(self.scene.book.bodies)


def at(waits: list[float], share: float) -> float:
    """The wait that this share of visitors did not exceed."""
    ordered = sorted(waits)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def overview(found: list[Played]) -> str:
    """What was to hold in each scenario beside what came of it, in one table."""
    lines = [
        "## What was to hold\n",
        "| scenario | visitors | p95 (to hold) | states read whole, runs | what did not hold |\n| --- | --- | --- | --- | --- |",
    ]
    for played in found:
        book = played.scene.book
        waits = ", ".join(
            f"{wait} {at(book.waits[wait], 0.95):.2f} s ({most:g})"
            for wait, most in played.scenario.holds.items()
        )
        ran = f"{len(book.bodies)}, {played.computed()}"
        failed = "; ".join(played.failed()) or "nothing"
        lines.append(f"| {played.name} | {played.visitors} | {waits} | {ran} | {failed} |")
    return "\n".join([*lines, "", ""])


def text(found: list[Played]) -> str:
    """A section a scenario."""
    return "\n".join(map(section, found))


def section(played: Played) -> str:
    book, scene = played.scene.book, played.scene
    lines = [
        f"## {played.name}: {played.visitors} visitors, {played.scenario.says}\n",
        "| wait | times | p50 | p95 | p99 | to hold (p95) |\n| --- | --- | --- | --- | --- | --- |",
    ]
    for wait, seconds in book.waits.items():
        shares = " | ".join(f"{at(seconds, share):.2f} s" for share in (0.5, 0.95, 0.99))
        most = played.scenario.holds.get(wait)
        goal = f"≤ {most:g} s" if most else ""
        lines.append(f"| {wait} | {len(seconds)} | {shares} | {goal} |")
    each = 1000 * played.cpu / played.visitors
    share = 100 * played.own / (played.own + played.cpu)
    facts = [
        f"{book.asked} requests in {played.wall:.0f} s, {book.asked / played.wall:.0f}/s",
        f"server {each:.0f} CPU-ms a visitor ({played.cpu:.0f} CPU-s; the visitors took {share:.0f} % of what both used)",
        f"{len(book.bodies)} states read to their end, {played.computed()} runs: "
        + (", ".join(f"{path} {n}" for path, n in sorted(played.ran.items()) if n) or "none"),
        f"told to wait {book.told_to_wait} times, cut off and asked again {book.cut} times; errors: "
        + (", ".join(f"{n} × {what}" for what, n in book.wrong.items()) or "none"),
        f"memory at the end {scene.memory[-1]:.0f} MB in all{growth(scene.memory)}; load average before {played.load:.1f}",
        f"did not hold: {'; '.join(played.failed()) or 'nothing'}",
    ]
    return "\n".join([*lines, "", *(f"- {fact}" for fact in facts), ""])


def growth(memory: list[float]) -> str:
    """How much was held at the end beside what was held once warm."""
    if len(memory) < 10:
        return ""
    warm, some = int(WARM * len(memory)), max(3, len(memory) // TENTH)
    before = statistics.mean(memory[warm : warm + some])
    after = statistics.mean(memory[-some:])
    tenths = [
        statistics.mean(memory[at : at + some]) for at in range(0, len(memory) - some + 1, some)
    ]
    course = ", ".join(f"{mean:.0f}" for mean in tenths)
    return f" (after warm-up {before:.0f}, {100 * (after / before - 1):+.1f} %; means of tenths {course})"
