"""Sharing: the link leads back to the state, and another page shows what its teacher wants shown."""

import pytest

from tests.browser.conftest import ready

pytestmark = pytest.mark.browser
STATE = "diffusion/flow?steps=8"


def test_what_is_shared_leads_back_and_can_stand_in_another_page(app, page, tmp_path):
    page.goto(f"{app.url}/#/{STATE}")
    ready(page, "diffusion/flow")
    page.wait_for_selector("#control-steps", state="attached")
    page.click(".sharing summary")
    given = page.locator(".sharing .given")
    assert given.first.input_value() == f"{app.url}/#/{STATE}"
    page.wait_for_function("document.querySelector('.sharing img').naturalWidth > 100")
    assert "hide=controls,numbers,lesson,theory#" in given.last.input_value()
    page.click(".sharing label:has-text('Numbers')")
    code = given.last.input_value()
    assert "hide=controls,lesson,theory#" in code
    page.keyboard.press("Escape")
    assert not given.first.is_visible()

    blog = tmp_path / "blog.html"
    blog.write_text(f"<!doctype html><title>A blog</title>{code}")
    page.goto(blog.as_uri())
    inner = page.frame_locator("iframe")
    inner.locator(".glass[data-ready='diffusion/flow']").wait_for()
    for shown in (".scene canvas", ".ribbon .go", ".numbers dt"):
        assert inner.locator(shown).first.is_visible(), shown
    for hidden in ("#chapters", ".tools", ".controls", ".card.lesson", "#words"):
        assert not inner.locator(hidden).first.is_visible(), hidden
    inner.locator(".ribbon .go").click()
    with page.context.expect_page() as opened:
        inner.locator(".out").click()
    assert opened.value.url == f"{app.url}/#/{STATE}"
