"""A sampler whose picture stays where the net is draws what the sampler on the page draws."""

import numpy as np
import pytest

from models import catalogue, walk
from models.maths.lanes import runner, stops
from models.maths.samplers import clipped, race
from models.recipes.denoiser_8x8 import NOISING
from models.runtime.providers import CUDA
from models.runtime.session import Session
from models.runtime.stepper import Stepper

NET, LABEL = "denoiser_8x8", np.arange(5)
NOISE = np.random.default_rng(0).standard_normal((5, 1, 8, 8))


@pytest.fixture(scope="module")
def session():
    return walk.opened(NET)


def by_race(name, levels):
    net = catalogue.graph(NET)

    def eps(x, t):
        time = np.full(len(LABEL), t[0], np.float32)
        return net(x=x[0].astype(np.float32), t=time, label=LABEL)["eps"][None]

    lane = runner(name, NOISE, levels, np.random.default_rng(1)).sampler
    *_, (end,) = race([lane], clipped(eps, NOISING.alpha_bar))
    return end.x_0


@pytest.mark.parametrize(("name", "eta"), [("ddim", 0.0), ("flow", 0.0), ("ddpm", 1.0)])
def test_it_ends_where_the_sampler_of_the_page_ends(session, name, eta):
    levels = stops(name, 20, NOISING.alpha_bar)
    found = walk.walk(session, NOISE, LABEL, levels, np.random.default_rng(1), eta)
    assert found == pytest.approx(by_race(name, levels), abs=2e-3)
    assert np.abs(found).max() <= 1


@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_bound_to_a_device_it_computes_the_very_same(session, eta):
    """The CPU is a device as well; on it a bound array must change nothing."""
    levels = stops("ddim", 12, NOISING.alpha_bar)
    free, bound = (
        walk.walk(session, NOISE, LABEL, levels, np.random.default_rng(1), eta, device)
        for device in (None, "cpu")
    )
    np.testing.assert_array_equal(free, bound)


class Value:
    """An array on a device, which says when it is brought back."""

    def __init__(self, number, log):
        self.number, self.log = number, log

    def numpy(self):
        self.log.append("brought back")
        return self.number


class Gpu:
    """ONNX Runtime with bound arrays, on no device at all: it computes x_s = x + y."""

    def __init__(self):
        self.log, self.inputs, self.outputs = [], {}, []

    def io_binding(self):
        return self

    def bind_ortvalue_input(self, name, value):
        self.inputs[name] = value.number

    def bind_cpu_input(self, name, array):
        self.log.append(f"sent {name}")
        self.inputs[name] = array

    def clear_binding_outputs(self):
        self.outputs = []

    def bind_output(self, name, device):
        assert (name, device) == ("x_s", "cuda")

    def run_with_iobinding(self, binding):
        self.outputs = [Value(self.inputs["x"] + self.inputs["y"], self.log)]

    def get_outputs(self):
        return self.outputs


def test_on_a_gpu_the_state_is_sent_once_and_brought_back_once(monkeypatch):
    gpu = Gpu()
    monkeypatch.setattr(Stepper, "_sent", lambda self, array: Value(array, gpu.log))
    session = Session(gpu, CUDA, (), {}, ("x_s",))
    step = Stepper(session, {"x": np.zeros(3)}, {"x_s": "x"})
    for number in (1.0, 2.0, 3.0):
        step(y=np.full(3, number))
    assert gpu.log == ["sent y"] * 3
    assert step.read("x").tolist() == [6, 6, 6]
    assert gpu.log[3:] == ["brought back"]
    assert session.latency.read()[0] == 3
