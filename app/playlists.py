"""The playlists that ship: lectures as states with what to say and how long to take."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from app import texts

FOLDER = Path(__file__).parent.parent / "assets" / "playlists"


@dataclass(frozen=True)
class Item:
    """One state of a lecture; `step` is the one of its page's lesson that goes with it, from 1."""

    state: str  # "chapter/concept?query"
    title: str
    notes: str
    minutes: float
    step: int | None = None


@dataclass(frozen=True)
class Playlist:
    title: str
    about: str
    items: tuple[Item, ...]
    language: str = texts.ENGLISH


def read(text: str) -> Playlist:
    """A playlist from its file; raises KeyError or TypeError for what is none."""
    told = json.loads(text)
    return Playlist(told["title"], told["about"], tuple(Item(**item) for item in told["items"]))


def shipped(language: str = texts.ENGLISH) -> tuple[Playlist, ...]:
    """Those under assets/playlists, by the names of their files; English where a language has none."""
    paths = sorted(FOLDER.glob("*.json"))
    return tuple(_said(read(path.read_text()), path.name, language) for path in paths)


def _said(english: Playlist, name: str, language: str) -> Playlist:
    """The same states and minutes in the words of another language, if it has them."""
    own = texts.playlist(language, name)
    if not own:
        return english
    items = zip(english.items, own["items"], strict=True)
    said = tuple(replace(item, title=told["title"], notes=told["notes"]) for item, told in items)
    return Playlist(own["title"], own["about"], said, language)
