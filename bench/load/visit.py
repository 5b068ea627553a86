"""What one visitor does, and what is kept of it: how long each wait was, and whether all was right.

Every answer is checked: it must name the state that was asked for, and two visitors who asked for the
same must have been given the same bytes.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from playwright.sync_api import Request, sync_playwright

from app import cache, contents, wire
from app.describe import END
from app.standalone import chromium
from bench.load.browser import HURRY, Answer, Browser

NEVER = "no answer"
CUT = 0.5  # seconds until one that was cut off is asked for again (assets/web/reel.js)
STARTS = 120  # seconds that a page may take to open on a busy machine


@dataclass
class Book:
    """All that the visitors of one scenario have seen."""

    waits: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: Counter[str] = field(default_factory=Counter)
    cut: int = 0  # answers that were cut off, and asked for again as the page does
    told_to_wait: int = 0  # answers that said so and when to come again
    asked: int = 0  # requests in all
    bodies: dict[str, bytes] = field(default_factory=dict)  # digest of the whole answer, by state

    def count(self, answer: Answer | None, what: str, *right: int) -> bool:
        """Whether there is an answer, and a right one; if not, that is written down."""
        self.asked += 1
        if answer is None:
            self.wrong[f"{what}: {NEVER}"] += 1
        elif answer.status not in (right or (200,)):
            self.wrong[f"{what}: {answer.status}"] += 1
        return answer is not None and answer.status in (right or (200,))


@dataclass(frozen=True)
class Opening:
    """What a browser asks for when a page is opened for the first time."""

    first: tuple[str, ...]  # the page and every file of it, in the order in which they are found
    words: tuple[str, bytes]  # what Gradio is asked for the words below the picture
    version: str

    @classmethod
    def seen(cls, url: str, path: str) -> "Opening":
        """As a real browser does it, once."""
        with sync_playwright() as playwright:
            chrome = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            page, asked = chrome.new_page(), list[Request]()
            page.set_default_timeout(STARTS * 1000)
            page.on("request", lambda request: asked.append(request))
            page.goto(f"{url}/#/{path}")
            page.wait_for_selector(f'.glass[data-ready="{path}"]')
            page.wait_for_selector("#words .theory .katex")
            version = page.evaluate(
                "() => new URL(document.querySelector('link[href*=\"/web/\"]').href).pathname.split('/')[2]"
            )
            chrome.close()
        own = [r for r in asked if r.url.startswith(url) and "/frames/" not in r.url]
        posts = [r for r in own if r.method == "POST"]
        files = tuple(r.url.removeprefix(url) for r in own if r.method == "GET")
        words = posts[-1].url.removeprefix(url), posts[-1].post_data_buffer or b""
        return cls(files, words, version)


class Visitor:
    """One browser on one page; every wait goes into the book."""

    def __init__(self, url: str, number: int, opening: Opening, book: Book) -> None:
        self.browser = Browser(url, f"visitor{number}")
        self.number, self.opening, self.book = number, opening, book

    async def open(self, path: str) -> None:
        """The page with all its files, then its words; as long as it takes until frames are asked for."""
        clock = asyncio.get_running_loop().time
        start = clock()
        page, *files = self.opening.first
        self.book.count(await self._ask(page), "page")
        answers = await asyncio.gather(*map(self._ask, files))
        for answer in answers:
            self.book.count(answer, "file", 200, 304)
        self.book.waits["page"].append(clock() - start)
        where, told = self.opening.words
        body = json.loads(told) | {"session_hash": f"visitor{self.number}", "data": [path]}
        self.book.count(await self._ask(where, json.dumps(body).encode()), "words")

    async def frames(self, path: str, query: str, kind: str = "", tab: str = "0") -> None:
        """All frames of a state; how long to the first and to the last."""
        asked = f"/frames/{path}?{query}&_v={self.opening.version}"
        answer = await self._ask(asked, tab=tab)
        if not self.book.count(answer, f"frames {path}") or answer is None:
            return
        self.book.waits[f"{kind}first"].append(answer.waited + answer.first)
        self.book.waits[f"{kind}last"].append(answer.waited + answer.last)
        state = stated(path, query)
        if answer.headers.get("x-state") != cache.named(state):
            self.book.wrong["another state came"] += 1
        if not answer.body.endswith(END):
            self.book.wrong[f"cut off {path}"] += 1
        elif not measured(path):
            self._compare(state, answer)

    def _compare(self, state: str, answer: Answer) -> None:
        digest = blake2b(wire.lasting(answer.body), digest_size=16).digest()
        if self.book.bodies.setdefault(state, digest) != digest:
            self.book.wrong["two answers to one question"] += 1

    async def watch(self, path: str, query: str, seconds: float) -> int:
        """Read a training for so long, then leave; how many bytes came."""
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        asked = f"/frames/{path}?{query}&_v={self.opening.version}"
        answer = await self._ask(asked, enough=lambda _: clock() > until)
        self.book.count(answer, f"training {path}")
        return len(answer.body) if answer else 0

    async def _ask(
        self,
        path: str,
        body: bytes | None = None,
        tab: str = "0",
        enough: Callable[[bytes], bool] | None = None,
    ) -> Answer | None:
        """The answer; one that is cut off, or says to come later, is asked for again, as the page does."""
        clock = asyncio.get_running_loop().time
        start = clock()
        while clock() - start < HURRY:
            try:
                answer = await self.browser.ask(path, body, tab, enough)
            except TimeoutError:
                break
            except (OSError, EOFError):
                self.book.cut += 1
                await asyncio.sleep(CUT)
                continue
            if answer.status != 503 or "retry-after" not in answer.headers:
                return replace(answer, waited=clock() - start - answer.last)
            self.book.told_to_wait += 1
            await asyncio.sleep(float(answer.headers["retry-after"]))
        return None


def measured(path: str) -> bool:
    """Whether a concept reads a clock: then no two answers are the same."""
    entry = contents.find(path)
    return entry is not None and entry.concept.measures


def stated(path: str, query: str) -> str:
    """A state as the server spells it."""
    entry = contents.find(path)
    if entry is None:
        raise ValueError(f"there is no concept {path}")
    return f"{path}?{entry.concept.params.from_query(query).to_query()}"
