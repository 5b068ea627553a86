"""What a process holds beside its work has an end: what pages remember, runs of no more use, graphs."""

import sys
from collections import Counter
from functools import cache, lru_cache
from types import ModuleType

import numpy as np
import pytest

from app import memory
from app.concepts.diffusion.guidance.compute import run as guided
from app.concepts.diffusion.guidance.state import Params as Guided
from app.concepts.diffusion.sandbox.compute import Params as Sandbox
from app.concepts.diffusion.sandbox.compute import kept as walked
from app.frames import Runs
from app.memory import MUCH, SLACK, Memory
from models.catalogue import graph
from tests.test_faults import join

BEFORE, LATEST = "diffusion/guidance", "diffusion/sandbox"


@pytest.fixture
def known():
    """The memory of a process that has computed two pages, and the tapes that these remember."""
    known = Memory()
    known.used(LATEST)
    known.used(BEFORE)
    known.used(LATEST)
    return known, guided(Guided()), walked(Sandbox())


def holds(monkeypatch, *bytes_: int) -> None:
    """What the process holds, one reading after the other; the last stays."""
    left = list(bytes_)
    monkeypatch.setattr(memory, "own", lambda: left.pop(0) if len(left) > 1 else left[0])


def test_a_process_that_holds_little_remembers_all_its_pages(monkeypatch, known):
    process, before, latest = known
    holds(monkeypatch, MUCH - 1)
    process.look()
    assert guided(Guided()) is before and walked(Sandbox()) is latest


def test_the_page_of_longest_ago_forgets_first_and_the_latest_remembers(monkeypatch, known):
    process, before, latest = known
    holds(monkeypatch, MUCH)
    process.look()
    assert guided(Guided()) is not before
    assert walked(Sandbox()) is latest


def test_no_more_is_forgotten_than_has_to_be(monkeypatch, known):
    process, before, _ = known
    holds(monkeypatch, MUCH, MUCH - SLACK - 1)
    process.look()
    assert guided(Guided()) is before, "giving back what nothing used was enough"


def test_what_is_in_use_is_not_looked_for_again_and_again(monkeypatch, known):
    process, _, _ = known
    holds(monkeypatch, 3 * MUCH)
    process.look()
    monkeypatch.setattr(memory, "give_back", lambda: pytest.fail("it looked again"))
    holds(monkeypatch, 3 * MUCH + SLACK - 1)
    process.look()


def test_what_is_found_out_once_for_all_states_is_not_forgotten(monkeypatch):
    module, asked = ModuleType("app.concepts.toy.page.compute"), Counter()
    module.once = cache(lambda: asked.update(["once"]))
    module.state = lru_cache(maxsize=3)(lambda seed: asked.update(["state"]))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for _ in range(2):
        module.once()
        module.state(1)
        memory.forget("toy/page")
    assert asked == {"once": 1, "state": 2}


def test_a_process_reads_what_it_alone_holds():
    before = memory.own()
    held = bytearray(b"x" * 2**26)
    assert memory.own() - before >= 0.9 * len(held)


def test_a_run_that_was_left_is_not_kept_for_nobody():
    runs = Runs(lambda run, browser: None)
    run = join(runs, frames=3)
    for reader in list(run.readers):
        runs.leave(run, reader)
    run.stop()
    other = join(runs, frames=4)
    assert list(runs.by_state.values()) == [other]


def test_an_open_graph_holds_its_weights_and_nothing_of_its_calls():
    unet = graph("unet_digits")
    memory.give_back()
    before = memory.own()
    many = {"t": np.zeros(64, np.float32), "label": np.zeros(64, np.int64)}
    unet(x=np.zeros((64, 1, 32, 32), np.float32), **many)
    memory.give_back()
    assert memory.own() - before < 2**25  # with ONNX Runtime's own store it is 94 MB
