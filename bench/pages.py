"""What a person waits for: the start, the first paint, the answer to a hand, frames a second."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

from app import contents
from app.standalone import chromium
from bench.row import Row, cpu_below, cpu_with, memory_of

PORT = 7930
URL = f"http://127.0.0.1:{PORT}"
TRIPS = 50
NEWCOMERS = 20
IDLE = 3.0  # seconds
LAST, WATCHED = 6000, 6.0  # iterations of a training, seconds it is watched at most


@contextmanager
def app() -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """The app, and the seconds until it answered with its first page."""
    start = time.perf_counter()
    environment = {"GLASSBOX_CACHE": tempfile.mkdtemp()}
    command = [sys.executable, "-m", "app", "run", "--port", str(PORT)]
    process = subprocess.Popen(command, env={**os.environ, **environment})
    while True:
        try:
            urllib.request.urlopen(URL, timeout=5).read()
            break
        except OSError:
            time.sleep(0.02)
    yield process, time.perf_counter() - start
    process.terminate()
    process.wait()


@contextmanager
def browser() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = chrome.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(120_000)
        yield page
        chrome.close()


def rows() -> Iterator[Row]:
    """Start, paints, round trips, particles, and training watched."""
    with app() as (process, took):
        cpu = cpu_with(process.pid)
        yield Row(
            "start to first page",
            f"{took:.1f} s ({cpu:.1f} CPU-s)",
            "≤ 3 s",
            "process start to GET / answered",
        )
        with browser() as page:
            yield from paints(page)
            yield newcomers(page, process.pid)
            yield from trips(page)
            yield particles(page)
            yield from gan(page, process.pid)
            yield flow(page, process.pid)


# asked at every redraw; a selector is looked for half a second apart after the first tries
SHOWN = "path => document.querySelector('.glass')?.dataset.ready === path"


def paints(page: Page) -> Iterator[Row]:
    """From opening a link in a fresh tab to the first drawn frame; the browser's cache is warm after the first."""
    for number, entry in enumerate(contents.entries()):
        page.goto("about:blank")
        start = time.perf_counter()
        page.goto(f"{URL}/#/{entry.path}")
        page.wait_for_function(SHOWN, arg=entry.path)
        took = time.perf_counter() - start
        cold = ", cold browser" if number == 0 else ""
        yield Row(
            f"first paint, {entry.path}",
            f"{took:.2f} s",
            "≤ 2 s",
            f"link to first frame in Chromium{cold}",
        )


def newcomers(page: Page, pid: int) -> Row:
    """What each new browser costs the server: its page, every file of it, its session, its first run."""
    chrome, link = page.context.browser, f"{URL}/#/{contents.entries()[0].path}"
    assert chrome is not None
    page.goto("about:blank")  # what it had under way ends within a second
    time.sleep(1)
    cpu = cpu_with(pid)
    time.sleep(IDLE)
    idle = (cpu_with(pid) - cpu) / IDLE  # CPU of a server that nobody asks anything

    def visit() -> int:
        """How much it asks of the server, all of its requests."""
        context = chrome.new_context()
        opened, asked = context.new_page(), []
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(link)
        opened.wait_for_selector(".glass[data-ready]")
        opened.wait_for_selector("#words .theory p")
        context.close()
        return len([url for url in asked if url.startswith(URL)])

    requests = visit()  # the server's memory of its files is warm for all but the first
    cpu, memory, start = cpu_with(pid), memory_of(pid), time.perf_counter()
    for _ in range(NEWCOMERS):
        visit()
    spent = cpu_with(pid) - cpu - idle * (time.perf_counter() - start)
    grown = (memory_of(pid) - memory) / NEWCOMERS
    value = f"{1000 * spent / NEWCOMERS:.0f} CPU-ms, {grown:.2f} MB"
    how = f"{NEWCOMERS} fresh browsers, nothing cached there, {requests} requests each; less the idle {1000 * idle:.0f} CPU-ms/s"
    return Row("server cost of a new browser", value, "≤ 30 CPU-ms, ≤ 0.5 MB", how)


TRIP = """async ([name, texts]) => {
  const glass = document.querySelector('.glass'), took = [];
  for (const text of texts) {
    const start = performance.now(), before = glass.dataset.rev;
    glass.player.set(name, text);
    while (!glass.dataset.ready || glass.dataset.rev === before) await new Promise(requestAnimationFrame);
    took.push(performance.now() - start);
  }
  return took;
}"""


def trips(page: Page) -> Iterator[Row]:
    """From a control's change to the new picture: 50 different values of the first slider of each page."""
    for entry in contents.entries():
        page.goto(f"{URL}/#/{entry.path}")
        page.wait_for_selector(f'.glass[data-ready="{entry.path}"]')
        page.click(".ribbon .go") if page.inner_text(".ribbon .go") == "Pause" else None
        took = (
            sorted(page.evaluate(TRIP, ["seed", [str(n) for n in range(1, TRIPS + 1)]]))
            if "seed" in entry.concept.params.controls()
            else []
        )
        if took:
            p50, p95 = statistics.median(took), took[int(0.95 * len(took))]
            yield Row(
                f"round trip, {entry.path}",
                f"p50 {p50:.0f} ms, p95 {p95:.0f} ms",
                "p50 ≤ 150 ms",
                f"{TRIPS} new seeds, none seen before",
            )


DRAW = """async () => {
  const version = new URL(document.querySelector('link[href*="/web/"]').href).pathname.split('/')[2];
  const { kinds } = await import(`/web/${version}/views/index.js`);
  const host = document.querySelector('[data-view] .view-body');
  const tools = document.querySelector('.glass').player.tools;
  const n = 2000, view = kinds.plane(host, tools);
  const plane = (t) => ({ kind: 'plane', title: 'x', says: 'x', x: [-3, 3], y: [-3, 3], x_label: '', y_label: '', square: true,
    layers: [{ kind: 'points', ink: 'model', size: 2.5, alpha: 0.9, label: '', values: null,
      xy: { shape: [n, 2], data: Float32Array.from({ length: 2 * n }, (_, i) => 2 * Math.sin(i * 1.7 + t)) } }] });
  let drawn = 0, start = performance.now(), now = start;
  while (now - start < 3000) { view.draw(plane(drawn / 40)); drawn++; now = await new Promise(requestAnimationFrame); }
  return drawn / ((now - start) / 1000);
}"""


def particles(page: Page) -> Row:
    """Frames a second while 2,000 points move, each from a new array."""
    page.goto(f"{URL}/#/{contents.entries()[0].path}")
    page.wait_for_selector(".glass[data-ready]")
    rate = page.evaluate(DRAW)
    return Row(
        "2,000 particles moving",
        f"{rate:.0f} frames/s ({2000 * rate:,.0f} particles/s)",
        "≥ 30 frames/s",
        "Chromium, software drawing",
    )


def gan(page: Page, pid: int) -> Iterator[Row]:
    """Training watched, as the page begins and in GAN Lab's default setting (its cost: 41 CPU-ms)."""
    yield watched(page, pid, "GAN training watched", "iterations=6000", "", "≥ 150/s")
    lab = "nets=2%20%C3%97%208&k=2&iterations=6000"
    how = "two hidden layers of 8, minibatch 150, 2 D and 1 G step; "
    goal = "≥ 150/s, ≤ 4.1 CPU-ms"
    yield watched(page, pid, "GAN Lab's default watched", lab, how, goal)


def watched(page: Page, pid: int, figure: str, query: str, how: str, goal: str) -> Row:
    """Iterations a second and server CPU-ms of each with the page open and playing, until the end."""
    page.goto("about:blank")
    page.goto(f"{URL}/#/latents/gan?{query}")
    page.wait_for_selector('.glass[data-ready="latents/gan"]')
    step = "() => document.querySelector('.glass').player.reel.frames.at(-1).views.clock.step"
    page.wait_for_timeout(200)
    first, cpu, start = page.evaluate(step), cpu_with(pid), time.perf_counter()
    everything = cpu_below(os.getpid())
    drawn = int(page.get_attribute(".glass", "data-rev") or 0)
    done = first
    while done < LAST and time.perf_counter() - start < WATCHED:
        page.wait_for_timeout(50)
        done = page.evaluate(step)
    spent, wall = cpu_with(pid) - cpu, time.perf_counter() - start
    everything = cpu_below(os.getpid()) - everything
    redrawn = int(page.get_attribute(".glass", "data-rev") or 0) - drawn
    made = max(done - first, 1)
    each = f"{1000 * spent / made:.2f} CPU-ms each, {1000 * everything / made:.2f} with the browser"
    how += f"page open, {redrawn / wall:.0f} redraws/s; server CPU incl. drawing and sending"
    return Row(figure, f"{made / wall:.0f} iterations/s, {each}", goal, how)


def flow(page: Page, pid: int) -> Row:
    """As many pairs as 1,000 epochs of Diffusion Explorer's 500 samples, taught with the page open."""
    page.goto("about:blank")
    cpu, start = cpu_with(pid), time.perf_counter()
    page.goto(f"{URL}/#/diffusion/flow?field=training&iterations=2000")
    page.wait_for_function(
        "document.querySelector('.glass')?.player?.reel.whole && "
        "document.querySelector('.glass').player.page?.path === 'diffusion/flow'"
    )
    wall, spent = time.perf_counter() - start, cpu_with(pid) - cpu
    return Row(
        "flow matching, 1,000 epochs of 500 pairs watched",
        f"{wall:.1f} s ({spent:.1f} CPU-s)",
        "≤ 10 s",
        "3-64-64-64-2, 2,000 steps of 256; link to last frame, server CPU incl. exact field and samples",
    )


if __name__ == "__main__":
    print(json.dumps([row.__dict__ for row in rows()], indent=1))
