"""What every lesson and every theory promises: steps that are done, not read, and symbols that are there."""

import re
from dataclasses import fields
from itertools import islice

import pytest

from app import contents, describe, lesson
from app.figures.scene import Numbers

ENTRIES = contents.entries()
EVERY = pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.path)
SEES = re.compile(r"\(<#see:([^/>]+)(?:/([^>]+))?>\)")


def steps_of(entry):
    text = (entry.folder / "lesson.md").read_text()
    return lesson.parse(text, entry.concept.params)


def scene_of(entry, params):
    return entry.concept.draw(next(iter(entry.concept.compute(params))))


def shown(params):
    """The names of the controls that this state shows."""
    controls = params.controls()
    texts = {name: control.write(getattr(params, name)) for name, control in controls.items()}
    for field in fields(params):
        when = field.metadata["when"].items()
        if all(texts[other] in value.split("|") for other, value in when):
            yield field.name


@EVERY
def test_a_step_is_predicted_done_and_explained(entry):
    for step in steps_of(entry):
        assert step.gesture, f"{step.title!r} asks nobody to do anything"
        assert step.why, f"{step.title!r} explains nothing"
        assert step.mark or 2 <= len(step.answers) <= 4, step.title
        assert len(set(step.answers)) == len(step.answers), step.title
        assert "$" not in step.text + step.told + step.why, (
            f"{step.title!r}: no formulas in lessons"
        )
    titles = [step.title for step in steps_of(entry)]
    assert len(set(titles)) == len(titles), "progress is kept by title"


@EVERY
def test_what_a_step_asks_to_be_set_can_be_set_there(entry):
    for step in steps_of(entry):
        if step.gesture.kind != "set":
            continue
        name, value = step.gesture.name, step.gesture.value
        assert name in shown(step.params), f"{step.title!r}: {name} is not to be seen"
        if value is not None:
            control = step.params.controls()[name]
            assert control.write(control.read(name, value)) == value, f"{step.title!r}: {value}"
            assert control.write(getattr(step.params, name)) != value, (
                f"{step.title!r}: is so already"
            )


@EVERY
def test_what_a_step_asks_to_be_looked_at_or_played_is_there(entry):
    for step in steps_of(entry):
        gesture = step.gesture
        looked = {step.mark} | ({gesture.name} if gesture.kind == "look" else set())
        if looked := looked - {""}:
            assert looked <= scene_of(entry, step.params).keys(), f"{step.title!r}: {looked}"
        if gesture.kind in ("play", "scrub"):
            frames = list(islice(entry.concept.compute(step.params), 2))
            assert len(frames) == 2, f"{step.title!r}: a single frame cannot be played"


@EVERY
def test_a_theory_is_told_at_three_depths(entry):
    picture, equations, derivations = describe.theory(entry)
    assert 60 <= len(picture.split()) <= 200
    assert "$$" not in picture
    assert "$$" in equations
    assert len(derivations.split()) >= 60


@EVERY
def test_symbols_of_the_theory_name_what_is_in_the_picture(entry):
    scene = scene_of(entry, entry.concept.params())
    numbers = [row.name for v in scene.values() if isinstance(v, Numbers) for row in v.rows]
    for view, row in SEES.findall("\n".join(describe.theory(entry))):
        assert view in scene, f"there is no view {view}; there are {list(scene)}"
        assert not row or row in numbers, f"there is no number {row}; there are {numbers}"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("( ) one\n( ) two\ndo: play Play.", "one answer must be right"),
        ("(x) one\n(x) two\ndo: play Play.", "one answer must be right"),
        ("(x) one\n( ) two\nmark: plane\ndo: play Play.", "no mark beside"),
        ("(x) one\n( ) two\ndo: play", "gesture A sentence"),
    ],
)
def test_a_broken_step_is_refused_in_words(lines, says):
    params = ENTRIES[0].concept.params
    with pytest.raises(lesson.BadLesson, match=says):
        lesson.parse(f"## A step\nWhat?\n{lines}\nSo.", params)
