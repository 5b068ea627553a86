"""Many calls of one graph in a row: on a GPU, what a call leaves for the next one stays there."""

from collections.abc import Mapping
from time import perf_counter

import numpy as np
import onnxruntime as ort

from models.runtime.providers import CPU
from models.runtime.session import Session

Array = np.ndarray


class Stepper:
    """A graph that is given some of its answers back; belongs to one run, unlike the session behind it.

    Arrays are bound to a device only where it is a GPU. On the CPU that saves nothing for a net worth its
    name: the U-Net's step took 1.60 ms without and 1.65 ms with, a GPT's 64 tokens 1.9 ms and 2.2 ms.
    """

    def __init__(
        self,
        session: Session,
        start: Mapping[str, Array],
        carried: Mapping[str, str],
        device: str | None = None,
    ) -> None:
        """`start` stays as it is, but for the inputs that `carried` names for outputs."""
        self.session, self.carried = session, carried
        self.device = device or (None if session.tier == CPU else "cuda")
        self.here = dict(start)  # the inputs, where nothing is bound
        if self.device:
            self.binding = session.ort.io_binding()
            self.there = {name: self._sent(array) for name, array in start.items()}
            for name, value in self.there.items():
                self.binding.bind_ortvalue_input(name, value)

    def __call__(self, **changing: Array) -> None:
        """One step; nothing comes back."""
        begin = perf_counter()
        if self.device:
            self._bound(changing)
        else:
            names = tuple(self.carried)
            found = self.session.ort.run(names, {**self.here, **changing})
            self.here |= {self.carried[k]: v for k, v in zip(names, found, strict=True)}
        self.session.latency.add((perf_counter() - begin) * 1e3)

    def read(self, name: str) -> Array:
        """An input as it is now, brought from the device."""
        return np.asarray(self.there[name].numpy()) if self.device else self.here[name]

    def _bound(self, changing: Mapping[str, Array]) -> None:
        """A step whose answers are left on the device and bound to the inputs of the next."""
        for name, array in changing.items():
            self.binding.bind_cpu_input(name, np.asarray(array, order="C"))
        self.binding.clear_binding_outputs()
        for name in self.carried:
            self.binding.bind_output(name, self.device)
        self.session.ort.run_with_iobinding(self.binding)
        for name, value in zip(self.carried, self.binding.get_outputs(), strict=True):
            self.there[self.carried[name]] = value
            self.binding.bind_ortvalue_input(self.carried[name], value)

    def _sent(self, array: Array) -> ort.OrtValue:
        return ort.OrtValue.ortvalue_from_numpy(array, self.device, 0)
