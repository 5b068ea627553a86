"""Playlists: taken, added to, ordered, shared, refused, played before a class, and printed."""

import json

import pytest

from app import playlists
from tests.browser.conftest import ready

pytestmark = pytest.mark.browser
LIST = playlists.shipped()[0]
SHORT = {
    "title": "Two things",
    "about": "Short.",
    "items": [
        {"state": "transformers/calculator", "title": "One", "notes": "Say this.", "minutes": 2},
        {"state": "systems/libraries", "title": "Two", "notes": "Say that.", "minutes": 3},
    ],
}


@pytest.fixture
def drawer(app, page):
    """The start page with a ready-made lecture in the drawer."""
    page.goto(f"{app.url}/#/")
    ready(page, "start")
    page.click(f".lists button:has-text('{LIST.title}')")
    yield page.locator(".drawer")


def kept(page) -> dict:
    return json.loads(page.evaluate("localStorage.glassboxPlaylists"))


def test_a_lecture_is_taken_changed_by_keyboard_and_shared_as_a_link(app, drawer, page):
    titles = drawer.locator("li summary span")
    assert titles.all_inner_texts() == [item.title for item in LIST.items]
    assert drawer.locator(".sum").inner_text() == "10 items, 45 minutes"
    drawer.locator("li").nth(0).get_by_label("down").press("Enter")
    assert titles.all_inner_texts()[:2] == [LIST.items[1].title, LIST.items[0].title]
    page.keyboard.press("Tab")  # the focus has gone along with the item
    assert page.evaluate("document.activeElement.closest('li') !== null")
    drawer.locator("li").nth(9).get_by_label("remove").press("Enter")
    drawer.locator("li").nth(0).get_by_text(LIST.items[1].title).click()
    drawer.locator("li").nth(0).locator("input[type=number]").fill("9.5")
    assert drawer.locator(".sum").inner_text() == "9 items, 44.5 minutes"
    page.keyboard.press("Escape")
    assert not drawer.is_visible()
    page.goto(f"{app.url}/#/systems/libraries")
    ready(page, "systems/libraries")
    page.click(".tools button:has-text('Playlist')")
    page.click("text=Add what is on screen")
    assert titles.count() == 10
    page.click(".drawer button:has-text('Copy link')")
    link = drawer.locator(".told input").input_value()
    wanted = kept(page)["lists"][-1]
    page.evaluate("localStorage.clear()")
    page.goto("about:blank")
    page.goto(link)
    ready(page, "start")
    assert titles.count() == 10
    assert kept(page)["lists"] == [wanted]


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("nonsense", "cut off or damaged"),
        ("A" * 13_000, "at most 12000"),
    ],
)
def test_a_broken_link_is_refused_in_words(app, page, link, words):
    page.goto(f"{app.url}/#/playlist?list={link}")
    ready(page, "playlist")
    assert words in page.inner_text(".place .trouble")


def opened(page, told: dict) -> str:
    """Open a file in the drawer; what it says."""
    file = {
        "name": "list.json",
        "mimeType": "application/json",
        "buffer": json.dumps(told).encode(),
    }
    page.locator(".drawer input[type=file]").set_input_files(file)
    page.wait_for_timeout(100)
    return page.inner_text(".drawer .told") if page.locator(".drawer .told:visible").count() else ""


def test_files_are_checked_item_by_item_and_their_words_are_only_words(drawer, page):
    page.on("dialog", lambda dialog: pytest.fail("markup ran"))
    bad = {"state": "no/where", "title": "x", "notes": "", "minutes": 3}
    assert "Item 1 shows “no/where”" in opened(page, {"title": "x", "items": [bad]})
    late = {**SHORT["items"][0], "minutes": 1e9}
    assert "expected a number from 0 to 240" in opened(page, {"title": "x", "items": [late]})
    assert "at most 60" in opened(page, {"title": "x", "items": [SHORT["items"][0]] * 61})
    markup = "<img src=x onerror=alert(1)>"
    wild = {**SHORT["items"][0], "title": markup}
    assert opened(page, {"title": markup, "items": [wild]}) == ""
    assert drawer.locator("li summary span").inner_text() == markup


def test_a_list_is_played_with_a_clicker_and_the_speaker_sees_notes_and_time(drawer, page):
    assert opened(page, SHORT) == ""
    page.click(".drawer button:text-is('Play')")
    ready(page, "transformers/calculator")
    assert page.inner_text(".playing h3") == "1 / 2 One"
    page.keyboard.press("p")
    with page.expect_popup() as popup:
        page.keyboard.press("n")
    notes = popup.value
    notes.wait_for_selector("time:not(:empty)")
    assert "Say this." in notes.inner_text("body") and "Next: Two" in notes.inner_text("body")
    assert "of 2 min here" in notes.inner_text("time") and "5 in all" in notes.inner_text("time")
    notes.keyboard.press("PageDown")
    ready(page, "systems/libraries")
    assert page.inner_text(".step") == "2 / 2 Two"
    page.keyboard.press("PageDown")  # after the last there is none
    assert page.inner_text(".step") == "2 / 2 Two"
    page.reload()
    ready(page, "systems/libraries")
    assert page.inner_text(".step") == "2 / 2 Two"
    page.keyboard.press("Escape")
    page.click(".playing button:text-is('End')")
    assert not page.locator(".playing").is_visible()


def test_the_hand_out_has_a_still_the_equations_and_the_code_of_each_link(drawer, page):
    opened(page, SHORT)
    page.click(".drawer button:has-text('Hand-out')")
    page.wait_for_selector('.place[data-drawn="all"]')
    stills = page.locator(".item figure img").evaluate_all("all => all.map(i => i.naturalWidth)")
    assert len(stills) == 2 and min(stills) > 800
    assert "Attention by hand, last frame (6)" in page.locator("figcaption").first.inner_text()
    assert page.locator(".item").first.locator(".katex-display").count() == 2
    assert "Which key" in page.locator(".question").first.inner_text()
    assert page.locator(".where img").first.evaluate("img => img.naturalWidth") > 0
    assert not page.locator(".notes-of-paper").first.is_visible()
    page.check("text=with the speaker’s notes")
    assert page.locator(".notes-of-paper").first.inner_text() == "Say this."
    page.emulate_media(media="print")
    assert not page.locator("header.brand").is_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
