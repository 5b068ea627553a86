"""One state as a file of its own: a page that plays from disk, or the picture of its last frame."""

import json
import os
import re
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import fields
from hashlib import sha256
from html import escape
from pathlib import Path
from posixpath import join, normpath
from shutil import which
from string import Template
from typing import TypeVar

from app.concept import Entry
from app.figures import theme
from app.figures.scene import Scene, Surface
from app.params import Params
from app.texts import texts
from app.wire import Encoder

T = TypeVar("T")
WEB = Path(__file__).parent.parent / "assets" / "web"
IMPORT = re.compile(r'^(import [^;"]*|\} from )"(\.{1,2}/[^"]+)"', re.M)
STYLES = ("views.css", "page.css", "tabs.css")
# What the file may do: its own scripts, known by a word that only its whole content gives, and nothing
# of elsewhere. Styles are allowed in the page because plotly writes them into its elements.
POLICY = (
    "default-src 'none'; script-src 'nonce-{}'; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)
LONGEST = 240  # frames kept of a run, evenly spread: more only makes the file heavy
PATIENCE = 120  # seconds for a browser to draw one page
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CACHES = ("~/.cache/ms-playwright", "~/Library/Caches/ms-playwright")
OWN = ("chromium-*/chrome-*/chrome", "chromium-*/chrome-*/*.app/Contents/MacOS/*")


class NoBrowser(RuntimeError):
    """There is no Chromium to draw with, or it drew nothing; says what to do."""


def html(entry: Entry, params: Params, frames_limit: int = LONGEST) -> str:
    """One HTML file that plays the run without a server or another file.

    Of a longer run at most `frames_limit` frames are kept, evenly spread, the last among them.
    """
    concept = entry.concept
    return page(entry, params, (concept.draw(f) for f in concept.compute(params)), frames_limit)


def page(entry: Entry, params: Params, scenes: Iterable[Scene], frames_limit: int = LONGEST) -> str:
    """The same of scenes that were drawn before."""
    concept, (kept, count) = entry.concept, spread(scenes, frames_limit)
    encoder = Encoder()
    run = b"".join(encoder.frame(index, scene) for index, scene in enumerate(kept))
    told = {
        "path": entry.path,
        "title": concept.title,
        "blurb": concept.blurb,
        "layout": concept.layout,
        "settings": list(settings(params)),
        "state": f"{entry.path}?{params.to_query()}".rstrip("?"),
        "note": f"{len(kept)} of {count} frames" if len(kept) < count else "",
    }
    styles = (theme.css(), *((WEB / name).read_text() for name in STYLES))
    nonce = sha256(run + json.dumps(told).encode()).hexdigest()[:32]
    return Template((WEB / "still.html").read_text()).substitute(
        title=escape(concept.title),
        policy=POLICY.format(nonce),
        nonce=nonce,
        styles="".join(styles),
        modules=json.dumps({"imports": dict(modules("still.js"))}),
        library=library(kept, nonce),
        page=json.dumps(told).replace("<", "\\u003c"),  # no text of a page may end its script
        texts=json.dumps(texts("en")).replace("<", "\\u003c"),
        run=b64encode(run).decode(),
    )


def png(entry: Entry, params: Params, out: Path, size: tuple[int, int] = (1280, 720)) -> None:
    """Write the picture of the run's last frame, `size` pixels; raises NoBrowser."""
    browser = chromium()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(
            html(entry, params, frames_limit=2)
        )  # the first, so that there is a time axis
        command = [
            browser,
            "--headless",
            "--no-sandbox",  # the page is our own, and containers and root know no other way
            "--host-resolver-rules=MAP * ~NOTFOUND",  # nothing outside this machine is asked
            "--hide-scrollbars",
            "--disable-gpu",
            "--enable-unsafe-swiftshader",  # surfaces are WebGL
            f"--user-data-dir={folder}/profile",
            f"--window-size={size[0]},{size[1]}",
            "--virtual-time-budget=10000",
            f"--screenshot={out.absolute()}",
            page.as_uri(),
        ]
        out.unlink(missing_ok=True)
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    if not out.exists():
        words = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise NoBrowser(f"{browser} drew no picture: {words[0]}")


def chromium() -> str:
    """The browser that draws: GLASSBOX_CHROMIUM, one on the path, or Playwright's own."""
    if named := os.environ.get("GLASSBOX_CHROMIUM"):
        return named
    if found := next(filter(None, map(which, NAMES)), None):
        return found
    caches = (os.environ.get("PLAYWRIGHT_BROWSERS_PATH"), *CACHES)
    folders = [Path(cache).expanduser() for cache in caches if cache]
    own = [path for folder in folders for name in OWN for path in sorted(folder.glob(name))]
    if not own:
        raise NoBrowser(
            "there is no Chromium to draw with; install one (apt-get install chromium, or"
            " python -m playwright install chromium) or name one in GLASSBOX_CHROMIUM"
        )
    return str(own[-1])  # the newest


def spread(items: Iterable[T], limit: int) -> tuple[list[T], int]:
    """At most `limit` of the items, evenly spread and the last among them; and how many they were."""
    kept: list[T] = []
    stride, count = 1, 0
    for count, item in enumerate(items, 1):
        last = item
        if (count - 1) % stride:
            continue
        kept.append(item)
        if len(kept) > limit:
            kept, stride = kept[::2], 2 * stride
    if count and (count - 1) % stride:
        kept = [*(kept[::2] if len(kept) == limit else kept), last]
    return kept[-limit:], count


def modules(name: str, seen: set[str] | None = None) -> Iterator[tuple[str, str]]:
    """The module and all it imports, as entries of an import map: no server is asked for them."""
    seen = seen if seen is not None else set()
    if name in seen:
        return
    seen.add(name)
    folder = str(Path(name).parent)

    def bare(found: re.Match[str]) -> str:
        return f'{found[1]}"glassbox/{normpath(join(folder, found[2]))}"'

    text = (WEB / name).read_text()
    source = IMPORT.sub(bare, text)
    yield f"glassbox/{name}", _data(source.encode())
    for found in IMPORT.finditer(text):
        yield from modules(normpath(join(folder, found[2])), seen)


def library(scenes: list[Scene], nonce: str) -> str:
    """Plotly itself, where a surface needs it."""
    if not any(isinstance(view, Surface) for scene in scenes for view in scene.values()):
        return ""
    from app.web import plotly_js  # the server's own way to it; here few pages need it

    file = plotly_js()
    return f'<script nonce="{nonce}" src="{_data(file.read_bytes())}"></script>' if file else ""


def settings(params: Params) -> Iterator[tuple[str, str]]:
    """The label and the text of every parameter that a person would be shown in this state."""
    controls = params.controls()
    texts = {name: control.write(getattr(params, name)) for name, control in controls.items()}
    for field in fields(params):
        text, when = texts[field.name], field.metadata["when"]
        if text and all(texts[other] in value.split("|") for other, value in when.items()):
            yield controls[field.name].label, text if len(text) <= 80 else f"{text[:79]}…"


def _data(script: bytes) -> str:
    """A script as an address that holds it."""
    return f"data:text/javascript;base64,{b64encode(script).decode()}"
