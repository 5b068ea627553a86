"""Presenting: the stage alone, a clicker's keys, what covers it, and the speaker's own window."""

import pytest

from app import contents
from tests.browser.conftest import ready

pytestmark = pytest.mark.browser
ENTRY = contents.find("transformers/calculator")


@pytest.fixture
def stage(app, page):
    """A page that is presented."""
    page.goto(f"{app.url}/#/{ENTRY.path}")
    ready(page, ENTRY.path)
    page.keyboard.press("p")
    page.wait_for_selector("body.present")
    yield page


def test_only_the_stage_is_left_and_it_fills_the_window(stage):
    for hidden in ("#chapters", "#words", ".panel", ".tools"):
        assert not stage.locator(hidden).first.is_visible(), hidden
    box, size = stage.locator(".stage").bounding_box(), stage.viewport_size
    assert box["height"] > 0.93 * size["height"]
    assert box["width"] > 0.93 * size["width"]
    stage.keyboard.press("i")
    assert stage.locator(".numbers").is_visible()
    assert not stage.locator(".controls").is_visible()
    stage.keyboard.press("Escape")
    assert stage.locator("#chapters").is_visible()
    assert stage.locator(".controls").is_visible()


def test_a_clicker_turns_the_lesson_and_a_reload_comes_back_to_the_step(stage):
    line = stage.locator(".step")
    count = line.inner_text().split("/")[1].split()[0]
    assert line.inner_text().startswith(f"1 / {count}")
    stage.keyboard.press("PageDown")
    assert line.inner_text().startswith(f"2 / {count}")
    stage.keyboard.press("PageDown")
    address = stage.url
    stage.reload()
    ready(stage, ENTRY.path)
    assert stage.locator("body.present").count() == 1
    assert stage.url == address
    assert line.inner_text().startswith(f"3 / {count}")
    for _ in range(4):  # before the first there is none
        stage.keyboard.press("PageUp")
    assert line.inner_text().startswith(f"1 / {count}")


def test_the_black_pane_covers_all_and_the_same_key_takes_it_away(stage):
    colour = "() => getComputedStyle(document.querySelector('.pane')).backgroundColor"
    stage.keyboard.press("b")
    assert stage.evaluate(colour) == "rgb(0, 0, 0)"
    assert stage.locator(".pane").bounding_box()["width"] == stage.viewport_size["width"]
    stage.keyboard.press("b")
    assert not stage.locator(".pane").is_visible()


@pytest.mark.parametrize("key", ["s", "l"])
def test_what_points_follows_the_mouse_and_lets_clicks_through(stage, key):
    stage.keyboard.press(key)
    stage.mouse.move(321, 123)
    place = "() => document.querySelector('.pane').style.getPropertyValue('--x')"
    assert stage.evaluate(place) == "321px"
    assert stage.evaluate("() => document.elementFromPoint(321, 300).className") != f"pane {key}"
    stage.keyboard.press("Escape")
    assert not stage.locator(".pane").is_visible()


def test_a_frozen_stage_keeps_its_picture_until_it_thaws(stage):
    drawn = "() => +document.querySelector('.glass').dataset.rev"
    stage.keyboard.press("f")
    before = stage.evaluate(drawn)
    stage.keyboard.press("PageDown")
    stage.wait_for_timeout(400)
    assert stage.evaluate(drawn) == before
    assert "frozen" in stage.locator(".step").inner_text()
    stage.keyboard.press("f")
    stage.wait_for_function(f"{before} < +document.querySelector('.glass').dataset.rev")


def test_the_notes_say_the_step_the_next_and_the_time_and_turn_pages_too(stage):
    with stage.expect_popup() as opened:
        stage.keyboard.press("n")
    notes = opened.value
    notes.wait_for_selector("time:not(:empty)")
    assert notes.inner_text("time").startswith("0:0")
    assert "Next: " in notes.inner_text("body")
    first = notes.inner_text("header b")
    notes.keyboard.press("PageDown")
    stage.wait_for_function("document.querySelector('.step').textContent.startsWith('2 /')")
    assert notes.inner_text("header b") != first
    assert notes.inner_text("header b") == stage.locator(".step").inner_text()


def test_keys_of_presenting_mean_nothing_on_the_page_or_in_a_field(app, page):
    page.goto(f"{app.url}/#/{ENTRY.path}")
    ready(page, ENTRY.path)
    page.keyboard.press("b")
    assert not page.locator(".pane").is_visible()
    field = page.locator(".controls input:visible").first
    field.focus()
    page.keyboard.press("p")
    assert page.locator("body.present").count() == 0
