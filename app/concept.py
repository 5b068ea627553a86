"""What a concept is: the one interface between the concepts and everything that shows them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar

from app.figures.scene import Scene
from app.params import Params

P = TypeVar("P", bound=Params)
F = TypeVar("F")


@dataclass(frozen=True)
class Source:
    """A work the concept rests on, cited beside the theory."""

    citation: str  # "Ho et al., 2020, Denoising diffusion probabilistic models"
    url: str


@dataclass(frozen=True)
class Concept(Generic[P, F]):
    """One idea, live: parameters in, frames out, each frame drawn as a scene."""

    title: str
    blurb: str  # one sentence in the learner's words
    params: type[P]
    compute: Callable[..., Iterator[F]]  # (params[, start=frame]) -> frames; pure; >= 1 frame
    draw: Callable[[F], Scene]  # pure; no colours, no chance, no mathematics of its own
    covers: tuple[str, ...] = ()  # ids of the catalogue rows it makes visible
    graphs: tuple[str, ...] = ()  # names in models.catalogue
    sources: tuple[Source, ...] = ()
    # Where views stand on a wide screen, as rows of a grid: ("plane plane loss", "plane plane bars");
    # rows that name a view which a state does not show fall away.
    layout: tuple[str, ...] = ()
    # What a frame has learned, as the bytes of an ONNX graph: (models.plain.to_onnx)
    net: Callable[[F], bytes] | None = None
    # (params, number) -> (number, frame), the frame of that number first, then those after it, then
    # those before: where a hand is at work in the middle of a run, it need not wait for the beginning.
    around: Callable[[P, int], Iterator[tuple[int, F]]] | None = None
    # True where frames read a clock (latencies): never kept, never shared, not the same twice.
    measures: bool = False


@dataclass(frozen=True)
class Entry:
    """A concept with its place in the book."""

    chapter: str
    key: str
    concept: Concept[Any, Any]
    folder: Path

    @property
    def path(self) -> str:
        return f"{self.chapter}/{self.key}"


def load(chapter: str, key: str) -> Entry:
    """The concept of a folder; its package must hold CONCEPT."""
    module = import_module(f"app.concepts.{chapter}.{key}")
    return Entry(chapter, key, module.CONCEPT, Path(str(module.__file__)).parent)
