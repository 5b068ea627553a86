"""The playlists that ship: lectures as states with what to say and how long to take."""

import json
from dataclasses import dataclass
from pathlib import Path

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


def read(text: str) -> Playlist:
    """A playlist from its file; raises KeyError or TypeError for what is none."""
    told = json.loads(text)
    return Playlist(told["title"], told["about"], tuple(Item(**item) for item in told["items"]))


def shipped() -> tuple[Playlist, ...]:
    """Those under assets/playlists, by the names of their files."""
    return tuple(read(path.read_text()) for path in sorted(FOLDER.glob("*.json")))
