"""Two versions of the app behind one address while it is updated: each page gets only what is of its own."""

import re
import subprocess
import threading
import time
from contextvars import ContextVar

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from app import cache, contents, front, routes, start, web
from tests import toy
from tests.browser.conftest import free_port
from tests.test_frames import until

VERSION = ContextVar("version", default="none")
FILES = (
    "/web/{}/wire.js",
    "/web/{}/page.css",
    "/start/{}/en.json",
    "/thumbs/{}/diffusion-flow-dark.webp",
)


class Versioned:
    """The app's addresses as a process of this version answers them."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.app = FastAPI()
        self.app.include_router(routes.router)
        self.app.include_router(web.router)
        self.app.include_router(start.router)

    async def __call__(self, scope, receive, send) -> None:
        VERSION.set(self.version)
        await self.app(scope, receive, send)


@pytest.fixture
def both(tmp_path, monkeypatch):
    """Nginx, as the image has it, before an older process and a newer one."""
    port = free_port()
    try:
        command = front.write(tmp_path, f"127.0.0.1:{port}", 2)
    except front.NoFront as problem:
        pytest.skip(str(problem))
    monkeypatch.setattr(cache, "version", VERSION.get)
    monkeypatch.setattr(routes, "find", lambda path: toy.ENTRY if path == "test/toy" else None)
    contents.entries()  # a process has read its pages before it answers
    servers, threads = [], []
    for number, version in enumerate(("older", "newer"), 1):
        config = uvicorn.Config(
            Versioned(version),
            uds=str(front.socket(tmp_path, number)),
            log_level="error",
            lifespan="off",
        )
        servers.append(uvicorn.Server(config))
        threads.append(threading.Thread(target=servers[-1].run, daemon=True))
        threads[-1].start()
    until(lambda: all(server.started for server in servers))
    nginx = subprocess.Popen(command)
    url = f"http://127.0.0.1:{port}"
    until(lambda: answers(url))
    yield url
    nginx.terminate()
    nginx.wait(10)
    for server, thread in zip(servers, threads, strict=True):
        server.should_exit = True
        thread.join()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        time.sleep(0.05)
        return False


def test_each_page_gets_the_files_and_frames_of_its_own_version(both):
    for version in ("older", "newer"):
        for number in range(6):
            for address in FILES[number % 2 :: 2]:
                file = httpx.get(both + address.format(version))
                assert (file.status_code, file.headers["cache-control"]) == (
                    200,
                    "public, max-age=31536000, immutable",
                )
            state = f"{both}/frames/test/toy?frames=2&seed={950 + number}&_v={version}"
            assert httpx.get(state).status_code == 200


def test_a_page_of_neither_is_told_so_and_an_icon_is_of_all(both):
    for address in (*FILES, "/frames/test/toy?frames=2&_v={}", "/concepts?_v={}"):
        answer = httpx.get(both + address.format("oldest"))
        assert answer.status_code == 404
        assert answer.json()["why"] == "version"
        assert answer.headers["cache-control"] == "no-store"
    for name in ("icon.svg", "version.js"):
        assert httpx.get(f"{both}/web/app/{name}").status_code == 200
    waiting = (web.WEB / "version.js").read_text()
    assert re.search(r"^import\b", waiting, re.M) is None  # it needs no other, which may not come
