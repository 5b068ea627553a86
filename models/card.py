"""The card of a graph: what it is, what it was taught, how well it does and how to recognise it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

Shape = tuple[int | str, ...]
Facts = Mapping[str, int | float | str]
Arrays = Mapping[str, np.ndarray]
MOST = 0.05  # a number format that moves an output by more than this share is not used
ROOM = 2.0  # an engine sums in another order, meets other inputs, and may keep sums coarse too


@dataclass(frozen=True)
class Port:
    """One input or output of a graph."""

    name: str
    dtype: str  # NumPy's name: "float32", "int64"
    shape: Shape  # a word is a size that may change: ("batch", 1, 32, 32)

    def __post_init__(self) -> None:
        if not self.shape:  # Triton refuses the graph, whatever its config.pbtxt says
            why = "give it the shape (1,), for inference servers take no scalars"
            raise ValueError(f"the port {self.name} has no dimension; {why}")


@dataclass(frozen=True)
class Span:
    """The sizes that one changing dimension may take, ends included; `usual` is the common one."""

    least: int
    usual: int
    most: int


@dataclass(frozen=True)
class Seal:
    """What a file must be, to the byte."""

    size: int  # bytes
    sha256: str

    @classmethod
    def of(cls, content: bytes) -> "Seal":
        """The seal of this content."""
        return cls(len(content), sha256(content).hexdigest())

    def broken(self, content: bytes) -> str:
        """What is wrong with the content, in words; empty where it is the sealed one."""
        if len(content) != self.size:
            return f"it has {len(content):,} bytes; {self.size:,} were expected"
        found = Seal.of(content).sha256
        return "" if found == self.sha256 else f"its sha256 is {found}; {self.sha256} was expected"


@dataclass(frozen=True)
class Parity:
    """How far the graph is from the torch net it was exported from, on inputs of many sizes."""

    largest_difference: Mapping[str, float]  # by output, in units of that output
    tolerance: float  # the export fails above it; relative to outputs larger than 1
    cases: tuple[Mapping[str, int], ...]  # the sizes that were compared
    # How far each output moved when all values were rounded to a coarser format, relative as above;
    # None where it could not be computed or was not finite. By format and output; models/precision.py measures it.
    rounded: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)

    def unfit(self, precision: str) -> str:
        """Why the graph must not be computed in this precision, in words; empty where it may."""
        if precision == "fp32":
            return ""
        if precision not in self.rounded:
            return f"its card has no deviation measured in {precision}: python -m models.precision"
        for output, share in self.rounded[precision].items():
            if share is None:
                return f"in {precision}, {output} is not finite for some inputs"
            if share > MOST:
                return f"in {precision}, {output} moves by {share:.0%}; {MOST:.0%} at most"
        return ""

    def allowed(self, precision: str, output: str) -> float:
        """How far an output computed in this precision may be from that in single precision."""
        share = None if precision == "fp32" else self.rounded[precision][output]
        return self.tolerance + ROOM * (share or 0.0)

    def apart(self, found: Arrays, expected: Arrays, precision: str) -> str:
        """How outputs differ from those expected beyond what is allowed, in words; else empty."""
        if why := self.unfit(precision):
            return why
        for name, array in expected.items():
            allowed = self.allowed(precision, name)
            largest = float(np.abs(array).max(initial=0))
            differs = float(np.abs(found[name] - array).max(initial=0))
            if not differs <= allowed * max(1.0, largest):  # a NaN must not pass
                return f"{name} differs by {differs:.2g}, largest {largest:.2g}; {precision} may by {allowed:g}"
        return ""


@dataclass(frozen=True)
class GraphSpec:
    """All that is known of a graph without opening it; kept beside it as `NAME.json`."""

    name: str
    what: str
    recipe: str  # the module that made it
    trained_on: str
    licence: str
    parameters: int
    quality: Facts  # what the recipe measured on the exported graph
    parity: Parity
    opset: int
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    sizes: Mapping[str, Span]
    file: Seal
    config: Mapping[str, Any]  # the training's settings, the seed among them
    training: Facts  # seconds, machine, versions
    beside: Mapping[str, Seal] = field(default_factory=dict)  # files that belong to it, by suffix

    @property
    def sha256(self) -> str:
        return self.file.sha256

    @property
    def command(self) -> str:
        """What makes the graph anew."""
        return f"python -m models.train {self.name}"

    def shape(self, port: Port, size: str) -> tuple[int, ...]:
        """The port's shape with each changing size at its "least", "usual" or "most"."""
        return tuple(n if isinstance(n, int) else getattr(self.sizes[n], size) for n in port.shape)

    def to_json(self) -> str:
        """The card as text."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "GraphSpec":
        """The card that `to_json` wrote; raises ValueError that says what is wrong with another."""
        try:
            card = json.loads(text)
            if unknown := set(card) - {f.name for f in fields(cls)}:
                raise ValueError(f"unknown fields {sorted(unknown)}")
            return cls(**(card | _typed(card)))
        except (KeyError, TypeError, AttributeError) as wrong:
            raise ValueError(f"not a graph's card: {wrong!r}") from wrong


def _typed(card: dict[str, Any]) -> dict[str, Any]:
    """The fields that are records again, made of JSON's lists and objects."""
    parity = card["parity"]
    ports = {
        side: tuple(Port(p["name"], p["dtype"], tuple(p["shape"])) for p in card[side])
        for side in ("inputs", "outputs")
    }
    return {
        **ports,
        "sizes": {name: Span(**span) for name, span in card["sizes"].items()},
        "file": Seal(**card["file"]),
        "beside": {suffix: Seal(**seal) for suffix, seal in card.get("beside", {}).items()},
        "parity": Parity(**(parity | {"cases": tuple(parity["cases"])})),
    }


def read(folder: Path, name: str) -> GraphSpec:
    """The card of a graph in a folder; raises FileNotFoundError or ValueError."""
    return GraphSpec.from_json((folder / f"{name}.json").read_text(encoding="utf-8"))
