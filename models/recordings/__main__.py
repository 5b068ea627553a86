"""Makes a recording: runs its training once, keeps the weights, seals the file."""

import argparse
import platform
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from time import perf_counter

import numpy as np

from models.card import Seal
from models.recordings import SHIPPED, Card, Recording, packed


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    names = sorted(m.name for m in iter_modules([str(Path(__file__).parent)]) if m.name[0] != "_")
    parser = argparse.ArgumentParser(prog="python -m models.recordings", description=__doc__)
    parser.add_argument("name", choices=names)
    parser.add_argument("--out", type=Path, default=SHIPPED, help="the folder for file and card")
    given = parser.parse_args(words)
    write(given.name, given.out)
    return 0


def write(name: str, out: Path) -> None:
    """Trains, then writes file and card."""
    recording: Recording = import_module(f"models.recordings.{name}").RECORDING
    start = perf_counter()
    file = packed(recording.record())
    card = Card(
        name,
        recording.what,
        recording.trained_on,
        licence="Apache-2.0",
        config=recording.config(),
        training={
            "seconds": round(perf_counter() - start, 1),
            "machine": platform.machine(),
            "versions": f"numpy {np.__version__}",
        },
        file=Seal.of(file),
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.npz").write_bytes(file)
    (out / f"{name}.json").write_text(card.to_json(), encoding="utf-8")
    print(f"{out / name}.npz  {len(file):,} bytes  {card.training['seconds']} s")


if __name__ == "__main__":
    sys.exit(main())
