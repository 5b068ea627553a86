"""TensorRT's engines for the GPU of this machine, built ahead: python -m models.engines build [NAMES]"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from models import catalogue
from models.runtime import engines
from models.runtime.measure import sample
from models.runtime.providers import Machine


def build(name: str, machine: Machine) -> str:
    """The engine of a graph, at the precision asked for or else in single; what was found, in words.

    Raises GraphMissing.
    """
    known, model = catalogue.spec(name), catalogue.content(name)
    plan = catalogue.plan(known)

    def samples(size: str) -> dict[str, np.ndarray]:
        return sample(known, {word: getattr(span, size) for word, span in known.sizes.items()}, 0)

    found = []
    for step in engines.ladder(machine):
        with engines.alone(plan, step):
            why = engines.verdict(plan, step)
            if why is None:
                why = engines.build(known, model, plan, step, samples)
        found.append(why or f"{step.settings.precision}: ready")
        if not why:
            break
    return "; ".join(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m models.engines", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser(
        "build", help="build what is not there yet, and compare it with the CPU"
    )
    verb.add_argument("names", nargs="*", metavar="NAME", help="all graphs, if none is given")
    given = parser.parse_args(arguments)
    machine = Machine.here()
    if not engines.possible(machine):
        print(f"no engine can be built here: {machine.driver.finding}", file=sys.stderr)
        return 1
    try:
        for name in given.names or catalogue.names():
            print(f"{name}: {build(name, machine)}", flush=True)
    except (catalogue.GraphMissing, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
