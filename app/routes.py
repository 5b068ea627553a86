"""The web addresses that are ours: frames, what there is, the player's files, health.

GET /frames/<chapter>/<concept>?<query>   the messages of app.wire, streamed while they are computed
GET /take/<chapter>/<concept>.<kind>?<query>   the same state as a file of one of app.take.KINDS
GET /concepts                             the contents          GET /concepts/<chapter>/<concept>   one page
                                          both with ?lang=de in another language
GET /web/<version>/<file>                 modules and styles    GET /healthz
"""

import asyncio
import mimetypes
import os
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from weakref import WeakValueDictionary

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse

from app import cache, describe, shared, take, texts, wire
from app.concept import Entry
from app.contents import find
from app.figures import theme
from app.frames import Busy, Reader, Run, Runs
from app.opened import Opened
from app.params import BadParam, Params
from app.workers import Workers

WEB = Path(__file__).parent.parent / "assets" / "web"
MEDIA = "application/x-glassbox-frames"
FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
NEVER = {"cache-control": "no-store"}
AGAIN = NEVER | {"retry-after": "3"}
LIVE = NEVER | {"x-accel-buffering": "no"}  # nginx passes each frame on as it comes
PIECE = 2**18  # bytes from which messages are sent in more than one piece
# Readers of one run from which each waits for larger pieces, so that all are given their first frame
# before anybody's next. 200 that read 61 frames as they are made cost 0.5 to 0.7 CPU-s; with a quarter
# of this turn 1.3 to 1.9, once the run is whole 0.3 to 0.6 (load 15 to 20, 2 cores).
CROWD = 20
TURN = 0.002  # seconds a piece waits for each reader that there is
SOON = 1.0  # seconds one waits without a word, and from one word to the next
LOOK = 0.25  # seconds between looks whether a silent reader is still there
ANY = "app"  # the version in the addresses of icons, which outlive it
PLACE = re.compile(r"\d{1,6}", re.ASCII)  # of a frame
TEXTS = re.compile(r"texts/([a-z]{2})\.json")

router = APIRouter()


class Desk:
    """The runs and their workers, and which reader of each browser's tab is the latest."""

    def __init__(self) -> None:
        count = int(os.environ.get("GLASSBOX_WORKERS") or os.cpu_count() or 1)

        def settle(run: Run) -> None:
            self.runs.settle(run)

        self.workers = Workers(count, settle)
        self.shared = shared.chosen(self.workers.add, settle)
        begin = self.shared.add if self.shared else self.workers.add
        self.runs = Runs(begin, self.workers.refuses)
        self.latest: dict[str, Reader] = {}
        self.cut: WeakValueDictionary[str, Run] = WeakValueDictionary()  # by tab

    def open(self, request: Request) -> tuple[Reader, asyncio.Event]:
        """A reader for this request; an older one of the same tab is told to go."""
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        tab = request.headers.get("x-reader", "")[:64]
        address = request.client.host if request.client else "unknown"
        browser = tab.partition(".")[0] or address
        reader = Reader(browser, partial(_wake, loop, event))
        if tab:
            self.latest[tab] = reader
        return reader, event

    def stale(self, request: Request, reader: Reader) -> bool:
        """Whether the same tab has asked for something newer."""
        tab = request.headers.get("x-reader", "")[:64]
        return bool(tab) and self.latest.get(tab) is not reader

    def join(self, request: Request, reader: Reader, entry: Entry, params: Params, at: int) -> Run:
        """The run that is asked for; one that this tab was cut off from is not waited for, unless it is that."""
        run = self.runs.join(entry, params, reader, at)
        before = self.cut.pop(request.headers.get("x-reader", "")[:64], None)
        if before is not None and before is not run:
            before.cut = False
        return run

    def close(self, request: Request, reader: Reader, run: Run | None = None) -> None:
        """A reader has gone: to something newer, or because its connection was cut."""
        tab = request.headers.get("x-reader", "")[:64]
        latest = self.latest.get(tab) is reader
        if latest:
            del self.latest[tab]
        if run:
            run.cut = latest and not run.ended
            if run.cut:
                self.cut[tab] = run
            self.runs.leave(run, reader)


def _wake(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    if not (event.is_set() or loop.is_closed()):
        loop.call_soon_threadsafe(event.set)


DESK = Desk()


def refuse(status: int, message: str, headers: dict[str, str] = NEVER) -> JSONResponse:
    return JSONResponse({"error": message}, status, headers=headers)


def elsewhere(version: str) -> JSONResponse:
    """What a page of another version gets: nothing of ours would fit what it has already."""
    words = (
        f"this server runs version {cache.version()}, asked for {version[:20]}; load the page anew"
    )
    return JSONResponse({"error": words, "why": "version"}, 404, headers=NEVER)


@router.get("/frames/{chapter}/{key}")
async def frames(chapter: str, key: str, request: Request) -> Response:
    """Stream the frames of a state, from the one on where `x-have` says this reader was cut off.

    404 for no such concept, or for a page of another version; 422 for no such state, 503 for no graph.
    """
    entry = find(f"{chapter}/{key}")
    if entry is None:
        return refuse(
            404, f"there is no concept {chapter[:40]}/{key[:40]}; GET /concepts lists them"
        )
    told, _, stamp = request.url.query.partition("&_v=")  # the version that the page was made for
    if stamp not in ("", cache.version()):
        return elsewhere(stamp)
    query, _, place = told.partition("&_first=")  # the frame that is looked at
    try:
        params = entry.concept.params.from_query(query)
    except BadParam as problem:
        return refuse(422, str(problem))
    reader, event = DESK.open(request)
    at = int(place) if PLACE.fullmatch(place) else 0
    try:
        run = DESK.join(request, reader, entry, params, at)
    except Busy as problem:
        DESK.close(request, reader)
        return refuse(503, str(problem), AGAIN)
    reader.at = had = run.had(request.headers.get("x-have", ""))
    stream = _read(run, reader, event, request)
    first = await anext(stream, None)
    if run.ended == "failed" and len(run.messages) == 1:
        await stream.aclose()
        return refuse(503 if run.why == "graph" else 500, run.reason)
    fixed = run.ended == "whole" and stamp and not had and not entry.concept.measures
    says = {
        "x-glassbox-frames": "recorded" if run.recorded else "live",
        "x-state": cache.named(f"{run.entry.path}?{run.params.to_query()}"),  # of what is sent
        "x-run": run.mark,
        "x-from": str(had),  # messages that are not sent again
    }
    headers = says | (FOREVER if fixed else LIVE)
    return StreamingResponse(_resume(first, stream), media_type=MEDIA, headers=headers)


async def _resume(
    first: bytes | None, stream: AsyncGenerator[bytes, None]
) -> AsyncGenerator[bytes, None]:
    if first is not None:
        yield first
    async for message in stream:
        yield message


def _ready(run: Run, reader: Reader) -> bytes:
    """The next messages that are there, in one piece: it costs as much to send as one of them."""
    first, size = reader.at, 0
    while reader.at < len(run.messages) and size < PIECE:
        size += len(run.messages[reader.at])
        reader.at += 1
    return b"".join(run.messages[first : reader.at])


async def _read(
    run: Run, reader: Reader, event: asyncio.Event, request: Request
) -> AsyncGenerator[bytes, None]:
    """The messages of a run as they come, until it ends or this reader has gone; first, how long it waits."""
    said = time.monotonic()
    try:
        while True:
            event.clear()
            while ready := _ready(run, reader):
                if DESK.stale(request, reader):
                    return
                yield ready
                if (readers := len(run.readers)) > CROWD and len(ready) < PIECE:
                    await asyncio.sleep(readers * TURN)  # meanwhile more of it comes
            if run.ended:
                if run.ended == "whole":
                    yield describe.END
                return
            try:
                await asyncio.wait_for(event.wait(), LOOK)
            except TimeoutError:
                if DESK.stale(request, reader) or await request.is_disconnected():
                    return
            if time.monotonic() - said > SOON and (wait := DESK.workers.place(run)):
                said = time.monotonic()
                yield wire.waiting(*wait)
    finally:
        DESK.close(request, reader, run)


@router.get("/take/{chapter}/{name}")
async def a_file(chapter: str, name: str, request: Request) -> Response:
    """A state as a file; 404 for no such concept or kind, 422 for no such state or nothing to save."""
    key, dot, end = name.partition(".")
    entry, kind = find(f"{chapter}/{key}"), take.KINDS.get(dot + end)
    if entry is None or kind is None:
        known = " ".join(take.KINDS)
        return refuse(404, f"there is no {chapter[:40]}/{name[:40]}; files end in {known}")
    try:
        params = entry.concept.params.from_query(request.url.query)
    except BadParam as problem:
        return refuse(422, str(problem))
    if kind.computed:
        try:
            run = await whole(entry, params, dot + end, request, request.is_disconnected)
        except Busy as problem:
            return refuse(503, str(problem), AGAIN)
        if run.ended != "whole":
            return refuse({"graph": 503, "state": 422, "budget": 422}.get(run.why, 500), run.reason)
        [written] = run.messages
    else:
        written = await run_in_threadpool(take.content, kind, Opened(entry, params))
    media = mimetypes.guess_type(name)[0] or "application/octet-stream"
    saved = {"content-disposition": f'attachment; filename="{chapter}-{name}"'}
    return Response(written, media_type=media, headers=saved | NEVER)


async def whole(
    entry: Entry,
    params: Params,
    end: str,
    request: Request,
    gone: Callable[[], Awaitable[bool]] | None = None,
) -> Run:
    """A state's file, by the workers and on this browser's account; ended if it goes away."""
    reader, event = DESK.open(request)
    run = None
    try:
        run = DESK.runs.take(entry, params, reader, end)
        while not run.ended:
            event.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), LOOK)
            # asked each time: a run that tells much is never silent for LOOK
            if gone and await gone():
                break
        return run
    finally:
        DESK.close(request, reader, run)


@router.get("/concepts")
def concepts(lang: str = texts.ENGLISH) -> Response:
    if lang not in texts.languages():
        return untold(lang)
    return JSONResponse(describe.contents(lang), headers={"cache-control": "no-cache"})


@router.get("/concepts/{chapter}/{key}")
def concept(chapter: str, key: str, lang: str = texts.ENGLISH) -> Response:
    entry = find(f"{chapter}/{key}")
    if entry is None:
        return refuse(404, f"there is no concept {chapter[:40]}/{key[:40]}")
    if lang not in texts.languages():
        return untold(lang)
    return JSONResponse(describe.page(entry, lang), headers={"cache-control": "no-cache"})


def untold(language: str) -> JSONResponse:
    known = ", ".join(texts.languages())
    return refuse(404, f"there are no texts in {language[:20]!r}; there are in {known}")


@router.get("/healthz")
def healthz() -> dict[str, str | int]:
    return {"status": "ok", "version": cache.version(), "runs": DESK.workers.waiting()}


@router.get("/manifest.json")
def manifest() -> Response:
    """What a browser needs to install the app; Gradio's page names this address."""
    return FileResponse(WEB / "manifest.json", media_type="application/manifest+json")


@router.get("/favicon.ico")
def favicon() -> Response:
    return FileResponse(WEB / "icon-192.png", media_type="image/png")


@router.get("/web/{version}/{name:path}")
def web(version: str, name: str) -> Response:
    """A file of the player for the version that is running, for ever; or an icon, of whichever."""
    if version not in (cache.version(), ANY):
        return elsewhere(version)
    headers = FOREVER if version != ANY else NEVER
    if name == "theme.css":
        return Response(theme.css(), media_type="text/css", headers=headers)
    if told := TEXTS.fullmatch(name):
        if told[1] not in texts.languages():
            return untold(told[1])
        return JSONResponse(texts.texts(told[1]), headers=headers)
    path = plotly_js() if name == "plotly.js" else (WEB / name).resolve()
    if path is None or not path.is_file() or (name != "plotly.js" and WEB not in path.parents):
        return refuse(404, f"there is no file {name[:80]}")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return FileResponse(path, media_type=kind, headers=headers)


def plotly_js() -> Path | None:
    """plotly.js as the Python package brings it, found without importing the package."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"
