"""What the app says, by language: one folder a language, one JSON file an area of the app."""

import json
from functools import cache
from pathlib import Path

TEXTS = Path(__file__).parent.parent / "assets" / "texts"


def languages() -> tuple[str, ...]:
    """The languages there are, as two letters; English is complete."""
    return tuple(sorted(folder.name for folder in TEXTS.iterdir() if folder.is_dir()))


@cache
def texts(language: str) -> dict[str, dict[str, str]]:
    """Every text of a language by area and key; English where it has none of its own."""
    english = _read("en")
    own = _read(language)
    return {area: english[area] | own.get(area, {}) for area in english}


def _read(language: str) -> dict[str, dict[str, str]]:
    return {path.stem: json.loads(path.read_text()) for path in (TEXTS / language).glob("*.json")}
