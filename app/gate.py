"""Who may ask what: the addresses that the app needs, and no others of all that Gradio would answer.

Gradio also takes uploads, fetches other hosts' files, runs functions beside its queue and counts its
visitors aloud. What is not on the list here is not there; nor is what no browser or program of ours sends.
"""

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any

from app.body import parsed
from app.host import is_host

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

LONGEST = 32 * 2**10  # bytes of an address: four times what a state takes, each sign as %XX
HEADERS = 64 * 2**10  # bytes of all headers
LARGEST = 2**20  # bytes of a request's body
READ, WRITE = ("GET", "HEAD"), ("POST",)
FILES = r"(?:assets|static)/[^/].*|theme\.css|favicon\.ico|config"
ROOM = r"rooms/[^/]{1,40}"
CALL = r"api/gradio_api"
WORDS = "/gradio_api/run/predict"

# What the page asks for, what programs ask for under /api, and what a host watches.
OPEN = tuple(
    (methods, re.compile(pattern))
    for methods, pattern in (
        (READ, rf"(?:api|api/)?|(?:api/)?(?:{FILES})"),
        (READ, r"frames/[^/]+/[^/]+|take/[^/]+/[^/]+|concepts(?:/[^/]+/[^/]+)?"),
        (READ, r"web/[^/]+/.+|start/[^/]+/[^/]+|thumbs/[^/]+/[^/]+|qr\.svg"),
        (READ, r"healthz|status|metrics|robots\.txt|manifest\.json"),
        (READ, rf"{ROOM}/stream"),
        (WRITE, rf"rooms|{ROOM}/(?:join|state|shown|answer)"),
        (("DELETE",), ROOM),
        (WRITE, WORDS[1:]),  # the words below the picture
        (READ, rf"{CALL}/(?:info|openapi\.json|startup-events|heartbeat/[^/]+|queue/data)/?"),
        (READ, rf"{CALL}/call/[^/]+/[^/]+"),
        (WRITE, rf"{CALL}/(?:queue/join|call/[^/]+|call/v2/[^/]+|cancel|reset)/?"),
        (("OPTIONS",), rf"{CALL}/(?:queue/join|call/[^/]+|call/v2/[^/]+|cancel|reset)/?"),
        (("GET", "HEAD", "POST", "DELETE", "OPTIONS"), rf"{CALL}/mcp(?:/.*)?"),
    )
)
UNTOLD = (b"x-gradio-server",)  # where Gradio's page is served: that is no asker's to say
PAGES = re.compile(r"/|/api/?|/(?:api/)?config")
# Gradio's pages need scripts within the page and evaluated templates; nothing is asked of another host.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'"
)
FRAMED = "; frame-ancestors 'self' https://huggingface.co https://*.hf.space"  # Spaces show it so
GUARDS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
# no file of ours has such a name: it climbs, is coded twice,
# no file system could hold, or is meant for another reader
ODD = re.compile(r"//|[\\%]|[^\x21-\x7e]|(?:^|/)\.\.?(?:/|$)|[^/]{200}|.{1000}", re.S)


class Refusal(Exception):
    """A request that is not let in: the status and the words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Gate:
    """What stands before everything else."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # no address of ours is a socket
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            check(scope)
            if scope["method"] not in READ:
                body = await whole(receive)
                receive = again(words(body) if scope["path"] == WORDS else body, receive)
        except Refusal as refusal:
            await refuse(partial(answered, scope, send), refusal)
            return
        await self.app(passed(scope), receive, partial(answered, scope, send))


def passed(scope: Message) -> Message:
    """A request less what Gradio would believe: its page is the same for all who ask at this host.

    nginx keeps that page for others, so nobody may have it name another server; nor has it other pages.
    """
    headers = [header for header in scope["headers"] if header[0] not in UNTOLD]
    query = b"" if PAGES.fullmatch(scope["path"]) else scope["query_string"]
    return {**scope, "headers": headers, "query_string": query}


async def answered(scope: Message, send: Send, message: Message) -> None:
    """Pass an answer on: with what a browser must not let it do, and lending no visitor's cookies."""
    if message["type"] == "http.response.start":
        shared = scope["path"].startswith("/api/")
        embedded = b"embed=1" in scope["query_string"].split(b"&")
        policy = POLICY if embedded else POLICY + FRAMED
        told = [(name, value) for name, value in message["headers"] if not lent(name, shared)]
        guards = [*GUARDS, (b"content-security-policy", policy.encode())]
        # a message of its own: an answer from the shelf is sent again and again
        message = {**message, "headers": [*told, *guards]}
    await send(message)


def lent(name: bytes, shared: bool) -> bool:
    """Whether a header would let other sites read what only ours may: Gradio's names any that asks."""
    name = name.lower()
    if shared:
        return name == b"access-control-allow-credentials"
    return name.startswith(b"access-control-")


def check(scope: Message) -> None:
    """Raise Refusal for what is not on the list, too long, or sent by another site's page."""
    headers, path, method = scope["headers"], scope["path"], scope["method"]
    asked = len(scope.get("raw_path") or path) + len(scope["query_string"])
    if asked > LONGEST:
        raise Refusal(414, f"an address of {asked} bytes; expected at most {LONGEST}")
    sent = sum(len(name) + len(value) for name, value in headers)
    if sent > HEADERS:
        raise Refusal(431, f"headers of {sent} bytes; expected at most {HEADERS}")
    found = [methods for methods, address in OPEN if address.fullmatch(path[1:])]
    if ODD.search(path) or not found:
        raise Refusal(404, f"there is nothing at {path[:80]!r}; GET /concepts lists the pages")
    if not any(method in methods for methods in found):
        allowed = " or ".join(sorted({one for methods in found for one in methods}))
        raise Refusal(405, f"{method[:10]} given, expected {allowed}")
    if b"host" not in dict(headers):
        raise Refusal(400, "no header host; expected the name of this one")
    for name, value in headers:
        if name in (b"host", b"x-forwarded-host") and not is_host(value.split(b",")[0]):
            raise Refusal(400, f"{name.decode()}: expected the name of a host")
        if name == b"content-length" and not 0 <= _number(value) <= LARGEST:
            raise Refusal(413, f"a body of {value[:20].decode('latin-1')} bytes; at most {LARGEST}")
    foreign = (b"sec-fetch-site", b"cross-site") in headers
    if foreign and method not in READ and not path.startswith("/api/"):
        raise Refusal(403, "sent by a page of another site; expected one of this app")


def _number(value: bytes) -> int:
    return int(value) if value.isdigit() and len(value) < 20 else -1


async def whole(receive: Any) -> bytes:
    """The body of a request; Refusal where it grows too large."""
    body, more = b"", True
    while more:
        message: Message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST:
            raise Refusal(413, f"a body of more than {LARGEST} bytes")
    return body


def again(body: bytes, receive: Any) -> Callable[[], Awaitable[Message]]:
    """What gives the body that has been read, then what comes after it."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def asked() -> Message:
        return left.pop() if left else await receive()

    return asked


def words(body: bytes) -> bytes:
    """What the page asks of Gradio, a text for one of two functions, and nothing else; or Refusal.

    Gradio would take a record that names a file or another host's address in place of the text.
    """
    try:
        given = parsed(body)
        function, [text] = given["fn_index"], given["data"]
        session = str(given.get("session_hash") or "")[:64]
    except (ValueError, TypeError, KeyError):
        function, text, session = None, "", ""
    one = type(function) is int and function in (0, 1)
    if not one or type(text) is not str or len(text) > LONGEST:
        raise Refusal(422, "expected the number of a function, 0 or 1, and a text")
    return json.dumps({"fn_index": function, "data": [text], "session_hash": session}).encode()


async def refuse(send: Send, refusal: Refusal) -> None:
    body = json.dumps({"error": str(refusal)}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
