"""Reading a run: its messages as they are made, or its file once it is whole."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

from fastapi import Request

from app import describe, wire
from app.concept import Entry
from app.desk import DESK
from app.frames import Busy, Reader, Run
from app.params import Params

PIECE = 2**18  # bytes from which messages are sent in more than one piece
# Readers of one run from which each waits for larger pieces, so that all are given their first frame
# before anybody's next. 200 that read 61 frames as they are made cost 0.5 to 0.7 CPU-s; with a quarter
# of this turn 1.3 to 1.9, once the run is whole 0.3 to 0.6 (load 15 to 20, 2 cores).
CROWD = 20
TURN = 0.002  # seconds a piece waits for each reader that there is
SOON = 1.0  # seconds one waits without a word, and from one word to the next
LOOK = 0.25  # seconds between looks whether a silent reader is still there


async def resume(
    first: bytes | None, stream: AsyncGenerator[bytes, None]
) -> AsyncGenerator[bytes, None]:
    """What has been read of a stream, then the rest of it."""
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


async def read(
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


async def whole(
    entry: Entry,
    params: Params,
    end: str,
    request: Request,
    gone: Callable[[], Awaitable[bool]] | None = None,
) -> Run:
    """A state's file, by the workers and on this browser's account; ended if it goes away.

    Raises Busy where the server takes on no more, or ends before the file is whole.
    """
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
    except asyncio.CancelledError:
        # the server was told to end, and its time for what is at hand is over
        raise Busy("This server ends; ask again.") from None
    finally:
        DESK.close(request, reader, run)
