"""Files from memory: whole or not at all, whoever asked first."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import httpx
from starlette.responses import FileResponse

from app.answers import FOREVER
from app.ui import server
from app.ui.server import Shelf
from tests.loops import run

SCOPE = {"type": "http", "method": "GET", "path": "/thumbs/1/a.webp"}


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

        run(shelf({**SCOPE, "headers": []}, receive, send))
        return b"".join(message.get("body", b"") for message in sent)

    assert get(stays=False) == b""
    assert get(stays=True) == path.read_bytes()
    assert get(stays=True) == path.read_bytes()
    assert asked == 2  # the third was given from memory


def test_nobody_fills_the_memory_for_files_by_asking_for_one_in_odd_ways():
    """What is kept is kept once for each way of packing, however that is spelled."""
    packed = []

    async def app(scope, receive, send):
        packed.append(dict(scope["headers"])[b"accept-encoding"])
        headers = [(b"cache-control", FOREVER["cache-control"].encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": packed[-1]})

    async def send(message):
        sent.append(message.get("body", b""))

    shelf = Shelf(app)
    odd = [
        b"",
        b"x",
        b"gzip;q=0",
        b"br; q=0.000, gzip;q=0",
        b"xgzip",
        b"*",
        *(b"%d" % n for n in range(99)),
    ]
    ways = {
        b"": odd,
        b"gzip": [b"gzip", b"x, gzip;q=0.5, br;q=0"],
        b"br, gzip": [b"gzip, deflate, br, zstd"],
    }
    for way, spellings in ways.items():
        for asked in spellings:
            sent: list[bytes] = []
            run(shelf({**SCOPE, "headers": [(b"accept-encoding", asked)]}, None, send))
            assert b"".join(sent) == way
    assert packed == list(ways)


def page() -> gr.Blocks:
    """As the shell's, a function beside the queue; without its chapters, which take seconds."""
    demo: gr.Blocks
    with gr.Blocks(analytics_enabled=False) as demo:
        path = gr.Textbox()
        path.change(str, path, path, queue=False)
    return demo


def test_of_many_sessions_that_gradio_would_keep_few_are(monkeypatch):
    monkeypatch.setattr(server, "SESSIONS", 3)
    monkeypatch.setattr(server.shell, "build", page)
    asked = {"fn_index": 0, "data": ["diffusion/flow@en"]}

    async def kept() -> list[str]:
        app = server.server()  # in a loop: else Gradio would leave one open
        stands = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=stands, base_url="http://here") as browser:
            for n in range(8):
                body = {**asked, "session_hash": f"visitor {n}"}
                answer = await browser.post("/gradio_api/run/predict", json=body)
                assert answer.status_code == 200
        return [*app.routes[-1].app.state_holder.session_data]

    with ThreadPoolExecutor(1) as aside:  # a browser's tests have a loop in this one
        found = aside.submit(asyncio.run, kept()).result()
    assert found == ["visitor 5", "visitor 6", "visitor 7"]
