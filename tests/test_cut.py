"""Connections that are cut: a reader goes on where it was, with no frame twice and none missing."""

from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest

from app import describe, wire
from app.desk import DESK
from tests.cutting import Cutting
from tests.messages import headers
from tests.test_frames import begun


def messages(body: bytes) -> list[bytes]:
    """The whole messages among these bytes, less the words for those who wait."""
    end = at = 0
    while at <= len(body):
        end, at = at, at + 4 + int.from_bytes(body[at : at + 4], "little")
    return wire.parted(wire.lasting(body[:end]))


def read(url: str, who: str, had: str | bytes = "") -> tuple[list[bytes], httpx.Headers]:
    """What comes until the end, or until it is cut off."""
    body, said = b"", httpx.Headers()
    asked = {"x-reader": who} | ({"x-have": had} if had else {})
    with suppress(httpx.TransportError), httpx.stream("GET", url, headers=asked) as answer:
        said = answer.headers
        for chunk in answer.iter_raw():
            body += chunk
    return messages(body), said


@pytest.fixture
def cutting(address):
    made = Cutting(urlsplit(address).port, 10_000)
    yield made
    made.stop()


def test_a_long_run_comes_whole_through_a_proxy_that_cuts(address, cutting):
    query = "frames=60&pause=0.01&dots=200&seed=900"
    url = f"/frames/test/toy?{query}"
    got, had, firsts = [], "", []
    while not got or got[-1] != describe.END:
        more, said = read(cutting.url + url, "cut.9", had)
        firsts.append(int(said["x-from"]))
        assert firsts[-1] == len(got)
        got += more
        had = f"{said['x-run']}.{len(got)}"
    assert cutting.cuts == len(firsts) - 1 >= 2
    assert [one.get("index") for one in headers(b"".join(got))] == [*range(60), None]
    assert b"".join(got) == httpx.get(address + url).content
    assert begun(query) == 1


def test_one_who_was_cut_off_from_another_run_gets_this_one_from_its_beginning(address):
    """The server was started anew, or another one answers: the same state, computed again."""
    url = f"{address}/frames/test/toy?frames=5&seed=901"
    whole, said = read(url, "cut.10")
    DESK.runs.by_state.clear()
    again, other = read(url, "cut.10", f"{said['x-run']}.3")
    assert other["x-run"] != said["x-run"]
    assert (other["x-from"], again) == ("0", whole)


@pytest.mark.parametrize("count", ["-1", "7", "1e3", "", "٣", "9" * 400, "2.5"])
def test_a_count_that_cannot_be_is_none(address, count):
    url = f"{address}/frames/test/toy?frames=5&seed=902"
    whole, said = read(url, "cut.11")
    again, other = read(url, "cut.11", f"{said['x-run']}.{count}".encode())
    assert (other["x-from"], again) == ("0", whole)


def test_the_rest_of_a_run_is_kept_by_nobody_for_the_whole(address):
    version = httpx.get(f"{address}/healthz").json()["version"]
    url = f"{address}/frames/test/toy?frames=5&seed=903&_v={version}"
    whole, said = read(url, "cut.12")
    rest, other = read(url, "cut.12", f"{said['x-run']}.2")
    assert rest == whole[2:]
    assert other["cache-control"] == "no-store"
    assert "immutable" in read(url, "cut.12")[1]["cache-control"]
