"""What a graph is made of: its nodes in the order in which they run, and the shapes between them."""

from collections.abc import Iterable
from dataclasses import dataclass

import onnx

from models import catalogue
from models.card import Shape


@dataclass(frozen=True)
class Wire:
    """An array between nodes; its shape is None where the file does not say."""

    name: str
    shape: Shape | None


@dataclass(frozen=True)
class Node:
    """One operation of a graph."""

    op: str  # the operation's name in ONNX: "Conv", "Softmax"
    name: str
    inputs: tuple[Wire, ...]
    outputs: tuple[Wire, ...]


def nodes(name: str) -> tuple[Node, ...]:
    """The nodes of a graph, in the order in which they run; raises GraphMissing."""
    graph = onnx.load_model_from_string(catalogue.content(name)).graph
    shapes: dict[str, Shape] = {weight.name: tuple(weight.dims) for weight in graph.initializer}
    for value in (*graph.input, *graph.output, *graph.value_info):
        if value.type.tensor_type.HasField("shape"):
            shapes[value.name] = tuple(
                dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim
            )

    def wires(names: Iterable[str]) -> tuple[Wire, ...]:
        return tuple(Wire(each, shapes.get(each)) for each in names if each)

    return tuple(
        Node(node.op_type, node.name, wires(node.input), wires(node.output)) for node in graph.node
    )
