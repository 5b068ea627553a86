"""A net as a function: named arrays in, named arrays out, refused in words where they do not fit."""

from collections.abc import Mapping

import numpy as np

from models.card import GraphSpec, Port
from models.runtime.session import Running

Array = np.ndarray


class BadInput(ValueError):
    """A graph was called with arrays it cannot take; the text says what it takes."""


class Graph:
    """A function computed by a net: named arrays in, named arrays out; safe from many threads."""

    def __init__(self, known: GraphSpec, session: Running) -> None:
        self.spec = known
        self.session = session  # another takes its place when it is ready

    @property
    def provider(self) -> str:
        """What really runs it: "TensorRT", "CUDA", "CPU" or "server at http://…"."""
        return self.session.provider

    def __call__(self, *wanted: str, **inputs: Array) -> dict[str, Array]:
        """The outputs by name, all or only those wanted; raises BadInput that says what is taken."""
        self.check(inputs)
        return self.session.run(inputs, wanted)

    def check(self, inputs: Mapping[str, Array]) -> None:
        """Raises BadInput unless names, kinds of number, ranks and sizes are those of the card."""
        wanted = {port.name for port in self.spec.inputs}
        if inputs.keys() != wanted:
            given = ", ".join(sorted(inputs)) or "nothing"
            raise BadInput(f"{self.spec.name} takes {', '.join(sorted(wanted))}; given: {given}")
        sizes: dict[str, int] = {}
        for port in self.spec.inputs:
            self._check_port(port, inputs[port.name], sizes)

    def _check_port(self, port: Port, array: Array, sizes: dict[str, int]) -> None:
        """Checks one array; `sizes` collects what each word in the shapes has stood for."""
        dtype, shape = getattr(array, "dtype", type(array).__name__), np.shape(array)
        takes = f"{self.spec.name}: {port.name} is {port.dtype} {spell(port.shape)}"
        if dtype != port.dtype or len(shape) != len(port.shape):
            raise BadInput(f"{takes}; given: {dtype} {spell(shape)}")
        for n, expected in zip(shape, port.shape, strict=True):
            if isinstance(expected, int):
                low = high = expected
            else:
                span = self.spec.sizes[expected]
                low, high = span.least, span.most
            if not low <= n <= high or sizes.setdefault(str(expected), n) != n:
                where = f"{expected} from {low} to {high}, the same in every input"
                raise BadInput(f"{takes}, {where}; given: {spell(shape)}")


def spell(shape: tuple[int | str, ...]) -> str:
    """A shape in words: (batch, 1, 32, 32)."""
    return f"({', '.join(map(str, shape))})"
