"""The machine's clock is set while people work: nothing that waits, counts or ends takes its word."""

import re
import time
from pathlib import Path

import httpx
import pytest

from app import led, rooms, status
from app.desk import DESK
from app.led import State
from app.rooms import Rooms
from app.store import File
from tests.messages import headers
from tests.test_frames import begun

ROOT = Path(__file__).parent.parent
JUMPS = pytest.mark.parametrize("jump", [3600.0, -3600.0], ids=["an hour on", "an hour back"])
PYTHON = sorted(p for top in ("app", "models", "ops", "bench") for p in (ROOT / top).rglob("*.py"))
WEB = sorted(p for p in (ROOT / "assets" / "web").rglob("*.js") if "vendor" not in p.parts)

# Where the time of day is asked for, and why no other clock would do.
WALL = {
    "app/rooms.py": "when a room ends is agreed between processes and machines, and outlives them",
    "app/store.py": "likewise for all that is remembered in a file",
    "app/front.py": "nginx, another program, subtracts it from its own",
    "bench/__main__.py": "the date of a report",
    "bench/load/__main__.py": "the date of a report",
    "bench/scale.py": "the date of a report",
    "models/bench/page.py": "the date of a report",
    "ops/image.py": "the date of a report",
}
ASKED = re.compile(
    r"\btime\.time(_ns)?\b|\b(datetime|date)\.(now|utcnow|today)\b|^from time import .*\btime\b",
    re.M,
)
DAY = {"present.js": "what time it is, for the speaker"}


def test_the_time_of_day_is_asked_for_only_where_it_is_meant():
    found = {str(path.relative_to(ROOT)) for path in PYTHON if ASKED.search(path.read_text())}
    assert found == set(WALL)


def test_no_module_of_the_page_measures_by_the_time_of_day():
    found = {path.name for path in WEB if re.search(r"\bnew Date\b", path.read_text())}
    assert found == set(DAY)
    assert not any("Date.now" in path.read_text() for path in WEB)


@pytest.fixture
def put(monkeypatch):
    """Sets the clock of this process on or back by so many seconds."""
    real = time.time

    def _put(jump):
        monkeypatch.setattr(time, "time", lambda: real() + jump)

    return _put


@JUMPS
def test_a_run_neither_ends_nor_hangs_and_is_told_right(address, put, jump):
    query = f"frames=40&pause=0.02&seed={800 + int(jump > 0)}"
    with httpx.stream("GET", f"{address}/frames/test/toy?{query}") as answer:
        chunks = answer.iter_bytes()
        first = next(chunks)
        put(jump)
        *_, run = status.waiting(DESK)
        assert 0 <= run.seconds < 60
        got = [message.get("index") for message in headers(first + b"".join(chunks))]
    assert got == [*range(40), None]
    up = re.search(r"<td>up</td><td>(\S+) min", status.page(DESK))
    assert up and 0 <= int(up[1]) < 50  # no hour more, and none less than nothing


@JUMPS
def test_a_run_that_was_cut_off_waits_as_long_as_ever(address, put, jump):
    query = f"frames=100000&pause=0.01&seed={802 + int(jump > 0)}"
    url, tab = f"{address}/frames/test/toy?{query}", {"x-reader": f"set{jump}.1"}
    for _ in range(2):
        with httpx.stream("GET", url, headers=tab) as answer:
            next(answer.iter_bytes())
        put(jump)
    assert begun(query) == 1


@JUMPS
def test_a_lecture_goes_on(tmp_path, monkeypatch, jump):
    """More acts than are allowed at once, but as slow as a hand: they are counted anew each time."""
    asked = [{"answers": ["a", "b", "c"], "mark": ""}]
    monkeypatch.setattr(led, "_lesson", lambda path: asked)
    now = [1e9]
    clock = lambda: now[0]  # noqa: E731
    house = Rooms(File(tmp_path / "rooms.sqlite", clock), clock)
    at = State("transformers/calculator")
    code, key = house.open(at, "192.0.2.1")
    me = house.join(code, "", "192.0.2.2")
    house.steer(code, key, at, "192.0.2.1")
    house.answer(code, me, {"path": at.path, "step": 0, "option": 1}, "192.0.2.2")
    now[0] += jump
    for _ in range(rooms.ACTS[0] + 5):
        now[0] += 1
        house.steer(code, key, at, "192.0.2.1")
    for option in [0, 1, 2] * rooms.ANSWERS[0]:
        now[0] += 1
        house.answer(code, me, {"path": at.path, "step": 0, "option": option}, "192.0.2.2")
    assert house.counts(code, at.place) == [0, 0, 1]
    assert house.join(code, me, "192.0.2.2") == me
