"""Every word of the shell stands in assets/texts: once in English, and the same in each other language."""

import json
import re
from pathlib import Path

import pytest

from app.texts import TEXTS, languages

WEB = TEXTS.parent / "web"
SERVER = [path.read_text() for path in (TEXTS.parents[1] / "app").rglob("*.py")]
MODULES = {str(path.relative_to(WEB)): path.read_text() for path in WEB.rglob("*.js")}
ENGLISH = {path.stem: json.loads(path.read_text()) for path in (TEXTS / "en").glob("*.json")}
KEYS = {f"{area}.{key}" for area, texts in ENGLISH.items() for key in texts}
NAMED = re.compile(rf'"((?:{"|".join(ENGLISH)})\.[^"]+)"')
SAID = re.compile(r'\bsay\("([^"]+)"')
OTHERS = [language for language in languages() if language != "en"]

ORDER = ("en", "de", "es", "fr", "zh")

# What people are shown: a text, a title, a label, what a button says.
PLACES = (
    r"(?:textContent|title|placeholder|ariaLabel|\"aria-label\"|alt)\s*[:=]\s*",
    r"setAttribute\(\"(?:aria-label|aria-valuetext|title|alt)\", ",
    r"\bbutton\(",
    r"\bcard\(",
    r"\bcreateTextNode\(",
    r"\bnew Error\(",
)
WORD = r"(\"[^\"]*[A-Za-z]{3}[^\"]*\"|`(?:[^`$]|\$\{[^}]*\})*`)"
SHOWN = re.compile(rf"(?:{'|'.join(PLACES)}){WORD}")
# Names that are the same in every language: files, brands, units.
NAMES = {"Glassbox"}


def words(literal: str) -> list[str]:
    """The words of a literal, less what is filled in."""
    found = re.findall(r"[A-Za-z]{3,}", re.sub(r"\$\{[^}]*\}", "", literal))
    return [word for word in found if word not in NAMES]


def filled(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_every_text_that_a_module_says_is_there_in_english():
    asked = {
        key for text in MODULES.values() for key in (*SAID.findall(text), *NAMED.findall(text))
    }
    assert asked - KEYS == set()


def test_no_english_text_is_left_that_nobody_says():
    code = "\n".join((*MODULES.values(), *SERVER))
    whole = set(
        re.findall(r"texts\(\w+\)\[\"(\w+)\"\]", code)
    )  # areas handed on with all their texts
    left = {key for key in KEYS if not re.search(rf"[\"']{re.escape(key)}[\"']", code)}
    assert {key for key in left if key.split(".")[0] not in whole} == set()


def test_nothing_is_shown_that_could_not_be_translated():
    found = {
        (name, literal)
        for name, text in MODULES.items()
        for literal in SHOWN.findall(text)
        if words(literal)
    }
    assert found == set()


def test_a_word_left_in_a_module_would_be_found():
    caught = (
        'make("b", { textContent: "Play" })',
        "button(`Copy ${n}`, act)",
        'x.title = "speed";',
    )
    assert all(words(literal) for code in caught for literal in SHOWN.findall(code))
    assert [len(SHOWN.findall(code)) for code in caught] == [1, 1, 1]
    for passed in ('button(say("ribbon.loop"), act)', "x.title = `${view.title}`;"):
        assert not any(words(literal) for literal in SHOWN.findall(passed))


def test_the_player_offers_the_languages_that_there_are():
    offered = re.search(r"LANGUAGES = \{(.*)\}", MODULES["language.js"])
    assert offered and re.findall(r"(\w\w):", offered[1]) == sorted(languages(), key=ORDER.index)


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_text_with_the_same_places_to_fill(language):
    own = {path.stem: json.loads(path.read_text()) for path in (TEXTS / language).glob("*.json")}
    assert {f"{area}.{key}" for area, texts in own.items() for key in texts} == KEYS
    for area, texts in ENGLISH.items():
        for key, text in texts.items():
            assert own[area][key].strip(), f"{area}.{key} is empty"
            assert filled(own[area][key]) == filled(text), f"{area}.{key}"


def test_texts_hold_no_markup():
    """They are set as text; an angle bracket would be shown."""
    for path in Path(TEXTS).glob("*/*.json"):
        assert not re.search(r"<\w", path.read_text()), path
