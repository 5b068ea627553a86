"""A lesson: steps of a lesson.md, each a state, a question to answer before one acts, and what follows."""

import re
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar
from urllib.parse import unquote_plus

from app.params import Params

P = TypeVar("P", bound=Params)
Kind = Literal["set", "play", "scrub", "look"]

ANSWER = re.compile(r"\((x| )\) (.+)")
MARK = re.compile(r"mark: (\w+)")
DO = re.compile(r"do: (\S+) (.+)")


class BadLesson(ValueError):
    """A step of a lesson.md is not as it should be; the text says which and what is missing."""


@dataclass(frozen=True)
class Gesture:
    """What the learner is to do: a control changed, a run watched or scrubbed, a view pointed into."""

    kind: Kind
    name: str = ""  # of the control or the view
    value: str | None = None  # the text that a control is to have; any other than before if None


@dataclass(frozen=True)
class Step(Generic[P]):
    """Predict, act, see, explain."""

    title: str
    text: str  # Markdown, as all below; ends in the question
    params: P
    answers: tuple[str, ...] = ()  # to choose from; or
    right: int = 0  # the place of the right one
    mark: str = ""  # the view in which the learner marks a place
    gesture: Gesture | None = None
    told: str = ""  # the gesture in words
    why: str = ""  # what happened, and why


def parse(markdown: str, params: type[P]) -> tuple[Step[P], ...]:
    """Read the steps of a lesson:

        ## Title
        ?query                                  the state; the default one where it is missing
        What to look at, and the question?
        ( ) an answer
        (x) the right answer                    or, instead of answers,  mark: view
        do: steps=8 Set **Steps** to 8.         or  do: steps|play|scrub|look:view  and a sentence
        What happened, and why.

    Raises BadParam where a step's query is not a state of the concept, BadLesson where answers have not
    one right one or a gesture has no sentence.
    """
    return tuple(step(block, params) for block in re.split(r"^## ", markdown, flags=re.M)[1:])


def step(block: str, params: type[P]) -> Step[P]:
    """One step from the text under its title."""
    title, _, rest = block.partition("\n")
    title, lines = title.strip(), rest.strip().splitlines()
    query = lines.pop(0)[1:] if lines and lines[0].startswith("?") else ""
    text, answers, why = [], [], []
    mark, gesture, told = "", None, ""
    for line in lines:
        if gesture is not None:
            why.append(line)
        elif found := ANSWER.fullmatch(line):
            answers.append((found[2], found[1] == "x"))
        elif found := MARK.fullmatch(line):
            mark = found[1]
        elif line.startswith("do:"):
            gesture, told = _gesture(title, line)
        else:
            text.append(line)
    right = [place for place, (_, is_right) in enumerate(answers) if is_right]
    if answers and (len(right) != 1 or mark):
        raise BadLesson(f"{title!r}: one answer must be right, and no mark beside; {answers}")
    return Step(
        title=title,
        text="\n".join(text).strip(),
        params=params.from_query(query),
        answers=tuple(answer for answer, _ in answers),
        right=right[0] if right else 0,
        mark=mark,
        gesture=gesture,
        told=told,
        why="\n".join(why).strip(),
    )


def _gesture(title: str, line: str) -> tuple[Gesture, str]:
    """A gesture and its sentence: "do: steps=8 Set **Steps** to 8."."""
    found = DO.fullmatch(line)
    if found is None:
        raise BadLesson(f"{title!r}: {line!r} is not `do: gesture A sentence.`")
    what, told = found[1], found[2]
    if what in ("play", "scrub"):
        return Gesture("play" if what == "play" else "scrub"), told
    if what.startswith("look:"):
        return Gesture("look", what.removeprefix("look:")), told
    name, equals, value = what.partition("=")
    return Gesture("set", name, unquote_plus(value) if equals else None), told
