"""A gallery of views in a browser, served from disk without a server."""

from pathlib import Path
from typing import Any

import plotly
from playwright.sync_api import Page, Route

from app.figures.scene import Scene
from tests.browser import gallery

HOST = "http://127.0.0.1:7911"  # answered here, never asked
WEB = Path(__file__).parents[2] / "assets" / "web"
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
KINDS = {".js": "text/javascript", ".css": "text/css"}
CENTRES = {"kind": "points", "label": "Centres", "least": 1, "most": 9, "x": [-3, 3], "y": [-2, 2]}
CONTROLS = {
    "centres": {**CENTRES, "default": "-1,0.5;0,1;1.5,0"},
    "cloud": {**CENTRES, "default": "0,0"},
    "row": {"kind": "slider", "default": "8"},
    "head": {"kind": "slider", "default": "5"},
    "off": {"kind": "tokens", "default": "2,9"},
    "ground": {"kind": "edits", "default": ""},
    "forced": {"kind": "edits", "default": "1:7;5:2"},
    "spot": {"kind": "spots", "rows": 9, "columns": 9, "most": 1, "default": ""},
    "spots": {"kind": "spots", "rows": 40, "columns": 40, "most": 99, "default": ""},
    "mask": {"kind": "cells", "levels": 2, "default": "000.000"},
    "weights": {"kind": "table", "low": -3, "high": 3, "step": 0.1, "default": "1,2;0.5,-1"},
}


def serve(route: Route, text: str) -> None:
    """The gallery, the player's own files, and the plotly of the Python package."""
    name = route.request.url.removeprefix(HOST)
    if name == "/":
        route.fulfill(body=text, content_type="text/html")
    else:
        file = PLOTLY if name == "/web/plotly.js" else WEB / name.removeprefix("/web/")
        route.fulfill(path=file, content_type=KINDS.get(file.suffix, "text/plain"))


class Shown:
    """The gallery in a page: what it draws, what it tells, what it sets."""

    def __init__(self, page: Page, *frames: Scene, size: tuple[int, int] = (1280, 720)) -> None:
        self.page = page
        text = gallery.html(list(frames), CONTROLS)
        page.route(f"{HOST}/**", lambda route: serve(route, text))
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(f"{HOST}/")
        page.wait_for_selector("html[data-ready]")

    def find(self, name: str) -> Any:
        return self.page.locator(f"#{name} [tabindex]")

    def draw(self, index: int) -> None:
        self.page.evaluate(f"gallery.show({index})")

    def coloured(self, name: str) -> float:
        """The share of a canvas's pixels that are not bare."""
        script = """canvas => {
            const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            let some = 0;
            for (let i = 3; i < data.length; i += 4) some += data[i] > 8;
            return some / (data.length / 4);
        }"""
        return float(self.page.evaluate(script, self.find(name).element_handle()))

    def hover(self, name: str, x: float, y: float) -> list[str]:
        """What is read at a place given as shares of the view's width and height."""
        box = self.find(name).bounding_box()
        self.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        return self.told()

    def told(self) -> list[str]:
        return self.page.evaluate("gallery.tip?.lines ?? []")

    @property
    def locked(self) -> bool:
        return bool(self.page.evaluate("gallery.tip?.locked ?? false"))

    def press(self, name: str, *keys: str) -> list[str]:
        for key in keys:
            self.find(name).press(key)
        return self.told()

    def value(self, param: str) -> str | None:
        """What the parameter has been set to, once the browser has drawn its next picture."""
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        return self.page.evaluate(f"gallery.params[{param!r}]")


def alone(view: Any) -> Scene:
    return {"view": view}
