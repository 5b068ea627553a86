"""One state of a concept in your own hands: its frames, their arrays, their numbers, its picture."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from html import escape
from typing import Any

import numpy as np

from app import standalone
from app.concept import Entry
from app.figures.scene import Numbers, Scene
from app.params import BadParam, Params

Array = np.ndarray
HEIGHT = 640  # pixels of the scene in a notebook


class NoConcept(ValueError):
    """There is no concept of this name; says which there are."""


class NoNet(ValueError):
    """There is no net to be saved in this state; says so."""


@dataclass(frozen=True)
class Opened:
    """A state, ready to be computed: `contents.open("diffusion/denoising", steps=20)`.

    A notebook that shows it plays its scene; no server is needed, nor the internet.
    """

    entry: Entry
    params: Params
    made: Sequence[Any] = ()  # the frames, where they have been computed already

    @property
    def state(self) -> str:
        """`chapter/concept?query`, as in the app's address after `#/`."""
        return f"{self.entry.path}?{self.params.to_query()}".rstrip("?")

    @cached_property
    def frames(self) -> list[Any]:
        """What `compute` yields: one record of arrays a moment, all of them; computed once."""
        return list(self.made or self.entry.concept.compute(self.params))

    @cached_property
    def scenes(self) -> list[Scene]:
        """The views of every frame, as the page draws them."""
        return [self.entry.concept.draw(frame) for frame in self.frames]

    @property
    def arrays(self) -> dict[str, Array]:
        """Every value of the frames by its name, frames first: {"x": (frames, n, 2), …}.

        Where shapes differ from frame to frame, each has a name of its own: "trail/3".
        """
        found: dict[str, list[tuple[int, Array]]] = {}
        for index, frame in enumerate(self.frames):
            for name, value in leaves(frame):
                found.setdefault(name, []).append((index, np.asarray(value)))
        arrays = {}
        for name, values in found.items():
            alike = {(value.shape, value.dtype) for _, value in values}
            if len(alike) == 1 and len(values) == len(self.frames):
                arrays[name] = np.stack([value for _, value in values])
            else:
                arrays |= {f"{name}/{index}": value for index, value in values}
        return arrays

    @property
    def numbers(self) -> list[dict[str, float]]:
        """The named numbers beside the picture, one mapping a frame, with their units."""
        return [named(scene) for scene in self.scenes]

    @property
    def net(self) -> bytes:
        """What the last frame has learned, as an ONNX graph; raises NoNet where nothing learns."""
        net = self.entry.concept.net
        if net is None:
            raise NoNet(f"{self.entry.path} trains no net that can be saved")
        return net(self.frames[-1])

    def _repr_html_(self) -> str:
        page = escape(standalone.page(self.entry, self.params, self.scenes))
        return (
            f'<iframe srcdoc="{page}" style="width: 100%; height: {HEIGHT}px; border: 0"></iframe>'
        )


def opened(entry: Entry | None, state: str, values: Mapping[str, object], known: str) -> Opened:
    """The state that `chapter/concept?query` and these values name; raises NoConcept or BadParam."""
    if entry is None:
        raise NoConcept(f"there is no concept {state.partition('?')[0][:60]!r}; there are {known}")
    params, controls = entry.concept.params, entry.concept.params.controls()
    if unknown := sorted(values.keys() - controls.keys()):
        raise BadParam(f"unknown {', '.join(unknown)}; known: {', '.join(controls) or 'none'}")
    return Opened(entry, replace(params.from_query(state.partition("?")[2]), **values))


def named(scene: Scene) -> dict[str, float]:
    """The numbers of a scene by name and unit; a name that comes again is counted: "spurious (2)"."""
    found: dict[str, float] = {}
    seen: Counter[str] = Counter()
    for row in (row for view in scene.values() if isinstance(view, Numbers) for row in view.rows):
        name = f"{row.name} [{row.unit}]" if row.unit else row.name
        seen[name] += 1
        found[f"{name} ({seen[name]})" if seen[name] > 1 else name] = row.value
    return found


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The arrays, numbers and words in a record of records, each with the way to it: "lane.0.x"."""
    if isinstance(value, Params | np.random.Generator) or value is None:
        return
    for part, inner in parts(value):
        yield from leaves(inner, f"{name}.{part}" if name else part)
    if isinstance(value, np.ndarray | np.generic | float | int | str):
        yield name or "value", value


def parts(value: Any) -> list[tuple[str, Any]]:
    """What a record, a mapping or a sequence holds, by name or number."""
    if is_dataclass(value):
        return [(field.name, getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, Mapping):
        return [(str(key), inner) for key, inner in value.items()]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return list(zip(value._fields, value, strict=True))
    if isinstance(value, tuple | list):
        return [(str(index), inner) for index, inner in enumerate(value)]
    return []
