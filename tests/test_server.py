"""Files from memory: whole or not at all, whoever asked first."""

import asyncio

from starlette.responses import FileResponse

from app.answers import FOREVER
from app.ui.server import Shelf


def test_an_answer_cut_off_by_its_first_reader_is_not_kept_for_the_others(tmp_path):
    path = tmp_path / "strip.webp"
    path.write_bytes(b"picture" * 1000)
    asked = 0

    async def app(scope, receive, send):
        nonlocal asked
        asked += 1
        await FileResponse(path, headers=FOREVER)(scope, receive, send)

    shelf = Shelf(app)

    def get(stays: bool) -> bytes:
        sent: list = []
        headed = asyncio.Event()

        async def receive():
            await (asyncio.Event() if stays else headed).wait()
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)
            if message["type"] == "http.response.start" and not stays:
                headed.set()
                await asyncio.sleep(0.1)  # the headers are on their way when the browser goes

        scope = {"type": "http", "method": "GET", "path": "/thumbs/1/a.webp", "headers": []}
        asyncio.run(shelf(scope, receive, send))
        return b"".join(message.get("body", b"") for message in sent)

    assert get(stays=False) == b""
    assert get(stays=True) == path.read_bytes()
    assert get(stays=True) == path.read_bytes()
    assert asked == 2  # the third was given from memory
