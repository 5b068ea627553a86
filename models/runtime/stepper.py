"""Many calls of one graph in a row: on a GPU, what does not change from step to step stays there."""

from collections.abc import Mapping
from time import perf_counter

import numpy as np
import onnxruntime as ort

from models.runtime.providers import CPU
from models.runtime.session import Running, Session

Array = np.ndarray


class Stepper:
    """A graph with some of its inputs fixed; belongs to one run, unlike the session behind it.

    Arrays are bound only on a GPU. On the CPU that saves nothing for a net worth its name: the
    U-Net's step took 1.60 ms without and 1.65 ms with, a GPT's 64 tokens 1.9 ms and 2.2 ms.
    """

    def __init__(self, session: Running, fixed: Mapping[str, Array]) -> None:
        self.session = session
        self.fixed = dict(fixed)
        self.binding = None
        if isinstance(session, Session) and session.tier != CPU:
            self.ort = session.ort
            self.binding = self.ort.io_binding()
            for name, array in fixed.items():
                kept = ort.OrtValue.ortvalue_from_numpy(array, "cuda", 0)
                self.binding.bind_ortvalue_input(name, kept)

    def __call__(self, **changing: Array) -> dict[str, Array]:
        """The outputs by name, for the fixed inputs and these."""
        if self.binding is None:
            return self.session.run({**self.fixed, **changing})
        begin = perf_counter()
        for name, array in changing.items():
            self.binding.bind_cpu_input(name, np.asarray(array, order="C"))
        for name in self.session.outputs:  # anew, for their sizes may have changed
            self.binding.bind_output(name)
        self.ort.run_with_iobinding(self.binding)
        found = self.binding.copy_outputs_to_cpu()
        self.session.latency.add((perf_counter() - begin) * 1e3)
        return dict(zip(self.session.outputs, found, strict=True))
