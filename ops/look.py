"""Looking at an image as visitors do: how soon it answers, whether every page opens, what it uses then."""

import os
import shlex
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, Response, sync_playwright

from app import contents
from app.standalone import chromium
from bench.load.server import below
from bench.row import memory_of
from ops import chroot
from ops.dockerfile import Stage, command

PORT = 7945
URL = f"http://127.0.0.1:{PORT}"
PAGE = "diffusion/flow"
PARTS = """
import time
start = time.process_time()
from app.ui.server import server
imported = time.process_time()
server()
print(imported - start, time.process_time() - imported)
"""


def starting(root: chroot.Root) -> list[tuple[str, str]]:
    """CPU seconds of one process's start, by part; the second time, when its files have been read."""
    words = root.enter(["python", "-c", PARTS])
    for _ in range(2):
        told = subprocess.run(
            words, env=root.surroundings(), check=True, capture_output=True, text=True
        )
    imported, built = map(float, told.stdout.split()[-2:])
    load = os.getloadavg()[0]
    return [
        ("one process: importing", f"{imported:.1f} CPU-s (load average {load:.1f})"),
        ("one process: building the page", f"{built:.1f} CPU-s"),
    ]


@contextmanager
def started(stage: Stage, root: chroot.Root) -> Iterator[int]:
    """The image's own command as process 1, as its user; the number of that process out here."""
    words = root.enter(command(stage.said["CMD"]), "--pid", "--fork", "--kill-child")
    outside = subprocess.Popen(words, env=root.surroundings() | {"GLASSBOX_PORT": str(PORT)})
    try:
        deadline = time.monotonic() + 10
        while not (children := below(outside.pid)[1:]) and time.monotonic() < deadline:
            time.sleep(0.01)
        yield children[0]
        start = time.monotonic()
        os.kill(children[0], signal.SIGTERM)
        status = outside.wait(10)
        print(f"ended with {status} after {time.monotonic() - start:.1f} s", flush=True)
        if status:
            raise RuntimeError(f"told to end, the image ended with {status}, not with 0")
    finally:
        outside.kill()
        outside.wait()


def visited(stage: Stage, root: chroot.Root) -> list[tuple[str, str]]:
    """Start it, wait for it as a visitor does, open the pages, and see what it uses."""
    start, load = time.perf_counter(), os.getloadavg()[0]
    with started(stage, root) as pid:
        waiting = until(start, (200, 503))
        ready = until(start, (200,))
        fresh = memory_of(*below(pid))
        users = {Path(f"/proc/{p}").stat().st_uid for p in below(pid)}
        if users != {1000}:
            raise RuntimeError(f"the image runs as {users}, not as user 1000 alone")
        with urllib.request.urlopen(f"{URL}/frames/{PAGE}", timeout=60) as answer:
            if answer.headers["x-glassbox-frames"] != "recorded":
                raise RuntimeError("what visitors meet first is not recorded in the image")
        picture, pages = opened()
        health = shlex.split(stage.said["HEALTHCHECK"].partition("CMD ")[2])
        root.run([word.replace("7860", str(PORT)) for word in health])
        used = memory_of(*below(pid))
    return [
        ("start to a page that says so", f"{waiting:.1f} s (load average {load:.1f})"),
        ("start to the first page", f"{ready:.1f} s"),
        ("link to first picture, cold browser", f"{picture:.1f} s"),
        (f"pages opened after that, {pages}", "every file was there, nothing went wrong in any"),
        ("memory of all processes, fresh", f"{fresh:.0f} MB"),
        ("memory after one visit of each page", f"{used:.0f} MB"),
    ]


def until(start: float, right: tuple[int, ...]) -> float:
    """Seconds since the start until the page is answered so."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        try:
            status = urllib.request.urlopen(URL, timeout=10).status
        except urllib.error.HTTPError as answer:
            status = answer.code
        except OSError:
            status = 0
        if status in right:
            return time.perf_counter() - start
        time.sleep(0.02)
    raise RuntimeError(f"{URL} did not answer with {right}")


def opened() -> tuple[float, int]:
    """Seconds from a link to its picture in a fresh browser, and how many pages were opened then.

    Raises RuntimeError for a file that is not there, or an error in a page.
    """
    wrong: list[str] = []

    def answered(answer: Response) -> None:
        if answer.status >= 400:
            wrong.append(f"{answer.status} {answer.url}")

    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page, start = chrome.new_page(), time.perf_counter()
        page.on("response", answered)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{URL}/#/{PAGE}")
        _shown(page, PAGE)
        took = time.perf_counter() - start
        paths = [entry.path for entry in contents.entries()]
        for path in paths:
            page.goto(f"{URL}/#/{path}")
            _shown(page, path)
            page.wait_for_selector("#words .theory p", timeout=60_000)
        for path in ("#/", "status"):
            page.goto(f"{URL}/{path}")
            page.wait_for_load_state("networkidle")
        chrome.close()
    if wrong:
        raise RuntimeError(f"opening the pages: {'; '.join(wrong[:5])}")
    return took, len(paths)


def _shown(page: Page, path: str) -> None:
    page.wait_for_selector(f'.glass[data-ready="{path}"]', timeout=120_000)
