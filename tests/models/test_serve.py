"""Graphs on an inference server: what is written for it, what is said to it, and what if it fails.

The other side is `tests/models/triton.py`, which fails as it is told to, and the example that the protocol's
own text gives; `test_triton.py` tries the real one.
"""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from app import nets
from models import catalogue, serve
from models.card import GraphSpec, Parity, Port, Seal, Span
from models.runtime import kserve, remote
from models.runtime.measure import sample
from models.runtime.providers import Settings

from .triton import Triton

FAULTS = {
    "dies": "RemoteProtocolError",
    "garbage": "not an answer of the protocol",
    "wrong shape": "not FP32",
    "one missing": "asked for",
    "short": "bytes",
    "slow": "ReadTimeout",
    "trickle": "no whole answer within",
    "error": "status 500: .*out of memory",
    "other numbers": "it computes something else",
}


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def served(toy):
    """The toy graph on a server, computed there by ONNX Runtime."""

    def run(inputs):
        return toy.session.run(dict(inputs))

    server = Triton("toy", kserve.version(toy.spec), run)
    yield server
    server.stop()


@pytest.fixture
def elsewhere(toy):
    """The toy graph on the servers at these addresses, by a clock that stands."""
    made = []

    def at(*addresses):
        made.append(remote.Remote(toy.spec, toy.session, addresses, Clock()))
        return made[-1]

    yield at
    for far in made:
        far.close()


def inputs(batch=3):
    rng = np.random.default_rng(batch)
    x = rng.standard_normal((batch, 4)).astype(np.float32)
    return {"x": x, "gate": rng.standard_normal(2).astype(np.float32)}


def test_a_server_answers_as_this_machine_does(toy, served, elsewhere):
    far = elsewhere(served.address)
    for batch in (1, 3, 8):
        ours, theirs = toy.session.run(inputs(batch)), far.run(inputs(batch))
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    assert far.run(inputs(), ("sum",)).keys() == {"sum"}
    assert far.provider == f"server at {served.address}"
    assert far.refused == ()
    assert (served.asked, far.latency.read()[0]) == (4, 4)


def test_a_server_may_answer_in_json(toy, served, elsewhere):
    served.fault = "json"
    far = elsewhere(served.address)
    assert np.allclose(far.run(inputs())["y"], toy.session.run(inputs())["y"])
    assert far.provider.startswith("server")


@pytest.mark.parametrize(("fault", "words"), FAULTS.items())
def test_whatever_a_server_does_the_numbers_are_right_and_the_reason_is_told(
    toy, served, elsewhere, monkeypatch, fault, words
):
    monkeypatch.setattr(remote, "DEADLINE", 0.3)
    served.fault = fault
    far = elsewhere(served.address)
    assert np.array_equal(far.run(inputs())["y"], toy.session.run(inputs())["y"])
    assert far.provider == "CPU"
    (who, why), *rest = far.refused
    assert who == f"server at {served.address}"
    assert re.search(words, why), why
    assert tuple(rest) == toy.session.refused


def test_a_server_that_went_wrong_after_good_answers_is_left_at_once(toy, served, elsewhere):
    far = elsewhere(served.address)
    far.run(inputs())
    served.fault = "dies"
    assert np.array_equal(far.run(inputs())["y"], toy.session.run(inputs())["y"])
    assert far.provider == "CPU"


def test_a_failed_server_is_left_alone_longer_each_time_and_taken_back(toy, served, elsewhere):
    far = elsewhere(served.address)
    served.fault = "error"
    for pause, asked in ((2, 1), (4, 2), (8, 3)):
        far.run(inputs())
        far.run(inputs())
        assert served.asked == asked
        far.clock.now += pause
    served.fault = ""
    far.run(inputs())
    assert far.provider.startswith("server")
    assert far.refused == ()
    far.run(inputs())
    assert served.asked == 5


def test_the_pause_has_an_end():
    server = remote.Server("http://x")
    for _ in range(20):
        server.failed("why", 0.0)
    assert server.until == remote.PAUSES[1]


def test_an_address_that_no_client_takes_is_a_server_that_fails(elsewhere):
    far = elsewhere("http://localhost:many")
    far.run(inputs())
    assert far.provider == "CPU"
    assert "InvalidURL" in far.refused[0][1]


def test_another_server_is_asked_when_the_first_is_gone(toy, served, elsewhere):
    gone = Triton("toy", 1, None)
    gone.stop()
    far = elsewhere(gone.address, served.address)
    far.run(inputs())
    assert far.provider == f"server at {served.address}"
    assert [who for who, _ in far.refused] == [f"server at {gone.address}"]


def test_a_server_with_other_weights_is_not_asked_for_them(toy, served, elsewhere):
    served.version += 1
    far = elsewhere(served.address)
    far.run(inputs())
    assert far.provider == "CPU"
    assert "status 404" in far.refused[0][1]


def test_one_setting_brings_the_server_and_the_page_of_status_says_so(graphs, served, monkeypatch):
    monkeypatch.setenv("GLASSBOX_TRITON", served.address)
    monkeypatch.setattr(catalogue, "_graphs", {})
    found = catalogue.graph("toy")
    assert found(**inputs())["y"].shape == (3, 2)
    assert [net.provider for net in nets.here()] == [f"server at {served.address}"]
    served.fault = "error"
    found(**inputs())
    (net,) = nets.here()
    assert net.provider == "CPU"
    assert f"server at {served.address}: BadAnswer: status 500" in net.refused
    found.session.close()


@pytest.mark.parametrize("given", ["triton:8000", "http://", "http://a/b", "http://u@h", "ftp://x"])
def test_an_address_that_is_none_is_refused_by_name(given):
    with pytest.raises(ValueError, match="GLASSBOX_TRITON"):
        Settings.read({"GLASSBOX_TRITON": given})


def test_several_addresses_are_asked_in_their_order():
    given = {"GLASSBOX_TRITON": "http://a:8000/, https://b"}
    assert Settings.read(given).triton == ("http://a:8000", "https://b")


# --- the protocol -------------------------------------------------------------------------------

# The response that "Binary Tensor Data Extension" gives as its example: 24 bytes of FP32 [3, 2].
EXAMPLE = b"""{
  "outputs" : [
    {
      "name" : "output0",
      "shape" : [ 3, 2 ],
      "datatype"  : "FP32",
      "parameters" : {
        "binary_data_size" : 24
      }
    }
  ]
}
"""
SIX = np.arange(6, dtype="<f4")
KNOWN = GraphSpec(
    name="mymodel",
    what="",
    recipe="",
    trained_on="",
    licence="",
    parameters=0,
    quality={},
    parity=Parity({}, 1e-4, ()),
    opset=20,
    inputs=(Port("input1", "bool", ("n",)), Port("one", "int64", (1,))),
    outputs=(Port("output0", "float32", ("n", 2)),),
    sizes={"n": Span(1, 3, 9)},
    file=Seal(1, "0" * 64),
    config={},
    training={},
)
CALL = {"input1": np.array([True, False, True]), "one": np.array([7])}


def test_the_protocols_own_example_is_understood():
    outputs = kserve.expected(KNOWN, CALL, ("output0",))
    found = kserve.answer(KNOWN, EXAMPLE + SIX.tobytes(), str(len(EXAMPLE)), outputs)
    assert found["output0"].tolist() == [[0, 1], [2, 3], [4, 5]]
    found["output0"][0] = 9  # it is the caller's own


@pytest.mark.parametrize("length", [None, "-1", "x", "9999", "3"])
def test_a_wrong_length_of_the_head_is_refused(length):
    outputs = kserve.expected(KNOWN, CALL, ("output0",))
    with pytest.raises(kserve.BadAnswer):
        kserve.answer(KNOWN, EXAMPLE + SIX.tobytes(), length, outputs)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 60000,
        b"7",
        b'{"outputs": [7]}',
        b'{"outputs": [{"name": []}]}',
        b'{"outputs": [{"name": "output0", "shape": [3, 2], "datatype": "FP32", "data": [1]}]}',
        b'{"outputs": [{"name": "output0", "shape": [3, 2], "datatype": "FP32", "data": ["x"]}]}',
    ],
)
def test_json_of_any_shape_is_refused_in_words(body):
    outputs = kserve.expected(KNOWN, CALL, ("output0",))
    with pytest.raises(kserve.BadAnswer):
        kserve.answer(KNOWN, body, None, outputs)


def test_a_call_is_spelled_as_the_protocol_has_it():
    body, headers = kserve.request(KNOWN, CALL, ("output0",))
    head = json.loads(body[: int(headers[kserve.LENGTH])])
    assert head["inputs"][0] == {
        "name": "input1",
        "shape": [3],
        "datatype": "BOOL",
        "parameters": {"binary_data_size": 3},
    }
    assert head["inputs"][1]["shape"] == [1]
    assert head["outputs"] == [{"name": "output0", "parameters": {"binary_data": True}}]
    assert body[int(headers[kserve.LENGTH]) :] == b"\1\0\1" + (7).to_bytes(8, "little")
    assert headers["Accept-Encoding"] == "identity"  # packed, a large answer is late
    assert kserve.version(KNOWN) == 1


# --- the repository -----------------------------------------------------------------------------


def test_the_repository_holds_every_graph_as_its_card_has_it(tmp_path, capsys):
    assert serve.main(["export", str(tmp_path)]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == catalogue.names()
    for name in catalogue.names():
        known = catalogue.spec(name)
        file = tmp_path / name / str(kserve.version(known)) / "model.onnx"
        assert not known.file.broken(file.read_bytes())
        text = (tmp_path / name / "config.pbtxt").read_text()
        for opening, closing in ("{}", "[]"):
            assert text.count(opening) == text.count(closing)
        asked = re.findall(r'^(?:in|out)put \[ \{ name: "(\w+)"', text, re.M)
        assert asked == [port.name for port in (*known.inputs, *known.outputs)]
    assert "tritonserver" in capsys.readouterr().out


def test_graphs_whose_calls_can_be_put_together_are():
    text = serve.config(catalogue.spec("unet_digits"), "fp16")
    assert "max_batch_size: 64" in text
    assert "dynamic_batching { }" in text
    assert '"t", data_type: TYPE_FP32, dims: [ 1 ], reshape: { shape: [ ] }' in text
    assert 'value: "x:64x1x32x32,t:64,label:64"' in text
    assert 'key: "precision_mode" value: "FP16"' in text


def test_a_graph_that_has_inputs_without_a_batch_is_served_call_by_call():
    text = serve.config(catalogue.spec("gpt_short"))
    assert "max_batch_size: 0" in text
    assert "dynamic_batching" not in text
    assert '"tokens", data_type: TYPE_INT64, dims: [ -1, -1 ] }' in text
    assert '"rotary_scale", data_type: TYPE_FP32, dims: [ 1 ] }' in text
    assert "reshape" not in text


def test_a_graph_with_a_scalar_is_refused_by_its_card_for_no_server_would_take_it():
    scalar = json.loads(KNOWN.to_json())
    scalar["inputs"][1]["shape"] = []
    with pytest.raises(ValueError, match=r"port one has no dimension; .* shape \(1,\)"):
        GraphSpec.from_json(json.dumps(scalar))


def test_what_travels_for_a_real_graph_has_the_shapes_of_its_configuration():
    known = catalogue.spec("unet_digits")
    body, headers = kserve.request(known, sample(known, {"batch": 2}, 0), ("eps",))
    head = json.loads(body[: int(headers[kserve.LENGTH])])
    assert [told["shape"] for told in head["inputs"]] == [[2, 1, 32, 32], [2, 1], [2, 1]]


def test_a_graph_that_does_not_bear_half_precision_is_written_in_single(tmp_path, capsys):
    asked = ["export", str(tmp_path), "gpt_short", "unet_digits", "--precision", "fp16"]
    assert serve.main(asked) == 0
    for name, mode in (("gpt_short", "FP32"), ("unet_digits", "FP16")):
        text = (tmp_path / name / "config.pbtxt").read_text()
        assert f'key: "precision_mode" value: "{mode}"' in text
    assert "gpt_short is written in fp32: in fp16, logits" in capsys.readouterr().err


def test_versions_with_other_ports_are_not_put_under_one_configuration(tmp_path, capsys):
    asked = ["export", str(tmp_path), "gpt_short"]
    assert serve.main(asked) == serve.main(asked) == 0
    told = tmp_path / "gpt_short" / "config.pbtxt"
    older = told.read_text().replace(
        '"rotary_scale", data_type: TYPE_FP32', '"scale", data_type: TYPE_FP32'
    )
    told.write_text(older)
    assert serve.main(asked) == 1
    assert "gpt_short has a version with other ports" in capsys.readouterr().err
    assert told.read_text() == older


def test_an_unknown_graph_is_not_exported(tmp_path, capsys):
    assert serve.main(["export", str(tmp_path), "nothing"]) == 1
    assert "nothing.json" in capsys.readouterr().err


def test_a_coarser_format_may_differ_by_what_was_measured_of_it():
    parity = Parity({}, 1e-4, (), {"fp16": {"y": 4e-3}})
    one, other = {"y": np.array([2.0])}, {"y": np.array([2.01])}
    assert "fp32 may by 0.0001" in parity.apart(other, one, "fp32")
    assert parity.apart(other, one, "fp16") == ""
    finer = replace(parity, rounded={"fp16": {"y": 1e-3}})
    assert "fp16 may by 0.0021" in finer.apart(other, one, "fp16")
    assert "no deviation measured in bf16" in parity.apart(other, one, "bf16")
    assert parity.apart({"y": np.array([np.nan])}, one, "fp16")
