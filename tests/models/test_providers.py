"""The best provider that really runs a graph is found, without a GPU to try it on."""

import ctypes
from pathlib import Path

import pytest

from models.runtime import session as sessions
from models.runtime.providers import (
    CPU,
    CUDA,
    TENSORRT,
    TIERS,
    Driver,
    Machine,
    Plan,
    Settings,
    choose,
    engine_folder,
    options,
    probe,
    profile,
)
from models.runtime.session import open_session

NONE = Driver(0, "", "no NVIDIA driver on this machine")
GPU = Driver(1, "NVIDIA L4 sm89", "NVIDIA's driver has 1 GPU: NVIDIA L4 sm89")
PLAN = Plan("net", "ab" * 32, {"x": (1, 4)}, {"x": (8, 4)}, {"x": (64, 4)})


class Cuda:
    """A driver library as ctypes shows it."""

    def __init__(self, status=0, devices=1):
        self.status, self.devices = status, devices

    def cuInit(self, flags):
        return self.status

    def cuDeviceGetCount(self, count):
        count._obj.value = self.devices

    def cuDeviceGet(self, device, index):
        device._obj.value = index

    def cuDeviceGetName(self, name, size, device):
        name.value = b"NVIDIA L4"

    def cuDeviceGetAttribute(self, value, attribute, device):
        value._obj.value = {75: 8, 76: 9}[attribute]


class Port:
    name = "y"


class Fake:
    """An onnxruntime session that got some provider, whatever was asked."""

    def __init__(self, running):
        self.running = running

    def get_providers(self):
        return [self.running]

    def get_outputs(self):
        return [Port()]


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with a GPU, a full build of ONNX Runtime and nothing to preload."""
    monkeypatch.setattr(sessions, "preload", lambda: None)
    monkeypatch.setattr(sessions.ort, "get_available_providers", lambda: list(TIERS))
    return Machine(GPU, Settings(1, "fp32", tmp_path))


def opener(answers, asked):
    """Sessions by the first provider asked for: a running provider, or an error to raise."""

    def make(model, chosen, providers, enable_fallback):
        assert enable_fallback == 0
        asked.append([name for name, _ in providers])
        answer = answers[providers[0][0]]
        if isinstance(answer, Exception):
            raise answer
        return Fake(answer)

    return make


def test_a_driver_with_a_device_is_named_with_its_capability():
    assert probe(Cuda()) == GPU


@pytest.mark.parametrize(
    ("cuda", "words"), [(Cuda(status=100), "cuInit: 100"), (Cuda(devices=0), "has no GPU")]
)
def test_a_driver_without_a_usable_device_says_so(cuda, words):
    found = probe(cuda)
    assert found.devices == 0
    assert words in found.finding


def test_no_driver_means_the_cpu_alone_and_a_reason_for_the_others():
    choice = choose(NONE, TIERS)
    assert choice.worth == (CPU,)
    assert dict(choice.refused) == {TENSORRT: NONE.finding, CUDA: NONE.finding}


def test_a_build_without_gpu_providers_is_the_reason_even_with_a_gpu():
    choice = choose(GPU, (CPU,))
    assert choice.worth == (CPU,)
    assert all("build" in reason for _, reason in choice.refused)


def test_with_a_gpu_all_tiers_are_tried_best_first():
    assert choose(GPU, TIERS).worth == (TENSORRT, CUDA, CPU)


def test_the_best_tier_that_opens_the_graph_runs_it(machine):
    asked = []
    found = open_session(b"", PLAN, machine, opener({TENSORRT: TENSORRT}, asked))
    assert (found.provider, found.refused) == ("TensorRT", ())
    assert asked == [[TENSORRT, CUDA, CPU]]


def test_a_tier_that_raises_gives_way_to_the_next_with_its_reason(machine):
    asked = []
    answers = {TENSORRT: RuntimeError("libnvinfer.so.10 not found\nmore"), CUDA: CUDA}
    found = open_session(b"", PLAN, machine, opener(answers, asked))
    assert found.provider == "CUDA"
    assert found.refused == ((TENSORRT, "it did not open the graph: libnvinfer.so.10 not found"),)
    assert asked == [[TENSORRT, CUDA, CPU], [CUDA, CPU]]


def test_a_tier_that_silently_gives_another_is_not_believed(machine):
    answers = {TENSORRT: CPU, CUDA: CPU, CPU: CPU}
    found = open_session(b"", PLAN, machine, opener(answers, []))
    assert found.provider == "CPU"
    assert [reason for _, reason in found.refused] == ["asked for it, got CPU"] * 2


def test_a_graph_that_even_the_cpu_refuses_is_an_error(machine):
    answers = dict.fromkeys(TIERS, ValueError("not a graph"))
    with pytest.raises(ValueError, match="not a graph"):
        open_session(b"", PLAN, machine, opener(answers, []))


def test_tensorrt_is_given_every_shape_and_a_cache_that_exists(machine):
    chosen = options(TENSORRT, PLAN, machine)
    assert chosen["trt_profile_min_shapes"] == "x:1x4"
    assert chosen["trt_profile_opt_shapes"] == "x:8x4"
    assert chosen["trt_profile_max_shapes"] == "x:64x4"
    assert "trt_fp16_enable" not in chosen
    open_session(b"", PLAN, machine, opener({TENSORRT: TENSORRT}, []))
    assert Path(chosen["trt_engine_cache_path"]).is_dir()
    assert Path(chosen["trt_timing_cache_path"]) in Path(chosen["trt_engine_cache_path"]).parents


def test_a_graph_of_fixed_shapes_needs_no_profile(machine):
    fixed = Plan("net", "ab" * 32, {}, {}, {})
    assert not any("profile" in key for key in options(TENSORRT, fixed, machine))


def test_half_precision_is_asked_for_and_kept_apart(machine):
    half = Machine(GPU, Settings(1, "fp16", machine.settings.cache))
    chosen = options(TENSORRT, PLAN, half)
    assert chosen["trt_fp16_enable"] == "1"
    assert engine_folder(PLAN, half) != engine_folder(PLAN, machine)


@pytest.mark.parametrize(
    "other",
    [
        Plan("net", "cd" * 32, PLAN.least, PLAN.usual, PLAN.most),
        Plan("net", PLAN.sha256, PLAN.least, PLAN.usual, {"x": (65, 4)}),
        Plan("net", PLAN.sha256, PLAN.least, {"x": (9, 4)}, PLAN.most),
    ],
)
def test_engines_of_other_graphs_or_shapes_are_never_shared(machine, other):
    assert engine_folder(other, machine) != engine_folder(PLAN, machine)


def test_engines_of_another_gpu_are_never_shared(machine):
    other = Machine(Driver(1, "NVIDIA T4 sm75", ""), machine.settings)
    assert engine_folder(PLAN, other) != engine_folder(PLAN, machine)


def test_shapes_are_spelled_as_tensorrt_reads_them():
    assert profile({"x": (1, 1, 32, 32), "t": (1,)}) == "x:1x1x32x32,t:1"


def test_settings_come_from_the_environment():
    found = Settings.read({"GLASSBOX_CACHE": "/somewhere", "GLASSBOX_PRECISION": "bf16"})
    assert found == Settings(1, "bf16", Path("/somewhere"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GLASSBOX_THREADS", "0"),
        ("GLASSBOX_THREADS", "many"),
        ("GLASSBOX_THREADS", "100000"),
        ("GLASSBOX_PRECISION", "int8"),
    ],
)
def test_a_bad_setting_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=f"{name} is '{value}'"):
        Settings.read({name: value})


def test_threads_do_not_spin(machine):
    chosen = sessions.session_options(machine)
    assert (chosen.intra_op_num_threads, chosen.inter_op_num_threads) == (1, 1)
    assert chosen.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_tensorrt_packages_are_loaded_only_where_there_are_some(monkeypatch):
    loaded = []
    monkeypatch.setattr(sessions.ort, "preload_dlls", lambda: loaded.append("cuda"))
    monkeypatch.setattr(ctypes, "CDLL", lambda path, mode: loaded.append(Path(path).name))
    monkeypatch.setattr(sessions, "find_spec", lambda name: None)
    sessions.preload()
    assert loaded == ["cuda"]


def test_tensorrt_packages_are_loaded_from_where_they_are(monkeypatch, tmp_path):
    (tmp_path / "libnvinfer.so.10").touch()
    (tmp_path / "libnvinfer_plugin.so.10").touch()
    (tmp_path / "libother.so").touch()
    loaded = []

    class Spec:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(sessions.ort, "preload_dlls", lambda: None)
    monkeypatch.setattr(ctypes, "CDLL", lambda path, mode: loaded.append(Path(path).name))
    monkeypatch.setattr(sessions, "find_spec", lambda name: Spec)
    sessions.preload()
    assert loaded == ["libnvinfer.so.10", "libnvinfer_plugin.so.10"]
