"""python -m bench: measure what Glassbox claims, and write the table to docs/bench.md."""

import os
from datetime import UTC, datetime
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from bench import attention, learning, nets, off_policy, pages, rooms  # noqa: E402 (threads are set before NumPy is loaded)
from bench.row import Row, machine  # noqa: E402

TABLE = Path(__file__).parent.parent / "docs" / "bench.md"


def main() -> None:
    """Measure everything, row by row, and write it down."""
    found: list[Row] = []
    for part in (learning, off_policy, nets, attention, pages, rooms):
        for row in part.rows():
            print(f"{row.figure}: {row.value}  [{row.goal}] load {row.load:.1f}", flush=True)
            found.append(row)
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(text(found))


def text(rows: list[Row]) -> str:
    """The table as Markdown."""
    head = (
        "# Measured\n\n"
        f"{machine()}; {datetime.now(UTC):%Y-%m-%d}; command: `make bench`. Load is the machine's load\n"
        "average when the figure was read; CPU seconds do not depend on it much, wall times do.\n\n"
        "| figure | value | to reach | how | load |\n| --- | --- | --- | --- | --- |\n"
    )
    lines = (f"| {r.figure} | {r.value} | {r.goal} | {r.how} | {r.load:.1f} |\n" for r in rows)
    return head + "".join(lines)


main()
