"""Drawing on a picture of a film and on the pad of its control, by hand and by keyboard."""

import re

import pytest

from tests.browser.conftest import moved, ready

pytestmark = pytest.mark.browser
PATH = "diffusion/editing"


def strokes(page) -> list[str]:
    """The strokes in the address, as text."""
    found = re.search(r"strokes=([^&]*)", page.url)
    return found[1].split(";") if found else []


def test_a_drag_over_the_picture_draws_a_stroke(app, page):
    page.goto(f"{app.url}/#/{PATH}?steps=5&at=1&strokes=")
    ready(page, PATH)
    page.wait_for_function("document.querySelector('.glass').dataset.frame === '5'")
    box = page.locator("[data-view=film] canvas").bounding_box()
    at = {}
    for x in range(int(box["width"] * 0.6), int(box["width"]) - 12, 6):  # find the third column
        page.mouse.move(box["x"] + x, box["y"] + box["height"] * 0.6)
        if page.locator("[data-view=film] canvas").evaluate("c => c.style.cursor") == "crosshair":
            at = {"x": box["x"] + x, "y": box["y"] + box["height"] * 0.6}
            break
    assert at

    def drag():
        page.mouse.down()
        page.mouse.move(at["x"] + 30, at["y"] - 20, steps=5)
        page.mouse.up()

    moved(page, drag)
    (stroke,) = strokes(page)
    numbers = [int(n) for n in stroke.split(",")]
    assert len(numbers) >= 4
    assert max(numbers) <= 31


def test_the_pad_is_drawn_on_by_keyboard(app, page):
    page.goto(f"{app.url}/#/{PATH}?steps=5&at=1&strokes=")
    ready(page, PATH)
    page.focus("#control-strokes")
    for key in ("ArrowLeft", "Enter", "ArrowRight", "ArrowDown", "Enter", "ArrowDown"):
        page.keyboard.press(key)
    page.wait_for_url(lambda url: "strokes=15,16,16,16,16,17&" in url)
    page.click("[data-name=strokes] button:text('Clear')")
    page.wait_for_url(lambda url: "strokes=&" in url)
    page.click("[data-name=strokes] button:text('Reset')")
    page.wait_for_url(lambda url: url.endswith("editing?at=1&steps=5"))
