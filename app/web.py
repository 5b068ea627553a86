"""The player's files: its modules, styles and texts, the library for surfaces, icons.

GET /web/<version>/<file>   modules and styles        GET /manifest.json, /favicon.ico
"""

import mimetypes
import re
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, JSONResponse, Response

from app import cache, texts
from app.answers import FOREVER, NEVER, elsewhere, refuse, untold
from app.figures import theme

WEB = Path(__file__).parent.parent / "assets" / "web"
# The version in the addresses of what outlives it: icons, and the module that waits for an update to end.
ANY = "app"
TEXTS = re.compile(r"texts/([a-z]{2})\.json")

router = APIRouter()


@router.get("/manifest.json")
def manifest() -> Response:
    """What a browser needs to install the app; Gradio's page names this address."""
    return FileResponse(WEB / "manifest.json", media_type="application/manifest+json")


@router.get("/favicon.ico")
def favicon() -> Response:
    return FileResponse(WEB / "icon-192.png", media_type="image/png")


@router.get("/web/{version}/{name:path}")
def web(version: str, name: str) -> Response:
    """A file of the player for the version that is running, for ever; or what is of whichever."""
    if version not in (cache.version(), ANY):
        return elsewhere(version)
    headers = FOREVER if version != ANY else NEVER
    if name == "theme.css":
        return Response(theme.css(), media_type="text/css", headers=headers)
    if told := TEXTS.fullmatch(name):
        if told[1] not in texts.languages():
            return untold(told[1])
        return JSONResponse(texts.texts(told[1]), headers=headers)
    path = plotly_js() if name == "plotly.js" else (WEB / name).resolve()
    if path is None or not path.is_file() or (name != "plotly.js" and WEB not in path.parents):
        return refuse(404, f"there is no file {name[:80]}")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return FileResponse(path, media_type=kind, headers=headers)


def plotly_js() -> Path | None:
    """plotly.js as the Python package brings it, found without importing the package."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"
