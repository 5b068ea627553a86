"""A link of this app as a QR code, drawn here: a phone reads it from the screen.

GET /qr.svg?text=<a link of this app>   dark on white in both themes, as cameras expect it
"""

from io import BytesIO

import segno
from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.answers import refuse

LONGEST = 858  # bytes: a code of 97 × 97 squares (version 20), the finest read from a seat or paper

router = APIRouter()


@router.get("/qr.svg")
def qr(text: str, request: Request) -> Response:
    """The code of a link; 422 for one that leads elsewhere, so that nobody's link is lent our name."""
    size = len(text.encode())
    if size > LONGEST:
        return refuse(422, f"a link of {size} bytes; a code that can be read holds {LONGEST}")
    here = request.headers.get("host", "")
    if not text.startswith((f"http://{here}/", f"https://{here}/")):
        return refuse(422, f"the link is {text[:60]!r}, expected one of this app at {here[:60]}")
    drawn = BytesIO()
    segno.make_qr(text, error="m" if size < 300 else "l", boost_error=False).save(
        drawn, kind="svg", light="white", xmldecl=False, svgns=True, omitsize=True
    )
    return Response(
        drawn.getvalue(),
        media_type="image/svg+xml",
        headers={"cache-control": "private, max-age=3600"},
    )
