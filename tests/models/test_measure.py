"""Measuring a graph: two clocks, every value on the way, and two witnesses."""

import time

import numpy as np
import onnx
import pytest

from models import catalogue
from models.runtime import measure

GRAPHS = tuple(catalogue.names())
SIZES = {"batch": 2, "length": 9}


@pytest.fixture(scope="module", params=GRAPHS)
def graph(request):
    known = catalogue.spec(request.param)
    return known, catalogue.content(request.param), measure.sample(known, SIZES, 3)


def test_waiting_is_on_the_wall_clock_and_not_on_the_threads_own():
    idle = measure.took(lambda: time.sleep(0.05))
    assert idle.wall >= 50
    assert idle.cpu < 25
    busy = measure.took(lambda: sum(i * i for i in range(200_000)))
    assert busy.cpu > 0.2 * idle.cpu
    assert busy.cpu <= busy.wall * 1.05 + 0.1


def test_sampled_inputs_are_what_the_graph_takes(graph):
    known, _, inputs = graph
    catalogue.graph(known.name).check(inputs)
    again = measure.sample(known, SIZES, 3)
    assert all((inputs[name] == again[name]).all() for name in inputs)
    assert {i.shape[0] for i in inputs.values() if i.shape[:1] == (2,)} == {2}


def test_a_session_apart_answers_as_the_shared_one_and_counts_for_itself(graph):
    known, model, inputs = graph
    shared = catalogue.graph(known.name)
    before = shared.session.latency.read()[0]
    apart = measure.apart(known, model, 1)
    found = apart.run(inputs)
    assert apart.latency.read()[0] == 1
    assert shared.session.latency.read()[0] == before
    for name, value in shared(**inputs).items():
        np.testing.assert_array_equal(found[name], value)


def test_a_trace_keeps_every_value_and_ends_where_the_graph_ends(graph):
    known, model, inputs = graph
    trace = measure.trace(model, inputs, calls=1)
    nodes = onnx.load_model_from_string(model).graph.node
    assert set(trace.values) >= {name for node in nodes for name in node.output if name}
    assert set(trace.milliseconds) == {node.name for node in nodes}
    assert min(trace.milliseconds.values()) >= 0
    for name, value in catalogue.graph(known.name)(**inputs).items():
        allowed = known.parity.tolerance * max(1.0, np.abs(value).max())
        assert np.abs(trace.values[name] - value).max() <= allowed


def test_the_numpy_witness_agrees_at_the_ends(graph):
    known, model, inputs = graph
    exact = {name: v for _, made in measure.reference(model, inputs) for name, v in made.items()}
    for name, value in catalogue.graph(known.name)(**inputs).items():
        allowed = known.parity.tolerance * max(1.0, np.abs(value).max())
        assert exact[name].shape == value.shape
        assert np.abs(exact[name] - value).max() <= allowed


def test_kernels_are_named_and_timed_and_leave_no_file_behind(graph, tmp_path, monkeypatch):
    known, model, inputs = graph
    monkeypatch.chdir(tmp_path)
    kernels = measure.kernels(model, inputs, calls=2)
    assert {kernel.op for kernel in kernels} & {"Gemm", "MatMul", "Conv", "FusedMatMul"}
    assert all(kernel.milliseconds >= 0 for kernel in kernels)
    assert sum(catalogue.graph(known.name).session.nodes.values()) >= len(kernels) // 2
    assert not list(tmp_path.iterdir())
