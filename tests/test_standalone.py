"""A state as a file of its own: it plays from disk, and its picture is really drawn."""

import json
import re
import struct
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app import standalone
from app.concept import Concept, Entry
from app.figures.scene import (
    Chart,
    Clock,
    Handles,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
    Surface,
)
from app.params import Params, points, slider


@dataclass(frozen=True)
class Drift(Params):
    steps: int = slider(30, 1, 500, 1, "Steps")
    start: tuple[tuple[float, float], ...] = points(
        ((0.0, 0.0),), "Start", count=(1, 3), x=(-1.0, 1.0), y=(-1.0, 1.0)
    )


def walk(params: Drift) -> Iterator[tuple[int, np.ndarray]]:
    for step in range(params.steps):
        yield step, np.linspace([-0.9, -0.9], [0.9, 0.9], params.steps)[: step + 1]


def scene(frame: tuple[int, np.ndarray]) -> Scene:
    step, path = frame
    x = np.arange(len(path), dtype=np.float32)
    window = ((-1.0, 1.0), (-1.0, 1.0))
    return {
        "plane": Plane("where it is", f"Step {step}.", *window,
                       (Points(path, size=4.0, label="walker"), Handles("start", np.zeros((1, 2))))),
        "curve": Chart("how far", "", (Series(x, path[:, 0].copy()),), (0.0, 500.0), (-1.0, 1.0)),
        "numbers": Numbers((Number("steps", float(step)),)),
        "clock": Clock(step, float(step), "step", "start", "end"),
    }  # fmt: skip


def hill(frame: tuple[int, np.ndarray]) -> Scene:
    u, v = np.meshgrid(np.linspace(-1, 1, 20), np.linspace(-1, 1, 20))
    return {"hill": Surface("a hill", "", np.exp(-3 * (u**2 + v**2)), (-1.0, 1.0), (-1.0, 1.0))}


def entry(draw=scene, title: str = "A <walk> & a </script> end") -> Entry:
    concept = Concept(title, "It walks.", Drift, walk, draw, layout=("plane plane curve",))
    return Entry(
        "toys", "walk", concept if draw is scene else Concept(title, "", Drift, walk, draw), Path()
    )


class Reader(HTMLParser):
    """What a page asks of elsewhere, and the text of its scripts by id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.texts: dict[str, str] = {}
        self.at = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.at = given.get("id") or given.get("type") or tag
        self.asked += [given[key] for key in ("src", "href") if given.get(key)]

    def handle_data(self, data):
        self.texts[self.at] = self.texts.get(self.at, "") + data


def test_nothing_is_asked_of_elsewhere():
    page = Reader(standalone.html(entry(), Drift()))
    assert page.asked == []
    sources = json.loads(page.texts["importmap"])["imports"]
    for name, address in sources.items():
        code = b64decode(address.split(",", 1)[1]).decode()
        wanted = re.findall(r'^(?:import|\} from) ?[^;"]*"([^"]+)";', code, re.M)
        assert set(wanted) <= set(sources), name


def test_the_file_may_run_its_own_scripts_and_ask_nobody():
    pages = [standalone.html(entry(), Drift(steps=n)) for n in (2, 3)]
    nonces = [re.search(r"script-src 'nonce-(\w{32})'; ", page)[1] for page in pages]
    assert nonces[0] != nonces[1]
    for page, nonce in zip(pages, nonces, strict=True):
        head = page.index("http-equiv")
        assert "default-src 'none'; " in page and head < page.index("<style>")
        assert page.count("<script") - page.count(f'nonce="{nonce}"') == 3  # which are data


def test_every_frame_is_in_the_page_and_the_settings_are_told():
    page = Reader(standalone.html(entry(), Drift(steps=7)))
    run, count = b64decode(page.texts["run"]), 0
    while run:
        (size,) = struct.unpack_from("<I", run)
        run, count = run[4 + size :], count + 1
    told = json.loads(page.texts["page"])
    assert count == 7
    assert told["settings"] == [["Steps", "7"], ["Start", "0,0"]]
    assert (told["state"], told["note"]) == ("toys/walk?steps=7", "")
    assert told["title"] == "A <walk> & a </script> end"


@pytest.mark.parametrize("count", [0, 1, 2, 5, 8, 9, 10, 17, 100, 1001])
@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_frames_are_spread_evenly_and_the_last_is_kept(count, limit):
    kept, of = standalone.spread(iter(range(count)), limit)
    assert of == count and len(kept) <= limit
    assert kept[-1:] == list(range(count))[-1:]
    steps = np.diff(kept[:-1])
    assert limit == 1 or count == 0 or kept[0] == 0
    assert len(set(steps)) <= 1
    assert count > limit or kept == list(range(count))


def test_a_surface_brings_its_library_and_nothing_else_does():
    assert "Plotly" not in standalone.html(entry(), Drift(steps=2))
    assert len(standalone.html(entry(hill), Drift(steps=1))) > 1e6


@pytest.mark.browser
@pytest.mark.parametrize("draw", [scene, hill])
def test_the_picture_is_of_the_last_frame(tmp_path, draw):
    out = tmp_path / "walk.png"
    standalone.png(entry(draw), Drift(), out, (900, 600))
    picture = np.asarray(Image.open(out).convert("RGB")).astype(int)
    assert picture.shape == (600, 900, 3)
    data = np.abs(picture - [0x00, 0x72, 0xB2]).sum(-1) < 60  # theme: the ink of data
    walked = data[:, :600].any(0).sum() if draw is scene else (picture.sum(-1) < 500).sum()
    assert walked > 150  # pixels: the whole diagonal, or the slopes of the hill


def test_without_a_browser_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.delenv("GLASSBOX_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    with pytest.raises(standalone.NoBrowser, match=r"apt-get install chromium.*GLASSBOX_CHROMIUM"):
        standalone.png(entry(), Drift(steps=1), tmp_path / "out.png")


def test_playwrights_own_browser_is_found(monkeypatch, tmp_path):
    own = tmp_path / "chromium-1200" / "chrome-linux64" / "chrome"
    own.parent.mkdir(parents=True)
    own.touch()
    monkeypatch.delenv("GLASSBOX_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    assert standalone.chromium() == str(own)


def test_a_browser_that_draws_nothing_is_told_of(monkeypatch, tmp_path):
    mute = tmp_path / "mute"
    mute.write_text("#!/bin/sh\necho 'no display' >&2\nexit 1\n")
    mute.chmod(0o755)
    monkeypatch.setenv("GLASSBOX_CHROMIUM", str(mute))
    with pytest.raises(standalone.NoBrowser, match="drew no picture: no display"):
        standalone.png(entry(), Drift(steps=1), tmp_path / "out.png")
