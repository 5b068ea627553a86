"""Recorded trainings: the weights of every few steps, made by one command, sealed to the byte.

`python -m models.recordings NAME` runs the generator in models/recordings/NAME.py, the same that
its page runs live, and writes NAME.npz with a card NAME.json that says what, how, when it took how
long, and what the file must be.
"""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from models.card import Facts, Seal
from models.catalogue import GraphMissing

Array = np.ndarray
SHIPPED = Path(__file__).parents[2] / "assets" / "recordings"


@dataclass(frozen=True)
class Recording:
    """All that makes a recorded training."""

    what: str  # one sentence for the card and the page
    trained_on: str
    config: Callable[[], Facts]
    record: Callable[[], Iterator[tuple[int, Array]]]  # step, weights


@dataclass(frozen=True)
class Card:
    """What a recording is, how it was made and how to recognise it."""

    name: str
    what: str
    trained_on: str
    licence: str
    config: Facts
    training: Facts  # steps, seconds, machine, versions
    file: Seal

    @property
    def command(self) -> str:
        """What makes it anew."""
        return f"python -m models.recordings {self.name}"

    def to_json(self) -> str:
        """The card as text."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Checkpoints:
    """The weights after each of some steps, as they were kept: rounded to 16 bits."""

    step: Int[Array, " n"]
    theta: Float[Array, "n nets p"]


def packed(checkpoints: Iterator[tuple[int, Array]]) -> bytes:
    """The file of a recording; weights in 16 bits, which changes them by a part in 2,000 at most."""
    steps, weights = zip(*checkpoints, strict=True)
    file = io.BytesIO()
    np.savez_compressed(file, step=np.array(steps), theta=np.stack(weights).astype(np.float16))
    return file.getvalue()


@lru_cache(maxsize=4)
def checkpoints(name: str, folder: Path = SHIPPED) -> Checkpoints:
    """A shipped recording; raises GraphMissing unless the file is the one on its card."""
    path = folder / f"{name}.npz"
    try:
        content, known = path.read_bytes(), card(name, folder)
    except FileNotFoundError as lost:
        why = f"there is no {lost.filename}"
    else:
        why = known.file.broken(content)
    if why:
        again = f"python -m models.recordings {name}"
        raise GraphMissing(f"{path}: {why}. This makes it anew: {again}")
    with np.load(io.BytesIO(content)) as kept:
        return Checkpoints(kept["step"], kept["theta"].astype(np.float32))


def card(name: str, folder: Path = SHIPPED) -> Card:
    """What is known of a shipped recording; raises FileNotFoundError."""
    facts = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return Card(**(facts | {"file": Seal(**facts["file"])}))
