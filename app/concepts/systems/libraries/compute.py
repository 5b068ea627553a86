r"""Which libraries this program stands on: asked of its own source and of this machine, now.

A library plays a part where modules import it: $n_{l,p} = |\{m \in p : m \text{ imports } l\}|$.
What it brings along is the closure of its requirements, $C(l) = \{l\} \cup \bigcup_{r \in R(l)} C(r)$.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from app import params

from .shelf import SHELF, Library

Array = np.ndarray
ROOT = Path(__file__).parents[4]
# The parts of the program, each with the folders and files that belong to it; the first that fits.
PLACES = {
    "pages": ("app/concepts/", "app/figures/"),
    "server": ("app/",),
    "maths": ("models/maths/", "models/worlds/"),
    "training": ("models/nets/", "models/recipes/", "models/train.py", "models/export.py"),
    "tests": ("tests/", "bench/", "models/bench/"),
    "graphs": ("models/",),
}
SERVING = ("pages", "server", "maths", "graphs")
# An import; or a comment or a text, which may hold the like of one and is passed over. Python's own
# reading (`ast`) finds the same in 2.0 CPU-s where this takes 0.1 (606 modules).
IMPORT = re.compile(
    r"""
    \#[^\n]*
    | \"{3} (?: [^"\\] | \\. | "(?!"") )* \"{3}
    | '{3} (?: [^'\\] | \\. | '(?!'') )* '{3}
    | " (?: [^"\\\n] | \\. )* "
    | ' (?: [^'\\\n] | \\. )* '
    | (?: ^ | [:;] ) [ \t]* import [ ]+ (?P<plain> [^\n\#;]+ )
    | (?: ^ | [:;] ) [ \t]* from [ ]+ (?P<top> \w+ ) [\w.]* [ ]+ import \b
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)


@dataclass(frozen=True)
class Params(params.Params):
    library: str = params.choice(*(library.name for library in SHELF), label="Library")


@dataclass(frozen=True)
class Need:
    """A package that another one asks for."""

    name: str
    version: str  # installed; empty if it is not
    size: float  # megabytes of itself


@dataclass(frozen=True)
class Frame:
    """The map of the libraries, and one of them closely."""

    chosen: int  # the library shown closely, by its place on the shelf
    versions: tuple[str, ...]  # of each library; empty where it is not installed
    modules: Int[Array, "libraries places"]  # that import it
    serves: tuple[bool, ...]  # whether a serving part imports it, or the program asks for it
    size: Float[Array, " libraries"]  # megabytes of itself; 0 where it is not installed
    needs: tuple[Need, ...]  # what the chosen one asks for, largest first
    brings: float  # megabytes of the chosen one with all that it brings along
    serving: float  # megabytes of all that serving the pages needs, closure included
    everything: float  # megabytes of all packages of this environment
    files: int  # modules of this program


def compute(p: Params) -> Iterator[Frame]:
    """One frame: nothing moves here."""
    packages, seen = [installed(library) for library in SHELF], imports()
    modules = np.array(
        [[len(seen[place].get(library.module, ())) for place in PLACES] for library in SHELF]
    )
    serving = [list(PLACES).index(place) for place in SERVING]
    serves = tuple(
        bool(row[serving].any()) or any(plain(name) in required() for name in library.packages)
        for row, library in zip(modules, SHELF, strict=True)
    )
    used = [name for name, needed in zip(packages, serves, strict=True) if needed]
    at = [library.name for library in SHELF].index(p.library)
    yield Frame(
        at,
        tuple(metadata.version(name) if name else "" for name in packages),
        modules,
        serves,
        np.array([size(name) for name in packages]),
        tuple(sorted(map(need, asks(packages[at])), key=lambda need: (-need.size, need.name))),
        brings=sum(map(size, closure([packages[at]])), 0.0),
        serving=sum(map(size, closure([*used, *required()])), 0.0),
        everything=sum(map(size, environment()), 0.0),
        files=sum(len(found) for found in sources().values()),
    )


def installed(library: Library) -> str:
    """The package that provides a library here; empty if none is installed."""
    return next((name for name in library.packages if plain(name) in environment()), "")


@cache
def environment() -> dict[str, metadata.Distribution]:
    """Every package that is installed here, by its plain name."""
    return {plain(name): d for d in metadata.distributions() if (name := d.name)}


def plain(name: str) -> str:
    """A package's name as indexes compare it: lower case, one kind of dash (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def size(name: str) -> float:
    """Megabytes that a package takes on disk, by its own record; 0 if it is not installed."""
    package = environment().get(plain(name))
    record = (package and package.read_text("RECORD")) or ""  # lines of "path,hash,bytes"
    sizes = (line.rpartition(",")[2] for line in record.splitlines())
    return sum(int(size) for size in sizes if size.isdecimal()) / 1e6


def asks(name: str) -> list[str]:
    """The packages that a package asks for: always, or on machines like this one."""
    package = environment().get(plain(name))
    return wanted((package and package.requires) or ())


def required() -> list[str]:
    """The packages that this program asks for, where its list came along."""
    file = ROOT / "requirements.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return wanted(line for line in lines if line[:1].isalpha())


def wanted(lines: Iterable[str]) -> list[str]:
    """The packages that these requirements name, without extras and other systems' (PEP 508)."""
    found: dict[str, None] = {}
    for line in lines:
        name, _, condition = line.partition(";")
        need = plain(re.split(r"[^\w.-]", name.strip())[0])
        if "extra" not in condition and (not condition or need in environment()):
            found[need] = None
    return list(found)


def need(name: str) -> Need:
    """A requirement with what is installed of it."""
    package = environment().get(name)
    return Need(name, package.version if package else "", size(name))


def closure(names: Iterable[str]) -> set[str]:
    """The packages of these names with all that they bring along, as far as it is installed."""
    found: set[str] = set()
    waiting = [plain(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name in environment() and name not in found:
            found.add(name)
            waiting += asks(name)
    return found


@cache
def sources() -> dict[str, list[Path]]:
    """The modules of this program by place; tests are not part of every installation."""
    found: dict[str, list[Path]] = {place: [] for place in PLACES}
    for top in ("app", "models", "tests", "bench"):
        for path in sorted((ROOT / top).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            place = next(p for p, tops in PLACES.items() if name.startswith(tops))
            found[place].append(path)
    return found


@cache
def imports() -> dict[str, dict[str, list[str]]]:
    """For each place, the top-level modules that its files import, with the files."""
    seen: dict[str, dict[str, list[str]]] = {place: {} for place in PLACES}
    for place, paths in sources().items():
        for path in paths:
            for module in named(path.read_text(encoding="utf-8")):
                seen[place].setdefault(module, []).append(path.name)
    return seen


def named(source: str) -> set[str]:
    """The top-level modules that a file imports, wherever in it."""
    found = set()
    for match in IMPORT.finditer(source):
        several = (match["plain"] or "").split(",")
        tops = {name.split()[0].partition(".")[0] for name in several if name.strip()}
        found |= tops | ({match["top"]} if match["top"] else set())
    return found
