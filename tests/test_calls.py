"""Calls of programs: read before Gradio reads them, and left where nobody listens for the answer."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app import reading
from app.contents import find
from app.frames import Run
from app.gate import Refusal
from app.params import Params
from app.ui import api, calls, door
from tests import toy

CALL = "/api/gradio_api/call"
FUNCTIONS = {"test_toy": toy.ENTRY.concept.params, "other": toy.ENTRY.concept.params}
VALUES = [0] * len(toy.ENTRY.concept.params.controls())
FILE = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}  # Gradio would copy it
JOIN = {"data": VALUES, "fn_index": 0, "session_hash": "abc"}


def given(way: str, what: object) -> object:
    """What Gradio gets of a body."""
    return json.loads(calls.checked(f"/api/gradio_api/{way}", json.dumps(what).encode(), FUNCTIONS))


def test_what_nobody_needs_is_not_passed_on():
    odd = {"trigger_id": [[]], "event_data": {"a": 1}, "batched": "?", "request": 7}
    assert given("queue/join", JOIN | odd) == JOIN
    assert given("call/test_toy", JOIN | odd) == {"data": VALUES}  # in a session of its own
    assert given("call/v2/test_toy", {"seed": 5}) == {"seed": 5}


@pytest.mark.parametrize(
    ("way", "what", "says"),
    [
        ("call/v2/test_toy", [1], "the body: [1] given"),
        ("call/test_toy", {"data": "a"}, "data: a given"),
        ("queue/join", JOIN | {"fn_index": 2}, "fn_index: 2 given"),
        ("queue/join", JOIN | {"fn_index": True}, "fn_index: True given"),
        ("queue/join", JOIN | {"session_hash": "a" * 65}, "session_hash: aaa"),
        ("call/no_such_page", {"data": []}, "no_such_page: expected"),
        ("call/v2/test_toy", {"seed": FILE}, "seed={'path'"),
        ("queue/join", JOIN | {"data": [*VALUES[1:], [FILE]]}, "seed=[{'path'"),
        ("call/test_toy", {"data": VALUES[1:]}, "5 values given"),
        ("cancel", {"session_hash": "a", "fn_index": 0}, "event_id: None given"),
        ("reset", {"event_id": 5}, "event_id: 5 given"),
    ],
)
def test_what_gradio_could_not_take_is_refused_in_words(way, what, says):
    with pytest.raises(Refusal) as refused:
        given(way, what)
    assert says in str(refused.value)
    assert "expected" in str(refused.value)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[" * 50_000, b'{"seed":' + b"9" * 5000 + b"}", rb'{"\ud800":1}'],
)
def test_a_body_that_is_no_json_is_refused(body):
    with pytest.raises(Refusal, match="expected JSON"):
        calls.checked(f"{CALL}/v2/test_toy", body, FUNCTIONS)


class Clock:
    """Time that passes when told to."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


async def at_once(build):
    """In this thread: built in another, Gradio opens a loop there and leaves it open."""
    return build()


async def called(stands: door.Door, computed: asyncio.Future[bool], listens: bool) -> str:
    """What a call was answered, by one who listens from the beginning or comes when all is over."""
    transport = httpx.ASGITransport(app=stands)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as program:
        asked = await program.post(f"{CALL}/v2/diffusion_flow", json={})
        if not listens:
            await asyncio.wait_for(asyncio.shield(computed), 60)
        return (await program.get(f"{CALL}/diffusion_flow/{asked.json()['event_id']}")).text


@pytest.mark.parametrize("listens", [True, False])
def test_a_call_is_computed_on_only_where_somebody_listens_for_the_answer(monkeypatch, listens):
    clock = Clock()
    monkeypatch.setattr(api, "time", clock)
    monkeypatch.setattr(asyncio, "to_thread", at_once)
    monkeypatch.setattr(api, "entries", lambda: [find("diffusion/flow")])  # one is as good as all

    async def scene() -> tuple[bool, str]:
        stands = door.Door(None)
        computed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        async def whole(entry, params, end, asked, gone):
            """Computes for ten times as long as one may be silent, unless told that nobody is there."""
            boxes = stands.queue.pending_messages_per_session
            while listens and not all(box.empty() for box in boxes.values()):
                await asyncio.sleep(0.01)  # its first word is on the way
            run = Run(toy.ENTRY, Params(), messages=[b"{}"], ended="whole")
            for _ in range(10):
                clock.now += api.UNHEARD * 0.9
                if await gone():
                    run = Run(toy.ENTRY, Params())
                    break
            computed.set_result(run.ended == "whole")
            return run

        monkeypatch.setattr(reading, "whole", whole)
        told = await called(stands, computed, listens)
        await stands.open.aclose()
        return computed.result(), told

    with ThreadPoolExecutor(1) as aside:  # a browser's tests have a loop in this one
        done, told = aside.submit(asyncio.run, scene()).result()
    assert done is listens
    assert ("event: complete" in told) is listens
    assert ("nobody listened for the answer for 30 seconds" in told) is not listens


def test_gradio_could_fetch_nothing_where_a_record_came_through_after_all():
    from gradio import Error, processing_utils

    fetched = processing_utils.async_ssrf_protected_download("http://127.0.0.1/x", "/tmp")
    with pytest.raises(Error, match="a file elsewhere is named"):
        fetched.send(None)
