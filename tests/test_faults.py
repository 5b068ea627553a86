"""What breaks, breaks alone and says so: computations that crash, loop, grow or hang, and their neighbours.

Where the other faults are caused:

    a graph missing, cut short, changed, of other    tests/models/test_catalogue.py,
    shapes, of operators too new                     tests/browser/test_faults.py
    a disk full, read-only, damaged, mixed up        tests/test_disk.py; for rooms tests/test_rooms.py
    a clock that is set                              tests/test_clock.py
    a reader that stops reading                      tests/test_frames.py
    a process that comes to hold much                tests/test_memory.py
    a proxy that cuts, a network gone and back       tests/test_cut.py, tests/browser/test_faults.py
    the server killed and back, under an open page   tests/browser/test_faults.py
    a process of several killed, one that is silent  tests/test_serve.py
    two versions of the app behind one address       tests/test_update.py, tests/browser/test_faults.py
    one who waits for an answer of the API and goes  tests/browser/test_api.py
"""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app.frames import Runs
from app.process import NICE, NICER, Limits, resident
from app.workers import Workers
from tests import toy
from tests.browser.conftest import free_port
from tests.messages import headers
from tests.test_frames import begun, complete, reader
from tests.test_frames import until as until_within

ROOT = Path(__file__).parents[1]
LIMITS = Limits(cpu=1.5, wall=60.0, memory=2**29)


def until(condition, seconds=90.0):
    """As long as a machine with much else to do may take."""
    until_within(condition, seconds)


@pytest.fixture(scope="module")
def workers():
    made = Workers(1, lambda run: None, LIMITS)
    made.warm()
    yield made
    made.close()


@pytest.fixture
def runs(workers):
    made = Runs(workers.add)
    workers.settle = made.settle
    return made


def join(runs, who="anna", entry=toy.ENTRY, **values):
    return runs.join(entry, toy.Params(**values), reader(who))


@pytest.fixture
def neighbour(runs, workers):
    """A run of somebody else's that is under way; nothing is left of it afterwards."""
    made = join(runs, "berta", frames=100_000, pause=0.05, seed=50)
    until(lambda: len(made.messages) > 2)
    yield made
    made.readers.clear()
    until(lambda: workers.waiting() == 0)


@pytest.mark.parametrize(
    ("fault", "limits", "why", "says"),
    [
        ("exit", LIMITS, "error", "SystemExit"),
        ("interrupt", LIMITS, "error", "KeyboardInterrupt"),
        ("die", LIMITS, "error", "its worker process ended with status -9"),
        ("loop", LIMITS, "budget", "one frame took more than 1.5 s of CPU"),
        ("grow", replace(LIMITS, cpu=60.0), "budget", "it took more than 0.5 GB of memory"),
        ("hang", replace(LIMITS, wall=4.0), "budget", "no frame came for 4 s"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_computation_that_goes_wrong_ends_in_words_and_its_neighbour_goes_on(
    runs, workers, neighbour, monkeypatch, fault, limits, why, says
):
    monkeypatch.setattr(workers, "limits", limits)
    run = join(runs, fault=fault, seed=51)
    until(lambda: run.ended)
    assert (run.ended, run.why) == ("failed", why)
    assert says in run.reason
    assert [h.get("index") for h in headers(b"".join(run.messages))] == [0, 1, 2, None]
    made = len(neighbour.messages)
    until(lambda: len(neighbour.messages) > made)


def lasting(monkeypatch):
    """Workers for whom every run lasts, and the runs that they are asked for."""
    monkeypatch.setattr("app.workers.LASTS", 0.0)
    workers = Workers(1, lambda run: None)
    runs = Runs(workers.add)
    workers.settle = runs.settle
    return workers, runs


@pytest.mark.skipif(sys.platform == "win32", reason="no priorities that a process keeps")
def test_a_run_that_lasts_gives_way_and_what_is_new_begins_elsewhere(monkeypatch):
    workers, runs = lasting(monkeypatch)
    long = join(runs, frames=100_000, pause=0.01, seed=60)
    until(lambda: long.home and long.home.yields)
    assert os.getpriority(os.PRIO_PROCESS, long.home.process.pid) == NICE + NICER
    short = join(runs, "berta", frames=3, seed=61)
    until(lambda: short.messages)
    assert short.home is not long.home
    for one in long.readers:
        one.at = 10**6  # read as fast as it comes
    before = len(long.messages)
    until(lambda: len(long.messages) > before)  # it goes on
    workers.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no priorities that a process keeps")
def test_where_all_give_way_one_without_a_run_ends_for_a_new_one(monkeypatch):
    workers, runs = lasting(monkeypatch)
    for seed in range(6):
        run = join(runs, f"browser {seed}", frames=3, seed=seed)
        until(lambda run=run: run.ended == "whole" and run.home.yields)
        assert len(workers.processes) <= 2 * workers.each
    assert not run.home.gone()
    long = [join(runs, f"{n}", frames=100_000, pause=0.01, seed=70 + n) for n in range(4)]
    until(lambda: all(run.home and run.home.yields for run in long))
    assert len({run.home for run in long}) == 4  # none was ended with a run in it
    last = join(runs, "berta", frames=3, seed=80)  # where there can be no other, it begins there
    until(lambda: last.messages)
    assert last.home in {run.home for run in long}
    workers.close()


def test_a_run_whose_process_died_is_made_again_and_no_frame_comes_twice(runs):
    run = join(runs, fault="once", seed=52, frames=8)
    until(lambda: run.ended)
    assert run.ended == "whole"
    assert begun(run.params.to_query()) == 2
    calm = Runs(lambda run, browser: None).join(toy.ENTRY, run.params, reader())
    complete(calm)
    assert run.messages == calm.messages


def test_a_run_that_went_on_from_another_is_made_again_as_it_was_sent(runs, workers):
    """Its messages are not those of one computed from the beginning; they come out the same still."""
    plain = join(runs, frames=60, pause=0.02, seed=53)
    until(lambda: len(plain.messages) > 30)
    pushed = join(runs, frames=60, pause=0.02, seed=53, acts=((20, "up"),))
    until(lambda: len(pushed.messages) > 30)
    for run in (plain, pushed):
        os.kill(run.home.process.pid, signal.SIGKILL)
    until(lambda: plain.ended and pushed.ended)
    assert (plain.ended, pushed.ended, pushed.reason) == ("whole", "whole", "")
    indices = [message["index"] for message in headers(b"".join(pushed.messages))]
    assert indices == list(range(60))
    last = list(headers(b"".join(pushed.messages)))[-1]
    assert last["views"]["plane"]["says"] == "the total is 1 at step 59"


def test_a_run_does_not_go_on_from_one_whose_process_is_gone(runs, workers):
    """Nor does it stop a worker, if that process is gone before anybody could know."""
    first = join(runs, frames=30, seed=55)
    until(lambda: first.ended)
    os.kill(first.home.process.pid, signal.SIGKILL)
    for seen in (False, True):
        assert first.lives() is not seen
        second = join(runs, frames=30, seed=55, acts=((20 + seen, "up"),))
        third = join(runs, frames=30, seed=55, acts=((22 + seen, "up"),))
        until(lambda second=second, third=third: second.ended and third.ended)
        assert (second.ended, third.ended) == ("whole", "whole")
    until(lambda: workers.waiting() == 0)


def another(p):
    """Frames that differ from one computation to the next."""
    frame, *_ = toy.compute(replace(p, frames=1, fault="none"))
    for step in range(p.frames):
        time.sleep(0.01)
        yield replace(frame, step=step, xy=frame.xy + time.time())


def test_a_computation_that_comes_out_otherwise_is_not_passed_off_as_the_same(runs):
    entry = replace(toy.ENTRY, concept=replace(toy.CONCEPT, compute=another))
    run = join(runs, entry=entry, frames=500, seed=54)
    until(lambda: len(run.messages) > 3)
    os.kill(run.home.process.pid, signal.SIGKILL)
    until(lambda: run.ended)
    assert "came out otherwise" in run.reason


def test_what_a_forgotten_run_kept_is_let_go(monkeypatch):
    """Frames are kept in a process for those who go on from them, and no longer than the run."""
    monkeypatch.setattr("app.workers.LASTS", 100.0)  # no run lasts: all are made in one process
    runs = Runs(lambda run, browser: workers.add(run, browser))
    workers = Workers(1, runs.settle)  # its first process is the only one as long as it is idle
    held = []
    for seed in range(55, 59):
        run = join(runs, frames=200, dots=20_000, seed=seed)
        for one in run.readers:
            one.at = 10**6  # read as fast as it comes
        until(lambda run=run: run.ended)
        assert run.ended == "whole"
        held.append((run.home.process.pid, resident(run.home.process.pid)))
        runs.by_state.clear()
        until(lambda: workers.waiting() == 0)
    workers.close()
    (pid, once), *_, (last, often) = held
    assert pid == last
    assert often < once + 2 * 64 * 2**20  # each of the three kept 64 MB; the allocator may hold one


# --- the server as a whole ----------------------------------------------------------------------


def descendants(pid: int) -> set[int]:
    """The processes that a process began, and those that they began."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    found = {pid}
    while more := {child for child, parent in pairs if parent in found} - found:
        found |= more
    return found - {pid}


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


def serving(*command: str) -> tuple[subprocess.Popen[bytes], str]:
    """The app as a process of its own, and its address."""
    port = free_port()
    process = subprocess.Popen(
        [*command, sys.executable, "-m", "app", "run", "--port", str(port)], cwd=ROOT
    )
    address = f"http://127.0.0.1:{port}"
    until(lambda: answers(address), 120)
    return process, address


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz").status_code == 200
    except httpx.TransportError:
        return False


LONG = "/frames/latents/gan?iterations=6000"
FILE = "/take/reinforcement/offpolicy.csv?reuse=16&transitions=16000"
SHORT = "/take/diffusion/flow.csv"


# Only root makes a process 1; as an ordinary process the server of the browser tests ends when told to.
ROOTED = os.geteuid() == 0
FIRST = ("unshare", "--pid", "--fork", "--mount-proc") if ROOTED else ()


@pytest.mark.parametrize(
    ("how", "before"), [(signal.SIGTERM, FIRST), (signal.SIGKILL, ())], ids=["told", "killed"]
)
def test_no_worker_outlives_its_server_also_as_process_one(how, before):
    process, address = serving(*before)
    with httpx.stream("GET", address + LONG, timeout=60) as answer:
        chunks = answer.iter_bytes()  # one that is let go closes the connection
        next(chunks)
        below = descendants(process.pid)
        assert below
        with ThreadPoolExecutor(2) as beside:
            file, short = (
                beside.submit(httpx.get, address + at, timeout=60) for at in (FILE, SHORT)
            )
            until(lambda: httpx.get(f"{address}/healthz").json()["runs"] == 3 - short.done())
            os.kill(min(below) if before else process.pid, how)
            assert process.wait(10) == (0 if how == signal.SIGTERM else -how)
        if how == signal.SIGTERM:  # it ends what it is at if that takes seconds, and else says so
            assert short.result().status_code == 200
            assert file.result().status_code == 503
            assert "ask again" in file.result().json()["error"]
    until(lambda: not alive(below))
