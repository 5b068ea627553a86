"""A proxy that cuts off what takes long, as some do after a minute; this one counts bytes."""

import asyncio
import threading
from contextlib import suppress

STREAM = 0.5  # seconds that the answer of a room may take


class Cutting:
    """Passes on what comes, but of an answer of frames only the first so many bytes."""

    def __init__(self, port: int, most: int) -> None:
        self.to, self.most = port, most
        self.cuts = 0
        self.gone = False  # the network is gone: what is open is cut, what comes is turned away
        self.open: set[asyncio.StreamWriter] = set()
        self.meetings: set[asyncio.Task] = set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        starting = asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.server = asyncio.run_coroutine_threadsafe(starting, self.loop).result(10)
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    def away(self, gone: bool) -> None:
        self.gone = gone
        if gone:
            self.loop.call_soon_threadsafe(lambda: [w.transport.abort() for w in self.open])

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _close(self) -> None:
        self.server.close()
        for task in self.meetings:
            task.cancel()
        await asyncio.gather(*self.meetings, return_exceptions=True)
        await asyncio.sleep(0.01)  # what was aborted is closed in the next round

    async def _meet(self, asks: asyncio.StreamReader, hears: asyncio.StreamWriter) -> None:
        if self.gone:
            hears.transport.abort()
            return
        task = asyncio.current_task()
        self.meetings.add(task)
        task.add_done_callback(self.meetings.discard)
        answers, asked = await asyncio.open_connection("127.0.0.1", self.to)
        self.open.add(hears)
        left = [0]  # bytes that may still come; 0: as many as there are
        try:
            await asyncio.gather(
                self._ask(asks, asked, hears, left), self._answer(answers, hears, asked, left)
            )
        finally:
            self.open.discard(hears)
            asked.transport.abort()
            hears.transport.abort()

    async def _ask(self, asks, asked, hears, left) -> None:
        with suppress(ConnectionError):
            while data := await asks.read(2**16):
                left[0] = self.most if data.startswith(b"GET /frames/") else 0
                if b"/stream HTTP" in data:
                    self.loop.call_later(STREAM, hears.transport.abort)
                asked.write(data)
        asked.transport.abort()

    async def _answer(self, answers, hears, asked, left) -> None:
        with suppress(ConnectionError):
            while data := await answers.read(left[0] or 2**16):
                hears.write(data)
                await hears.drain()
                if left[0]:
                    left[0] -= len(data)
                    if left[0] <= 0:
                        self.cuts += 1
                        break
        asked.transport.abort()
        hears.close()  # what was written still comes
        await hears.wait_closed()
