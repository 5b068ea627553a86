"""What stands before the page and answers programs: the functions of app.ui.api, built when first asked for."""

import asyncio
from collections.abc import MutableMapping
from contextlib import AsyncExitStack
from importlib.util import find_spec
from typing import Any, cast

import gradio as gr
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from app import gate
from app.contents import entries
from app.ui import api, calls

PATH = "/api"
SESSIONS = 100  # programs whose Gradio session is kept
EXTRA = "MCP needs packages that are not here: pip install -r requirements-mcp.txt"


class NoMCP(RuntimeError):
    """The optional packages are missing; says how to get them."""


def check_mcp() -> None:
    """Raise NoMCP where the optional packages are missing."""
    if find_spec("mcp") is None:
        raise NoMCP(EXTRA)


class Door:
    """What stands before the page: it builds the functions when they are first asked for.

    Few visitors are programs, and building costs a tenth of a start (0.3 of 3.1 CPU-s, 2 cores).
    """

    def __init__(self, app: Any, mcp: bool = False) -> None:
        self.app, self.mcp = app, mcp
        self.inner: FastAPI | None = None
        self.queue: Any = None  # of the calls, Gradio's
        self.lock = asyncio.Lock()
        self.open = AsyncExitStack()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or f"{scope['path']}/".find(f"{PATH}/") != 0:
            await self.app(scope, receive, send)
            return
        async with self.lock:
            if self.inner is None:
                self.inner = await self._built()
        try:
            receive = await self._checked(scope, receive)
        except gate.Refusal as refusal:
            await gate.refuse(send, refusal)
            return
        await self.inner(scope, receive, send)

    async def _checked(self, scope: MutableMapping[str, Any], receive: Any) -> Any:
        """What gives the body that Gradio is to have; raises Refusal."""
        path = scope["path"]
        if scope["method"] in gate.WRITE:
            functions = {api.name(entry): entry.concept.params for entry in entries()}
            body = calls.checked(path, await gate.whole(receive), functions)
            return gate.again(body, receive)
        if scope["method"] == "GET" and not calls.waits(self.queue, path, scope["query_string"]):
            raise gate.Refusal(404, "no call of this name waits for its answer; POST makes one")
        return receive

    async def _built(self) -> FastAPI:
        """The functions, their queue running."""
        inner = FastAPI(openapi_url=None)
        demo = await asyncio.to_thread(api.build)
        demo.state_session_capacity, self.queue = SESSIONS, demo._queue
        gr.mount_gradio_app(
            inner, demo, PATH, mcp_server=self.mcp, run_history=False, footer_links=["api"]
        )
        mounted: FastAPI = inner.routes[-1].app  # type: ignore[attr-defined]
        mounted.add_exception_handler(TypeError, _unknown)
        mounted.add_exception_handler(RequestValidationError, _misshapen)
        await self.open.enter_async_context(inner.router.lifespan_context(inner))
        return inner


async def _unknown(request: Request, problem: Exception) -> JSONResponse:
    """Gradio answers 500 where a parameter has no such name: its words, as the mistake it is."""
    if "/call/v2/" not in request.url.path:
        raise problem
    return JSONResponse({"error": str(problem).partition(". ")[0]}, 422)


async def _misshapen(request: Request, problem: Exception) -> JSONResponse:
    """FastAPI would say again what was given, and fail where JSON cannot: a NaN, half a letter."""
    [first, *_] = cast(RequestValidationError, problem).errors()
    place = ".".join(str(part)[:40] for part in first["loc"])
    return JSONResponse({"error": f"{place}: {first['msg']}"}, 422)
