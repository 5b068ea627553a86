"""A Dockerfile read as its stages and steps; those instructions that ours uses, no others."""

import json
import re
import shlex
from dataclasses import dataclass, field

STEPS = {"RUN", "COPY", "ENV", "WORKDIR", "USER"}  # in order, each changes what follows
SAID = {"CMD", "HEALTHCHECK", "EXPOSE"}  # of the image


class NotRead(ValueError):
    """A line of a Dockerfile that is not understood here; says which."""


@dataclass
class Stage:
    """One FROM and what follows it."""

    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)

    def needs(self) -> list[str]:
        """The stages and images that it is built from."""
        copies = [re.search(r"--from=(\S+)", rest) for step, rest in self.steps if step == "COPY"]
        return [self.base, *(found[1] for found in copies if found)]


def read(text: str, **given: str) -> list[Stage]:
    """The stages of a Dockerfile, with its arguments as given or by default."""
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for line in lines(text):
        word, _, rest = line.partition(" ")
        if word == "ARG" and not stages:
            name, _, default = rest.partition("=")
            arguments[name] = given.get(name, default)
        elif word == "FROM":
            stages.append(_stage(rest, arguments, len(stages)))
        elif word in STEPS and stages:
            stages[-1].steps.append((word, rest))
        elif word in SAID and stages:
            stages[-1].said[word] = rest
        else:
            raise NotRead(f"{line[:60]!r}: not an instruction that is understood here")
    return stages


def _stage(rest: str, arguments: dict[str, str], number: int) -> Stage:
    filled = re.sub(r"\$\{(\w+)\}", lambda found: arguments[found[1]], rest)
    base, _, name = filled.partition(" AS ")
    return Stage(name or str(number), base)


def lines(text: str) -> list[str]:
    """Instructions, one a line, without comments."""
    kept = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(kept))
    return [line.strip() for line in joined.splitlines() if line.strip()]


def wanted(stages: list[Stage]) -> list[Stage]:
    """The stages that the last one is built from, in order, and itself."""
    by_name = {stage.name: stage for stage in stages}
    names = [stages[-1].name]
    for name in names:  # which grows as it goes
        names += [need for need in by_name[name].needs() if need in by_name]
    return [stage for stage in stages if stage.name in names]


def assignments(rest: str) -> dict[str, str]:
    """The variables of an ENV line."""
    return dict(part.split("=", 1) for part in shlex.split(rest))


def command(rest: str) -> list[str]:
    """The words of a CMD: a JSON list, or what a shell is told."""
    return list(json.loads(rest)) if rest.startswith("[") else ["/bin/sh", "-c", rest]
