"""Rooms over the web: two servers that share a store, as two processes behind one address."""

import asyncio
import json
import threading
import time

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from app import audience, contents, describe, follow
from app.led import State
from app.rooms import Rooms
from app.store import File
from tests.loops import run

AT = {"path": "transformers/calculator"}
JSON = {"content-type": "application/json"}


class Server:
    """The addresses of rooms over one store file, on a port of their own."""

    def __init__(self, path) -> None:
        contents.entries()  # as the app has read them before it serves
        self.addresses = follow.Addresses(Rooms(File(path)))
        app = FastAPI()
        app.include_router(self.addresses.router)
        config = uvicorn.Config(app, port=0, log_level="error", lifespan="off")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/rooms"

    def stop(self) -> None:
        self.server.force_exit = True
        self.server.should_exit = True
        self.thread.join()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("rooms") / "rooms.sqlite"


@pytest.fixture(scope="module")
def one(store):
    server = Server(store)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def two(store):
    server = Server(store)
    yield server
    server.stop()


@pytest.fixture
def room(one):
    return httpx.post(one.url, json=AT).json()


def lead(server, room, path: str, given):
    headers = {"x-room-key": room["key"]}
    return httpx.post(f"{server.url}/{room['code']}/{path}", json=given, headers=headers)


def join(server, room) -> dict[str, str]:
    """The header of one who has joined."""
    found = httpx.post(f"{server.url}/{room['code']}/join", json={}).json()
    return {"x-room-me": found["me"]}


def question() -> dict:
    """A step that offers answers."""
    for entry in contents.entries():
        for step, told in enumerate(describe.page(entry)["lesson"]):
            if len(told["answers"]) > 1:
                return {"path": entry.path, "step": step}
    raise AssertionError("no lesson asks anything")


class Line:
    """An open stream, read as it comes."""

    def __init__(self, url, room, headers) -> None:
        self.asked = httpx.stream(
            "GET", f"{url}/{room['code']}/stream", headers=headers, timeout=30
        )
        self.answer = self.asked.__enter__()
        assert self.answer.status_code == 200
        self.lines = (json.loads(line) for line in self.answer.iter_lines() if line)

    def until(self, good) -> dict:
        """The first line that is so; the test's own patience is that of the connection."""
        return next(line for line in self.lines if good(line))

    def close(self) -> None:
        self.asked.__exit__(None, None, None)


@pytest.fixture
def listen():
    opened = []

    def _listen(server, room, headers):
        opened.append(Line(server.url, room, headers))
        return opened[-1]

    yield _listen
    for line in opened:
        line.close()


def test_followers_of_both_processes_see_what_the_presenter_does_and_the_end(
    one, two, room, listen
):
    near, far = (listen(server, room, join(server, room)) for server in (one, two))
    for follower in (near, far):
        assert next(follower.lines)["state"]["at"] == 0
    assert lead(one, room, "state", {**AT, "at": 7, "playing": True}).status_code == 200
    for follower in (near, far):
        assert follower.until(lambda line: line["state"]["at"] == 7)["state"]["playing"] is True
    key = {"x-room-key": room["key"]}
    url = f"{one.url}/{room['code']}"
    assert httpx.request("DELETE", url, json={}, headers=key).status_code == 200
    for follower in (near, far):
        assert list(follower.lines)[-1] == {"ended": True}


def test_the_presenter_sees_counts_and_how_many_follow_and_readers_only_what_is_shown(
    one, two, room, listen
):
    presenter = listen(one, room, {"x-room-key": room["key"]})
    anna, ben = join(one, room), join(two, room)
    follower = listen(one, room, anna)
    listen(two, room, ben)
    presenter.until(lambda line: line["here"] == 2)
    asked = question()
    lead(one, room, "state", asked)
    for server, me, option in ((one, anna, 0), (two, ben, 1)):
        given = {**asked, "option": option}
        answered = httpx.post(f"{server.url}/{room['code']}/answer", json=given, headers=me)
        assert answered.status_code == 200, answered.text
    presenter.until(lambda line: line["counts"] == [1, 1])
    lead(one, room, "state", {**asked, "at": 2})
    seen = follower.until(lambda line: line["state"]["at"] == 2)
    assert seen["shown"] is None
    assert "counts" not in seen and "here" not in seen
    lead(one, room, "shown", True)
    assert follower.until(lambda line: line["shown"])["shown"] == [1, 1]


def test_a_stream_needs_the_key_or_a_word_of_this_room(one, room):
    other = httpx.post(one.url, json=AT).json()
    for headers in ({}, {"x-room-me": "guessed"}, join(one, other), {"x-room-key": other["key"]}):
        answer = httpx.get(f"{one.url}/{room['code']}/stream", headers=headers)
        assert (answer.status_code, answer.json()["why"] in ("key", "reader")) == (403, True)


def test_a_code_may_be_typed_in_any_way_and_what_can_be_none_is_unknown(one, room):
    code = room["code"]
    for typed in (code.lower(), f"{code[:4]}-{code[4:]}", f" {code[:4]} {code[4:]} "):
        assert httpx.post(f"{one.url}/{typed}/join", json={}).json()["code"] == code
    for typed in ("x", "BBBBBBBB", "<b>", "%00", "A" * 5000, "ÄÖÜ", f"{code}2"):
        answer = httpx.post(f"{one.url}/{typed}/join", json={})
        assert (answer.status_code, answer.json()["why"]) == (404, "unknown"), typed


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"\xff\xfe", 422),
        (b"[" * 16000, 422),
        (b'{"path": "transformers/calculator", "at": NaN}', 422),
        (rb'{"path": "transformers/calculator", "query": "\ud800"}', 422),
        (b'"' + b"x" * 20000 + b'"', 413),
    ],
)
def test_what_is_no_state_is_refused_in_words(one, body, status):
    answer = httpx.post(one.url, content=body, headers=JSON)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_a_form_of_another_site_opens_no_room(one):
    """Browsers send this type without asking first; JSON they would have to ask for."""
    body = json.dumps(AT).encode()
    answer = httpx.post(one.url, content=body, headers={"content-type": "text/plain"})
    assert answer.status_code == 422
    asked = httpx.options(one.url, headers={"origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in asked.headers


def test_one_reader_has_as_many_streams_as_a_browser_opens(one, room, listen):
    me = join(one, room)
    for _ in range(audience.OWN):
        next(listen(one, room, me).lines)
    answer = httpx.get(f"{one.url}/{room['code']}/stream", headers=me)
    assert (answer.status_code, answer.json()["why"]) == (503, "streams")


def test_without_a_store_rooms_say_so(tmp_path):
    (tmp_path / "file").write_text("")
    broken = Server(tmp_path / "file" / "rooms.sqlite")
    answer = httpx.post(broken.url, json=AT)
    broken.stop()
    assert (answer.status_code, answer.json()["why"]) == (503, "store")
    assert "everything else works" in answer.json()["error"]


def test_a_silent_stream_says_that_it_is_there_and_one_that_has_gone_leaves_nothing(
    store, monkeypatch
):
    monkeypatch.setattr(audience, "BEAT", 0.05)

    async def heard() -> list[bytes]:
        house = Rooms(File(store))
        code, key = house.open(State(**AT), "::1")
        seats = audience.Audience(house)
        lines = seats.listen(seats.seat(code, key, True))
        found = [await anext(lines) for _ in range(4)]
        await lines.aclose()
        assert seats.watched == {}
        await asyncio.wait_for(seats.looking, 5)
        return found

    first, *rest = run(heard())
    assert json.loads(first) == {"here": 0, "counts": [], "shown": None}
    assert rest == [b""] * 3


def test_a_process_that_is_to_end_lets_its_followers_go_and_says_nothing_of_an_end(store):
    async def heard() -> list[bytes]:
        house = Rooms(File(store))
        code, _ = house.open(State(**AT), "::1")
        seats = audience.Audience(house)
        lines = seats.listen(seats.seat(code, "anna", False))
        await anext(lines)
        seats.leaving = True
        return [line async for line in lines]

    assert run(heard()) == []


def test_the_store_is_asked_once_however_many_follow(store):
    class Counting(Rooms):
        reads = 0

        def read(self, code):
            self.reads += 1
            return super().read(code)

    async def followed() -> int:
        house = Counting(File(store))
        code, key = house.open(State(**AT), "::1")
        seats = audience.Audience(house)
        lines = [seats.listen(seats.seat(code, str(n), False)) for n in range(50)]
        for line in lines:
            await anext(line)
        house.steer(code, key, State(**AT, at=5), "::1")
        before = house.reads
        coming = [asyncio.ensure_future(anext(line)) for line in lines]
        await asyncio.sleep(0)
        await seats.look(code)
        told = {await line for line in coming}
        for line in lines:
            await line.aclose()
        assert len(told) == 1
        return house.reads - before

    assert run(followed()) <= 2  # one of ours, and one of those every now and then
