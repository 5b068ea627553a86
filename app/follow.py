"""The web addresses of rooms: opening, joining, following, answering.

POST   /rooms                 a state; gives the code and the presenter's key
POST   /rooms/<code>/join     gives a reader's own word          GET /rooms/<code>/stream   what changes
POST   /rooms/<code>/state    where the presenter is             POST /rooms/<code>/shown   answers to all
POST   /rooms/<code>/answer   a reader's answer                  DELETE /rooms/<code>       ends the room

The key goes in the header `x-room-key`, the word in `x-room-me`: neither is ever in an address. A stream
has one JSON object a line, whole each time, and an empty line where nothing has changed for a while.
"""

import logging
from collections.abc import AsyncIterator, Callable
from functools import wraps
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse

from app.answers import NEVER
from app.audience import Audience
from app.body import parsed
from app.led import state
from app.refused import Refused
from app.rooms import CODE, SIGNS, Rooms
from app.store import NoStore

LARGEST = 16 * 2**10  # bytes of a request
STREAM = NEVER | {"x-accel-buffering": "no"}  # a proxy must pass each line on at once

log = logging.getLogger("glassbox")


def answered(act: Callable[..., Any]) -> Callable[..., Any]:
    """What is refused, or cannot be remembered, as an answer in words with its reason."""

    @wraps(act)
    async def asked(*given: Any, **named: Any) -> Response:
        try:
            found = await act(*given, **named)
        except NoStore:
            refused = Refused("store")
        except Refused as problem:
            refused = problem
        else:
            return found if isinstance(found, Response) else JSONResponse(found, headers=NEVER)
        return JSONResponse(
            {"error": str(refused), "why": refused.why}, refused.status, headers=NEVER
        )

    return asked


class Addresses:
    """The routes over one store."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.audience = Audience(rooms)
        self.router = APIRouter(prefix="/rooms")
        for path, act in (
            ("", self.open),
            ("/{code}/join", self.join),
            ("/{code}/state", self.steer),
            ("/{code}/shown", self.show),
            ("/{code}/answer", self.answer),
        ):
            self.router.add_api_route(path, act, methods=["POST"])
        self.router.add_api_route("/{code}/stream", self.stream, methods=["GET"])
        self.router.add_api_route("/{code}", self.close, methods=["DELETE"])

    @answered
    async def open(self, request: Request) -> dict[str, str]:
        at = state(await body(request))
        code, key = await run_in_threadpool(self.rooms.open, at, address(request))
        return {"code": code, "key": key}

    @answered
    async def join(self, code: str, request: Request) -> dict[str, str]:
        await body(request)
        me = await run_in_threadpool(self.rooms.join, plain(code), word(request), address(request))
        return {"code": plain(code), "me": me}

    @answered
    async def steer(self, code: str, request: Request) -> dict[str, str]:
        to = state(await body(request))
        await self._led(self.rooms.steer, code, request, to)
        return {}

    @answered
    async def show(self, code: str, request: Request) -> dict[str, str]:
        await self._led(self.rooms.show, code, request, await body(request) is True)
        return {}

    @answered
    async def close(self, code: str, request: Request) -> dict[str, str]:
        await self._led(self.rooms.close, code, request)
        return {}

    async def _led(self, act: Callable[..., None], code: str, request: Request, *to: Any) -> None:
        """Do what only the presenter may, and tell the followers here at once."""
        code = plain(code)
        await run_in_threadpool(act, code, key(request), *to, address(request))
        await self.audience.look(code)

    @answered
    async def answer(self, code: str, request: Request) -> dict[str, str]:
        given = await body(request)
        await run_in_threadpool(
            self.rooms.answer, plain(code), word(request), given, address(request)
        )
        return {}

    @answered
    async def stream(self, code: str, request: Request) -> Response:
        """Lines for the presenter if the key is there, else for a reader who has joined."""
        code, leads = plain(code), bool(key(request))
        check, own = (
            (self.rooms.leads, key(request)) if leads else (self.rooms.reads, word(request))
        )
        await run_in_threadpool(check, code, own, address(request))
        seat = self.audience.seat(code, own, leads)
        return StreamingResponse(
            _lines(self.audience.listen(seat)), media_type="application/x-ndjson", headers=STREAM
        )


async def _lines(told: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for line in told:
        yield line + b"\n"


async def body(request: Request) -> Any:
    """The request's JSON. Only what says that it is JSON: no other site's form can send that."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Refused("state", "expected content-type: application/json")
    read = b""
    async for part in request.stream():
        read += part
        if len(read) > LARGEST:
            raise Refused("large")
    try:
        return parsed(read)
    except ValueError as problem:
        raise Refused("state", "the body is not JSON") from problem


def plain(code: str) -> str:
    """A code as it is kept, however it was typed; Refused where it cannot be one."""
    found = "".join(sign for sign in code[:40].upper() if sign.isalnum())
    if len(found) != CODE or set(found) - set(SIGNS):
        raise Refused("unknown")
    return found


def key(request: Request) -> str:
    return request.headers.get("x-room-key", "")[:64]


def word(request: Request) -> str:
    return request.headers.get("x-room-me", "")[:64]


def address(request: Request) -> str:
    return request.client.host if request.client else ""
