"""ONNX Runtime as a backend of Triton, in Python: Triton runs this in a process of its own for each graph.

Arrays go in and out by DLPack: what else the wheel offers reads NumPy 2's arrays as empty.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, os.environ["PACKAGES"])  # Triton sets PYTHONPATH itself

import numpy as np
import onnxruntime as ort
import triton_python_backend_utils as triton


class TritonPythonModel:
    """One version of one graph of the repository."""

    def initialize(self, args):
        """Opens it where Triton's own backend would look for it."""
        file = Path(args["model_repository"], args["model_version"], "model.onnx")
        chosen = ort.SessionOptions()
        chosen.intra_op_num_threads = 1
        self.session = ort.InferenceSession(file, chosen, ["CPUExecutionProvider"])
        self.inputs = [port.name for port in self.session.get_inputs()]
        self.outputs = [port.name for port in self.session.get_outputs()]

    def execute(self, requests):
        """The answers to calls that Triton has put together, computed as one."""
        calls = [[taken(request, name) for name in self.inputs] for request in requests]
        if len(calls) == 1:  # the only way for a graph without a batch
            return [self.answer(requests[0], self.session.run(None, self.named(calls[0])))]
        together = self.named(map(np.concatenate, zip(*calls, strict=True)))
        ends = np.cumsum([len(call[0]) for call in calls])[:-1]
        found = [np.split(array, ends) for array in self.session.run(None, together)]
        return list(map(self.answer, requests, zip(*found, strict=True)))

    def named(self, arrays):
        """What ONNX Runtime is given."""
        return dict(zip(self.inputs, arrays, strict=True))

    def answer(self, request, arrays):
        """The outputs that a call has asked for."""
        found = dict(zip(self.outputs, arrays, strict=True))
        wanted = request.requested_output_names()
        return triton.InferenceResponse(
            [triton.Tensor.from_dlpack(name, found[name]) for name in wanted]
        )


def taken(request, name):
    """One input of a call."""
    return np.from_dlpack(triton.get_input_tensor_by_name(request, name))
