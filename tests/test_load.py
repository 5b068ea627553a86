"""The load harness: it goes to this machine alone, and notices what is mixed up, cut off or late."""

import asyncio
import os
from collections import Counter
from types import SimpleNamespace

import pytest

from app import cache, contents, wire
from app.describe import END
from bench.load.browser import Browser, Seen, local
from bench.load.right import differing
from bench.load.scenarios import Scenario
from bench.load.table import Played, at, overview
from bench.load.visit import Book, Opening, Visitor, measured, stated
from bench.row import memory_of
from tests.loops import run

STATE = ("diffusion/score", "seed=3")


@pytest.mark.parametrize(
    "url",
    ["http://example.org:80", "http://10.0.0.7:7860", "https://127.0.0.1:7860", "http://127.0.0.1"],
)
def test_load_goes_to_this_machine_alone(url):
    with pytest.raises(ValueError, match="to no other machine"):
        Browser(url, "anna")


def test_this_machine_has_two_names():
    assert local("http://localhost:7860") == local("http://127.0.0.1:7860") == ("127.0.0.1", 7860)


def frame(number: int) -> bytes:
    return wire.Encoder().frame(number, {})


def read(*bodies: bytes, named: str = "", state: tuple[str, str] = STATE) -> Book:
    """What is written down of a visitor who is given these answers to one question, in turn."""
    book = Book()
    named = named or cache.named(stated(*state))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for body in bodies:
            await reader.readuntil(b"\r\n\r\n")
            head = f"HTTP/1.1 200 OK\r\nx-state: {named}\r\ntransfer-encoding: chunked\r\n\r\n"
            writer.write(head.encode() + f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n")
        writer.close()

    async def visit() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        visitor = Visitor(f"http://127.0.0.1:{port}", 1, Opening((), ("", b""), ""), book)
        for _ in bodies:
            await visitor.frames(*state)
        visitor.browser.close()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0.01)  # in which the other ends hear of it

    run(visit())
    return book


def test_the_same_answer_twice_is_right():
    book = read(frame(0) + END, frame(0) + END)
    assert not book.wrong and book.asked == 2 and len(book.waits["first"]) == 2


def test_what_one_who_waits_is_told_makes_no_other_answer():
    assert not read(frame(0) + END, wire.waiting(3, 1.5) + frame(0) + END).wrong


def test_two_answers_to_one_question_are_noticed():
    assert read(frame(0) + END, frame(1) + END).wrong == {"two answers to one question": 1}


def test_pages_that_read_a_clock_may_answer_otherwise_each_time():
    assert measured("systems/hood") and not measured(STATE[0])
    book = read(frame(0) + END, frame(1) + END, state=("systems/hood", ""))
    assert not book.wrong and not book.bodies


def test_frames_of_another_state_are_noticed():
    assert read(frame(0) + END, named="0123456789abcdef").wrong == {"another state came": 1}


def test_a_run_that_is_cut_off_is_noticed():
    assert read(frame(0)).wrong == {"cut off diffusion/score": 1}


def test_being_told_to_wait_is_no_first_frame():
    seen, wait = Seen(), wire.failure("third in line", "waiting")
    seen.look(bytearray(wait))
    assert seen.first is None
    seen.look(bytearray(wait + frame(0)[:-1]))
    assert seen.first is None
    seen.look(bytearray(wait + frame(0)))
    assert seen.first is not None


def test_frames_that_are_not_what_is_computed_are_noticed():
    entry = contents.find(STATE[0])
    params = entry.concept.params.from_query(STATE[1])
    encoder, frames = wire.Encoder(), enumerate(entry.concept.compute(params))
    body = b"".join(encoder.frame(n, entry.concept.draw(frame)) for n, frame in frames) + END
    assert not differing(read(body))
    assert differing(read(frame(0) + END)) == {"not what is computed": 1}


def test_the_memory_of_processes_is_read_while_some_of_them_end():
    here = os.getpid()
    assert memory_of(here) > 20
    assert memory_of(here, 2**22 + 1) == pytest.approx(memory_of(here), rel=0.1)


def test_p95_is_a_wait_that_somebody_had():
    assert at([float(n) for n in range(1, 101)], 0.95) == 96
    assert at([], 0.95) == 0


def test_what_did_not_hold_is_told_first():
    book = Book()
    book.waits["page"] += [0.1] * 19 + [3.0]
    book.bodies["a state"] = b""
    scenario = Scenario("", 20, None, {"page": 2})
    played = Played("class", scenario, 20, SimpleNamespace(book=book), 1, 1, 1, Counter(a=2), 0)
    *_, line = overview([played]).split("\n")[:-2]
    told = "page p95 3.00 s > 2 s; 2 runs of 1 states"
    assert line == f"| class | 20 | page 3.00 s (2) | 1, 2 | {told} |"
    book.waits["page"][-1], book.bodies["another"] = 1.0, b""
    assert "| page 1.00 s (2) | 2, 2 | nothing |" in overview([played])
