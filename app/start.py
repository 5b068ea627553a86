"""The start page's facts: every page with its thumbnail, what can be searched, what builds on what.

GET /start/<version>/<language>.json   all of it
GET /thumbs/<version>/<file>           a strip of frames, as app.thumbs recorded it
Both for ever under the version that runs, and under no other.
"""

import json
import re
from collections import Counter
from dataclasses import asdict
from functools import cache as once
from typing import Any, NamedTuple
from unicodedata import normalize

from fastapi import APIRouter
from fastapi.responses import FileResponse, JSONResponse, Response

from app import cache, describe, playlists, texts, thumbs
from app.answers import FOREVER, elsewhere, refuse, untold
from app.concept import Entry
from app.contents import BUILDS_ON, TITLES, entries

CATALOGUE = describe.ROOT / "assets" / "catalogue.json"
NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau"
    " upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
    " nabla partial ell"
)
GREEK = dict(zip(NAMES.split(), "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ∇∂ℓ", strict=True))
MARKS = {"bar": "\u0304", "hat": "\u0302", "tilde": "\u0303", "dot": "\u0307"}
SYMBOL = re.compile(rf"(?:\\({'|'.join(MARKS)})\s*\{{?)?\\({'|'.join(GREEK)})(?![a-zA-Z])")

router = APIRouter()


class Find(NamedTuple):
    """Words that lead to a page."""

    kind: str
    text: str
    query: str = ""  # of the state that is shown
    times: int = 1  # that it is used
    english: str = ""  # how that language says it, where it says it otherwise


@router.get("/start/{version}/{language}.json")
def start(version: str, language: str) -> Response:
    """Cards, finds and edges; 404 for another version or no such language."""
    if version != cache.version():
        return elsewhere(version)
    if language not in texts.languages():
        return untold(language)
    return JSONResponse(facts(language), headers=FOREVER)


@router.get("/thumbs/{version}/{name}")
def thumb(version: str, name: str) -> Response:
    """A strip of frames; 404 for another version or where no page has one of this name."""
    if version != cache.version():
        return elsewhere(version)
    if name not in {thumbs.name(path, theme) for path in thumbs.index() for theme in thumbs.THEMES}:
        return refuse(404, f"there is no thumbnail {name[:80]}")
    return FileResponse(thumbs.FOLDER / name, media_type="image/webp", headers=FOREVER)


@once
def facts(language: str = texts.ENGLISH) -> dict[str, Any]:
    """Everything that the start page shows, from the declarations."""
    titles = TITLES | texts.chapters(language)
    return {
        "playlists": [asdict(playlist) for playlist in playlists.shipped(language)],
        "chapters": [
            {"key": key, "title": titles[key]}
            for key in dict.fromkeys(e.chapter for e in entries())
        ],
        "pages": [_page(entry, language) for entry in entries()],
    }


def _page(entry: Entry, language: str) -> dict[str, Any]:
    strip = thumbs.index().get(entry.path)
    page = describe.page(entry, language)
    return {
        "path": entry.path,
        "chapter": entry.chapter,
        "title": page["title"],
        "blurb": page["blurb"],
        "builds_on": list(BUILDS_ON.get(entry.path, ())),
        "strip": len(strip["frames"]) if strip else 0,
        "finds": [list(find) for find in finds(entry, language)],
        "lesson": [step["key"] for step in page["lesson"]],
    }


def finds(entry: Entry, language: str = texts.ENGLISH) -> list[Find]:
    """What leads to a page, in a language and by the English words, which people type in all of them."""
    found = _said(entry, language)
    if language == texts.ENGLISH:
        return found
    pairs = zip(found, _said(entry, texts.ENGLISH), strict=True)
    return [f._replace(english=same.text if same.text != f.text else "") for f, same in pairs]


def _said(entry: Entry, language: str) -> list[Find]:
    """What leads to a page in the words of a language; what there is stands in the same order in all."""
    theory, _ = texts.article(language, entry, "theory.md")
    names, page = _rows(), describe.page(entry, language)
    chapter = (TITLES | texts.chapters(language))[entry.chapter]
    return [
        Find("page", page["title"]),
        Find("blurb", page["blurb"]),
        Find("chapter", chapter),
        *(Find("step", step["title"], step["query"]) for step in page["lesson"]),
        *(Find("control", control["label"]) for control in page["controls"]),
        *(Find("theory", title) for title in re.findall(r"^##+ (.+)$", theory, re.M)),
        *(Find("term", names[row]) for row in entry.concept.covers),
        *(
            Find("symbol", f"{sign} {said}", times=times)
            for said, (sign, times) in symbols(theory).items()
        ),
    ]


def symbols(theory: str) -> dict[str, tuple[str, int]]:
    """The symbols of a text's formulas: by name the sign and how often it stands ("alpha bar": "ᾱ", 3)."""
    found = Counter(SYMBOL.findall(theory))
    return {
        f"{letter} {mark}".rstrip(): (normalize("NFC", GREEK[letter] + MARKS.get(mark, "")), count)
        for (mark, letter), count in sorted(found.items())
    }


@once
def _rows() -> dict[str, str]:
    """The names of the catalogue's rows by their ids."""
    return {row["id"]: row["name"] for row in json.loads(CATALOGUE.read_text())}
