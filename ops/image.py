"""python -m ops.image: build the Dockerfile's image without an engine, start it as user 1000, open the page.

The steps are the Dockerfile's own, run in a Debian made by debootstrap. Root, Linux and Chromium are
needed. What it finds is printed, and with --write kept in docs/image.md.
"""

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import sync_playwright

from app.standalone import chromium
from bench.load.server import below
from bench.row import machine, memory_of
from ops import chroot
from ops.dockerfile import Stage, command, read, wanted

TOP = Path(__file__).parent.parent
KEPT = Path.home() / ".cache" / "glassbox-image"  # the bare Debian, for the next time
PORT = 7945
PAGE = "diffusion/flow"


def main() -> int:
    """Build, start, look, stop; 1 if anything of it went wrong."""
    parser = argparse.ArgumentParser(prog="python -m ops.image", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep what is found in docs/image.md")
    given = parser.parse_args()
    if missing := [name for name in ("debootstrap", "chroot", "unshare") if not shutil.which(name)]:
        print(f"{', '.join(missing)} not found: apt-get install debootstrap", file=sys.stderr)
        return 1
    if os.geteuid():
        print("only root may change the root of a process: sudo make image-check", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="glassbox-image-") as folder:
        stage, root, sizes = build(Path(folder))
        found = sizes + look(stage, root)
    lines = "".join(f"| {what} | {value} |\n" for what, value in found)
    print(lines)
    if given.write:
        (TOP / "docs" / "image.md").write_text(HEAD.format(machine(), datetime.now(UTC)) + lines)
    return 0


HEAD = """# The image, measured

{}; {:%Y-%m-%d}; command: `make image-check` (the Dockerfile's own steps in a clean Debian, no container
engine; sizes are of the unpacked files).

| what | found |
| --- | --- |
"""


def build(folder: Path) -> tuple[Stage, chroot.Root, list[tuple[str, str]]]:
    """The image in a folder: its last stage, its root, and how large they are."""
    stages = wanted(read((TOP / "Dockerfile").read_text()))
    roots = {}
    for image, suite in chroot.BASES.items():
        chroot.bootstrap(suite, KEPT / suite)
        roots[image] = chroot.Root(KEPT / suite)
    for stage in stages:
        roots[stage.name] = chroot.build(stage, roots, folder / stage.name, TOP)
    last = roots[stages[-1].name]
    bare = next(roots[image] for image in chroot.BASES)
    sizes = [("image", f"{last.size():.0f} MB, of which Debian alone {bare.size():.0f} MB")]
    for what, path in (
        ("packages", "opt/glassbox"),
        ("app", "home/user/app"),
        ("recorded runs", "home/user/.cache"),
    ):
        sizes.append((what, f"{chroot.Root(last.path / path).size():.0f} MB"))
    return stages[-1], last, sizes


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


def look(stage: Stage, root: chroot.Root) -> list[tuple[str, str]]:
    """Start it, wait for it as a visitor does, open the page, and see what it uses."""
    url, start = f"http://127.0.0.1:{PORT}", time.perf_counter()
    with started(stage, root) as pid:
        waiting = _until(url, start, (200, 503))
        ready = _until(url, start, (200,))
        users = {Path(f"/proc/{p}").stat().st_uid for p in below(pid)}
        if users != {1000}:
            raise RuntimeError(f"the image runs as {users}, not as user 1000 alone")
        with urllib.request.urlopen(f"{url}/frames/{PAGE}", timeout=60) as answer:
            if answer.headers["x-glassbox-frames"] != "recorded":
                raise RuntimeError("what visitors meet first is not recorded in the image")
        picture = _open(url)
        health = shlex.split(stage.said["HEALTHCHECK"].partition("CMD ")[2])
        root.run([word.replace("7860", str(PORT)) for word in health])
        memory = memory_of(*below(pid))
    return [
        ("start to a page that says so", f"{waiting:.1f} s"),
        ("start to the first page", f"{ready:.1f} s (load average {os.getloadavg()[0]:.1f})"),
        ("link to first picture, cold browser", f"{picture:.1f} s"),
        ("memory of all processes then", f"{memory:.0f} MB"),
    ]


def _until(url: str, start: float, right: tuple[int, ...]) -> float:
    """Seconds since the start until the page is answered so."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        try:
            status = urllib.request.urlopen(url, timeout=10).status
        except urllib.error.HTTPError as answer:
            status = answer.code
        except OSError:
            status = 0
        if status in right:
            return time.perf_counter() - start
        time.sleep(0.02)
    raise RuntimeError(f"{url} did not answer with {right}")


def _open(url: str) -> float:
    """Seconds from a link to its picture in a fresh browser."""
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page, start = chrome.new_page(), time.perf_counter()
        page.goto(f"{url}/#/{PAGE}")
        page.wait_for_selector(f'.glass[data-ready="{PAGE}"]', timeout=120_000)
        took = time.perf_counter() - start
        chrome.close()
    return took


if __name__ == "__main__":
    sys.exit(main())
