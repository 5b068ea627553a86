"""Every page as a function of Gradio's own API, and as an MCP tool: parameters in, last numbers out.

A function is made from the concept's declaration: names, types, ranges, defaults and words. What it is
given is checked by `Params`, as an address is; what it computes waits its turn among the workers.
"""

import inspect
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import fields
from typing import Any, Literal, cast

import gradio as gr
from fastapi import Request
from gradio.events import api as endpoint

from app import reading, take
from app.concept import Entry
from app.contents import entries
from app.frames import Busy
from app.kinds import BadParam, Choice, Control, Slider, Text, Toggle, spell
from app.params import Params

UNHEARD = 30.0  # seconds a call is computed while nobody listens for its answer
SILENCE = (
    "nobody listened for the answer for {:.0f} seconds; expected GET on the call's event at once"
)
WORDS = """# Glassbox from a program

Each page is a function: its parameters in, what its last frame says and its numbers out.
The names, types and defaults are below, under *Use via API*; README shows Python and JavaScript.
"""


def build() -> gr.Blocks:
    """The functions, apart from the page: a browser that only looks loads none of them."""
    demo: gr.Blocks
    with gr.Blocks(title="Glassbox API", analytics_enabled=False) as demo:
        gr.Markdown(WORDS)
        for entry in entries():
            endpoint(function(entry, demo), api_name=name(entry), concurrency_limit=None)
    demo.queue(default_concurrency_limit=None, api_open=False)
    demo._queue.sleep_when_free = 0.05  # as in shell.py
    return demo


def name(entry: Entry) -> str:
    """What the function is called: `diffusion_flow`."""
    return f"{entry.chapter}_{entry.key}"


def left(demo: gr.Blocks, asked: Any) -> Callable[[], Awaitable[bool]]:
    """What tells whether nobody waits for an answer any more, for Gradio goes on computing.

    It notes when a stream of answers is closed. One that was never opened leaves unread what lies ready
    for it: at the least, that the call has begun.
    """
    queue, heard = demo._queue, time.monotonic()

    async def gone() -> bool:
        nonlocal heard
        jobs = [job for job in queue.active_jobs if job]
        calls = [call for job in jobs for call in job if call.request is asked]
        boxes = [queue.pending_messages_per_session.get(call.session_hash) for call in calls]
        if all(box is not None and box.empty() for box in boxes):
            heard = time.monotonic()
        closed = bool(calls) and not any(call.alive for call in calls)
        return closed or time.monotonic() - heard > UNHEARD

    return gone


def function(entry: Entry, demo: gr.Blocks) -> Callable[..., Awaitable[dict[str, Any]]]:
    """The function of a concept, with the signature and the words of its declaration."""
    declared = {field.name: field.default for field in fields(entry.concept.params)}
    controls = entry.concept.params.controls()

    async def call(request: gr.Request, *values: Any) -> dict[str, Any]:
        try:
            params = read(entry.concept.params, dict(zip(declared, values, strict=False)))
            asked = cast(Request, request.request)
            run = await reading.whole(entry, params, take.ANSWER, asked, left(demo, asked))
        except (BadParam, Busy) as problem:
            raise gr.Error(str(problem), print_exception=False) from None
        if run.ended != "whole":
            raise gr.Error(run.reason or SILENCE.format(UNHEARD), print_exception=False)
        answer: dict[str, Any] = json.loads(run.messages[0])
        return answer

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    given = [
        inspect.Parameter(
            key, kind, default=plain(control, declared[key]), annotation=type_of(control)
        )
        for key, control in controls.items()
    ]
    asks = inspect.Parameter("request", kind, annotation=gr.Request)
    call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [asks, *given], return_annotation=dict[str, Any]
    )
    call.__annotations__ = {p.name: p.annotation for p in (asks, *given)}
    call.__name__ = call.__qualname__ = name(entry)
    call.__doc__ = words(entry)
    return call


def read(kind: type[Params], values: Mapping[str, Any]) -> Params:
    """What a program gave, checked; raises BadParam in the words of the control."""
    controls = kind.controls()
    given = {}
    for key, value in values.items():
        if isinstance(value, str):
            given[key] = controls[key].read(key, value)
        elif isinstance(controls[key], Slider | Toggle) and _near(value):
            given[key] = value
        else:
            raise BadParam(f"{key}={str(value)[:40]}: expected {takes(controls[key])}")
    return kind.from_query(kind(**given).to_query())  # what the page itself would compute


def _near(value: Any) -> bool:
    """Whether it is a number that can be computed with and said: none of a thousand digits."""
    return isinstance(value, bool | int | float) and abs(value) < 1e30  # not NaN either


def plain(control: Control, default: Any) -> Any:
    """A default as JSON has it."""
    known = isinstance(control, Slider | Toggle | Choice | Text)
    return default if known else control.write(default)


def type_of(control: Control) -> Any:
    """The type of what a program gives for a control."""
    match control:
        case Slider(whole=whole):
            return int if whole else float
        case Toggle():
            return bool
        case Choice(options=options):
            return Literal[options]
    return str


def words(entry: Entry) -> str:
    """What the function is for, and every parameter with what it takes."""
    concept = entry.concept
    rows = [
        f"    {key}: {control.label}; {takes(control)}."
        for key, control in concept.params.controls().items()
    ]
    return "\n".join([f"{concept.title}: {concept.blurb}", "", "Args:", *rows, "", "Returns:",
                      "    The state, what its last picture says, its numbers, how many frames, and where they are."])  # fmt: skip


def takes(control: Control) -> str:
    """The values of a control in words."""
    match control:
        case Slider(low=low, high=high):
            return f"from {spell(low)} to {spell(high)}"
        case Toggle():
            return "true or false"
        case Choice(options=options):
            return f"one of {', '.join(options)}"
        case Text(max_length=most):
            return f"at most {most} characters"
    return "text as in the page's address"
