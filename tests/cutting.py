"""A proxy that cuts every long answer off, as some do after a minute; this one is quicker."""

import asyncio
import threading
from contextlib import suppress

LONG = (b"GET /frames/", b"/stream HTTP")  # in a request whose answer takes as long as it likes


class Cutting:
    """Passes on what comes; a long answer is cut off so many seconds after it was asked for."""

    def __init__(self, port: int, after: float) -> None:
        self.to, self.after = port, after
        self.cuts = 0
        self.carried = 0  # bytes of answers
        self.loop = asyncio.new_event_loop()
        self.gone = False  # the network is gone: what is open is cut, what comes is turned away
        self.open: set[asyncio.StreamWriter] = set()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        self.ready.wait()
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def away(self, gone: bool) -> None:
        self.gone = gone
        if gone:
            self.loop.call_soon_threadsafe(lambda: [self._cut(writer) for writer in [*self.open]])

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._meet, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))

    async def _meet(self, asks: asyncio.StreamReader, hears: asyncio.StreamWriter) -> None:
        if self.gone:
            hears.transport.abort()
            return
        answers, asked = await asyncio.open_connection("127.0.0.1", self.to)
        self.open.add(hears)
        try:
            await asyncio.gather(self._ask(asks, asked, hears), self._answer(answers, hears))
        finally:
            self.open.discard(hears)
            asked.transport.abort()
            hears.transport.abort()

    async def _ask(self, asks, asked, hears) -> None:
        with suppress(ConnectionError):
            while data := await asks.read(2**16):
                if any(one in data for one in LONG):
                    self.loop.call_later(self.after, self._cut, hears)
                asked.write(data)
        asked.transport.abort()

    async def _answer(self, answers, hears) -> None:
        with suppress(ConnectionError):
            while data := await answers.read(2**16):
                self.carried += len(data)
                hears.write(data)
                await hears.drain()
        hears.close()

    def _cut(self, hears: asyncio.StreamWriter) -> None:
        if hears in self.open:
            self.cuts += 1
            hears.transport.abort()
