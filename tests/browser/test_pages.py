"""Every page, as a person meets it: by its link, playing, scrubbed, set, left and come back to."""

import re
from xml.dom.minidom import parseString

import pytest

from app import contents
from tests.browser.conftest import frame, moved, ready

pytestmark = pytest.mark.browser
ENTRIES = contents.entries()
# The stage as SVG text, painted as Save does.
DRAWING = """async () => {
    const module = [...document.scripts].find(({src}) => src.endsWith("/embed.js")).src;
    const {Vector} = await import(module.replace("embed.js", "vector.js"));
    const {stage, reel} = document.querySelector(".glass").player;
    reel.stop(); // else the next frame has other titles
    const c = new Vector(900, 600);
    await stage.paint(c);
    return c.text("A title");
}"""
EVERY = pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.path)


def last(page) -> int:
    return int(page.get_attribute(".ribbon input", "max"))


@EVERY
def test_a_page_opens_by_its_link_and_draws(app, page, entry):
    page.goto(f"{app.url}/#/{entry.path}")
    ready(page, entry.path)
    assert page.inner_text("h1") == entry.concept.title
    assert page.locator(".scene .view").count() >= 1
    blank = "c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; return new Set(new Uint32Array(d.buffer)).size < 2 }"
    canvases = page.locator(".scene canvas").all()
    assert canvases
    page.wait_for_timeout(300)
    assert not all(canvas.evaluate(blank) for canvas in canvases)
    for view in page.locator(".scene .view").all():
        told = view.locator("[aria-label]").evaluate_all(
            "all => all.map(e => e.getAttribute('aria-label'))"
        )
        assert any(re.search(r"\w+\s+\w+", words) for words in told), "a view is not put in words"
    drawing = parseString(page.evaluate(DRAWING))
    words = [
        text.firstChild.data for text in drawing.getElementsByTagName("text") if text.firstChild
    ]
    for title in page.locator(".scene figcaption").all_inner_texts():
        assert not title or any(title[:12] == text[:12] for text in words), f"{title} is not drawn"


@EVERY
def test_a_page_plays_and_can_be_scrubbed(app, page, entry):
    page.goto(f"{app.url}/#/{entry.path}")
    ready(page, entry.path)
    page.wait_for_function(
        "document.querySelector('.ribbon input').max !== '0'", timeout=5000
    ) if entry_moves(entry) else None
    if last(page) < 1:
        return
    page.wait_for_function("+document.querySelector('.glass').dataset.frame > 0")
    page.click(".ribbon .go") if page.inner_text(".ribbon .go") == "Pause" else None
    page.locator(".ribbon input").focus()
    page.keyboard.press("Home")
    assert frame(page) == 0
    moved(page, lambda: page.keyboard.press("ArrowRight"))
    assert frame(page) == 1


def entry_moves(entry) -> bool:
    """Whether the concept makes more than one frame at its defaults."""
    found = iter(entry.concept.compute(entry.concept.params()))
    next(found)
    return next(found, None) is not None


KINDS = ("input[type=range]", "input[type=radio]:checked", "input[type=checkbox]", "select")


def change(page) -> None:
    """Set the first control in sight to another value, by keyboard, as its kind allows."""
    control = page.locator(f".control:not([hidden]) :is({', '.join(KINDS)})").first
    control.focus()
    last = control.evaluate("e => e.value === e.max || e.selectedIndex === e.length - 1")
    kind = control.get_attribute("type")
    up = last if kind != "range" else not last  # a slider rises upwards, a list falls
    page.keyboard.press("Space" if kind == "checkbox" else "ArrowUp" if up else "ArrowDown")


@EVERY
def test_a_control_changes_the_picture_and_the_address(app, page, entry):
    page.goto(f"{app.url}/#/{entry.path}")
    ready(page, entry.path)
    moved(page, lambda: change(page))
    assert "?" in page.url
    assert page.locator(".trouble:not([hidden])").count() == 0
    page.reload()
    ready(page, entry.path)
    assert "?" in page.url


@EVERY
def test_each_lesson_step_shows_its_state(app, page, entry):
    page.goto(f"{app.url}/#/{entry.path}")
    ready(page, entry.path)
    steps = page.evaluate(
        f"fetch('/concepts/{entry.path}').then(r => r.json()).then(p => p.lesson)"
    )
    for step in steps[1:]:
        page.click("text=Next ›")
        page.wait_for_function(
            "query => document.querySelector('.glass').dataset.asked === query", arg=step["query"]
        )
        ready(page, entry.path)
        assert page.text_content(".ribbon .go") == "Play", "a learner predicts before it plays"
        assert frame(page) == 0
        assert page.locator(".trouble:not([hidden])").count() == 0, step["title"]


@EVERY
@pytest.mark.parametrize("size", [(1280, 720), (390, 844)], ids=["projector", "phone"])
def test_scene_and_controls_are_in_sight(app, page, entry, size):
    """In the scheme that it is opened in, and in the other that one turns to while one looks."""
    opened, other = ("light", "dark") if size[0] == 1280 else ("dark", "light")
    page.emulate_media(color_scheme=opened)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{app.url}/?__theme={opened}#/{entry.path}")
    ready(page, entry.path)
    for scheme in (opened, other):
        if scheme == other:
            page.locator(f".tools button:text-is('{other.title()}')").dispatch_event("click")
        page.wait_for_selector("body.dark" if scheme == "dark" else "body:not(.dark)")
        sideways = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not sideways, "scrolls sideways"
        box = page.locator(".scene").bounding_box()
        assert box["y"] + 100 < size[1]
        if size[0] == 1280:
            assert box["y"] + box["height"] <= 720
            ribbon = page.locator(".ribbon").bounding_box()
            assert ribbon["y"] + ribbon["height"] <= 720
            first = page.locator(".control").first.bounding_box()
            assert first["y"] + first["height"] <= 720


def test_words_are_set_with_their_formulas(app, page):
    page.goto(f"{app.url}/#/{ENTRIES[0].path}")
    ready(page)
    page.wait_for_selector("#words .theory p")
    page.click("#words button[role=tab]:has-text('Equations')")
    page.wait_for_selector("#words .theory .katex")
    page.click("#words button[role=tab]:has-text('Code')")
    page.wait_for_selector(f"#words :text('app/concepts/{ENTRIES[0].path}/compute.py')")


def test_back_and_forward_move_page_tabs_and_controls(app, page):
    one = ENTRIES[0]
    two = next(entry for entry in ENTRIES if entry.chapter == ENTRIES[-1].chapter)
    page.goto(f"{app.url}/#/{one.path}")
    ready(page, one.path)
    moved(page, lambda: change(page))
    changed = page.url
    page.click(f"#chapter-{two.chapter}-button")
    ready(page, two.path)
    page.go_back()
    ready(page, one.path)
    assert page.url == changed
    page.wait_for_selector(f"#chapter-{one.chapter}-button[aria-selected=true]")
    page.go_forward()
    ready(page, two.path)
    page.wait_for_selector(f"#chapter-{two.chapter}-button[aria-selected=true]")


@pytest.mark.parametrize(
    "link", ["#/nothing/here", "#/../../etc", "#/<img src=x onerror=alert(1)>", "#/%E0%A4%A"]
)
def test_a_link_to_nowhere_says_so_and_shows_the_first_page(app, page, link):
    page.on("dialog", lambda dialog: pytest.fail("markup ran"))
    page.goto(f"{app.url}/{link}")
    ready(page, ENTRIES[0].path)
    assert "There is no page" in page.inner_text(".trouble")


def test_a_bad_value_in_a_link_is_named_and_the_default_shown(app, page):
    page.watch.expected = ("422",)
    page.goto(f"{app.url}/#/{ENTRIES[0].path}?nonsense=<b>1</b>")
    ready(page, ENTRIES[0].path)
    assert "unknown nonsense" in page.inner_text(".trouble")
    assert "nonsense" not in page.url


def test_nonsense_typed_into_a_control_is_refused_and_the_picture_stays(app, page):
    page.watch.expected = ("422",)
    page.goto(f"{app.url}/#/{ENTRIES[0].path}")
    ready(page)
    box = page.locator(".control:not([hidden]) input.exact").first
    box.fill("99999999")
    box.press("Enter")
    page.wait_for_selector(".trouble:not([hidden])")
    assert "expected" in page.inner_text(".trouble")
    assert page.locator(".scene .view").first.is_visible()
    page.click(".reset")
    page.wait_for_selector(".trouble", state="hidden")


def test_keys_play_step_and_walk_the_tabs(app, page):
    page.goto(f"{app.url}/#/{ENTRIES[0].path}")
    ready(page)
    page.wait_for_function("+document.querySelector('.ribbon input').max > 2")
    page.keyboard.press("Home")
    assert frame(page) == 0
    page.keyboard.press("ArrowRight")
    assert frame(page) == 1
    page.keyboard.press("End")
    assert frame(page) == last(page)
    page.keyboard.press("Space")
    assert page.inner_text(".ribbon .go") == "Pause"
    tab = page.locator("#chapters > .tab-wrapper [role=tab]").first
    tab.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") != tab.get_attribute("id")


def test_light_and_dark_change_every_colour(app, page):
    page.goto(f"{app.url}/#/{ENTRIES[0].path}")
    ready(page)
    paper = "getComputedStyle(document.querySelector('.gradio-container')).backgroundColor"
    light = page.evaluate(paper)
    page.click(".tools button:has-text('Dark')")
    page.wait_for_function(f"light => {paper} !== light", arg=light)
    page.reload()
    ready(page)
    assert page.evaluate(paper) != light
    assert page.locator(".tools button:has-text('Light')").count() == 1


def test_the_scene_can_be_saved_as_a_picture(app, page, tmp_path):
    page.goto(f"{app.url}/#/{ENTRIES[0].path}")
    ready(page)
    page.click(".saving summary")
    with page.expect_download() as caught:
        page.click("text=Picture, PNG")
    path = tmp_path / "scene.png"
    caught.value.save_as(path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size > 5000


def test_a_state_is_saved_as_files_and_a_long_wait_can_be_cancelled(app, page, tmp_path):
    page.goto(f"{app.url}/#/transformers/calculator")
    ready(page)
    page.locator(".saving summary").focus()
    page.keyboard.press("Enter")
    with page.expect_download() as caught:
        page.click("text=Numbers, CSV")
    caught.value.save_as(tmp_path / "numbers.csv")
    assert (tmp_path / "numbers.csv").read_text().startswith("frame,")
    assert caught.value.suggested_filename == "transformers-calculator.csv"
    assert not page.locator(".saving .items").is_visible()
    page.goto(f"{app.url}/#/{LONG}")
    ready(page, LONG.split("?")[0])
    page.click(".saving summary")
    page.click("text=Arrays, NumPy")
    page.wait_for_selector("text=Computing")
    page.click(".saving button:has-text('Cancel')")
    page.wait_for_selector("text=Numbers, CSV")
    page.keyboard.press("Escape")
    page.goto("about:blank")
    app.until_idle(20.0)


def test_closing_the_page_stops_its_work_within_a_second(app, chrome):
    context = chrome.new_context()
    opened = context.new_page()
    opened.goto(f"{app.url}/#/{LONG}")
    ready(opened, LONG.split("?")[0])
    opened.wait_for_function("+document.querySelector('.ribbon input').max > 1")
    assert app.health()["runs"] > 0
    context.close()
    app.until_idle(1.0)


def test_leaving_a_page_stops_its_work_within_a_second(app, page):
    page.goto(f"{app.url}/#/{LONG}")
    ready(page, LONG.split("?")[0])
    page.wait_for_function("+document.querySelector('.ribbon input').max > 1")
    assert app.health()["runs"] > 0
    page.goto("about:blank")
    app.until_idle(1.0)


def test_a_hand_in_the_middle_of_a_run_is_answered_from_there(app, page):
    page.goto(f"{app.url}/#/diffusion/flow")
    ready(page, "diffusion/flow")
    page.wait_for_function("document.querySelector('.glass').player.reel.whole")
    reel = "document.querySelector('.glass').player.reel"
    page.evaluate(f"{reel}.move(60)")
    with page.expect_request(lambda request: "_first=60" in request.url):
        page.evaluate("document.querySelector('.glass').player.set('probe', '1,1')")
    ready(page, "diffusion/flow")
    assert page.get_attribute(".glass", "data-frame") == "60"
    page.wait_for_function(f"{reel}.whole")
    page.keyboard.press("Home")
    assert page.get_attribute(".glass", "data-frame") == "0"
    assert page.evaluate(f"{reel}.frames.every((frame, i) => frame.index === i)")
    assert page.evaluate(f"{reel}.frames.length") == 121


LONG = "latents/gan?iterations=6000"


def test_reduced_motion_steps_instead_of_playing(app, page):
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{app.url}/#/{ENTRIES[0].path}")
    ready(page)
    page.wait_for_function("+document.querySelector('.ribbon input').max > 2")
    assert page.inner_text(".ribbon .go") == "Play"
    assert frame(page) == 0


def test_of_many_changes_only_the_last_is_shown(app, page):
    """Twenty seeds in a row, none waited for: what stays is the last one's run, whole and unmixed."""
    entry = contents.find("diffusion/flow")
    page.goto(f"{app.url}/#/{entry.path}")
    ready(page, entry.path)
    page.evaluate(
        "for (let n = 1; n <= 20; n++) document.querySelector('.glass').player.set('seed', String(n))"
    )
    settled = "(() => { const reel = document.querySelector('.glass').player.reel; return reel.whole && JSON.stringify(reel.frames.map((f) => [f.index, f.views])) })()"
    page.wait_for_function(settled)
    hurried = page.evaluate(settled)
    assert page.url.endswith("seed=20")
    page.reload()
    ready(page, entry.path)
    page.wait_for_function(settled)
    assert page.evaluate(settled) == hurried


def test_a_bad_link_from_another_page_shows_that_pages_default(app, page):
    page.watch.expected = ("422",)
    one, two = ENTRIES[0], ENTRIES[-1]
    page.goto(f"{app.url}/#/{one.path}")
    ready(page, one.path)
    page.evaluate(f"location.hash = '#/{two.path}?nonsense=1'")
    ready(page, two.path)
    assert "unknown nonsense" in page.inner_text(".trouble")
    assert page.url.endswith(f"#/{two.path}")


def test_what_was_refused_is_not_kept_in_the_address(app, page):
    page.watch.expected = ("422",)
    page.goto(f"{app.url}/#/diffusion/denoising?seed=3")
    ready(page, "diffusion/denoising")
    page.wait_for_selector("#control-seed")
    box = page.locator(".control[data-name=steps] .exact")
    box.fill("99999999")
    box.press("Enter")
    page.wait_for_selector(".trouble:not([hidden])")
    assert page.url.endswith("#/diffusion/denoising?seed=3")
    assert page.inner_text(".trouble") == "Network calls = 99999999: expected 1 to 250"
    wrong = page.locator(".control[data-name=steps] .wrong")  # on a phone all that is in sight
    assert wrong.inner_text() == "99999999: expected 1 to 250"
    page.locator(".control[data-name=steps] input[type=range]").press("ArrowLeft")
    page.wait_for_selector(".trouble", state="hidden")
    assert "steps=99999999" not in page.url
    assert not wrong.is_visible()


def test_the_page_opens_over_plain_http_under_any_name(app, chrome):
    """A class reaches the app by the machine's name: no secure context, no crypto.randomUUID."""
    context = chrome.new_context()
    opened = context.new_page()
    opened.add_init_script(
        "delete Crypto.prototype.randomUUID; Object.defineProperty(navigator, 'clipboard', {value: undefined})"
    )
    opened.goto(f"{app.url}/#/{ENTRIES[0].path}")
    opened.wait_for_selector(f'.glass[data-ready="{ENTRIES[0].path}"]')
    opened.click(".sharing summary")
    opened.locator(".sharing button:has-text('Copy')").first.click()
    opened.wait_for_selector(".sharing button:has-text('Press Ctrl C')")
    context.close()


def test_tab_walks_through_the_numbers(app, page):
    page.goto(f"{app.url}/#/{ENTRIES[0].path}")
    ready(page, ENTRIES[0].path)
    told = page.locator(".numbers dt.told")
    told.first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".numbers .origin.open").count() == 1
    page.keyboard.press("Tab")
    assert told.nth(1).evaluate("e => e === document.activeElement")
