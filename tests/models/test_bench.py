"""The table of every graph on every provider: what is counted, what is raced, what is said of the rest."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from models import catalogue
from models.bench import __main__ as command
from models.bench import cells, contenders, floor
from models.bench.clock import Clock, race
from models.nets import twin
from models.runtime.measure import sample
from models.runtime.providers import CPU, CUDA, TENSORRT, Machine


@pytest.mark.parametrize("name", catalogue.names())
def test_multiplications_are_those_that_torch_counts(name):
    known, model = catalogue.spec(name), catalogue.content(name)
    inputs = sample(known, {"batch": 3, "length": 7}, 0)
    net = twin.filled(name, model)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(*(torch.from_numpy(inputs[port.name]) for port in known.inputs))
    assert 2 * floor.work(model, inputs).products == counter.get_total_flops()


def test_bytes_are_weights_inputs_and_outputs_once():
    known, batch = catalogue.spec("policy_cartpole"), 5
    inputs = sample(known, {"batch": batch}, 0)
    index = 8  # of the column that the value is picked out of
    moved = floor.work(catalogue.content("policy_cartpole"), inputs).moved
    assert moved == 4 * (known.parameters + batch * (4 + 2 + 1)) + index


def test_the_floor_is_the_slower_of_computing_and_moving():
    device = floor.Device(flops=1e9, rate=lambda moved: 1e6)
    assert device.floor(floor.Work(products=1_000_000, moved=1000)) == pytest.approx(2.0)
    assert device.floor(floor.Work(products=1000, moved=5000)) == pytest.approx(5.0)


def test_a_race_reads_each_call_in_turn_and_tells_the_slow_one():
    turns = []

    def call(name, seconds):
        turns.append(name)
        end = time.thread_time() + seconds
        while time.thread_time() < end:
            pass

    quick, slow = race([lambda: call("q", 0.001), lambda: call("s", 0.003)], Clock("cpu"), 0.0)
    assert 1 <= quick < slow
    assert "".join(turns[-6:]) == "qsqsqs"


def test_half_precision_is_raced_only_where_a_provider_has_it():
    said = [str(way) for way in contenders.ways((TENSORRT, CUDA, CPU))]
    assert said == ["TensorRT, fp32", "TensorRT, fp16", "CUDA, fp32", "CPU, fp32"]


def test_a_net_that_cannot_be_compiled_is_out_of_the_race_with_the_reason():
    def broken():
        raise ValueError("no compiler\nand more")

    compiled = contenders.Compiled(torch.nn.Identity())
    assert not compiled.ready(broken, 5.0)
    assert compiled.failed == "no compiler"
    slow = contenders.Compiled(torch.nn.Identity())
    assert not slow.ready(lambda: time.sleep(5), 0.05)
    assert "not compiled in" in slow.failed


def test_the_document_has_every_batch_beside_torch_and_says_what_is_missing(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(command, "DOCUMENT", tmp_path / "gpu.md")
    monkeypatch.setattr(cells, "READING", 0.0)
    real = contenders.ours

    def ours(known, model, way, machine):
        if way.tier == CUDA:
            raise RuntimeError("libcudnn.so.9 not found")
        return real(known, model, way, machine)

    monkeypatch.setattr(cells, "ours", ours)
    monkeypatch.setattr(command, "ways", lambda worth: contenders.ways((CUDA, CPU)))
    assert command.main(["--graphs", "policy_cartpole", "--minutes", "0", "--write"]) == 0
    text = (tmp_path / "gpu.md").read_text()
    assert text in capsys.readouterr().out
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| policy")]
    assert [row[1] for row in rows] == [str(n) for n in cells.BATCHES]
    assert {row[2] for row in rows} == {"CPU, fp32"}
    assert "beyond" not in "".join(rows[0])
    assert "policy_cartpole by CUDA, fp32: libcudnn.so.9 not found" in text
    assert "no time was left to compile it" in text
    assert "`python -m models.bench --graphs policy_cartpole --minutes 0 --write`" in text


def test_an_answer_that_the_card_does_not_allow_is_marked(monkeypatch):
    real = contenders.ours

    class Off:
        def __init__(self, ort):
            self.ort = ort

        def run(self, names, inputs):
            return [array + np.float32(1) for array in self.ort.run(names, inputs)]

    def off(*args):
        session = real(*args)
        return replace(session, ort=Off(session.ort))

    monkeypatch.setattr(cells, "ours", off)
    monkeypatch.setattr(cells, "READING", 0.0)
    monkeypatch.setattr(cells, "BATCHES", (1,))
    (cell,) = cells.measure(
        cells.Table(0.0), "policy_cartpole", contenders.ways((CPU,)), Machine.here()
    )
    assert cell.apart == pytest.approx(1, rel=1e-3)
    assert "fp32 may by" in cell.beyond
