"""The table as docs/gpu.md shows it: what was measured, where, when, and what could not be."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bench.row import machine as in_words
from models.bench.cells import Cell, Table
from models.bench.clock import Clock
from models.bench.state import DIGITS, STEPS
from models.runtime.providers import NAMES, Choice, Machine

HEAD = (
    "graph",
    "batch",
    "by",
    "ours",
    "torch eager",
    "torch.compile",
    "floor",
    "× floor",
    "ours apart",
    "compiled apart",
)
READING = """\
Each time is the best of many calls, read in turn with those beside it; in brackets how many times as long as
ours. On a CPU it is what the computing thread spent (CPU-ms), beside a GPU the clock on the wall (ms), from
arrays in the machine's memory and back to them. The floor is the larger of two times: the multiplications of
convolutions and matrices at the peak, and weights, inputs and outputs, each once, at the rate at which so
many bytes are copied here; sums, roots and all values between the layers come on top. `apart` is the largest
difference from torch in single precision on the CPU, over all outputs, in their own units; **beyond** where the
card does not allow it. A language model reads 32 tokens a text.
"""
SEEN = f"""\
{STEPS} DDIM steps of {DIGITS} digits. Through NumPy each state comes back, as a page that shows it needs it; left with
the net, the step is part of the graph, the state is bound to the device and only the end comes back
(`models/walk.py`). `apart` is the largest difference between the two ends, whose pixels lie in [-1, 1].
"""


def page(table: Table, choice: Choice, machine: Machine, load: float, command: str) -> str:
    """The whole document."""
    gpu = machine.driver.finding
    head = [
        "# Every graph on every provider",
        "",
        f"{in_words()}; {gpu}. {datetime.now(UTC):%Y-%m-%d}, load {load:.1f} before and "
        f"{os.getloadavg()[0]:.1f} after; one thread; command: `{command}`.",
        "",
        *(f"- {NAMES[tier]} was not measured: {why}." for tier, why in choice.refused),
        *peaks(table),
        "",
        READING,
        row(HEAD),
        row(["---"] * len(HEAD)),
    ]
    cells = sorted(table.cells, key=lambda c: (c.graph, c.way.tier, c.way.precision, c.batch))
    tail = ["", "Missing:", "", *(f"- {why}" for why in table.missing)] if table.missing else []
    rows = (row(texts(cell)) for cell in cells)
    return "\n".join([*head, *rows, *tail, *sampled(table)]) + "\n"


def sampled(table: Table) -> Iterator[str]:
    """The part on a sampler's state, where it was measured."""
    if not table.states:
        return
    yield from ("", "## A sampler's state", "", SEEN)
    yield row(("by", "through NumPy", "left with the net", "apart"))
    yield row(["---"] * 4)
    for one in table.states:
        unit = Clock(one.way.device).unit
        spent = (f"{short(one.seen)} {unit}", f"{short(one.left)} {unit}")
        yield row((str(one.way), *spent, f"{one.apart:.1e}"))


def peaks(table: Table) -> Iterator[str]:
    """What the probes of each device found."""
    for (device, precision), found in table.devices.items():
        small, large = (found.rate(size) / 1e9 for size in (1 << 20, 1 << 26))
        yield (
            f"- {device}, {precision}: peak {found.flops / 1e9:,.0f} GFLOP/s (a product of 1,024 × 1,024 "
            f"matrices); copies move {small:,.0f} GB/s of 1 MiB, {large:,.0f} GB/s of 64 MiB."
        )


def texts(cell: Cell) -> Iterator[str]:
    """The cell as a row of texts."""
    yield from (cell.graph, str(cell.batch), str(cell.way))
    yield f"{short(cell.ours)} {Clock(cell.way.device).unit}"
    for other in (cell.eager, cell.compiled):
        yield "–" if other is None else f"{short(other)} ({short(other / cell.ours)})"
    yield "–" if cell.floor is None else short(cell.floor)
    yield "–" if cell.floor is None else short(cell.ours / cell.floor)
    yield f"{cell.apart:.1e}" + (f" **beyond**: {cell.beyond}" if cell.beyond else "")
    yield "–" if cell.compiled_apart is None else f"{cell.compiled_apart:.1e}"


def short(number: float) -> str:
    """Two figures, or all of them before the point."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def row(texts: Sequence[str] | Iterator[str]) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(texts)} |"
