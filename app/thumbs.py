"""Moving thumbnails for the start page: each a strip of frames of a page's main view, as recorded.

`python -m app thumbs` draws them anew with the player itself, in Chromium; assets/thumbs/thumbs.json says
what each of them shows. A state or a view written there by hand is kept.
"""

import json
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from app import cache, standalone
from app.concept import Entry
from app.contents import entries
from app.standalone import NoBrowser

FOLDER = Path(__file__).parent.parent / "assets" / "thumbs"
INDEX = FOLDER / "thumbs.json"
MOST = 7  # frames a strip
WIDE, HIGH = 480, 300  # pixels a frame as the player draws it
SIZE = (240, 150)  # and as it is kept
THEMES = ("light", "dark")
QUALITIES = (70, 55, 40, 30, 20, 12, 6, 2)  # the first of them that fits is taken
FITS = 12_800  # bytes a strip
WAIT = 200  # milliseconds for a frame or a theme to be drawn
ALONE = """
.glass { display: block !important; padding: 0 !important; }
.glass > :not(.stage), .stage > :not(.scene), figcaption { display: none !important; }
.glass .stage, .scene { display: block !important; height: 300px !important; min-height: 0 !important; }
.glass .view { display: none !important; border: 0 !important; border-radius: 0 !important; }
.glass .view[data-view="VIEW"] { display: flex !important; height: 300px !important; min-height: 0 !important; }
"""
LARGEST = """() => {
  const area = (view) => view.offsetWidth * view.offsetHeight;
  return [...document.querySelectorAll('.view')].sort((a, b) => area(b) - area(a))[0].dataset.view;
}"""
PAINT = "theme => document.body.classList.toggle('dark', theme === 'dark')"
TURN = """at => {
  const bar = document.querySelector('.ribbon input');
  bar.value = at;
  bar.dispatchEvent(new Event('input'));
}"""


def index() -> dict[str, dict[str, Any]]:
    """What each strip shows, by the path of its page: state, view, frames, version of the app."""
    return json.loads(INDEX.read_text()) if INDEX.exists() else {}


def name(path: str, theme: str) -> str:
    return f"{path.replace('/', '-')}-{theme}.webp"


def record(wanted: tuple[str, ...] = ()) -> Iterator[str]:
    """Draw the strips of these pages, or of all; yields a line on each. Raises NoBrowser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as problem:
        raise NoBrowser("thumbs needs playwright: pip install -r requirements-dev.txt") from problem
    kept = index()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=standalone.chromium(), args=["--no-sandbox"]
        )
        for entry in entries():
            if wanted and entry.path not in wanted:
                continue
            kept[entry.path] = _strips(browser, entry, kept.get(entry.path, {}))
            ordered = {e.path: kept[e.path] for e in entries() if e.path in kept}
            INDEX.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n")
            sizes = [(FOLDER / name(entry.path, theme)).stat().st_size for theme in THEMES]
            yield f"{entry.path}: {kept[entry.path]['view']}, {sizes} bytes"
        browser.close()


def _strips(browser: Any, entry: Entry, said: dict[str, Any]) -> dict[str, Any]:
    """Draw one page's strips, one a theme; returns what they show."""
    state = said.get("state", "")
    params = entry.concept.params.from_query(state)
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(standalone.html(entry, params))
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready]", timeout=120_000)
        view = said.get("view") or page.evaluate(LARGEST)
        last = int(page.get_attribute(".ribbon input", "max") or 0)
        page.add_style_tag(content=ALONE.replace("VIEW", view))
        page.set_viewport_size({"width": WIDE, "height": HIGH})
        frames = sorted({round(i * last / (MOST - 1)) for i in range(MOST)})
        for theme in THEMES:
            (FOLDER / name(entry.path, theme)).write_bytes(_packed(_strip(page, frames, theme)))
    page.close()
    return {"state": state, "view": view, "frames": frames, "version": cache.version()}


def _strip(page: Any, frames: list[int], theme: str) -> Image.Image:
    """The frames side by side."""
    strip = Image.new("RGB", (SIZE[0] * len(frames), SIZE[1]))
    page.evaluate(PAINT, theme)
    page.wait_for_timeout(WAIT)
    for place, at in enumerate(frames):
        page.evaluate(TURN, at)
        page.wait_for_timeout(WAIT)
        shot = Image.open(BytesIO(page.screenshot(animations="disabled")))
        strip.paste(
            shot.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS), (SIZE[0] * place, 0)
        )
    return strip


def _packed(strip: Image.Image) -> bytes:
    """As WebP, as good as fits."""
    for quality in QUALITIES:
        held = BytesIO()
        strip.save(held, "webp", quality=quality, method=6)
        if held.tell() <= FITS:
            break
    return held.getvalue()
