"""One web server: our own addresses first, Gradio under them, unchanging files from memory."""

import os
import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any

import gradio as gr
from fastapi import FastAPI

from app import follow, gate, qr, rooms, routes, start, status, store, web
from app.ui import door, shell

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
# Browsers whose Gradio session is kept: 90 KB each, and 5 ms of CPU to make anew for one who comes back.
SESSIONS = 200
LASTING = ("/assets/", "/web/", "/start/", "/thumbs/")  # what never changes under its address
SHELF = 64 * 2**20  # bytes of unchanging files kept in memory
# what Gradio packs, unless refused
PACKED = re.compile(rb"\b(br|gzip)\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
FOREVER = b"public, max-age=31536000, immutable"


def server(mcp: bool = False) -> FastAPI:
    """The app, ready for uvicorn; with `mcp` its functions are also tools of that protocol."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    app = FastAPI(openapi_url=None)
    app.include_router(routes.router)
    app.include_router(web.router)
    app.include_router(status.router)
    app.include_router(qr.router)
    led = follow.Addresses(rooms.Rooms(store.chosen()))
    app.state.audience = led.audience
    app.include_router(led.router)
    app.include_router(start.router)
    if mcp:
        door.check_mcp()
    app.add_middleware(door.Door, mcp=mcp)
    demo = shell.build()
    demo.state_session_capacity = SESSIONS
    app.add_middleware(Shelf)
    app.add_middleware(gate.Gate)
    theme = gr.themes.Base(
        font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
    )
    gr.mount_gradio_app(
        app,
        demo,
        path="",
        theme=theme,
        head=shell.head(),
        run_history=False,
        footer_links=[],
    )
    return app


class Shelf:
    """Files that never change under their address, answered from memory.

    A first visit asks for a hundred of them. From the shelf each costs 0.05 to 0.08 ms of CPU (400 GETs
    in a row, 2 cores); without it browsers would also ask again on every visit.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self.kept: dict[tuple[str, bytes], list[Message]] = {}
        self.size = 0

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        asked = dict(scope.get("headers", ()))
        lasting = scope.get("path", "").startswith(LASTING)
        if scope.get("method") != "GET" or not lasting or b"range" in asked:
            await self.app(scope, receive, send)
            return
        # told alike by all who take alike, or one who spells it anew each time would fill the shelf
        packed = b", ".join(sorted(set(PACKED.findall(asked.get(b"accept-encoding", b"")))))
        key = scope["path"], packed
        messages = self.kept.get(key)
        if messages is None:
            messages = []
            headers = {**asked, b"accept-encoding": packed}
            scope = {**scope, "headers": list(headers.items())}
            await self.app(scope, receive, partial(_answer, send, messages))
            self._keep(key, messages)
            return
        for message in messages:
            await send(message)

    def _keep(self, key: tuple[str, bytes], messages: list[Message]) -> None:
        """Keep a whole answer that says it is for ever.

        Where the browser has gone an answer ends after its headers: kept, it would fail all who come after.
        """
        whole = messages and messages[-1]["type"] == "http.response.body"
        if not whole or messages[-1].get("more_body", False):
            return
        headers = dict(messages[0]["headers"])
        size = sum(len(message.get("body", b"")) for message in messages)
        lasts = headers.get(b"cache-control") == FOREVER and messages[0]["status"] == 200
        if lasts and self.size + size <= SHELF:
            self.kept[key] = messages
            self.size += size


async def _answer(send: Send, kept: list[Message], message: Message) -> None:
    """Pass an answer on, keep it, and say what Gradio leaves out: how long assets last."""
    if message["type"] == "http.response.start":
        names = {name for name, _ in message["headers"]}
        if b"cache-control" not in names and message["status"] == 200:
            message["headers"] = [*message["headers"], (b"cache-control", FOREVER)]
    kept.append(message)
    await send(message)
