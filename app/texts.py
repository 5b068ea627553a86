"""What the app says, by language: one folder a language, one JSON file an area of the app.

Below `concepts/` a language has what pages say in it: `chapters.json`, the titles of the chapters; and
a folder a page with `page.json` (title, blurb, what controls are called and what they offer),
`picture.json` (what pictures and numbers say), `lesson.md` and `theory.md`. Below `playlists/` it has
the words of those that ship, by the names of their files: title, about, and title and notes of each
item in order. English stands with the concepts and the playlists themselves.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from app.concept import Entry

TEXTS = Path(__file__).parent.parent / "assets" / "texts"
ENGLISH = "en"


def languages() -> tuple[str, ...]:
    """The languages there are, as two letters; English is complete."""
    return tuple(sorted(folder.name for folder in TEXTS.iterdir() if folder.is_dir()))


@cache
def texts(language: str) -> dict[str, dict[str, str]]:
    """Every text of a language by area and key; English where it has none of its own."""
    english = _read(ENGLISH)
    own = _read(language)
    return {area: english[area] | own.get(area, {}) for area in english}


def say(language: str, key: str) -> str:
    """The text of a key, "area.key"."""
    area, _, name = key.partition(".")
    return texts(language)[area][name]


def _read(language: str) -> dict[str, dict[str, str]]:
    return {path.stem: json.loads(path.read_text()) for path in (TEXTS / language).glob("*.json")}


@cache
def chapters(language: str) -> dict[str, str]:
    """Titles of chapters, as far as this language has its own."""
    path = TEXTS / language / "concepts" / "chapters.json"
    titles: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return titles


@cache
def page(language: str, entry: Entry) -> dict[str, Any]:
    """What a page and its controls are called, as far as this language has it."""
    path = TEXTS / language / "concepts" / entry.path / "page.json"
    own: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return own


@cache
def picture(language: str, entry: Entry) -> dict[str, str]:
    """What pictures and numbers say: English phrases, with places {1}, {2} … for what differs, and own words."""
    path = TEXTS / language / "concepts" / entry.path / "picture.json"
    own: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return own


@cache
def playlist(language: str, name: str) -> dict[str, Any]:
    """The words of a playlist that ships, as far as this language has it."""
    path = TEXTS / language / "playlists" / name
    own: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return own


def article(language: str, entry: Entry, name: str) -> tuple[str, str]:
    """A page's lesson.md or theory.md, and the language it is in: English if there is no other."""
    own = TEXTS / language / "concepts" / entry.path / name
    found = own if own.exists() else entry.folder / name
    return found.read_text(), language if found == own else ENGLISH
