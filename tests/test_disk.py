"""The disk that keeps runs is full, read-only, damaged or mixed up: pages are as right as without it."""

import errno
import os
import subprocess
from contextlib import contextmanager
from random import Random

import httpx
import pytest

from app import cache, status, wire
from app.desk import DESK
from tests.messages import headers
from tests.test_frames import until


def told(size: int, seed: int) -> bytes:
    """A message that cannot be packed below so many bytes."""
    return wire.failure(Random(seed).randbytes(size).hex())


RUN = [told(100, 1), wire.end()]
ANOTHER = [told(100, 2), wire.end()]
LARGE = [told(200_000, 3)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSBOX_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "HEALTH", cache.Health())
    return tmp_path


@contextmanager
def small(folder):
    """A disk of 128 kB in the place of a folder; what remounts it."""
    tried = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", folder], capture_output=True
    )
    if tried.returncode:
        pytest.skip("only root may mount a small disk here")
    try:
        yield lambda how: subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True)
    finally:
        subprocess.run(["umount", folder], check=True)


def said() -> str:
    """What the page for people says of the disk."""
    _, _, rest = status.page(DESK).partition("<td>runs kept on disk</td><td>")
    return rest.partition("</td>")[0]


def files(folder):
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_what_is_kept_on_disk_comes_back_whole(folder):
    cache.write("a?b=1", RUN)
    assert cache.read("a?b=1") == RUN
    assert cache.read("a?b=2") is None


def test_the_disk_is_kept_within_its_bound(folder, monkeypatch):
    monkeypatch.setattr(cache, "MOST", 500)
    for number in range(5):
        cache.write(f"a?b={number}", RUN)
    assert 0 < sum(path.stat().st_size for path in folder.rglob("*.run")) <= 500


def test_a_run_takes_less_on_disk_unless_it_is_so_large_that_unpacking_would_hold_up_others(
    folder, monkeypatch
):
    messages = [wire.failure("x" * 1000)]
    cache.write("a?b=1", messages)
    monkeypatch.setattr(cache, "SMALL", 999)
    cache.write("a?b=2", messages)
    packed, plain = sorted(path.stat().st_size for path in folder.rglob("*.run"))
    assert packed < 100 and plain > 1000
    assert cache.read("a?b=1") == cache.read("a?b=2") == messages


def test_a_full_disk_keeps_what_it_had_and_takes_more_when_it_can(folder):
    with small(folder):
        cache.write("a?b=1", RUN)
        cache.write("a?b=2", LARGE)
        assert said() == f"are not kept: {os.strerror(errno.ENOSPC)}"
        assert cache.read("a?b=1") == RUN
        assert cache.read("a?b=2") is None
        assert len(files(folder)) == 1  # and no half of the other
        cache.write("a?b=3", ANOTHER)
        assert said() == "yes"


def test_a_disk_that_has_become_read_only_is_still_read(folder):
    with small(folder) as remount:
        cache.write("a?b=1", RUN)
        remount("ro")
        cache.write("a?b=2", RUN)
        assert said() == f"are not kept: {os.strerror(errno.EROFS)}"
        assert cache.read("a?b=1") == RUN


def test_a_disk_that_cannot_be_read_is_said(folder, monkeypatch):
    monkeypatch.setenv("GLASSBOX_CACHE", "/proc/self/mem")
    assert cache.read("a?b=1") is None
    assert said() == f"cannot be read: {os.strerror(errno.ENOTDIR)}"


def test_the_log_tells_a_trouble_once(folder, monkeypatch, caplog):
    monkeypatch.setenv("GLASSBOX_CACHE", "/proc/self/mem")
    for number in range(5):
        cache.write(f"a?b={number}", RUN)
    assert len(caplog.records) == 1


def test_another_states_bytes_are_not_this_states(folder):
    """Both files are whole and of this version; one lies under the other's name."""
    cache.write("a?b=1", RUN)
    (one,) = folder.rglob("*.run")
    cache.write("a?b=2", ANOTHER)
    (two,) = set(folder.rglob("*.run")) - {one}
    two.replace(one)
    assert cache.read("a?b=1") is None
    assert said() == "1 damaged, computed again"
    cache.write("a?b=1", RUN)
    assert cache.read("a?b=1") == RUN


def test_what_a_killed_process_left_half_written_is_removed_in_time(folder, monkeypatch):
    monkeypatch.setattr(cache, "MOST", 1000)
    cache.write("a?b=1", RUN)
    (one,) = folder.rglob("*.run")
    half = one.with_name("tmpabc")
    half.write_bytes(b"x" * 900)
    os.utime(half, (0, 0))
    cache.write("a?b=2", RUN)
    assert files(folder) and half.name not in files(folder)


SPOILT = {
    "cut short": lambda raw: raw[: len(raw) // 2],
    "changed by a bit": lambda raw: raw[:50] + bytes([raw[50] ^ 4]) + raw[51:],
    "empty": lambda raw: b"",
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_reader_gets_what_is_right_whatever_lies_on_the_disk(address, folder, monkeypatch, how):
    monkeypatch.setattr("app.frames.WORTH", 0)
    url = f"{address}/frames/test/toy?frames=3&seed={700 + list(SPOILT).index(how)}"
    right = httpx.get(url)
    until(lambda: [*folder.rglob("*.run")])  # whole, under its own name
    (path,) = folder.rglob("*.run")
    for spoilt, shown in ((False, "recorded"), (True, "live")):
        DESK.runs.by_state.clear()
        if spoilt:
            path.write_bytes(SPOILT[how](path.read_bytes()))
        answer = httpx.get(url)
        assert answer.content == right.content
        assert answer.headers["x-glassbox-frames"] == shown


def test_where_nothing_can_be_kept_all_is_computed(address, folder, monkeypatch):
    monkeypatch.setattr("app.frames.WORTH", 0)
    with small(folder) as remount:
        remount("ro")
        for _ in range(2):
            DESK.runs.by_state.clear()
            answer = httpx.get(f"{address}/frames/test/toy?frames=3&seed=704")
            assert [message.get("index") for message in headers(answer.content)] == [0, 1, 2, None]
            assert answer.headers["x-glassbox-frames"] == "live"
        until(lambda: "not kept" in said())
