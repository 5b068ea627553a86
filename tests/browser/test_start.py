"""The start page: seen, searched, walked by keyboard, left and come back to."""

import pytest

from app import contents
from tests.browser.conftest import ready

pytestmark = pytest.mark.browser
FOCUS = "document.activeElement.type"


@pytest.fixture
def home(app, page):
    page.goto(f"{app.url}/#/")
    ready(page, "start")
    yield page


def test_every_page_is_there_with_its_strip_and_on_the_map(home):
    links = home.locator(".row .page").evaluate_all("all => all.map(a => a.hash)")
    assert links == [f"#/{entry.path}" for entry in contents.entries()]
    assert home.locator(".map a").count() == len(links)
    strip = home.locator(".strip.moves.seen img").first
    assert "recording of" in strip.get_attribute("alt")
    assert strip.evaluate("async img => (await img.decode(), img.naturalWidth > 0)")
    assert not home.locator(".scene, #words, .concepts").first.is_visible()
    assert home.locator("#chapters [aria-selected=true]:visible").count() == 0
    home.emulate_media(reduced_motion="reduce")
    moves = "img => getComputedStyle(img).animationName"
    assert strip.evaluate(moves) == "none"


def test_a_slip_a_sign_and_a_step_are_found_by_keyboard_alone(home):
    box = home.locator(".finder input")
    home.keyboard.press("/")
    assert home.evaluate(FOCUS) == "search"
    for asked, wanted in (
        ("guidence", "Guidance"),
        ("α̅", "Learning to denoise"),
        ("x0", "Denoising"),
    ):
        box.fill(asked)
        assert home.locator(".finder li b").first.inner_text().startswith(wanted), asked
    box.fill("zzzz")
    assert "Nothing found" in home.inner_text(".finder")
    box.fill("swing it up")
    home.keyboard.press("ArrowDown")
    home.keyboard.press("ArrowUp")
    home.keyboard.press("Enter")
    ready(home, "reinforcement/theatre")
    assert home.url.endswith("#/reinforcement/theatre?world=pendulum")
    home.keyboard.press("/")
    ready(home, "start")
    assert home.evaluate(FOCUS) == "search"
    assert home.inner_text(".recent").startswith("Recently opened\nPolicy theatre")


def test_one_comes_home_by_the_name_and_nothing_is_computed_there(app, home):
    home.click("#chapter-diffusion-button")
    ready(home, "diffusion/normalising")
    home.click("header.brand a")
    ready(home, "start")
    app.until_idle(10.0)
    home.click("#chapter-transformers-button")  # which Gradio has thought selected all along
    ready(home, "transformers/attention")
    home.wait_for_selector("#chapter-transformers-button[aria-selected=true]")
    home.go_back()
    ready(home, "start")
    home.click("text=Surprise me")
    home.wait_for_selector('.glass[data-ready*="/"]')
    assert home.locator(".trouble:not([hidden])").count() == 0
