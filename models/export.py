"""From a trained torch net to a graph: written as ONNX, compared with torch, weighed."""

import io
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from typing import Any

import numpy as np
import onnx
import torch

from models.card import Parity, Port
from models.recipes import Recipe
from models.runtime.session import Session

Array = np.ndarray
Sizes = Mapping[str, int]

OPSET = 20  # 21 and later keep GroupNorm whole, which runs slower on the CPU
TOLERANCE = 1e-4  # the most that float32 arithmetic in another order may differ
ROOM = 0.03  # the share that a file may weigh beyond its parameters,
SMALL = 65_536  # or this many bytes: in the smallest nets the nodes outweigh the parameters


class ExportFailed(Exception):
    """The graph is not what was trained; the text says how."""


def to_onnx(recipe: Recipe[Any], config: Any, net: torch.nn.Module) -> bytes:
    """The net as an ONNX file; every size that the recipe names stays free."""
    sizes = {name: max(2, span.usual) for name, span in recipe.sizes.items()}
    inputs = recipe.example(config, sizes, 0)
    # Cloned, for two inputs that are one tensor would be merged without a word.
    tensors = tuple(torch.from_numpy(inputs[port.name]).clone() for port in recipe.inputs)
    free = {
        name: torch.export.Dim(name, min=span.least, max=span.most)
        for name, span in recipe.sizes.items()
    }
    shapes = tuple(dims(port, free) for port in recipe.inputs)
    with quiet():
        program = torch.onnx.export(
            net,
            tensors,
            input_names=[port.name for port in recipe.inputs],
            output_names=[port.name for port in recipe.outputs],
            dynamic_shapes=shapes,
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    assert program is not None
    return bare(program.model_proto)


def dims(port: Port, free: Mapping[str, Any]) -> dict[int, Any]:
    """The changing dimensions of a port, as the exporter wants them."""
    return {axis: free[n] for axis, n in enumerate(port.shape) if isinstance(n, str)}


@contextmanager
def quiet() -> Iterator[None]:
    """Holds back what the exporter says of packages that no net here needs."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def bare(model: onnx.ModelProto) -> bytes:
    """The file without the exporter's notes on Python lines, which weigh 4 % of a small net."""
    model.doc_string = ""
    for part in (model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        part.doc_string = ""
        del part.metadata_props[:]
    content: bytes = model.SerializeToString()
    return content


def parameters(net: torch.nn.Module) -> int:
    """The numbers that training set, those shared by two layers counted once."""
    return sum(weight.numel() for weight in net.parameters())


def weigh(model: bytes, net: torch.nn.Module) -> None:
    """Raises ExportFailed where the file holds more than the parameters: a weight stored twice."""
    pure = 4 * parameters(net)
    allowed = pure + max(int(ROOM * pure), SMALL)
    if len(model) > allowed:
        raise ExportFailed(f"{len(model):,} bytes for {pure:,} of parameters; {allowed:,} at most")


def parity(recipe: Recipe[Any], config: Any, net: torch.nn.Module, session: Session) -> Parity:
    """How far graph and net are apart on inputs that the exporter never saw.

    Raises ExportFailed above the tolerance, with the output, the sizes and the difference.
    """
    cases = tuple(corners(recipe))
    largest: dict[str, float] = {port.name: 0.0 for port in recipe.outputs}
    for seed, sizes in enumerate(cases, 1):
        inputs = recipe.example(config, sizes, seed)
        for name, difference, scale in differences(recipe, net, session, inputs):
            largest[name] = max(largest[name], difference)
            if not difference <= TOLERANCE * max(1.0, scale):  # a NaN must not pass
                raise ExportFailed(f"{name} differs from torch by {difference:.2e} at {sizes}")
    return Parity(largest, TOLERANCE, cases)


def corners(recipe: Recipe[Any]) -> Iterator[Sizes]:
    """Sizes to compare at: all least, all usual, all most, and sizes between."""
    for end in ("least", "usual", "most"):
        yield {name: getattr(span, end) for name, span in recipe.sizes.items()}
    rng = np.random.default_rng(0)
    for _ in range(3 if recipe.sizes else 1):
        yield {
            name: int(rng.integers(span.least, span.usual, endpoint=True))
            for name, span in recipe.sizes.items()
        }


def differences(
    recipe: Recipe[Any], net: torch.nn.Module, session: Session, inputs: Mapping[str, Array]
) -> Iterator[tuple[str, float, float]]:
    """For each output: its name, the largest difference from torch and its largest size."""
    with torch.no_grad():
        expected = net(*(torch.from_numpy(inputs[port.name]) for port in recipe.inputs))
    found = session.run(inputs)
    parts = (expected,) if isinstance(expected, torch.Tensor) else expected
    for port, part in zip(recipe.outputs, parts, strict=True):
        whole, other = part.numpy(), found[port.name]
        if whole.shape != other.shape:
            raise ExportFailed(f"{port.name} has shape {other.shape}; torch gives {whole.shape}")
        yield port.name, float(np.abs(whole - other).max()), float(np.abs(whole).max())
