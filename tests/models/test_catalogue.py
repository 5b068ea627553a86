"""Graphs are found by their cards, checked to the byte and opened once; errors say what to do."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest

from models import anatomy, catalogue
from models.card import GraphSpec
from models.catalogue import GraphMissing, graph
from models.check import check
from models.graph import BadInput
from models.recipes import names

X = np.ones((3, 4), np.float32)
GATE = np.ones(2, np.float32)


def test_a_graph_computes_what_was_trained(toy):
    outputs = toy(x=X, gate=2 * GATE)
    assert outputs["y"].shape == (3, 2)
    assert outputs["sum"] == pytest.approx(np.full(3, 2.0))  # 4 - 2


def test_a_graph_says_what_runs_it(toy):
    assert toy.provider == "CPU"
    assert toy.session.nodes["CPU"] > 0
    assert {tier for tier, _ in toy.session.refused} == {
        "TensorrtExecutionProvider",
        "CUDAExecutionProvider",
    }
    assert all(reason for _, reason in toy.session.refused)


def test_every_call_is_counted_with_its_latency(toy):
    before, _ = toy.session.latency.read()
    toy(x=X, gate=GATE)
    calls, recent = toy.session.latency.read()
    assert calls == before + 1
    assert recent[-1] > 0


def test_the_card_survives_json(graphs):
    known = catalogue.spec("toy")
    assert GraphSpec.from_json(known.to_json()) == known
    assert known.quality.keys() == {"answer"}
    assert known.parameters == 10


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"x": X}, "takes gate, x; given: x"),
        ({"x": X, "gate": GATE, "z": X}, "given: gate, x, z"),
        ({"x": X.astype(float), "gate": GATE}, "x is float32 .batch, 4.; given: float64"),
        ({"x": X[0], "gate": GATE}, r"given: float32 \(4\)"),
        ({"x": X[:, :3], "gate": GATE}, r"given: \(3, 3\)"),
        ({"x": np.ones((9, 4), np.float32), "gate": GATE}, "batch from 1 to 8"),
        ({"x": X[:0], "gate": GATE}, "batch from 1 to 8"),
    ],
)
def test_a_wrong_input_is_refused_in_words(toy, inputs, words):
    with pytest.raises(BadInput, match=words):
        toy(**inputs)


def test_many_threads_open_one_graph_once(graphs, monkeypatch):
    opened = []
    real = catalogue.engines.open_ready
    monkeypatch.setattr(
        catalogue.engines, "open_ready", lambda *args: opened.append(args[1].name) or real(*args)
    )
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: graph("toy"), range(32)))
    assert opened == ["toy"]
    assert all(one is found[0] for one in found)


def test_many_threads_get_their_own_answers(toy):
    def ask(i):
        return toy(x=X * i, gate=GATE)["sum"][0]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(64))) == pytest.approx([4 * i - 1 for i in range(64)])


SPOILED = {
    "missing": (lambda path: path.unlink(), "no such file; [0-9,]+ bytes with sha256 [0-9a-f]{64}"),
    "truncated": (
        lambda path: path.write_bytes(path.read_bytes()[:-40]),
        "bytes; [0-9,]+ were expected",
    ),
    "changed": (
        lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
        "sha256 is [0-9a-f]{64}; [0-9a-f]{64} was expected",
    ),
    "empty": (lambda path: path.write_bytes(b""), "it has 0 bytes"),
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_file_is_named_with_the_command_that_makes_it(graphs, how):
    spoil, words = SPOILED[how]
    spoil(graphs / "toy.onnx")
    with pytest.raises(GraphMissing, match=words) as error:
        graph("toy")
    assert str(graphs / "toy.onnx") in str(error.value)
    assert "python -m models.train toy" in str(error.value)
    with pytest.raises(GraphMissing, match=words):
        anatomy.nodes("toy")


def test_a_graph_put_right_opens_without_a_restart(graphs):
    content = (graphs / "toy.onnx").read_bytes()
    (graphs / "toy.onnx").unlink()
    with pytest.raises(GraphMissing):
        graph("toy")
    (graphs / "toy.onnx").write_bytes(content)
    assert graph("toy").spec.name == "toy"


def test_a_file_that_is_no_graph_is_refused_even_where_the_card_agrees(graphs):
    reseal(graphs, b"not a graph at all")
    with pytest.raises(GraphMissing, match="it is not a graph"):
        graph("toy")


def test_a_graph_with_other_inputs_than_its_card_is_refused(graphs):
    card = json.loads((graphs / "toy.json").read_text())
    card["inputs"][0]["name"] = "z"
    (graphs / "toy.json").write_text(json.dumps(card))
    with pytest.raises(GraphMissing, match=r"inputs are .*'x'.*the card says .*'z'"):
        graph("toy")


def written(op="Gemm", operators=20, rows="batch", features=4, last=2, copies=1, place=0):
    """A graph with the toy's inputs and outputs, or nearly; its numbers do not matter here."""
    made = onnx.helper
    number = onnx.TensorProto.FLOAT
    weight = made.make_tensor("w", number, (features, last), np.zeros(features * last))
    zero = made.make_tensor("zero", onnx.TensorProto.INT64, (1,), [place])
    axes = made.make_tensor("axes", onnx.TensorProto.INT64, (1,), [1])
    nodes = [
        made.make_node("Concat", ["x"] * copies, ["rows"], axis=0),
        made.make_node(op, ["rows", "w"], ["y"]),
        made.make_node("ReduceSum", ["x", "axes"], ["all"], keepdims=0),
        made.make_node("Gather", ["gate", "zero"], ["first"]),
        made.make_node("Sub", ["all", "first"], ["sum"]),
    ]
    ports = [
        [("x", (rows, features)), ("gate", (2,))],
        [("y", (rows, None)), ("sum", (rows,))],
    ]
    sides = [[made.make_tensor_value_info(n, number, shape) for n, shape in side] for side in ports]
    graph = made.make_graph(nodes, "toy", *sides, [weight, zero, axes])
    model = made.make_model(graph, opset_imports=[made.make_opsetid("", operators)], ir_version=10)
    return bytes(model.SerializeToString())


def test_a_graph_that_is_as_its_card_says_opens(graphs):
    """What the next tests change is what they are refused for."""
    reseal(graphs, written())
    assert graph("toy")(x=X, gate=GATE)["y"].shape == (3, 2)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"operators": 99}, r"cannot run its operators \(sets: ONNX 99\): ONNX Runtime only"),
        ({"op": "Foresee"}, r"cannot run its operators \(sets: ONNX 20\): .*Foresee"),
        ({"features": 5}, r"inputs are .*\('batch', 5\).*; the card says .*\('batch', 4\)"),
        ({"rows": 1}, r"inputs are .*\(1, 4\).*; the card says .*\('batch', 4\)"),
        ({"last": 7}, r"outputs are .*, 7\).*; the card says .*\('batch', 2\)"),
        ({"copies": 2}, r"output y has the shape \(6, 2\); the card says \(3, 2\)"),
        ({"place": 9}, "does not run at the sizes on its card: .*Gather"),
    ],
    ids=str,
)
def test_a_graph_of_other_shapes_or_of_operators_too_new_is_refused_in_words(graphs, wrong, words):
    reseal(graphs, written(**wrong))
    with pytest.raises(GraphMissing, match=words) as error:
        graph("toy")
    assert str(graphs / "toy.onnx") in str(error.value)
    assert "python -m models.train toy" in str(error.value)
    assert "onnxruntime_src" not in str(error.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"name": 3, "colour": "red"}'])
def test_a_card_that_is_none_is_refused(graphs, text):
    (graphs / "toy.json").write_text(text)
    with pytest.raises(GraphMissing, match=r"toy\.json.*models.train toy"):
        graph("toy")


def test_an_unknown_graph_names_the_command_that_would_make_it(graphs):
    with pytest.raises(GraphMissing, match=r"python -m models\.train nothing"):
        graph("nothing")


def test_files_beside_a_graph_are_checked_too(graphs):
    assert catalogue.beside("toy", "words.json") == b'["a"]'
    with pytest.raises(GraphMissing, match=r"the card knows \['words.json'\]"):
        catalogue.beside("toy", "bpe.json")
    (graphs / "toy.words.json").write_bytes(b'["b"]')
    with pytest.raises(GraphMissing, match="sha256"):
        catalogue.beside("toy", "words.json")


def test_the_files_beside_a_graph_are_no_graphs(graphs):
    assert catalogue.names() == ["toy"]


def test_a_check_reports_what_runs_and_what_does_not(graphs):
    report = check()
    (row,) = report.rows
    assert (row.name, row.provider) == ("toy", "CPU")
    assert [problem.split(":")[0] for problem in report.problems] == names()
    assert row.inputs == "x float32 (batch, 4); gate float32 (2)"
    assert 0 < row.median < row.first
    (graphs / "toy.onnx").write_bytes(b"")
    report = check(("toy", "nothing"))
    assert report.rows == ()
    assert [problem.split(":")[0] for problem in report.problems] == ["toy", "nothing"]


def test_the_nodes_of_a_graph_run_from_its_inputs_to_its_outputs(graphs):
    nodes = anatomy.nodes("toy")
    shapes = {wire.name: wire.shape for node in nodes for wire in (*node.inputs, *node.outputs)}
    known = {"x", "gate"} | {wire.name for wire in start_wires(nodes)}
    for node in nodes:
        assert {wire.name for wire in node.inputs} <= known
        known |= {wire.name for wire in node.outputs}
    assert {"y", "sum"} <= known
    assert shapes["x"] == ("batch", 4)
    assert shapes["y"] == ("batch", 2)


def start_wires(nodes):
    """What no node makes: weights and constants."""
    made = {wire.name for node in nodes for wire in node.outputs}
    return [wire for node in nodes for wire in node.inputs if wire.name not in made]


def test_opening_a_graph_prints_nothing_and_needs_no_torch(graphs):
    """On a machine without a GPU ONNX Runtime itself would fill both streams."""
    code = (
        "import sys; from models.catalogue import graph; g = graph('toy'); "
        "assert 'torch' not in sys.modules and 'onnx' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "GLASSBOX_GRAPHS": str(graphs)},
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("place", ["weights.bin", "../weights.bin", "/etc/hostname"])
def test_weights_outside_the_file_are_refused(graphs, tmp_path, monkeypatch, place):
    """A seal knows one file: what it points to could be any other, on the card or not."""
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    for folder in (graphs, tmp_path, tmp_path / "in"):
        (folder / "weights.bin").write_bytes(bytes(2**10))
    model = onnx.load(graphs / "toy.onnx")
    held = model.graph.initializer[0]
    size = len(onnx.numpy_helper.to_array(held).tobytes())
    held.ClearField("raw_data")
    held.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", place), ("offset", "0"), ("length", str(size))):
        held.external_data.add(key=key, value=value)
    reseal(graphs, model.SerializeToString())
    with pytest.raises(GraphMissing, match=f"weights of it are in '{place}'; a graph was"):
        graph("toy")


def test_a_file_too_large_is_refused_unread(graphs, monkeypatch):
    with (graphs / "toy.onnx").open("wb") as file:
        file.truncate(catalogue.LARGEST + 1)
    monkeypatch.setattr(type(graphs), "read_bytes", None)
    with pytest.raises(GraphMissing, match=r"1,073,741,825 bytes; .* at most 1,073,741,824"):
        graph("toy")


def reseal(folder, content):
    """Writes other content and makes the card agree with it."""
    from models.card import Seal

    seal = Seal.of(content)
    card = json.loads((folder / "toy.json").read_text())
    card["file"] = {"size": seal.size, "sha256": seal.sha256}
    (folder / "toy.onnx").write_bytes(content)
    (folder / "toy.json").write_text(json.dumps(card))
