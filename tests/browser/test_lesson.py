"""A lesson as a learner does it: predict, act, see, be told; and what was done is kept."""

import pytest

from app import contents
from tests.browser.conftest import ready

pytestmark = pytest.mark.browser
ENTRY = contents.find("transformers/calculator")
STEPS = [
    {
        "key": "Choose",
        "title": "Choose",
        "query": "",
        "html": "<p>What then?</p>",
        "answers": ["this", "that"],
        "right": 1,
        "mark": "",
        "act": {"kind": "set", "name": "scale", "value": "0"},
        "told": "Switch <strong>Divide by √d_k</strong> off.",
        "why": "<p>Because.</p>",
    },
    {
        "key": "Mark",
        "title": "Mark",
        "query": "",
        "html": "<p>Where?</p>",
        "answers": [],
        "right": 0,
        "mark": "weights",
        "act": {"kind": "look", "name": "weights", "value": None},
        "told": "Point at it.",
        "why": "<p>There.</p>",
    },
]


@pytest.fixture
def lesson(app, page):
    """The page with a short lesson of ours, whatever its own says."""

    def answer(route):
        told = route.fetch()
        route.fulfill(json={**told.json(), "lesson": STEPS})

    page.route(f"**/concepts/{ENTRY.path}*", answer)
    page.goto(f"{app.url}/#/{ENTRY.path}")
    ready(page, ENTRY.path)
    yield page


def phase(page):
    return page.get_attribute(".lesson", "data-phase")


def test_nothing_is_explained_before_it_is_predicted_and_done(lesson):
    page = lesson
    assert phase(page) == "predict"
    assert page.locator(".lesson .act").is_hidden()
    page.press(".answer >> nth=0", "Enter")
    assert phase(page) == "act"
    assert page.evaluate("document.activeElement.className") == "quiet where", "the focus is lost"
    assert page.inner_text(".lesson .why") == ""
    page.locator(".control", has_text="Query").locator("input").first.press("ArrowRight")
    assert phase(page) == "act", "another control is not what was asked for"
    page.locator(".control", has_text="Divide by").locator("input").press(" ")
    page.wait_for_selector('.lesson[data-phase="see"]')
    assert page.inner_text(".lesson .why") == "Because."
    assert "your answer" in page.inner_text(".answer >> nth=0")
    assert "right" in page.inner_text(".answer >> nth=1")
    page.reload()
    ready(page, ENTRY.path)
    assert page.locator(".dots .done").count() == 1, "what was done is kept"
    page.click(".dots li:first-child button")
    page.click("text=Again")
    assert phase(page) == "predict"
    assert page.locator(".dots .done").count() == 0


SEEN = """names => names.map((name) => {
  const { left, top, width, height } = document.querySelector(name).getBoundingClientRect();
  const there = (share) => document.elementFromPoint(left + width / 2, top + share * height);
  return [0.1, 0.9].every((share) => there(share)?.closest(name));
})"""


def test_what_a_step_asks_for_and_the_numbers_are_seen_while_the_card_is_open(lesson):
    page = lesson
    for size in ({"width": 1280, "height": 720}, {"width": 390, "height": 844}):
        page.set_viewport_size(size)
        page.click(".answer >> nth=0")
        page.wait_for_selector(".control[data-name=scale].wanted")
        there = page.evaluate(SEEN, [".control[data-name=scale]", ".numbers dt", ".lesson .where"])
        assert there == [True, True, True], size
        assert page.locator(".lesson .text:visible").count() == 0, "the question is put away"
        page.click(".folds button:has-text('Question')")
        assert page.inner_text(".lesson .text >> nth=0") == "What then?"
        page.click(".lesson .where")
        focused = "document.activeElement.closest('.control').dataset.name"
        assert page.evaluate(focused) == "scale"
        page.click("text=Tell me")
        page.click("text=Again")
    page.click(".folds button:has-text('×')")
    assert "followed" not in page.get_attribute(".lesson", "class")


def test_a_place_is_marked_by_hand_or_by_keys_and_stays_in_the_picture(lesson):
    page = lesson
    page.click("text=Next ›")
    pane = page.locator('figure[data-view="weights"] .marking.open')
    pane.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert phase(page) == "act"
    pin = page.locator('figure[data-view="weights"] .pin')
    assert pin.is_visible()
    assert pin.evaluate("pin => pin.style.left") == "54%"
    page.hover('figure[data-view="weights"]')
    page.wait_for_selector('.lesson[data-phase="see"]')
    assert pin.is_visible()
    page.click("text=Again")
    box = pane.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    assert pin.evaluate("pin => Math.round(parseFloat(pin.style.left))") == 25


def test_who_is_in_a_hurry_is_told_at_once(lesson):
    lesson.click("text=Tell me")
    assert phase(lesson) == "see"
    assert lesson.inner_text(".lesson .why") == "Because."
