"""What the words of a scene are in another language, as assets/web/telling.js finds them."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

MODULE = (Path(__file__).parent.parent / "assets" / "web" / "telling.js").read_text()
WORDS = set(re.findall(r'"(\w+)"', MODULE[MODULE.index("WORDS = ") : MODULE.index("NAMED = ")]))
NAMED = {"notes", "products"}
FREE = {"bars": "labels", "tokens": "texts", "words": "texts"}
PLACE = re.compile(r"\{(\d)(\*?)\}")
# Names and signs that are the same in every language.
SAME = re.compile(
    r"“[^”]*”|\b(?:exp|log|max|min|rms|cos|sd|tr|div|det|softmax|logits?|score|reflow"
    r"|Flow|Euler|Heun|Solver|Var|Cov|Hutchinson|Wilson|Linux|Python|TensorRT)\b|\w+_\w+"
)
TOLD = re.compile(r"\b[a-z]{3,}\b|\b[A-Z][a-z]{2,}\b")


def words(value: Any, field: str = "", kind: str = "") -> Iterator[str]:
    """Every text of a scene that is words of ours and not only names."""
    if isinstance(value, str):
        free = FREE.get(kind) == field and " " not in value
        if field in WORDS and not free and TOLD.search(SAME.sub("", value)):
            yield value
    elif is_dataclass(value):
        for one in fields(value):
            yield from words(getattr(value, one.name), one.name, type(value).__name__.lower())
    elif isinstance(value, tuple | list):
        for item in value:
            yield from words(item, field, kind)
    elif isinstance(value, dict):
        for name, item in value.items():
            if field in NAMED:
                yield from words(name, "title")
            yield from words(item, name, kind)


@cache
def pattern(phrase: str) -> re.Pattern[str]:
    """The pattern of a phrase with its places."""
    seen: set[str] = set()

    def place(found: re.Match[str]) -> str:
        number, many = found.groups()
        if number in seen:
            return f"(?P=_{number})"
        seen.add(number)
        return f"(?P<_{number}>{'.' if many else '(?:(?!, ).)'}+?)"

    pieces = re.split(r"(\{\d\*?\})", phrase)
    return re.compile("".join(PLACE.sub(place, p) if PLACE.match(p) else re.escape(p) for p in pieces), re.S)  # fmt: skip


def told(phrases: dict[str, str], english: str) -> str:
    """The text in the other language; as it was where no phrase fits."""
    if english in phrases:
        return phrases[english]
    if re.fullmatch(r"[−-]?\d{1,3}(,\d{3})+(\.\d+)?", english):
        return english.replace(",", "\u202f")
    parted = sorted(filter(PLACE.search, phrases), key=lambda phrase: -len(PLACE.sub("", phrase)))
    for phrase in parted:
        if found := pattern(phrase).fullmatch(english):
            parts = {name[1:]: told(phrases, text) for name, text in found.groupdict().items()}
            return re.sub(r"\{(\d)\}", lambda place, parts=parts: parts[place[1]], phrases[phrase])
    mark = next((mark for mark in ("\n", "  ", "; ", ", ") if mark in english), "")
    return mark.join(told(phrases, item) for item in english.split(mark)) if mark else english


def untold(scene: Any, phrases: dict[str, str], seen: set[str]) -> Iterator[str]:
    """The texts of a scene for which there are no phrases; those are passed over whose like was `seen`."""
    for text in words(scene):
        like = re.sub(r"“[^”]*”|\d[\d.,]*", "#", text)
        if like not in seen:
            seen.add(like)
            if TOLD.search(SAME.sub("", told(blank(tuple(phrases)), text))):
                yield text


@cache
def blank(phrases: tuple[str, ...]) -> dict[str, str]:
    """Phrases whose own words are only their places: what is told by them is left without words."""
    return {p: " · ".join(f"{{{n}}}" for n, _ in PLACE.findall(p)) or "·" for p in phrases}
