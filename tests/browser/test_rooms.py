"""A lecture in three browsers: one leads, two follow, one of them goes its own way and comes back."""

import pytest

from app import contents, describe
from tests.browser.conftest import Watch, frame, ready

pytestmark = pytest.mark.browser


PATH = "transformers/calculator"  # a run of a few frames, light
LESSON = describe.page(contents.find(PATH))["lesson"]
STEP = next(at for at, step in enumerate(LESSON) if at and len(step["answers"]) > 1)
MARKED = next(at for at, step in enumerate(LESSON) if step["mark"])


@pytest.fixture
def follower(chrome):
    """Browsers of students, the second a phone; each fails the test if its page complains."""
    opened = []

    def _follow(address: str, **kind):
        context = chrome.new_context(**kind)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.watch = Watch(page)
        opened.append((context, page))
        page.goto(address)
        return page

    yield _follow
    for context, page in opened:
        context.close()
        assert page.watch.complaints == []


def same(page, leader) -> None:
    """Wait until a page shows the leader's state and step."""
    state = "() => location.hash + document.querySelector('.lesson h2').textContent"
    page.wait_for_function(f"wanted => ({state})() === wanted", arg=leader.evaluate(state))


def opened(app, page) -> str:
    """The link of a room that this page leads."""
    page.goto(f"{app.url}/#/{PATH}")
    ready(page, PATH)
    page.click("summary:has-text('Room')")
    page.click("text=Open a room")
    link = page.inner_text(".items.room .link")
    page.wait_for_function("document.querySelector('.items.room .qr').naturalWidth > 0")
    page.keyboard.press("Escape")
    return link


def shown_at(page, at: int) -> None:
    page.wait_for_function(f"+document.querySelector('.glass').dataset.frame === {at}")


def turned(page, step: int) -> None:
    """The presenter goes to a step of the lesson."""
    page.locator(f".dots li:nth-child({step + 1}) button").click()


def counted_where_it_lies(page, anna, ben) -> None:
    """A mark in a picture is a spot on the presenter's, and on nobody else's until it is shown."""
    turned(page, MARKED)
    for student in (anna, ben):
        same(student, page)
    anna.locator(".marking.open").click(position={"x": 5, "y": 5})
    page.wait_for_selector(".marking[aria-label*='Marked in the room: 1'] .spot")
    assert ben.locator(".spot").count() == 0


def test_a_class_follows_breaks_away_comes_back_and_is_counted(app, page, follower):
    link = opened(app, page)

    # two come in, one by the link and one by typing the code; they see where the presenter is
    anna = follower(link, viewport={"width": 1280, "height": 720})
    ready(anna, PATH)
    ben = follower(f"{app.url}/", viewport={"width": 390, "height": 844})
    ready(ben, "start")
    ben.click("summary:has-text('Room')")
    ben.fill(".items.room input", link.split("=")[1].lower())
    ben.keyboard.press("Enter")
    page.wait_for_selector("summary:has-text('Room · 2')")
    turned(page, STEP)
    ready(page, PATH)
    for student in (anna, ben):
        same(student, page)
        assert student.locator(".following").is_visible()

    # the clock too: a frame, and playing
    for key in ("End", "Home"):
        page.keyboard.press(key)
        for student in (anna, ben):
            shown_at(student, frame(page))

    # an answer is no breaking away; the presenter sees it counted, the others once it is shown
    anna.locator(".answer").nth(0).click()
    ben.locator(".answer").nth(1).click()
    page.wait_for_function(
        "[...document.querySelectorAll('.answer small')].slice(0, 2).every(n => n.textContent === '1')"
    )
    assert anna.locator(".answer small").count() == 0
    page.keyboard.press("p")
    page.keyboard.press("q")
    assert page.locator(".answer small").first.is_visible()  # on the stage, for the room
    page.keyboard.press("a")
    for student in (anna, ben):
        student.wait_for_selector(".answer small:has-text('1')")
        assert "follow" in student.inner_text(".following")
    for key, visible in (("r", True), ("r", False), ("p", False)):
        page.keyboard.press(key)
        assert page.locator(".board .qr").is_visible() == visible

    counted_where_it_lies(page, anna, ben)

    # any act of one's own leaves the lecture; the page stays where its reader put it
    ben.locator(".ribbon .go").click()
    ben.wait_for_selector(".following.away")
    before = ben.url
    turned(page, 0)
    same(anna, page)
    assert ben.url == before
    ben.click("text=Come back")
    same(ben, page)

    # the presenter's page goes on leading after a reload, a follower's on following
    page.reload()
    ready(page, PATH)
    page.wait_for_selector("summary:has-text('Room · 2')")
    anna.reload()
    ready(anna, PATH)
    turned(page, STEP)
    same(anna, page)
    same(ben, page)

    # when it is over, the pages say so and are everyone's own again
    page.click("summary:has-text('Room')")
    page.click("text=Close the room")
    for student in (anna, ben):
        student.wait_for_selector(".following:has-text('ended')")
    ben.click("text=OK")
    assert not ben.locator(".following").is_visible()
    anna.watch.expected = ben.watch.expected = ("409", "410")
