"""python -m tests.browser.seventy --port N: the app with 70 generated concepts in its nine chapters."""

import os
import sys
import tempfile
from pathlib import Path

import app.concepts
from app import contents, process
from app.__main__ import main

COUNT = 70
PLACE = "GLASSBOX_SEVENTY"  # where they stand, for the worker processes that import this too
if place := os.environ.get(PLACE):
    app.concepts.__path__.insert(0, place)
INIT = '''"""A generated concept."""
from app.concept import Concept, Source
from .compute import Params, compute
from .figure import draw
CONCEPT = Concept("Concept {n}", "It turns.", Params, compute, draw, sources=(Source("x", "https://x"),))
'''
COMPUTE = '''"""Points on a circle."""
from dataclasses import dataclass
import numpy as np
from app import params
@dataclass(frozen=True)
class Params(params.Params):
    a: float = params.slider(0.5, 0.0, 1.0, 0.01, "A")
    b: float = params.slider(0.5, 0.0, 1.0, 0.01, "B")
    c: str = params.choice("one", "two", "three", label="C", anew=True)
    words: str = params.text(
        "Once", "Words", 300, shared=True, examples=(("a tale", "Once upon a time"), ("none", ""))
    )
    n: int = params.slider({n}, 0, 100, 1, "N")
    seed: int = params.seed()
@dataclass(frozen=True)
class Frame:
    xy: np.ndarray
def compute(p):
    angle = np.linspace(0, 6.28, 200)
    for step in range(20):
        yield Frame(np.stack([np.cos(angle + step), np.sin(angle * p.n)], -1))
'''
FIGURE = '''"""The points."""
from app.figures.scene import Plane, Points
def draw(frame):
    return {"plane": Plane("points", "points on a circle", (-2., 2.), (-2., 2.), (Points(frame.xy),))}
'''


def generate() -> None:
    """Write the concepts and put them in the contents, in place of the real ones."""
    top = Path(tempfile.mkdtemp())
    app.concepts.__path__.insert(0, str(top))
    chapters = list(contents.CHAPTERS)
    made: dict[str, list[str]] = {chapter: [] for chapter in chapters}
    for number in range(COUNT):
        chapter, key = chapters[number * len(chapters) // COUNT], f"concept{number}"
        folder = top / chapter / key
        folder.mkdir(parents=True)
        (folder.parent / "__init__.py").touch()
        (folder / "__init__.py").write_text(INIT.replace("{n}", str(number)))
        (folder / "compute.py").write_text(COMPUTE.replace("{n}", str(number)))
        (folder / "figure.py").write_text(FIGURE)
        (folder / "theory.md").write_text(f"# Concept {number}\n\n$x = {number}$\n")
        (folder / "lesson.md").write_text("## Look\n\nWhat turns?\n")
        made[chapter].append(key)
    os.environ[PLACE] = str(top)
    process.CONTEXT.set_forkserver_preload(["app.process", "tests.browser.seventy"])
    contents.CHAPTERS.update({chapter: tuple(keys) for chapter, keys in made.items()})
    contents.entries.cache_clear()


if __name__ == "__main__":
    generate()
    sys.exit(main(["run", *sys.argv[1:]]))
