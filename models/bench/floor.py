r"""The least time a call could take: $\max(\text{operations} / \text{peak},\ \text{bytes} / \text{rate})$.

Counted from the graph's own nodes; peak and rate are probed on this device, in the same run. No program
is below it: what is not counted (sums, roots, the values between the layers) takes time as well.
(Williams, Waterman and Patterson, 2009, the roofline; doi:10.1145/1498765.1498785)
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
import torch
from onnx import helper, shape_inference

from models.bench.clock import Clock, race

Shapes = Mapping[str, tuple[int, ...]]
PRODUCTS = ("Conv", "Gemm", "MatMul")  # the operations that are counted
SIDE = 1024  # of the matrices of the probe
SMALLEST = 1 << 17  # bytes: a shorter copy would measure how long it takes to ask for one


@dataclass(frozen=True)
class Work:
    """What a call must do, however it is computed."""

    products: int  # multiplications, each with its addition, of convolutions and matrices
    moved: int  # bytes of weights, inputs and outputs, each once


@dataclass(frozen=True)
class Device:
    """How fast a device is at its best, as probed."""

    flops: float  # floating-point operations a second, in large products of matrices
    rate: Callable[[int], float]  # bytes a second when so many are read and written

    def floor(self, work: Work) -> float:
        """Milliseconds."""
        return max(2 * work.products / self.flops, work.moved / self.rate(work.moved)) * 1e3


def work(model: bytes, inputs: Mapping[str, np.ndarray]) -> Work:
    """What a call with inputs of these shapes does; raises ValueError for a shape left open."""
    graph = sized(model, inputs)
    known = shapes(graph)
    weights = {weight.name: weight for weight in graph.initializer}
    read = {name for node in graph.node if node.op_type != "Gather" for name in node.input}
    looked_up = {node.input[0] for node in graph.node if node.op_type == "Gather"} - read
    whole = [weights[name] for name in weights.keys() - looked_up]  # of a table, a few rows are
    moved = sum(math.prod(weight.dims) * itemsize(weight.data_type) for weight in whole)
    moved += sum(array.nbytes for array in inputs.values())
    for port in graph.output:
        moved += math.prod(known[port.name]) * itemsize(port.type.tensor_type.elem_type)
    return Work(
        sum(products(node, known) for node in graph.node if node.op_type in PRODUCTS), moved
    )


def sized(model: bytes, inputs: Mapping[str, np.ndarray]) -> onnx.GraphProto:
    """The graph with every shape that follows from those of its inputs."""
    opened = onnx.load_model_from_string(model)
    del opened.graph.value_info[:]
    for port in opened.graph.input:
        for dim, n in zip(port.type.tensor_type.shape.dim, inputs[port.name].shape, strict=True):
            dim.dim_value = n
    for port in opened.graph.output:
        port.type.tensor_type.ClearField("shape")
    return shape_inference.infer_shapes(opened, strict_mode=True, data_prop=True).graph


def shapes(graph: onnx.GraphProto) -> Shapes:
    """The shapes that are known, by name."""
    found = {weight.name: tuple(weight.dims) for weight in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        dims = value.type.tensor_type.shape.dim
        if all(dim.HasField("dim_value") for dim in dims):
            found[value.name] = tuple(dim.dim_value for dim in dims)
    return found


def products(node: onnx.NodeProto, known: Shapes) -> int:
    """The multiplications of a convolution or of a product of matrices."""
    try:
        out, (first, second) = known[node.output[0]], (known[name] for name in node.input[:2])
    except KeyError as name:
        raise ValueError(
            f"{node.name}: the shape of {name} does not follow from the inputs"
        ) from None
    if node.op_type == "Conv":
        return math.prod(out) * math.prod(second[1:])
    turned = any(a.name == "transA" and a.i for a in node.attribute)
    return math.prod(out) * first[-2 if turned else -1]


def itemsize(kind: int) -> int:
    """Bytes of one number of this ONNX kind."""
    return int(helper.tensor_dtype_to_np_dtype(kind).itemsize)


def probed(clock: Clock, dtype: torch.dtype) -> Device:
    """The device's peak in this kind of number, and its rate by the bytes that go through it."""
    on = clock.device
    a, b = (torch.ones(SIDE, SIDE, dtype=dtype, device=on) for _ in range(2))
    contenders: list[Callable[[], object]] = [lambda: a @ b]
    if on == "cpu" and dtype == torch.float32:  # NumPy's library may be the better one
        contenders.append(lambda: a.numpy() @ b.numpy())
    least = min(race(contenders, clock, 0.2))
    kept: dict[int, float] = {}

    def rate(moved: int) -> float:
        n = max(moved, SMALLEST) // 2  # half is read, half is written
        if n not in kept:
            source, goal = (torch.ones(n, dtype=torch.uint8, device=on) for _ in range(2))
            kept[n] = 2 * n / (race([lambda: goal.copy_(source)], clock, 0.05)[0] / 1e3)
        return kept[n]

    return Device(2 * SIDE**3 / (least / 1e3), rate)
