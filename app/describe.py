"""What a page needs to know before its first frame: words, controls, layout, lesson, code."""

import re
from dataclasses import asdict, fields
from functools import cache as once
from itertools import groupby
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from app import cache, lesson, take, texts, wire
from app.concept import Entry
from app.contents import CHAPTERS, TITLES, entries

ROOT = Path(__file__).parent.parent
END = wire.end()  # the message after the last frame of a whole run
DEPTHS = (
    "Equations",
    "Derivations",
)  # titles in a theory.md; what comes before is the picture in words
MARKDOWN = MarkdownIt("js-default", {"html": False})  # lessons are ours, but nothing in them runs


def contents(language: str = texts.ENGLISH) -> dict[str, Any]:
    """Chapters in order with their concepts; the first concept is the front page."""
    titles = TITLES | texts.chapters(language)
    chapters = [
        {
            "key": chapter,
            "title": titles[chapter],
            "concepts": [
                {"key": e.key, "title": title(e, language), "shared": shared(e)} for e in group
            ],
        }
        for chapter, group in groupby(entries(), key=lambda entry: entry.chapter)
    ]
    return {"version": cache.version(), "chapters": chapters}


def shared(entry: Entry) -> list[str]:
    """The parameters that a person takes along to other pages of the chapter."""
    declared = entry.concept.params.controls().items()
    return [name for name, control in declared if getattr(control, "shared", False)]


def title(entry: Entry, language: str) -> str:
    """What a page is called."""
    own: str = texts.page(language, entry).get("title", entry.concept.title)
    return own


@once
def page(entry: Entry, language: str = texts.ENGLISH) -> dict[str, Any]:
    """One concept: title, controls with ranges and defaults, layout and lesson.

    `languages` names those that the page and its lesson are in: English where there is no other.
    """
    concept, own = entry.concept, texts.page(language, entry)
    read = texts.article(language, entry, "lesson.md")[1]
    return {
        "path": entry.path,
        "title": title(entry, language),
        "blurb": own.get("blurb", concept.blurb),
        "languages": {"page": language if own else texts.ENGLISH, "lesson": read},
        "picture": texts.picture(language, entry),
        "layout": list(concept.layout),
        "measures": concept.measures,
        "files": files(entry),
        "around": concept.around is not None,
        "controls": [control | said(control, own) for control in controls(entry)],
        "lesson": steps(entry, language),
    }


def files(entry: Entry) -> list[tuple[str, str]]:
    """The kinds of file that a state can be saved as: ending and label."""
    kinds = [(end, kind.label) for end, kind in take.KINDS.items() if kind.offered]
    return [(end, label) for end, label in kinds if end != ".onnx" or entry.concept.net]


def said(control: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """What a control is called in another language, and under `says` what it offers."""
    found: dict[str, Any] = own.get("controls", {}).get(control["name"], {})
    return found


def controls(entry: Entry) -> list[dict[str, Any]]:
    """The declared parameters, each with its default as the text an address would hold."""
    declared = {f.name: f for f in fields(entry.concept.params)}
    return [
        {
            "name": name,
            **asdict(control),  # every kind of control is a record
            "default": control.write(declared[name].default),
            "when": declared[name].metadata["when"],
        }
        for name, control in entry.concept.params.controls().items()
    ]


def steps(entry: Entry, language: str = texts.ENGLISH) -> list[dict[str, Any]]:
    """The lesson's steps with their texts as HTML and their state as a query.

    `key` names a step in every language, for what a browser keeps of it.
    """
    keys = [
        s.title
        for s in lesson.parse((entry.folder / "lesson.md").read_text(), entry.concept.params)
    ]
    text, _ = texts.article(language, entry, "lesson.md")
    return [
        {
            "key": key,
            "title": s.title,
            "query": s.params.to_query(),
            "html": MARKDOWN.render(s.text),
            "answers": [MARKDOWN.renderInline(answer) for answer in s.answers],
            "right": s.right,
            "mark": s.mark,
            "act": asdict(s.gesture) if s.gesture else None,
            "told": MARKDOWN.renderInline(s.told),
            "why": MARKDOWN.render(s.why),
        }
        for key, s in zip(keys, lesson.parse(text, entry.concept.params), strict=True)
    ]


@once
def theory(entry: Entry, language: str = texts.ENGLISH) -> tuple[str, ...]:
    """The theory as Markdown at three depths, less its first title, which the page already shows.

    A depth that is not there in this language is English, and says so.
    """
    english = depths((entry.folder / "theory.md").read_text())
    text, found = texts.article(language, entry, "theory.md")
    own = depths(text) if found != texts.ENGLISH else ("",) * len(english)
    note = "" if language == texts.ENGLISH else f"*{texts.say(language, 'words.english')}*\n\n"
    return tuple(part or (other and note + other) for part, other in zip(own, english, strict=True))


def depths(text: str) -> tuple[str, ...]:
    """The parts of a theory.md, parted by the titles of `DEPTHS`, which are the same in every language."""
    parts = [re.sub(r"\A# .*\n+", "", text)]
    for title in DEPTHS:
        *before, rest = parts
        parts = [*before, *re.split(rf"^# {title}\n", rest, maxsplit=1, flags=re.M)]
    parts += [""] * (1 + len(DEPTHS) - len(parts))
    return tuple(part.strip() for part in parts)


@once
def equations(entry: Entry, most: int = 2) -> str:
    """The first displayed equations of the theory: what its page is about."""
    first, *deeper = theory(entry)
    shown = re.findall(r"^\$\$.+?\$\$", "\n".join(deeper).strip() or first, re.M | re.S)
    return "\n\n".join(shown[:most])


@once
def code(entry: Entry) -> str:
    """The concept's own compute.py as it runs, the files beside it, and the modules that they call."""
    names, parts = ["compute"], {}
    for name in names:  # which grows as it goes
        text = (entry.folder / f"{name}.py").read_text()
        parts[f"app/concepts/{entry.path}/{name}.py"] = text
        beside = re.findall(r"^from \.(?: import )?(\w+)", text, re.M)
        names += [found for found in dict.fromkeys(beside) if found not in names]
    own = "\n".join(parts.values())
    below = re.findall(r"^from (models\.(?:maths|worlds|recipes)\.\w+) import", own, re.M)
    for module in below:
        path = module.replace(".", "/") + ".py"
        parts[path] = (ROOT / path).read_text()
    return "\n\n".join(f"# {path}\n\n{part.strip()}" for path, part in parts.items())


@once
def sources(entry: Entry, language: str = texts.ENGLISH) -> str:
    """The works it rests on, and the rows of the catalogue it makes visible, as Markdown."""
    works = "\n".join(f"- [{s.citation}]({s.url})" for s in entry.concept.sources)
    rows = ", ".join(f"`{row}`" for row in entry.concept.covers)
    graphs = ", ".join(f"`{name}`" for name in entry.concept.graphs)
    named = [
        f"{texts.say(language, 'words.rows')}: {rows}" if rows else "",
        f"{texts.say(language, 'words.graphs')}: {graphs}" if graphs else "",
    ]
    return "\n\n".join(part for part in (works, *named) if part)


def everything() -> list[dict[str, Any]]:
    """For `python -m app list --json`: every concept with all that can be set."""
    shown = {chapter: number for number, chapter in enumerate(CHAPTERS)}
    ordered = sorted(entries(), key=lambda entry: shown[entry.chapter])
    return [
        {
            "chapter": entry.chapter,
            "key": entry.key,
            "title": entry.concept.title,
            "blurb": entry.concept.blurb,
            "covers": list(entry.concept.covers),
            "graphs": list(entry.concept.graphs),
            "parameters": controls(entry),
        }
        for entry in ordered
    ]
