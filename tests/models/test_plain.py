"""A net of plain arrays, written as a graph, answers as it did."""

import numpy as np
import onnx
import pytest

from models.maths.mlp import MLP
from models.plain import opened, to_onnx


@pytest.mark.parametrize("act", ["tanh", "relu", "leaky_relu", "silu"])
def test_the_graph_answers_as_the_net_does(act):
    rng = np.random.default_rng(3)
    net = MLP((3, 16, 8, 2), act)
    theta, x = net.init(rng), rng.standard_normal((37, 3)).astype(np.float32)
    theta += 0.1 * rng.standard_normal(theta.shape).astype(np.float32)  # biases too
    content = to_onnx(net, theta, "a test")
    np.testing.assert_allclose(opened(content).run({"x": x})["y"], net(theta, x), atol=2e-6)
    from onnx.reference import ReferenceEvaluator

    (y,) = ReferenceEvaluator(onnx.load_from_string(content)).run(None, {"x": x})
    np.testing.assert_allclose(y, net(theta, x), atol=2e-6)


def test_a_graph_says_what_it_is_and_is_the_same_bytes_each_time():
    net = MLP((2, 4, 1))
    theta = net.init(np.random.default_rng(0))
    content = to_onnx(net, theta, "G of latents/gan?seed=1", takes="z")
    assert content == to_onnx(net, theta, "G of latents/gan?seed=1", takes="z")
    model = onnx.load_from_string(content)
    assert model.doc_string == "G of latents/gan?seed=1"
    assert [port.name for port in model.graph.input] == ["z"]


def test_weights_of_another_net_are_refused():
    net = MLP((2, 4, 1))
    with pytest.raises(ValueError, match=r"expected \(17,\)"):
        to_onnx(net, net.init(np.random.default_rng(0))[:-1], "one too few")
