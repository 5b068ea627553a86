"""Who sends a request too slowly is let go: half a request held open for ever would cost a connection.

nginx sees to it where it stands before us (`ops/nginx.conf`); this is for a process that stands alone.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Prompt(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, to those who say all they ask within `seconds`."""

    seconds = 20.0  # the largest that is taken, 1 MB, comes in this time at 0.4 Mbit/s
    late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._heard()

    def connection_lost(self, exc: Exception | None) -> None:
        self._heard()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self.late is None:
            self.late = self.loop.call_later(self.seconds, self._end)

    def _heard(self) -> None:
        if self.late is not None:
            self.late.cancel()
            self.late = None

    def _end(self) -> None:
        self.late = None
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete and not cycle.more_body:
            self._wait()  # it is ours to speak: what comes early of the next is not read yet
        else:
            self.transport.close()
