"""Measures every graph on every provider here: python -m models.bench [--graphs NAMES] [--write]"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import torch  # noqa: E402 (threads are set before NumPy and torch are loaded)

from models import catalogue  # noqa: E402
from models.bench.cells import Table, measure  # noqa: E402
from models.bench.contenders import ways  # noqa: E402
from models.bench.page import page, row, texts  # noqa: E402
from models.bench.state import NET, states  # noqa: E402
from models.runtime.providers import Machine  # noqa: E402
from models.runtime.session import tiers  # noqa: E402

DOCUMENT = Path("docs") / "gpu.md"
MINUTES = 6.0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m models.bench", description=__doc__)
    parser.add_argument("--graphs", nargs="+", metavar="NAME", help="these alone")
    parser.add_argument("--write", action="store_true", help=f"write {DOCUMENT}")
    parser.add_argument(
        "--minutes", type=float, default=MINUTES, help="the whole may take; compiling gives way"
    )
    given = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    torch.set_num_threads(1)
    torch._inductor.config.compile_threads = 1
    machine = Machine.here()
    choice = tiers(machine)
    table = Table(60 * given.minutes)
    try:
        specs = [catalogue.spec(name) for name in given.graphs or catalogue.names()]
        for known in sorted(specs, key=lambda known: known.parameters):  # what compiles fast, first
            for cell in measure(table, known.name, ways(choice.worth), machine):
                print(row(texts(cell)), flush=True)
        if any(known.name == NET for known in specs):
            table.states.extend(states(ways(choice.worth), machine))
    except catalogue.GraphMissing as wrong:
        print(wrong, file=sys.stderr)
        return 1
    command = " ".join(["python -m models.bench", *(arguments or sys.argv[1:])])
    whole = page(table, choice, machine, load, command)
    if given.write:
        DOCUMENT.write_text(whole, encoding="utf-8")
    print(whole)
    return 0


if __name__ == "__main__":
    sys.exit(main())
