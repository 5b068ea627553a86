"""The web addresses that are ours: frames, what there is, health.

GET /frames/<chapter>/<concept>?<query>   the messages of app.wire, streamed while they are computed
GET /take/<chapter>/<concept>.<kind>?<query>   the same state as a file of one of app.take.KINDS
GET /concepts                             the contents          GET /concepts/<chapter>/<concept>   one page
                                          both with ?lang=de in another language
GET /healthz
"""

import mimetypes
import re

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse

from app import cache, describe, take, texts
from app.answers import AGAIN, FOREVER, NEVER, elsewhere, refuse, untold
from app.contents import find
from app.desk import DESK
from app.frames import Busy
from app.opened import Opened
from app.params import BadParam
from app.reading import read, resume, whole

MEDIA = "application/x-glassbox-frames"
LIVE = NEVER | {"x-accel-buffering": "no"}  # nginx passes each frame on as it comes
STAMP = Query("", alias="_v")  # the version that the page was made for; empty for programs
PLACE = re.compile(r"\d{1,6}", re.ASCII)  # of a frame

router = APIRouter()


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
    stream = read(run, reader, event, request)
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
    return StreamingResponse(resume(first, stream), media_type=MEDIA, headers=headers)


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


@router.get("/concepts")
def concepts(lang: str = texts.ENGLISH, stamp: str = STAMP) -> Response:
    if stamp not in ("", cache.version()):
        return elsewhere(stamp)
    if lang not in texts.languages():
        return untold(lang)
    return JSONResponse(describe.contents(lang), headers={"cache-control": "no-cache"})


@router.get("/concepts/{chapter}/{key}")
def concept(chapter: str, key: str, lang: str = texts.ENGLISH, stamp: str = STAMP) -> Response:
    if stamp not in ("", cache.version()):
        return elsewhere(stamp)
    entry = find(f"{chapter}/{key}")
    if entry is None:
        return refuse(404, f"there is no concept {chapter[:40]}/{key[:40]}")
    if lang not in texts.languages():
        return untold(lang)
    return JSONResponse(describe.page(entry, lang), headers={"cache-control": "no-cache"})


@router.get("/healthz")
def healthz() -> dict[str, str | int]:
    return {"status": "ok", "version": cache.version(), "runs": DESK.workers.waiting()}
