"""What a program sends to call a function, read before Gradio reads it: its own shape, and nothing else.

Gradio takes more than it needs: it answers 500 where a part that nobody needs has an odd value, and
copies the file that a record in place of a value names.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from app.body import parsed
from app.gate import Refusal
from app.params import BadParam, Params
from app.ui import api

Functions = Mapping[str, type[Params]]  # by their names, in order
LONGEST = 64  # characters of a name that a program made up
CALLS = r"/gradio_api/(call/v2|call|queue/join|cancel|reset)(?:/([^/]+))?/?$"
NAMED, LISTED, JOIN, CANCEL, RESET = "call/v2", "call", "queue/join", "cancel", "reset"
# what is passed on, and its kind; of a call by names, all of it
PARTS: Mapping[str, Mapping[str, type]] = {
    LISTED: {"data": list},
    JOIN: {"data": list, "fn_index": int, "session_hash": str},
    CANCEL: {"session_hash": str, "fn_index": int, "event_id": str},
    RESET: {"event_id": str},
}
KINDS = {list: "a list of values", int: "the number of a function", str: "a name of 1 to 64 signs"}


def checked(path: str, body: bytes, functions: Functions) -> bytes:
    """The body as Gradio is to have it; raises Refusal in words."""
    way = re.search(CALLS, path)
    if way is None:
        return body
    if way[1] in (NAMED, LISTED) and way[2] not in functions:
        raise Refusal(
            404, f"{way[2]}: expected a function's name; GET /api/gradio_api/info has all"
        )
    try:
        given = parsed(body)
    except ValueError:
        raise Refusal(400, "the body: expected JSON") from None
    if not isinstance(given, dict):
        raise Refusal(422, f"the body: {str(given)[:40]} given, expected an object")
    if way[1] == NAMED:
        _plain(functions[way[2]], given)
        return body
    for name, kind in PARTS[way[1]].items():
        if not _fits(given.get(name), kind, len(functions)):
            raise Refusal(422, f"{name}: {str(given.get(name))[:40]} given, expected {KINDS[kind]}")
    if way[1] == LISTED:
        _counted(functions[way[2]], given["data"])
    elif way[1] == JOIN:
        _counted([*functions.values()][given["fn_index"]], given["data"])
    return json.dumps({name: given[name] for name in PARTS[way[1]]}).encode()


def _counted(kind: type[Params], data: list[Any]) -> None:
    """Values in the order of the controls."""
    controls = kind.controls()
    if len(data) != len(controls):
        words = f"{len(data)} values given, expected {len(controls)}; /call/v2 takes them by name"
        raise Refusal(422, words)
    _plain(kind, dict(zip(controls, data, strict=True)))


def _plain(kind: type[Params], values: Mapping[str, Any]) -> None:
    """Raise Refusal, in the words of its control, where a list or a record stands for a value."""
    nested = {name: value for name, value in values.items() if isinstance(value, list | dict)}
    try:
        api.read(kind, {name: nested[name] for name in nested if name in kind.controls()})
    except BadParam as problem:
        raise Refusal(422, str(problem)) from None


def waits(queue: Any, path: str, query: bytes) -> bool:
    """Whether an answer is to come at this address; else Gradio would begin one, and break off."""
    if found := re.fullmatch(r".*/gradio_api/call/[^/]+/([^/]+)", path):
        ids = queue.event_ids_to_events, *queue.pending_event_ids_session.values()
        return any(found[1] in known for known in ids)
    if path.rstrip("/").endswith("/gradio_api/queue/data"):
        sessions = parse_qs(query.decode("latin-1")).get("session_hash", [""])
        return sessions[-1] in queue.pending_messages_per_session
    return True


def _fits(value: Any, kind: type, functions: int) -> bool:
    match value:
        case bool():  # no number here
            return False
        case int():
            return kind is int and 0 <= value < functions
        case str():
            return kind is str and 0 < len(value) <= LONGEST
    return kind is list and isinstance(value, list)
