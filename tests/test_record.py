"""What is recorded before anybody asks is what would be computed, and says that it was recorded."""

import httpx
import pytest

from app import cache, contents, record
from tests import toy

ENTRY = contents.find("transformers/calculator")


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A cache of its own."""
    monkeypatch.setenv("GLASSBOX_CACHE", str(tmp_path))
    return tmp_path


def test_the_default_and_every_step_of_the_lesson_are_recorded(kept):
    found = [record.record(ENTRY, params) for params in record.states(ENTRY)]
    assert len(found) > 4
    assert not any(run.left_out for run in found)
    assert found[0].state == f"{ENTRY.path}?"
    again = record.record(ENTRY, ENTRY.concept.params())
    assert again.cpu == 0, "what is kept is not computed again"


def test_a_recorded_state_says_so_and_one_that_was_touched_does_not(kept, address):
    params = toy.ENTRY.concept.params.from_query("seed=77")
    done = record.record(toy.ENTRY, params)
    recorded = httpx.get(f"{address}/frames/test/toy?seed=77")
    live = httpx.get(f"{address}/frames/test/toy?seed=78")
    assert recorded.headers["x-glassbox-frames"] == "recorded"
    assert live.headers["x-glassbox-frames"] == "live"
    assert done.frames == sum(1 for _ in toy.ENTRY.concept.compute(params))


def test_a_run_too_large_to_keep_is_left_out_and_said(kept, monkeypatch):
    monkeypatch.setattr(record, "MOST", 1000)
    assert record.record(ENTRY, ENTRY.concept.params()).left_out == "too large"
    assert cache.read(f"{ENTRY.path}?") is None
