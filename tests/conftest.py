"""What every test has: a cache of its own, no hub, and no clock that could fail it."""

import os
import shutil
import tempfile
import threading
import time

import pytest
from hypothesis import settings

os.environ["GLASSBOX_CACHE"] = tempfile.mkdtemp(prefix="glassbox-test-")
os.environ["GLASSBOX_TESTED"] = os.environ["GLASSBOX_CACHE"]  # which a test may change for itself
os.environ["HF_HUB_OFFLINE"] = "1"


def pytest_unconfigure():
    """Nothing of a test run stays behind."""
    shutil.rmtree(os.environ["GLASSBOX_TESTED"], ignore_errors=True)


# what is drawn by chance is drawn anew each time, but where a change waits to land, as Hypothesis does by itself
settings.register_profile("glassbox", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("glassbox")


@pytest.fixture(scope="module")
def address():
    """A real server with the toy concept: test clients of frameworks do not stream."""
    import uvicorn
    from fastapi import FastAPI

    from app import routes, web
    from app.desk import DESK
    from tests import toy

    patch = pytest.MonkeyPatch()
    patch.setattr(routes, "find", lambda path: toy.ENTRY if path == "test/toy" else None)
    app = FastAPI()
    app.include_router(routes.router)
    app.include_router(web.router)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    DESK.workers.warm()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
    patch.undo()
