"""A page in another language is the same page: its controls, the states of its lesson, its formulas and numbers."""

import re

import pytest

from app import contents, describe, lesson
from app.texts import ENGLISH, TEXTS, article, chapters, languages, page, picture
from tests import telling

OTHERS = [language for language in languages() if language != ENGLISH]
PAGES = [
    (language, entry)
    for language in OTHERS
    for entry in contents.entries()
    if (TEXTS / language / "concepts" / entry.path).is_dir()
]
SEES = re.compile(r"\(<#see:[^>]*>\)")
SHOWN = re.compile(r"\$\$.*?\$\$", re.S)
# Where a line may not end: inside a number, and in French before its marks and within its quotes.
PARTED = {"fr": re.compile(r"(?<=[^\s|]) [:;!?»%]|« |\d \d{3}\b")}
PARTED |= {language: re.compile(r"\d \d{3}\b") for language in OTHERS if language != "fr"}
WITHIN = re.compile(r"\$[^$]+\$")
GAPS = re.compile(r"(?<=\d)[,\u202f\xa0](?=\d{3}(?!\d))")  # between thousands
COUNTED = {"150": "1.5"}  # 150 万 are 1.5 million
TEXTFILES = ("page.json", "lesson.md", "theory.md")
each = pytest.mark.parametrize(
    ("language", "entry"), PAGES, ids=[f"{language}-{entry.path}" for language, entry in PAGES]
)


def offered(control: dict) -> set[str]:
    """The names that people read on a control, which stay as they are in the address."""
    found = {*control.get("options", ()), *control.get("items", ()), *control.get("names", ())}
    found |= {label for _, label in control.get("actions", ())}
    found |= {name for name, _ in control.get("examples", ())}
    for one in control.get("entrants", ()):
        found |= {one["label"], *([one["setting"]["label"]] if one["setting"] else [])}
    return found - {""}


def bare(formula: str) -> str:
    """A formula without the words in it."""
    return re.sub(r"\\text\{[^}]*\}|\\\s|\s", "", formula)


def formulas(text: str) -> tuple[list[str], set[str]]:
    """Those displayed, and those within sentences, which another word order may need twice."""
    return sorted(map(bare, SHOWN.findall(text))), {
        bare(formula) for formula in WITHIN.findall(SHOWN.sub("", text))
    }


def numbers(text: str) -> set[str]:
    """What is measured or counted, outside formulas and links."""
    said = GAPS.sub("", WITHIN.sub("", SHOWN.sub("", SEES.sub("", text))))
    return {COUNTED.get(found, found) for found in re.findall(r"\d+(?:\.\d+)?", said)}


@pytest.mark.parametrize("language", OTHERS)
def test_every_chapter_has_a_title(language):
    assert set(chapters(language)) == set(contents.TITLES)


def test_every_folder_of_a_language_is_a_page():
    paths = {str(path.parent.relative_to(TEXTS)) for path in TEXTS.glob("*/concepts/*/*/page.json")}
    assert paths == {f"{language}/concepts/{entry.path}" for language, entry in PAGES}


@each
def test_a_page_names_every_control_and_all_that_it_offers(language, entry):
    own = page(language, entry)
    controls = {control["name"]: control for control in describe.controls(entry)}
    assert set(own) == {"title", "blurb", "controls"}
    assert set(own["controls"]) == set(controls)
    for name, control in controls.items():
        told = own["controls"][name]
        if name == "graph":  # file names
            continue
        assert set(told) <= {"label", "says"} and told["label"].strip()
        assert set(told.get("says", {})) == offered(control), name


@each
def test_what_pictures_say_has_words_in_every_language_and_all_that_changes_in_them(
    language, entry
):
    own = picture(language, entry)
    assert list(own) == list(picture(OTHERS[0], entry)) and own
    for phrase, words in own.items():
        assert words.strip()
        places = [place for place, _ in telling.PLACE.findall(phrase)]
        assert sorted(re.findall(r"\{(.*?)\}", words)) == sorted(places), phrase
        assert len(words) <= 1.7 * len(phrase) + 8, phrase


@each
def test_a_lesson_walks_through_the_same_states_by_the_same_gestures(language, entry):
    text, found = article(language, entry, "lesson.md")
    english = lesson.parse((entry.folder / "lesson.md").read_text(), entry.concept.params)
    own = lesson.parse(text, entry.concept.params)
    assert found in (language, ENGLISH)
    assert [skeleton(step) for step in own] == [skeleton(step) for step in english]


def skeleton(step: lesson.Step) -> tuple:
    """What of a step is the same in every language."""
    return step.params, len(step.answers), step.right, step.mark, step.gesture, bool(step.why)


@each
@pytest.mark.parametrize("name", ["lesson.md", "theory.md"])
def test_a_text_says_the_numbers_of_the_english_one(language, entry, name):
    text, found = article(language, entry, name)
    assert found == language
    assert numbers(text) == numbers((entry.folder / name).read_text())


@each
def test_a_theory_has_the_depths_formulas_and_links_into_the_picture_of_the_english_one(
    language, entry
):
    english = describe.depths((entry.folder / "theory.md").read_text())
    text, _ = article(language, entry, "theory.md")
    for own, other in zip(describe.depths(text), english, strict=True):
        assert bool(own) == bool(other)
        assert sorted(SEES.findall(own)) == sorted(SEES.findall(other))
        assert formulas(own) == formulas(other)
        assert own.count("$") % 2 == 0


@each
def test_no_line_of_a_page_begins_with_a_colon_or_half_a_number(language, entry):
    told = "\n".join(picture(language, entry).values())
    paths = [TEXTS / language / "concepts" / entry.path / name for name in TEXTFILES]
    for text in (told, *(path.read_text() for path in paths)):
        prose = re.sub(r"\$[^$]*\$|`[^`]*`", "$", SEES.sub("", SHOWN.sub("$", text)))
        assert PARTED[language].findall(prose) == [], prose


def test_what_a_language_has_not_is_english_and_says_so():
    entry = next(e for e in contents.entries() if ("de", e) not in PAGES)
    told = describe.page(entry, "de")
    assert told["title"] == entry.concept.title
    assert told["languages"] == {"page": ENGLISH, "lesson": ENGLISH}
    assert describe.theory(entry, "de")[1].startswith("*Dieser Teil ist auf Englisch")
    assert not describe.theory(entry)[1].startswith("*")
