"""What a recipe is: how one shipped graph is trained, exported, measured and described.

A recipe is a module `models/recipes/NAME.py` with `CONFIG`, `train(config)` and one record,
`RECIPE = Recipe(...)`. A page that trains live and `python -m models.train NAME` run the same
generator. A recipe whose training is NumPy imports torch only inside `net`, so that its page
never loads torch.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, runtime_checkable

import numpy as np

from models.card import Facts, Port, Span

if TYPE_CHECKING:
    import torch

__all__ = ["Config", "Data", "Port", "Recipe", "Snapshot", "Span", "names", "recipe"]

Array = np.ndarray
Weights = Mapping[str, Array]  # the names of the torch net's state dict


@runtime_checkable
class Config(Protocol):
    """The settings of one training: a frozen dataclass that has at least these fields.

    A recipe that reads files also has `data: Path`, the folder given by `--data`.
    """

    @property
    def seed(self) -> int: ...
    @property
    def steps(self) -> int: ...


@runtime_checkable
class Snapshot(Protocol):
    """A moment of a training; a recipe may add fields that its page wants to draw."""

    @property
    def step(self) -> int: ...
    @property
    def loss(self) -> float: ...
    @property
    def weights(self) -> Weights: ...


C = TypeVar("C", bound=Config)
Run = Callable[..., dict[str, Array]]  # an opened graph: arrays by name in, arrays by name out


@dataclass(frozen=True)
class Data:
    """The files a recipe reads from `--data DIR`, and where they usually come from."""

    files: tuple[str, ...]
    origin: str


@dataclass(frozen=True)
class Recipe(Generic[C]):
    """All that `models.train` needs to turn a training into a graph with its card."""

    what: str  # one sentence for the card and the page
    trained_on: str  # the data, in words: "MNIST test images, 9,000 of 10,000"
    licence: str  # of the weights, with the licence of the data
    config: C
    train: Callable[[C], Iterator[Snapshot]]
    net: Callable[
        [C, Weights], "torch.nn.Module"
    ]  # in eval mode; forward takes the inputs in order
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    sizes: Mapping[str, Span]  # one for each word in the ports' shapes
    # Inputs of these sizes, every array its own: a shared one would be merged by the exporter.
    example: Callable[[C, Mapping[str, int], int], dict[str, Array]]  # (config, sizes, seed)
    # The quality of the exported graph, by name, plain numbers: what the card reports.
    measure: Callable[[C, Run], Facts]
    needs: Data | None = None
    # Files that belong to the graph, by suffix: {"bpe.json": b"..."} becomes NAME.bpe.json.
    beside: Callable[[C], dict[str, bytes]] = field(default=lambda _: {})


def names() -> list[str]:
    """Every recipe there is, in alphabetical order."""
    return sorted(module.name for module in iter_modules([str(Path(__file__).parent)]))


def recipe(name: str) -> Recipe[Any]:
    """The recipe of this name; raises KeyError that lists those there are."""
    if name not in names():
        raise KeyError(f"no recipe {name!r}; there are: {', '.join(names())}")
    found: Recipe[Any] = import_module(f"models.recipes.{name}").RECIPE
    return found
