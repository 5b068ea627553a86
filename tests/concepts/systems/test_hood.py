"""Under the hood: ranks of latencies, the law of two costs, and who runs what in words."""

from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import nnls

from app.concepts.systems.hood import CONCEPT, Params, compute, draw
from app.concepts.systems.hood.compute import (
    CALLS,
    GRAPHS,
    SIZES,
    Calls,
    curve,
    edge,
    histogram,
    kept_by,
    law,
)
from app.concepts.systems.hood.figure import time
from app.concepts.systems.hood.machine import MISSING, host, runner, tiers
from models import catalogue
from models.runtime.providers import CPU, CUDA, TENSORRT
from models.runtime.session import Session

LATENCIES = st.lists(st.floats(1e-3, 1e5), min_size=1, max_size=200)


def some(graph="policy_cartpole", frames=len(GRAPHS) + 2, **given):
    return list(islice(compute(Params(graph=graph, **given)), frames))


def test_the_graphs_offered_are_those_of_the_catalogue():
    assert sorted(GRAPHS) == catalogue.names()
    assert CONCEPT.graphs == GRAPHS


@given(LATENCIES, st.sampled_from([0.5, 0.95]))
def test_the_rank_is_a_call_that_happened_and_keeps_its_promise(latencies, share):
    kept = kept_by(share, np.array(latencies))
    assert kept in latencies
    assert np.mean(np.array(latencies) <= kept) >= share
    assert np.mean(np.array(latencies) < kept) < share
    assert kept == sorted(latencies)[int(np.ceil(share * len(latencies) - 1e-9)) - 1]


def test_the_rank_of_a_p95_is_as_uncertain_as_the_theory_says():
    """The worked example: of 1000 calls the 936th to the 964th, in 95 of 100 cases."""
    rng, true = np.random.default_rng(0), -np.log(0.05)  # the p95 of an exponential
    calls = np.sort(rng.exponential(size=(2000, 1000)), axis=-1)
    inside = (calls[:, 936 - 1] <= true) & (true <= calls[:, 964 - 1])
    assert inside.mean() == pytest.approx(0.95, abs=0.02)


@given(st.floats(0, 10), st.floats(1e-4, 10), st.integers(2, len(SIZES)))
def test_the_two_costs_of_an_exact_line_are_found(fixed, each, k):
    n = np.array(SIZES[:k], float)
    a, c = law(n, fixed + each * n)
    np.testing.assert_allclose([a + c * n], [fixed + each * n], rtol=1e-6)


@given(st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=len(SIZES)))
def test_the_costs_are_the_best_that_are_not_negative(took):
    """Against scipy's non-negative least squares of the same relative misfit."""
    n, took = np.array(SIZES[: len(took)], float), np.array(took)
    terms = np.stack([1 / took, n / took], -1)
    ours = np.linalg.norm(terms @ np.array(law(n, took)) - 1)
    assert ours == pytest.approx(nnls(terms, np.ones(len(n)))[1], abs=1e-6)


def test_half_the_throughput_comes_at_the_ratio_of_the_costs():
    """The worked example: 7.4 µs a call and 0.042 µs an item."""
    sizes = {n: [0.0074 + 0.000042 * n] for n in SIZES}
    found = curve(sizes, SIZES[-1])
    assert found.wall[-1] == pytest.approx(0.0101, rel=5e-3)
    half = found.fixed / found.each
    assert half == pytest.approx(176, abs=0.5)
    assert half / (found.fixed + found.each * half) == pytest.approx(0.5 / found.each)
    assert found.misfit < 1e-6


def test_a_size_is_known_by_its_least_disturbed_call():
    found = curve({1: [5.0, 1.0, 9.0], 2: [2.0, 80.0]}, 2)
    np.testing.assert_array_equal(found.wall, [1.0, 2.0])
    np.testing.assert_allclose(found.rate, [1000, 1000])


@given(LATENCIES)
def test_every_call_is_in_the_histogram(latencies):
    wall = np.array(latencies)
    found = histogram(Calls(wall, wall / 2, wall), shortest=wall.min())
    assert found.wall.sum() == pytest.approx(100)
    assert found.cpu.sum() == pytest.approx(100)
    assert max(found.wall.max(), found.cpu.max()) <= found.top


@given(st.floats(1e-6, 1e12))
def test_an_axis_ends_just_above_its_values(value):
    assert value * (1 - 1e-9) <= edge(value) <= 2.51 * value


def test_rounds_add_calls_and_never_take_any_back():
    frames = some(rounds=8)
    counts = [len(frame.calls.wall) for frame in frames]
    assert len(frames) == 9
    assert all(0 < b - a <= CALLS for a, b in pairwise(counts))
    for a, b in pairwise(frames):
        np.testing.assert_array_equal(b.calls.wall[: len(a.calls.wall)], a.calls.wall)
    assert frames[-1].p50 <= frames[-1].p95 <= frames[-1].calls.wall.max()
    assert len(frames[-1].curve.size) == len(SIZES)


def test_all_graphs_are_asked_in_turn():
    last = some()[-1]
    assert set(last.runners) == set(GRAPHS)
    assert last.runners["policy_cartpole"] in ("CPU", "CUDA", "TensorRT")


def test_more_than_a_graph_takes_is_said_and_not_hidden():
    frame = some("gpt_shakespeare", 1, batch=64)[0]
    most = catalogue.spec("gpt_shakespeare").sizes["batch"].most
    assert frame.batch == min(64, most)
    assert most >= 64 or "the most it takes" in draw(frame)["latency"].title


def test_a_provider_that_does_not_run_the_graph_says_why():
    refused = ((TENSORRT, "no NVIDIA driver on this machine"), (CUDA, "it did not open"))
    session = Session(None, CPU, refused, {"CPU": 7}, ("y",))
    words = {tier.name: tier for tier in tiers(session)}
    assert not words["TensorRT"].runs
    assert words["TensorRT"].why == "no NVIDIA driver on this machine"
    assert words["CPU"].runs
    assert words["CPU"].nodes == 7


def test_a_graph_on_the_gpu_leaves_the_cpu_without_work():
    session = Session(None, CUDA, ((TENSORRT, "no TensorRT"),), {"CUDA": 40}, ("y",))
    words = {tier.name: tier for tier in tiers(session)}
    assert words["CUDA"].runs
    assert words["CPU"].why == "a better one runs it"


def test_a_missing_graph_is_marked_and_the_others_still_run(tmp_path, monkeypatch):
    for file in catalogue.folder().glob("policy_cartpole*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("GLASSBOX_GRAPHS", str(tmp_path))
    assert runner("policy_cartpole") != MISSING
    assert runner("unet_digits") == MISSING
    scene = draw(some()[-1])
    chosen, *others = [node for node in scene["who"].nodes if node.key.startswith("graphs")]
    assert (chosen.label, chosen.ink) == ("policy_cartpole", "focus")
    [gone] = [node for node in others if node.ink == "error"]
    assert "unet_digits" in gone.tip.split("\n")
    assert gone.value == MISSING


def test_the_machine_is_described():
    here = host()
    assert here.cores >= 1
    assert 0 <= here.memory < 1e5
    assert here.python.startswith("3.")
    assert here.gpu


@pytest.mark.parametrize(
    ("milliseconds", "value", "unit"), [(0.0074, 7.4, "µs"), (0.1, 0.1, "ms"), (12.0, 12.0, "ms")]
)
def test_small_times_read_in_microseconds(milliseconds, value, unit):
    row = time("a call", milliseconds, "p50")
    assert row.value == pytest.approx(value)
    assert row.unit == unit
