"""A lesson: steps of a lesson.md, each with a text and the parameters it shows."""

import re
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.params import Params

P = TypeVar("P", bound=Params)


@dataclass(frozen=True)
class Step(Generic[P]):
    title: str
    text: str  # Markdown
    params: P


def parse(markdown: str, params: type[P]) -> tuple[Step[P], ...]:
    """Read `## Title`, an optional `?query` line, and the text up to the next title.

    Raises BadParam where a step's query is not a state of the concept.
    """
    steps = []
    for block in re.split(r"^## ", markdown, flags=re.M)[1:]:
        title, _, body = block.partition("\n")
        query, _, rest = body.lstrip().partition("\n")
        if query.startswith("?"):
            steps.append(Step(title.strip(), rest.strip(), params.from_query(query.strip())))
        else:
            steps.append(Step(title.strip(), body.strip(), params()))
    return tuple(steps)
