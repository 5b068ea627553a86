"""Everyone: no page breaks a rule of WCAG 2.2 AA that a machine can check, by the rules of axe-core."""

from importlib.resources import files

import pytest

from app import contents
from tests.browser.conftest import ready

pytestmark = pytest.mark.browser
WORDS = ("picture", "equations", "derivations", "code", "sources")
PAGE = {"exclude": ["#words"]}  # a theory has thousands of elements: one page's is looked at, below
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
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


def test_the_start_page_breaks_no_rule_and_a_planted_fault_is_found(seen):
    assert broken(seen, PAGE) == []
    fault = '<button></button><p style="color: #ccc; background: #fff">faint</p>'
    seen.evaluate(
        "html => document.querySelector('.place').insertAdjacentHTML('beforeend', html)", fault
    )
    assert {line.split(":")[0] for line in broken(seen, PAGE)} == {"button-name", "color-contrast"}


def test_no_page_breaks_a_rule_in_light_and_dark_by_turns(seen):
    found = {}
    for entry in contents.entries():
        turned(seen)
        go(seen, entry.path)
        found[entry.path] = broken(seen, PAGE)
    assert {path: faults for path, faults in found.items() if faults} == {}


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
        seen.keyboard.press("Escape")
    seen.click(".tools button:has-text('Playlist')")
    seen.wait_for_timeout(300)
    assert broken(seen, {"include": [".glass"]}) == [], "Playlist"


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
