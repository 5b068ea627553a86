"""A net of plain arrays as an ONNX graph, to be kept, opened and run like any other."""

from hashlib import sha256

import numpy as np
import onnx
from jaxtyping import Float
from onnx import TensorProto, helper, numpy_helper

from models.maths.mlp import MLP, Act
from models.runtime.providers import Plan
from models.runtime.session import Session, open_session

Array = np.ndarray
OPSET, IR = 21, 10
ROWS = {"least": 1, "usual": 64, "most": 4096}


def to_onnx(net: MLP, theta: Float[Array, " p"], what: str, takes: str = "x") -> bytes:
    """The graph (batch, in) -> y (batch, out) of a net; `what` says what it has learned.

    Raises ValueError unless theta are the weights of one net.
    """
    if theta.shape != (net.size,):
        raise ValueError(f"weights {theta.shape}, expected ({net.size},): those of one net")
    nodes, weights, h = [], [], takes
    layers = net.layers(theta.astype(np.float32))
    for depth, (weight, bias) in enumerate(layers):
        last = depth == len(layers) - 1
        names = f"W_{depth + 1}", f"b_{depth + 1}"
        a = "y" if last else f"a_{depth + 1}"
        weights += [
            numpy_helper.from_array(np.ascontiguousarray(array), name)
            for array, name in zip((weight, bias[0]), names, strict=True)
        ]
        nodes.append(helper.make_node("Gemm", [h, *names], [a], f"layer_{depth + 1}"))
        if not last:
            h = f"h_{depth + 1}"
            nodes += activation(net.act, a, h)
    ports = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size])
        for name, size in ((takes, net.sizes[0]), ("y", net.sizes[-1]))
    ]
    graph = helper.make_graph(nodes, "net", ports[:1], ports[1:], weights, doc_string=what)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    model.producer_name, model.doc_string = "glassbox", what
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString()
    return content


def activation(act: Act, a: str, h: str) -> list[onnx.NodeProto]:
    """The nodes of h = phi(a)."""
    if act == "silu":
        gate = f"{h}_gate"
        return [
            helper.make_node("Sigmoid", [a], [gate]),
            helper.make_node("Mul", [a, gate], [h]),
        ]
    if act == "leaky_relu":
        return [helper.make_node("LeakyRelu", [a], [h], alpha=0.1)]
    return [helper.make_node({"tanh": "Tanh", "relu": "Relu"}[act], [a], [h])]


def opened(content: bytes) -> Session:
    """A session for such a graph, on the best provider that takes it."""
    port = onnx.load_from_string(content).graph.input[0]
    width = port.type.tensor_type.shape.dim[1].dim_value
    shapes = {size: {port.name: (rows, width)} for size, rows in ROWS.items()}
    return open_session(content, Plan("plain", sha256(content).hexdigest(), **shapes))
