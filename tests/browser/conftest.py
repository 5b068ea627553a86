"""The app in a real browser that can reach nothing but the app."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright

from app.standalone import chromium

ROOT = Path(__file__).parents[2]
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on, so that two checkouts can be tested at once."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


class App:
    """The app as a person starts it, on a port of its own."""

    def __init__(self, command: list[str], port: int = 0, **environment: str) -> None:
        port = port or free_port()
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.client = httpx.Client()  # to make one takes longer than to ask
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed by stop)
        self.process = subprocess.Popen(
            [sys.executable, *command, "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                self.client.get(f"{self.url}/healthz")
                return
            except httpx.TransportError:
                assert self.process.poll() is None, self.said()
                time.sleep(0.1)
        raise TimeoutError("the app did not start")

    def health(self) -> dict:
        return self.client.get(f"{self.url}/healthz").json()

    def until_idle(self, seconds: float) -> None:
        """Wait until nothing is computed any more."""
        deadline = time.monotonic() + seconds
        while self.health()["runs"] and time.monotonic() < deadline:
            time.sleep(0.02)
        assert self.health()["runs"] == 0

    def said(self) -> str:
        """What the app has printed."""
        self.log.seek(0)
        return self.log.read()

    def stop(self, how: int = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        status = self.process.wait(20)
        self.client.close()
        self.log.close()
        return status


@pytest.fixture(scope="session")
def app():
    started = App(["-m", "app", "run"])
    yield started
    assert started.stop() == 0


@pytest.fixture(scope="session")
def chrome():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", OFFLINE]
        )
        yield browser
        browser.close()


class Watch:
    """What a page must not do: complain, or ask another host."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        self.expected: tuple[str, ...] = ()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._request)

    def _console(self, message) -> None:
        text = f"{message.text} {message.location.get('url', '')}"
        if message.type == "error" and not any(words in text for words in self.expected):
            self.complaints.append(text)

    def _request(self, request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:", "file:")):
            self.complaints.append(f"asked {request.url}")


@pytest.fixture
def page(chrome):
    """A fresh browser; the test fails if the page complained or asked another host."""
    context = chrome.new_context(viewport={"width": 1280, "height": 720}, color_scheme="light")
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    watch = Watch(opened)
    opened.watch = watch
    yield opened
    context.close()
    assert watch.complaints == []


def ready(page: Page, path: str = "") -> None:
    """Wait until the player shows a frame (of this concept)."""
    page.wait_for_selector(f'.glass[data-ready="{path}"]' if path else ".glass[data-ready]")


def frame(page: Page) -> int:
    return int(page.get_attribute(".glass", "data-frame"))


def moved(page: Page, action, seconds: float = 60.0) -> None:
    """Do something and wait until another picture has been drawn."""
    before = page.get_attribute(".glass", "data-rev")
    action()
    page.wait_for_function(
        "before => document.querySelector('.glass').dataset.rev !== before",
        arg=before,
        timeout=seconds * 1000,
    )
