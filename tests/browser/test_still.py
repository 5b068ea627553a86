"""The page that plays from disk, opened as a person would open it."""

import pytest

from app import contents, standalone
from tests.test_standalone import Drift, entry

pytestmark = pytest.mark.browser
BARE = """() => [...document.querySelectorAll('.view')].filter((view) => !view.querySelector('.g-diagram rect') &&
  ![...view.querySelectorAll('canvas')].some((canvas) => canvas.width && canvas.getContext('2d')
    .getImageData(0, 0, canvas.width, canvas.height).data.some((part) => part)))
  .map((view) => view.dataset.view)"""


@pytest.fixture
def still(page, tmp_path):
    file = tmp_path / "walk.html"
    file.write_text(standalone.html(entry(), Drift()))
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready='toys/walk']")
    return page


def test_it_opens_at_the_last_frame_and_plays_from_the_first(still):
    count = still.locator(".numbers b")
    assert still.locator("h1").text_content() == "A <walk> & a </script> end"
    assert count.text_content() == "29"
    still.get_by_label("time").fill("3")
    assert count.text_content() == "3"
    still.get_by_role("button", name="Play").click()
    still.wait_for_selector(".numbers b:text-is('29')")


def test_it_turns_dark_and_fits_a_phone(still):
    light = still.locator(".view canvas").first.screenshot()
    still.get_by_role("button", name="Light or dark").click()
    assert still.locator(".view canvas").first.screenshot() != light
    still.set_viewport_size({"width": 390, "height": 844})
    assert still.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert still.locator(".view canvas").first.bounding_box()["height"] > 100


def test_every_page_is_drawn_from_disk_with_no_network_at_all(page, tmp_path):
    page.context.set_offline(True)
    page.set_viewport_size({"width": 801, "height": 450})  # that it is drawn counts, not how large
    file = tmp_path / "still.html"
    bare = {}
    for each in contents.entries():
        params = each.concept.params()
        first = next(each.concept.compute(params))
        file.write_text(standalone.page(each, params, [each.concept.draw(first)]))
        page.goto(file.as_uri())
        page.wait_for_selector(f"html[data-ready='{each.path}']")
        bare[each.path] = page.evaluate(BARE)
    assert {path: views for path, views in bare.items() if views} == {}
