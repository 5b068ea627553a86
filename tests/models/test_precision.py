"""What a coarser number format does to a graph is measured, and its card says it."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from models import catalogue, precision
from models.recipes import recipe as find
from models.runtime.session import on_cpu

CARDS = tuple(catalogue.names())


def half(x):
    return np.asarray(x, np.float16).astype(np.float32)


def test_inputs_weights_and_all_between_are_rounded_as_numpy_rounds_them():
    weight = np.float32([[0.1], [0.7]])
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["product"], "one"),
            helper.make_node("Exp", ["product"], ["y"], "two"),
        ],
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 1])],
        [onnx.numpy_helper.from_array(weight, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    x = np.random.default_rng(0).standard_normal((50, 2)).astype(np.float32)
    coarse = on_cpu(precision.rounded(model.SerializeToString(), "fp16"), "net")
    expected = half(np.exp(half(half(x) @ half(weight))))
    found = coarse.run({"x": x})["y"]
    assert (half(found) == found).all()
    assert np.mean(found == expected) > 0.9  # a sum in another order may round the other way
    assert found == pytest.approx(expected, rel=2e-3)
    assert (found != np.exp(x @ weight)).any()


@pytest.mark.parametrize("name", CARDS)
def test_every_card_says_how_far_each_output_moves(name):
    known = catalogue.spec(name)
    for kind in precision.FORMATS:
        assert known.parity.rounded[kind].keys() == {port.name for port in known.outputs}
        assert known.parity.unfit(kind) or known.parity.allowed(kind, known.outputs[0].name) < 0.11


@pytest.mark.parametrize("name", ["policy_cartpole", "denoiser_8x8"])
def test_what_the_card_says_is_measured_again(name):
    known, model, chosen = catalogue.spec(name), catalogue.content(name), find(name)
    again = precision.measured(chosen, chosen.config, known.parity, model, on_cpu(model, name))
    for kind, shares in known.parity.rounded.items():
        for output, share in shares.items():
            assert again.rounded[kind][output] == (share and pytest.approx(share, rel=0.3))


def test_a_token_that_may_look_nowhere_has_no_answer_in_half_precision():
    """The score of what is hidden, -1e9, is no number of that format: what the card's refusal is for."""
    model, known = catalogue.content("gpt_short"), catalogue.spec("gpt_short")
    chosen = find("gpt_short")
    inputs = chosen.example(chosen.config, {"batch": 1, "length": 6}, 0)
    coarse = on_cpu(precision.rounded(model, "fp16"), "gpt_short")
    for allowed, finite in ((True, True), (False, False)):
        inputs["allowed"][:] = True
        inputs["allowed"][:, :, 3] = allowed
        assert np.isfinite(coarse.run(inputs)["logits"]).all() == finite
    assert "not finite" in known.parity.unfit("fp16")
