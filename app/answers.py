"""How addresses answer: how long an answer may be kept, and what is said where there is none."""

from fastapi.responses import JSONResponse

from app import cache, texts

FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
NEVER = {"cache-control": "no-store"}
AGAIN = NEVER | {"retry-after": "3"}


def refuse(status: int, message: str, headers: dict[str, str] = NEVER) -> JSONResponse:
    return JSONResponse({"error": message}, status, headers=headers)


def elsewhere(version: str) -> JSONResponse:
    """What a page of another version gets: nothing of ours would fit what it has already."""
    words = (
        f"this server runs version {cache.version()}, asked for {version[:20]}; load the page anew"
    )
    return JSONResponse({"error": words, "why": "version"}, 404, headers=NEVER)


def untold(language: str) -> JSONResponse:
    known = ", ".join(texts.languages())
    return refuse(404, f"there are no texts in {language[:20]!r}; there are in {known}")
