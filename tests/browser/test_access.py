"""Everyone: no page breaks a rule of WCAG 2.2 AA that a machine can check, by the rules of axe-core."""

from importlib.resources import files
from pathlib import Path

import pytest

from app import contents
from tests.browser.conftest import ready

pytestmark = pytest.mark.browser
WORDS = ("picture", "equations", "derivations", "code", "sources")
PAGE = {"exclude": ["#words"]}  # a theory has thousands of elements: one page's is looked at, below
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DESK, PHONE = {"width": 1280, "height": 720}, {"width": 390, "height": 844}
WALK, TOUCH = (Path(__file__).with_name(f"{name}.js").read_text() for name in ("walk", "touch"))
RUN = """([where, type, values]) => axe
  .run(where, { runOnly: { type, values }, resultTypes: ["violations"], preload: false })
  .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`)))"""


def turned(page) -> None:
    """From light to dark, or back."""
    page.evaluate("document.body.classList.toggle('dark')")
    page.wait_for_timeout(200)  # the longest transition of a colour takes 150


def broken(page, where: dict) -> list[str]:
    """What breaks a rule, element by element."""
    return page.evaluate(RUN, [where, "tag", LEVELS])


@pytest.fixture
def seen(app, page):
    """The start page, standing still, with the rules loaded."""
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{app.url}/#/")
    ready(page, "start")
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text())
    return page


def go(page, path: str) -> None:
    page.evaluate("path => (location.hash = `#/${path}`)", path)
    ready(page, path)


def escaped(page, opener, opened) -> None:
    """Escape, wherever the focus is, takes away what is open, and the focus is on what opened it."""
    assert opened.is_visible()
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Escape")
    assert not opened.is_visible()
    assert opener.evaluate("e => e === document.activeElement"), opener


def test_the_start_page_breaks_no_rule_and_a_planted_fault_is_found(seen):
    assert broken(seen, PAGE) == []
    fault = '<button></button><p style="color: #ccc; background: #fff">faint</p>'
    seen.evaluate(
        "html => document.querySelector('.place').insertAdjacentHTML('beforeend', html)", fault
    )
    assert {line.split(":")[0] for line in broken(seen, PAGE)} == {"button-name", "color-contrast"}


def test_no_page_breaks_a_rule_and_each_is_walked_by_keys_and_touched_on_a_phone(seen):
    """One visit a page, in light and dark by turns: axe's rules, what Tab meets, what a finger meets."""
    found = {"start": seen.evaluate(WALK)}
    for entry in contents.entries():
        turned(seen)
        go(seen, entry.path)
        found[entry.path] = broken(seen, PAGE) + seen.evaluate(WALK)
        seen.set_viewport_size(PHONE)
        found[entry.path] += seen.evaluate(TOUCH)
        seen.set_viewport_size(DESK)
    assert {path: faults for path, faults in found.items() if faults} == {}


def test_tab_itself_goes_through_a_page_once_and_comes_out_at_the_end(seen):
    go(seen, "reinforcement/grid")
    stops = seen.evaluate("() => (window.stops = [])")
    seen.evaluate(
        """() => addEventListener('focusin', ({ target }) =>
        target.closest('.glass') && stops.push(target))"""
    )
    seen.evaluate("() => document.querySelector('.glass .reader').focus()")
    for _ in range(150):
        seen.keyboard.press("Tab")
        if seen.evaluate("() => !document.activeElement.closest('.glass')"):
            break
    else:
        raise AssertionError("150 times Tab, and still on the page")
    once, all_met = seen.evaluate(
        """() => [stops.length === new Set(stops).size, [...document.querySelectorAll(
        '.glass :is(.view, .controls, .ribbon, .numbers, .lesson)')]
        .every((part) => stops.some((stop) => part.contains(stop)))]"""
    )
    assert (stops, once, all_met) == ([], True, True)


def test_a_page_with_faults_of_every_kind_is_found_out(seen):
    go(seen, "transformers/calculator")
    seen.evaluate(
        """() => document.querySelector('.controls').insertAdjacentHTML('beforeend', `
        <div class="control" style="display: block"><button id="first" tabindex="3">a</button>
        <button id="blind" style="all: unset">b</button><button style="all: revert">e</button>
        <input id="trap" onkeydown="event.preventDefault()" style="height: 12px">
        <small style="font-size: 9px">c</small></div>`)"""
    )
    told = {line.split(":")[0] for line in seen.evaluate(WALK)}
    assert told == {"out of order", "focus not seen", "trap"}
    seen.set_viewport_size(PHONE)
    seen.evaluate("() => (document.querySelector('.stage').style.width = '600px')")
    told = {line.split(":")[0] for line in seen.evaluate(TOUCH)}
    assert told == {"small", "low", "tiny", "sideways"}


def test_theory_code_and_sources_and_every_menu_break_no_rule_on_a_phone_too(seen):
    path = "transformers/calculator"
    go(seen, path)
    for word in WORDS:
        seen.click(f"#words-{word}-button")
        seen.wait_for_selector("#words .tabitem:visible :is(p, .cm-line)")
        seen.wait_for_timeout(300)  # formulas are set after the words are there
        assert broken(seen, {"include": ["#words"]}) == [], word
        turned(seen)
    seen.set_viewport_size({"width": 390, "height": 844})
    assert broken(seen, PAGE) == []
    for menu in seen.locator(".tools summary:visible").all():
        menu.click()
        assert broken(seen, {"include": [".tools"]}) == [], menu.inner_text()
        escaped(seen, menu, menu.locator("xpath=../*[2]"))
    playlist = seen.locator(".tools button:has-text('Playlist')")
    playlist.click()
    seen.wait_for_timeout(300)
    assert broken(seen, {"include": [".glass"]}) == [], "Playlist"
    escaped(seen, playlist, seen.locator(".drawer"))
    seen.click(".lesson h3")
    escaped(seen, seen.locator(".dots [aria-current]"), seen.locator(".lesson.followed"))
    seen.set_viewport_size(DESK)
    room = seen.locator(".rooms summary")
    room.click()
    seen.click("text=Open a room")
    seen.click("text=Show large")
    escaped(seen, room, seen.locator(".board"))
    seen.locator(".tools button:has-text('Present')").click()
    escaped(seen, seen.locator(".tools button:has-text('Present')"), seen.locator(".stage .step"))


READ = """() => [...document.querySelectorAll('dialog.reading table')].map((table) =>
  [table.caption.textContent, [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent))])"""


def test_the_numbers_of_a_picture_are_read_as_tables_by_keyboard(seen):
    go(seen, "transformers/calculator")
    opener = seen.locator("[data-view=q] .reader")
    opener.focus()
    seen.keyboard.press("Enter")
    (caption, (head, first, *_)), *more = seen.evaluate(READ)
    assert (caption, head, first) == ("Q", ["", "1", "2"], ["the", "−0.5", "−2"])
    assert not more
    seen.keyboard.press("Escape")
    assert opener.evaluate("e => e === document.activeElement"), "the way back is lost"
    go(seen, "diffusion/flow")
    seen.locator(".reader").first.click()
    told = dict(seen.evaluate(READ))
    assert len(told["particles, the first 200 of 384 rows"]) == 201
    assert broken(seen, {"include": ["dialog"]}) == []
    seen.keyboard.press("Escape")
    chart = seen.locator(".view:has-text('Distance to the data') .g-sheet")
    chart.click()
    seen.mouse.move(0, 0)
    escaped(seen, chart, seen.locator(".tip.locked"))
    chart.hover()
    assert seen.locator(".tip").is_visible()
    seen.keyboard.press("Escape")
    assert not seen.locator(".tip").is_visible()
