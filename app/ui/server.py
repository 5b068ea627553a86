"""One web server: our own addresses first, Gradio under them."""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import gradio as gr
from fastapi import FastAPI

from app import routes
from app.ui import shell

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
SESSIONS = 500  # browsers whose Gradio session is kept


def server() -> FastAPI:
    """The app, ready for uvicorn."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    app = FastAPI(openapi_url=None)
    app.include_router(routes.router)
    demo = shell.build()
    demo.state_session_capacity = SESSIONS  # type: ignore[attr-defined]  # Gradio reads it so
    app.add_middleware(Headers)
    theme = gr.themes.Base(
        font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
    )
    return gr.mount_gradio_app(
        app,
        demo,
        path="",
        theme=theme,
        head=shell.head(),
        run_history=False,
        footer_links=[],
        show_error=True,
    )


class Headers:
    """Adds what Gradio leaves out: its hashed assets never change, and types are not guessed."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name for name, _ in message["headers"]}
                message["headers"].append((b"x-content-type-options", b"nosniff"))
                if scope["path"].startswith("/assets/") and b"cache-control" not in names:
                    forever = b"public, max-age=31536000, immutable"
                    message["headers"].append((b"cache-control", forever))
            await send(message)

        return await self.app(scope, receive, answer)
