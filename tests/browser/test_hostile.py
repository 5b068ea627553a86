"""Markup in whatever words a visitor can send: shown as it was written, in no place run."""

import json
import zlib
from base64 import urlsafe_b64encode
from urllib.parse import quote

import pytest

from tests.browser.conftest import ready

pytestmark = pytest.mark.browser
PATH = "transformers/calculator"
RUN = "trap('ran')"
MARKUP = (
    f"</title></script><script>{RUN}</script>\"'><img src=x onerror={RUN}><svg onload={RUN}>"
    f"[a](javascript:{RUN}) javascript:{RUN} {{{{{RUN}}}}} ${{{RUN}}}"
)
QUERY = f"example=trained%20head&text={quote(MARKUP)}"
SHORT = MARKUP[29:149]  # a title is at most so long
LISTEN = """addEventListener("securitypolicyviolation", (event) =>
    trap(`${event.effectiveDirective} ${event.blockedURI}`))"""
TRAPS = """[...document.querySelectorAll("*")].filter((node) => node.protocol === "javascript:"
    || [...node.attributes].some(({ name, value }) => /^on/.test(name) && value.includes("trap")))
    .map((node) => node.outerHTML)"""


class Trapped:
    """A page, and what ran in it or was held back by its content policy, in every window."""

    def __init__(self, page) -> None:
        self.page = page
        self.caught: list[str] = []
        page.context.expose_binding("trap", lambda source, what: self.caught.append(what))
        page.context.add_init_script(LISTEN)
        page.context.on("dialog", lambda dialog: self.caught.append(dialog.message))

    def go(self, address: str, path: str = "") -> None:
        """Open an address anew, wait for its page if it has one, and look about."""
        self.page.goto("about:blank")
        self.page.goto(address)
        if path:
            ready(self.page, path)
        self.clean()

    def clean(self) -> None:
        assert self.page.evaluate(TRAPS) == []
        assert self.caught == []


@pytest.fixture
def trapped(page):
    page.watch.expected = ("422", "404")
    return Trapped(page)


def link(title: str, state: str) -> str:
    """A playlist as it travels in a link."""
    item = {"state": state, "title": title, "notes": MARKUP, "minutes": 1}
    told = json.dumps({"title": title, "about": MARKUP, "items": [item, item]}).encode()
    packer = zlib.compressobj(wbits=-15)
    return urlsafe_b64encode(packer.compress(told) + packer.flush()).decode().rstrip("=")


def test_markup_in_a_text_and_in_a_room_that_follows_it_is_shown_and_never_run(app, page, trapped):
    for path in ("transformers/attention", PATH):
        trapped.go(f"{app.url}/#/{path}?text={quote(MARKUP)}", path)
        assert page.input_value("#control-text") == MARKUP
    page.wait_for_selector("#words .theory p")
    page.click("summary:has-text('Room')")
    page.click("text=Open a room")
    room = page.inner_text(".items.room .link")
    trapped.clean()
    given = dict.fromkeys(("path", "query", "step", "option", "key", "me"), MARKUP)
    for act in ("join", "state", "answer"):
        answer = page.request.post(f"{app.url}/rooms/{room.split('room=')[1]}/{act}", data=given)
        assert answer.status < 500 and answer.headers["content-type"] == "application/json"
    trapped.page = page.context.new_page()
    trapped.go(room, PATH)
    assert trapped.page.input_value("#control-text") == MARKUP


def test_markup_in_any_part_of_an_address_is_refused_and_never_run(app, page, trapped):
    for address in (
        f"?room={quote(MARKUP)}&lang={quote(MARKUP)}&__theme={quote(MARKUP)}#/{PATH}",
        f"?embed={quote(MARKUP)}#/{PATH}?{quote(MARKUP)}=1",
        f"#/{quote(MARKUP)}",
    ):
        trapped.go(f"{app.url}/{address}")
        ready(page)
        trapped.clean()
    for address in ("frames/x/y?", f"frames/{PATH}?layer=", f"take/{PATH}.svg?", "concepts/", ""):
        trapped.go(f"{app.url}/{address}{quote(MARKUP)}")
        assert '"error"' in page.inner_text("body")
    trapped.go(f"{app.url}/status")


def test_markup_in_a_list_and_in_a_file_of_its_own_is_shown_and_never_run(
    app, page, trapped, tmp_path
):
    trapped.go(f"{app.url}/#/playlist?list={link(SHORT, 'javascript:' + RUN)}", "playlist")
    assert "javascript:" in page.inner_text(".place .trouble")
    trapped.go(f"{app.url}/#/playlist?list={link(SHORT, f'{PATH}?{QUERY}')}", "start")
    assert page.locator(".drawer li summary span").first.inner_text() == SHORT
    page.click(".drawer button:text-is('Play')")
    ready(page, PATH)
    assert SHORT in page.inner_text(".playing h3")
    page.keyboard.press("p")
    with page.expect_popup() as popup:
        page.keyboard.press("n")
    popup.value.wait_for_selector("time:not(:empty)")
    assert MARKUP in popup.value.inner_text(".speak")
    popup.value.close()
    trapped.go(f"{app.url}/#/handout", "handout")
    page.wait_for_selector(".place figure img[alt]:not([alt=''])")
    trapped.clean()

    file = tmp_path / "taken.html"
    taken = page.request.get(f"{app.url}/take/{PATH}.html?{QUERY}")
    assert taken.ok, taken.text()
    file.write_bytes(taken.body())
    trapped.go(file.as_uri())
    page.wait_for_selector(f"html[data-ready='{PATH}']")
    assert MARKUP[:40] in page.inner_text(".settings")
    trapped.clean()
    # the file runs no script but its own; what its policy holds back would be known, here and in
    # every test that watches a page
    page.evaluate(
        """html => document.body.insertAdjacentHTML("beforeend", html)""",
        f"<img src=data:, onerror={RUN}>",
    )
    page.wait_for_timeout(200)
    assert trapped.caught == ["script-src-attr inline"]
    [said] = page.watch.complaints
    assert "Content Security Policy" in said
    page.watch.complaints.clear()
