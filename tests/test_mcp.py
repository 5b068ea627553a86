"""The pages as tools of the Model Context Protocol: listed, called and refused over HTTP, as a client does."""

import asyncio
from importlib.util import find_spec

import pytest

from app import contents
from app.ui import api
from tests.browser.conftest import App

pytestmark = pytest.mark.skipif(
    find_spec("mcp") is None,
    reason="requirements-mcp.txt is not installed here; make mcp-check runs this where it is",
)


async def talk(url: str) -> tuple[dict, object, object]:
    """The tools by name; what a good call and a bad one were answered."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async with (
        streamable_http_client(f"{url}/api/gradio_api/mcp/") as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        flow = next(name for name in tools if name.endswith("diffusion_flow"))
        good = await session.call_tool(flow, {"steps": 8})
        return tools, good, await session.call_tool(flow, {"steps": 99_999})


def test_every_page_is_a_tool_and_a_call_is_answered_or_refused_in_words():
    app = App(["-m", "app", "run", "--mcp"])
    try:
        tools, good, bad = asyncio.run(talk(app.url))
    finally:
        app.stop()
    for entry in contents.entries():
        [tool] = [tool for name, tool in tools.items() if name.endswith(api.name(entry))]
        assert set(tool.inputSchema["properties"]) == set(entry.concept.params.controls())
    run = contents.open("diffusion/flow", steps=8)
    assert not good.isError
    assert run.state in good.content[0].text
    assert bad.isError
    assert "steps=99999: expected 1 to 120" in bad.content[0].text
