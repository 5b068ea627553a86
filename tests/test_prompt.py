"""Half a request is not waited for without end, and costs nobody else."""

import asyncio
import socket
import threading
import time
from contextlib import ExitStack, suppress

import httpx
import pytest
import uvicorn

from app.prompt import Prompt

HEAD = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n"
WHOLE = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


class Short(Prompt):
    seconds = 2.0


async def slow(scope, receive, send):
    """Hears all of a request, then answers in pieces for longer than one may take to ask."""
    while (await receive()).get("more_body"):
        pass
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]}
    )
    for _ in range(4):
        await asyncio.sleep(0.7 if scope["path"] == "/slow" else 0)
        await send({"type": "http.response.body", "body": b".", "more_body": True})
    await send({"type": "http.response.body"})


@pytest.fixture(scope="module")
def port():
    config = uvicorn.Config(slow, port=0, http=Short, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def ended(opened: socket.socket) -> bool:
    """Whether the server has closed it, after whatever it still had to say."""
    opened.settimeout(30)
    while opened.recv(1000):
        pass
    return True


def drip(opened: socket.socket) -> None:
    """A request letter by letter, for as long as anybody listens."""
    with suppress(OSError):
        for letter in HEAD * 99:
            opened.sendall(bytes([letter]))
            time.sleep(0.05)


def test_half_requests_are_let_go_and_cost_nobody_else(port):
    """In silence, in the head, in the body, the second of a connection, or letter by letter."""
    begun = [b"", b"GET / HTTP/1.1\r\nhost:", HEAD, HEAD + b"\r\nhalf", WHOLE + HEAD] * 10
    with ExitStack() as stack:
        *opened, dripped = (
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            for _ in range(len(begun) + 1)
        )
        for one, said in zip(opened, begun, strict=True):
            one.sendall(said)
        slowly = threading.Thread(target=drip, args=[dripped], daemon=True)
        slowly.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            assert client.get("/slow").text == "...."  # heard to its end
            assert client.post("/", content=b"whole").text == "...."
        assert all(ended(one) for one in opened)
        slowly.join(30)
        assert not slowly.is_alive()
