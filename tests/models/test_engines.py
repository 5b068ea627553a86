"""TensorRT's engines are built aside, compared with the CPU and taken up whole, without a GPU here."""

import subprocess
from dataclasses import replace

import numpy as np
import pytest

from app import nets
from models import catalogue
from models import engines as command
from models.runtime import engines
from models.runtime import session as sessions
from models.runtime.measure import sample
from models.runtime.providers import CPU, CUDA, TENSORRT, TIERS, Driver, Machine, Settings

GPU = Driver(1, "NVIDIA L4 sm89", "NVIDIA's driver has 1 GPU: NVIDIA L4 sm89")
REAL = sessions.ort.InferenceSession


class Fake:
    """ONNX Runtime on the CPU that says it is another provider, and is off by a factor."""

    def __init__(self, model, running, factor):
        self.real, self.running, self.factor = REAL(model, providers=[CPU]), running, factor

    def __getattr__(self, name):
        if name == "get_provider_graph_assignment_info":
            raise AttributeError(name)
        return getattr(self.real, name)

    def get_providers(self):
        return [self.running]

    def run(self, names, inputs):
        return [array * np.float32(self.factor) for array in self.real.run(names, inputs)]


def maker(half=1.0002, single=1.0):
    """Sessions of a GPU whose engines are off by so much in half and in single precision."""

    def make(model, chosen, providers, enable_fallback):
        name, options = providers[0]
        factor = half if "trt_fp16_enable" in options else single
        return Fake(model, name, factor if name == TENSORRT else 1.0)

    return make


@pytest.fixture
def machine(tmp_path, monkeypatch):
    monkeypatch.setattr(sessions, "preload", lambda: None)
    monkeypatch.setattr(sessions.ort, "get_available_providers", lambda: list(TIERS))
    return Machine(GPU, Settings(1, "fp16", tmp_path))


@pytest.fixture
def net(graphs):
    known = catalogue.spec("toy")
    return known, catalogue.content("toy"), catalogue.plan(known)


def built(net, machine, make):
    known, model, plan = net

    def samples(size):
        return sample(known, {"batch": getattr(known.sizes["batch"], size)}, 0)

    return engines.build(known, model, plan, machine, samples, make)


def test_until_an_engine_is_built_cuda_serves_and_says_so(net, machine):
    session, pending = engines.open_ready(*net[1:], machine, maker())
    assert (session.tier, pending) == (CUDA, True)
    assert session.refused == ((TENSORRT, "its fp16 engine is being built"),)


def test_an_engine_within_the_cards_tolerance_is_taken(net, machine):
    assert built(net, machine, maker()) == ""
    session, pending = engines.open_ready(*net[1:], machine, maker())
    assert (session.tier, session.refused, pending) == (TENSORRT, (), False)


def test_half_precision_that_is_too_far_is_refused_in_words_and_single_taken(net, machine):
    make = maker(half=1.5)
    assert "; fp16 may by 0.00" in built(net, machine, make)
    single = replace(machine, settings=replace(machine.settings, precision="fp32"))
    assert built(net, single, make) == ""
    session, pending = engines.open_ready(*net[1:], machine, make)
    assert (session.tier, pending) == (TENSORRT, False)
    assert session.refused[0][1].startswith("fp16: ")
    assert session.run(sample(net[0], {}, 0)).keys() == {"y", "sum"}


@pytest.mark.parametrize(
    ("rounded", "words"),
    [
        ({}, "no deviation measured in fp16"),
        ({"fp16": {"y": 1e-3, "sum": None}}, "sum is not finite"),
        ({"fp16": {"y": 0.2, "sum": 1e-3}}, "y moves by 20%; 5% at most"),
    ],
)
def test_a_precision_that_the_card_does_not_bear_is_not_even_built(net, machine, rounded, words):
    known = replace(net[0], parity=replace(net[0].parity, rounded=rounded))

    def never(*words, **named):
        raise AssertionError("it was built")

    assert words in built((known, *net[1:]), machine, never)


def test_engines_that_all_compute_wrong_leave_the_graph_to_cuda(net, machine):
    make = maker(half=float("nan"), single=1.5)
    for step in engines.ladder(machine):
        assert built(net, step, make)
    session, pending = engines.open_ready(*net[1:], machine, make)
    assert (session.tier, pending) == (CUDA, False)
    assert "fp16: " in session.refused[0][1] and "fp32: " in session.refused[0][1]


def test_what_is_built_is_not_built_again(net, machine, monkeypatch, capsys):
    monkeypatch.setattr(Machine, "here", lambda: machine)
    made = []
    opened = engines.open_session

    def counted(model, plan, where, make):
        made.append(plan.name)
        return opened(model, plan, where, maker())

    monkeypatch.setattr(engines, "open_session", counted)
    for _ in range(2):
        assert command.main(["build", "toy"]) == 0
        assert capsys.readouterr().out == "toy: fp16: ready\n"
    assert made == ["toy"]  # one engine


def test_a_spoilt_verdict_is_none(net, machine):
    built(net, machine, maker())
    (engines.engine_folder(net[2], machine) / engines.VERDICT).write_text("{")
    assert engines.verdict(net[2], machine) is None


def test_without_a_gpu_nothing_waits_and_the_build_says_why(net, capsys, tmp_path):
    session, pending = engines.open_ready(*net[1:], Machine.here())
    assert (session.tier, pending) == (CPU, False)
    assert command.main(["build"]) == 1
    assert "no engine can be built here" in capsys.readouterr().err


@pytest.fixture
def pieces(net, machine, monkeypatch):
    """The catalogue on that machine, its builds done by `how` when it is told to."""
    monkeypatch.setattr(Machine, "here", lambda: machine)
    opened = engines.open_ready
    monkeypatch.setattr(engines, "open_ready", lambda *args: opened(*args, maker()))
    monkeypatch.setattr(catalogue, "_graphs", {})
    threads, begin = [], engines.later

    def how(run):
        def later(*args):
            threads.append(begin(*args, run))

        monkeypatch.setattr(engines, "later", later)
        return threads

    return how


def test_a_graph_changes_to_its_engine_in_one_step_and_keeps_its_count(net, machine, pieces):
    seen = []

    def build(asked):
        seen.append((asked[-2:], catalogue.graph("toy").provider))
        built(net, machine, maker())
        return subprocess.CompletedProcess(asked, 0, "", "")

    threads = pieces(build)
    toy = catalogue.graph("toy")
    toy(**sample(net[0], {}, 0))
    threads[0].join(20)
    assert seen == [(["build", "toy"], "CUDA")]
    assert (toy.provider, toy.session.refused) == ("TensorRT", ())
    toy(**sample(net[0], {}, 0))
    (told,) = nets.here()
    assert (told.provider, told.calls) == ("TensorRT", 2)


def test_a_build_that_fails_is_said_and_cuda_goes_on(pieces):
    threads = pieces(lambda asked: subprocess.CompletedProcess(asked, 1, "", "x\nno memory"))
    toy = catalogue.graph("toy")
    threads[0].join(20)
    assert toy.provider == "CUDA"
    (told,) = nets.here()
    assert "its engine could not be built: no memory" in told.refused
