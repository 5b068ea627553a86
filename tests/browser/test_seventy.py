"""Seventy pages cost no more than six: components, bytes, and the way from a click to a frame."""

import httpx
import pytest

from tests.browser.conftest import App, frame, moved, ready

pytestmark = pytest.mark.browser
MOST_COMPONENTS = 250


@pytest.fixture(scope="module")
def seventy():
    started = App(["-m", "tests.browser.seventy"])
    yield started
    started.stop()


def test_seventy_concepts_stay_within_the_budget_of_components(seventy):
    config = httpx.get(f"{seventy.url}/config")
    assert len(config.json()["components"]) <= MOST_COMPONENTS
    assert len(config.content) <= 500_000


def test_every_chapter_and_its_concepts_can_be_walked(seventy, page):
    page.goto(seventy.url)
    ready(page, "start")
    page.click("#chapter-foundations-button")
    ready(page, "foundations/concept0")
    assert page.locator("#chapters > .tab-wrapper [role=tablist] [role=tab]").count() == 9
    page.click("#chapter-multimodal-button")
    ready(page, "multimodal/concept63")
    page.click("#concept-multimodal-concept69-button")
    ready(page, "multimodal/concept69")
    assert page.inner_text("h1") == "Concept 69"
    assert page.url.endswith("#/multimodal/concept69")
    page.click("#chapter-diffusion-button")
    ready(page, "diffusion/concept24")
    page.click("#chapter-multimodal-button")
    ready(page, "multimodal/concept69")  # where one was before


def test_a_link_deep_into_the_book_opens_its_tabs(seventy, page):
    page.goto(f"{seventy.url}/#/systems/concept58?n=3&c=two")
    ready(page, "systems/concept58")
    page.wait_for_selector("#concept-systems-concept58-button[aria-selected=true]")
    assert page.locator("#control-c input:checked").get_attribute("value") == "two"


def test_a_click_on_another_concept_brings_its_first_frame(seventy, page):
    page.goto(f"{seventy.url}/#/systems/concept58")
    ready(page, "systems/concept58")
    took = page.evaluate(
        """async () => {
          const glass = document.querySelector('.glass');
          const start = performance.now();
          history.pushState(null, '', '#/systems/concept59');
          dispatchEvent(new PopStateEvent('popstate'));
          while (glass.dataset.ready !== 'systems/concept59') await new Promise(requestAnimationFrame);
          return performance.now() - start;
        }"""
    )
    print(f"another concept: first frame after {took:.0f} ms")
    assert page.inner_text("h1") == "Concept 59"


def test_what_a_chapter_shares_goes_along_to_its_other_pages_only(seventy, page):
    page.goto(f"{seventy.url}/#/systems/concept58?c=two")
    ready(page, "systems/concept58")
    page.fill("#control-words", "To be, or not")
    page.wait_for_url("**words=To%20be,%20or%20not")
    page.click("#concept-systems-concept59-button")
    ready(page, "systems/concept59")
    assert page.url.endswith("#/systems/concept59?words=To%20be,%20or%20not")
    assert page.input_value("#control-words") == "To be, or not"
    page.click("#chapter-multimodal-button")
    ready(page, "multimodal/concept63")
    assert page.url.endswith("#/multimodal/concept63")
    page.click("#chapter-systems-button")
    ready(page, "systems/concept59")
    assert page.url.endswith("words=To%20be,%20or%20not")
    page.click(".reset")
    page.wait_for_url("**/systems/concept59")
    page.click("#concept-systems-concept58-button")
    ready(page, "systems/concept58")
    assert page.url.endswith("#/systems/concept58")  # nothing is left to take along


def test_an_example_fills_the_text(seventy, page):
    page.goto(f"{seventy.url}/#/systems/concept58")
    ready(page, "systems/concept58")
    page.select_option("[data-name=words] select", label="a tale")
    page.wait_for_url("**words=Once%20upon%20a%20time")
    assert page.input_value("#control-words") == "Once upon a time"


def test_another_run_plays_from_its_beginning_and_another_look_stays_where_one_was(seventy, page):
    page.goto(f"{seventy.url}/#/systems/concept58")
    ready(page, "systems/concept58")
    page.locator(".ribbon input").focus()
    page.keyboard.press("End")
    page.wait_for_function("document.querySelector('.glass').dataset.frame === '19'")
    page.locator("#control-b").focus()
    moved(page, lambda: page.keyboard.press("ArrowRight"))
    assert frame(page) == 19
    moved(page, lambda: page.click("[data-name=c] label:has-text('two')"))
    assert frame(page) < 10
    assert page.inner_text(".ribbon .go") == "Pause"
