"""Several processes behind nginx: one computation a state, none missed, all gone when told so."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from app import cache, contents, front, gate, serve, wire
from app.picks import Timeline
from tests.browser.conftest import ROOT, App, free_port
from tests.test_follow import Line
from tests.test_frames import until

try:
    front.nginx()
except front.NoFront as problem:
    pytest.skip(str(problem), allow_module_level=True)


get = partial(httpx.get, timeout=60)  # a busy machine is slow, not wrong


def below(pid: int) -> list[int]:
    """The processes that this one started, and theirs."""
    told = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True).stdout
    pairs = [tuple(map(int, line.split())) for line in told.splitlines()]
    found = [pid]
    for above in found:  # which grows as it goes
        found += [child for child, parent in pairs if parent == above]
    return found[1:]


def gone(pids: list[int], seconds: float) -> bool:
    """Whether all of these have ended, within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() and not ended(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def ended(pid: int) -> bool:
    """Whether only its status is left, which somebody has yet to take."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_nginx_takes_what_it_is_told(tmp_path, processes):
    front.write(tmp_path, "127.0.0.1:7999", processes)
    assert "@" not in re.sub("#.*", "", (tmp_path / "nginx.conf").read_text())


def test_the_states_that_go_on_from_one_another_go_to_one_process():
    for entry in contents.entries():
        for name, control in entry.concept.params.controls().items():
            alike = re.fullmatch(front.TIMELINES, name) is not None
            assert alike == isinstance(control, Timeline), f"{entry.path}: {name}"


# what nginx answers itself, whether the app is there or not
OWN = {
    400: "GET /%zz HTTP/1.1\r\nhost: a",
    404: "GET /starting.html HTTP/1.1\r\nhost: a",
    405: "TRACE / HTTP/1.1\r\nhost: a",
    413: "POST /rooms HTTP/1.1\r\nhost: a\r\ncontent-length: 9999999",
    414: f"GET /{'a' * 70_000} HTTP/1.1\r\nhost: a",
    501: "POST /rooms HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip",
    502: "GET /healthz HTTP/1.1\r\nhost: a",
    505: "GET / HTTP/3.0\r\nhost: a",
}


def asked(port: int, head: str) -> str:
    """What comes back before the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), 30) as line:
        line.sendall(f"{head}\r\nconnection: close\r\n\r\n".encode())
        return line.recv(2**16).decode()


def guarded(headers: httpx.Headers) -> str:
    """What a page may do, of an answer that says each once of what a browser must not do with it."""
    told = {name.decode(): value.decode() for name, value in gate.GUARDS}
    assert {name: headers.get_list(name) for name in told} == {n: [v] for n, v in told.items()}
    [policy] = headers.get_list("content-security-policy")
    return policy


def listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def alone(folder: Path) -> Iterator[int]:
    """nginx for two processes that are not there; the port where it answers."""
    port = free_port()
    nginx = subprocess.Popen(front.write(folder, f"127.0.0.1:{port}", 2))
    try:
        until(lambda: listens(port), 20)
        yield port
    finally:
        nginx.terminate()
        nginx.wait(10)


def test_a_page_says_that_the_app_starts_until_it_answers(tmp_path):
    with alone(tmp_path) as port:
        answer = get(f"http://127.0.0.1:{port}/")
        assert answer.status_code == 503 and answer.headers["retry-after"] == "1"
        assert "Glassbox is starting" in answer.text and "echo var" not in answer.text
        assert "frame-ancestors" not in guarded(get(f"http://127.0.0.1:{port}/?embed=1").headers)
        for status, ask in OWN.items():
            said = asked(port, ask)
            assert said.startswith(f"HTTP/1.1 {status} ")
            lines = said.partition("\r\n\r\n")[0].splitlines()[1:]
            assert "frame-ancestors" in guarded(
                httpx.Headers([tuple(line.split(": ", 1)) for line in lines])
            )


@pytest.mark.parametrize(
    ("proxies", "known"),
    [
        (None, "203.0.113.9"),  # any private network's
        ("10.0.0.0/8, 127.0.0.1", "203.0.113.9"),
        ("10.0.0.0/8,fd00::/8", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_whose_word_is_taken_for_a_visitors_address(tmp_path, monkeypatch, proxies, known):
    if proxies is not None:
        monkeypatch.setenv("GLASSBOX_PROXIES", proxies)
    with socket.socket(socket.AF_UNIX) as app, alone(tmp_path) as port:
        app.bind(str(front.socket(tmp_path, 1)))
        app.listen()
        app.settimeout(30)
        with socket.create_connection(("127.0.0.1", port), 30) as line:
            line.sendall(
                b"GET /status HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 1.1.1.1, 203.0.113.9\r\n\r\n"
            )
            passed, _ = app.accept()
            with passed:
                told = passed.recv(2**16).decode()
    assert re.findall(r"(?i)x-forwarded-for: (\S+)\r", told) == [known]


def test_proxies_that_are_no_networks_are_refused_in_words(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSBOX_PROXIES", "10.0.0.0/8; include /etc/passwd")
    with pytest.raises(front.NoFront, match=r"GLASSBOX_PROXIES: .*expected networks"):
        front.write(tmp_path, "127.0.0.1:7999", 1)


KEPT = """
import signal, sys
from app.serve import Child, House, quiet_signals
with quiet_signals():
    sys.exit(House([Child(["sleep", "300"], signal.SIGTERM) for _ in range(2)]).keep())
"""


def house(*before: str) -> subprocess.Popen:
    """Two processes that sleep, kept running; once they do."""
    started = subprocess.Popen([*before, sys.executable, "-c", KEPT], cwd=ROOT)
    deadline = time.monotonic() + 20
    while len(below(started.pid)) < 2 + len(before[:1]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return started


def test_one_that_dies_is_started_again_and_none_outlives_the_one_who_keeps_them():
    kept = house()
    first = below(kept.pid)
    os.kill(first[0], signal.SIGKILL)
    deadline = time.monotonic() + 20
    while set(below(kept.pid)) <= set(first) and time.monotonic() < deadline:
        time.sleep(0.05)
    second = below(kept.pid)
    assert len(set(second) - set(first)) == 1 and first[1] in second
    kept.kill()
    kept.wait(10)
    assert gone(second, 10)


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"), reason="only root makes a room of processes"
)
def test_as_process_1_it_ends_when_told_to():
    kept = house("unshare", "--pid", "--fork", "--kill-child")
    everyone = below(kept.pid)
    os.kill(everyone[0], signal.SIGTERM)  # the one that is process 1 in there
    assert kept.wait(10) == 0
    assert gone(everyone, 5)


def test_a_process_that_does_not_last_is_tried_again_later_and_later(monkeypatch):
    child = serve.Child(["false"], signal.SIGTERM)
    waits, now = [], 0.0
    for _ in range(8):
        child.mind(now)
        child.process.wait(10)
        child.mind(now)
        waits.append(child.again - now)
        now = child.again
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_disk_that_lasts_keeps_runs_and_engines(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GLASSBOX_CACHE")
    monkeypatch.setenv("GLASSBOX_WORKERS", "1")
    monkeypatch.setattr(serve, "DISK", tmp_path / "data")
    serve.settle_in(2)
    assert "GLASSBOX_CACHE" not in os.environ  # there is no such disk
    cache.write("a/b?", [wire.end()])
    serve.DISK.mkdir()
    serve.settle_in(2)
    assert os.environ["GLASSBOX_CACHE"] == str(tmp_path / "data" / "glassbox")
    assert cache.read("a/b?") == [wire.end()]
    monkeypatch.delenv("GLASSBOX_CACHE")


@pytest.fixture(scope="module")
def behind():
    started = App(["-m", "app", "serve", "--processes", "2"])
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and not all(well(started, n) for n in (1, 2)):
        time.sleep(0.1)
    yield started
    if started.process.poll() is None:
        started.stop()


def well(app: App, number: int) -> bool:
    return get(f"{app.url}/healthz/{number}").status_code == 200


def computed(app: App) -> float:
    """Runs that the processes have begun and ended, all together."""
    text = get(f"{app.url}/metrics").text
    ends = re.findall(r"^glassbox_runs_ended_total{.*} (.*)$", text, re.M)
    assert len(re.findall(r'^glassbox_runs{process="[12]"} ', text, re.M)) == 2
    return sum(map(float, ends))


def test_a_room_is_the_same_behind_whichever_process_one_comes(behind):
    """Nginx takes turns: of four streams two are in each process."""
    url, at = f"{behind.url}/rooms", {"path": "diffusion/score"}
    room = httpx.post(url, json=at).json()
    key = {"x-room-key": room["key"]}
    lines = []
    for _ in range(4):
        me = httpx.post(f"{url}/{room['code']}/join", json={}).json()["me"]
        lines.append(Line(url, room, {"x-room-me": me}))
    led = httpx.post(f"{url}/{room['code']}/state", json={**at, "at": 5}, headers=key)
    assert led.status_code == 200
    for line in lines:
        assert line.until(lambda told: told["state"]["at"] == 5)
        line.close()


def test_one_page_is_kept_for_all_and_nobody_says_for_others_where_it_is(behind):
    for told in ({"x-gradio-server": "http://evil.example"}, {}):
        answer = get(behind.url, headers=told)
        guarded(answer.headers)
        assert f'"root":"{behind.url}"' in answer.text


def test_a_class_costs_one_computation_a_state_and_a_death_costs_nothing(behind):
    before = computed(behind)
    states = [f"/frames/diffusion/score?seed={seed}" for seed in range(4)]
    with ThreadPoolExecutor(16) as readers:
        answers = list(readers.map(lambda state: get(behind.url + state), states * 8))
    assert {answer.status_code for answer in answers} == {200}
    for state in range(len(states)):
        assert len({wire.lasting(answer.content) for answer in answers[state :: len(states)]}) == 1
    assert computed(behind) - before == len(states)

    apps = [pid for pid in below(behind.process.pid) if b"--socket" in command(pid)]
    os.kill(apps[0], signal.SIGKILL)
    for answer in [get(behind.url + state) for state in [*states, *states]]:
        assert answer.status_code == 200
    assert get(behind.url).status_code == 200
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and not all(well(behind, n) for n in (1, 2)):
        time.sleep(0.1)
    everyone = below(behind.process.pid)
    assert len([pid for pid in everyone if b"--socket" in command(pid)]) == len(apps)
    start = time.monotonic()
    assert behind.stop() == 0
    assert time.monotonic() - start < 10
    assert gone(everyone, 1)


def command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
