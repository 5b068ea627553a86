r"""Four ways to change what a diffusion net draws: $x_s = \alpha_s \hat x_0 + \sigma_s \hat\epsilon$.

A step of DDIM takes $x_t$ apart into a picture $\hat x_0$ and its noise $\hat\epsilon$ and mixes them again at
the next level. Between the two one may change the picture (change.py), the direction of time
(invert.py), the noise at the start (between.py), or the part that is known (fill.py).
(Song, Meng and Ermon, 2021, eq. 12; arXiv:2010.02502)
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app import params
from models.digits import ALPHA_BAR, SIDE
from models.maths.levels import even_in_t

from . import between, change, fill, invert
from .drawing import ink
from .frame import Between, Changed, Filled, Inverted

THREE = (((9, 7), (16, 5), (22, 8), (21, 12), (15, 15), (22, 18), (23, 23), (17, 27), (9, 25)),)
BAR = (((8, 10), (8, 24)),)
LOWER = (((8, 22), (14, 24), (20, 22)),)
OWN = "invert|paint anew"


@dataclass(frozen=True)
class Params(params.Params):
    tool: str = params.choice(
        "paint on it", "swap class", "invert", "mix", "paint anew", label="Edit"
    )
    how: str = params.choice("brush", "eraser", label="With", tool="paint on it")
    digit: int = params.slider(3, 0, 9, 1, "Digit")
    other: int = params.slider(8, 0, 9, 1, "Other digit", tool="swap class|invert")
    strokes: change.Strokes = params.strokes(
        "On the picture", SIDE, SIDE, default=BAR, tool="paint on it"
    )
    at: int = params.slider(8, 1, 50, 1, "Calls before", tool="paint on it|swap class")
    drawing: change.Strokes = params.strokes("Drawing", SIDE, SIDE, default=THREE, tool=OWN)
    hole: change.Strokes = params.strokes("Hole", SIDE, SIDE, default=LOWER, tool="paint anew")
    pen: int = params.slider(4, 1, 8, 1, "Width of the hole", tool="paint anew")
    omega: float = params.slider(3.0, 0.0, 7.5, 0.5, "Guidance ω", tool="invert")
    jumps: int = params.slider(4, 2, 8, 1, "Looks a level", tool="paint anew")
    steps: int = params.slider(25, 5, 50, 1, "Steps")
    seed: int = params.seed(tool="paint on it|swap class|mix|paint anew")


@dataclass(frozen=True)
class Frame:
    step: int
    params: Params
    level: float  # the training step whose noise the pictures have; -1 is clean
    shown: Changed | Inverted | Between | Filled


def compute(p: Params) -> Iterator[Frame]:
    """One frame a call of the net."""
    for step, (level, shown) in enumerate(edited(p)):
        yield Frame(step, p, level, shown)


def edited(p: Params) -> Iterator[tuple[float, Changed | Inverted | Between | Filled]]:
    """The chosen way of editing, with the noise level at each of its moments."""
    levels, drawn = even_in_t(p.steps, ALPHA_BAR), 2 * ink(p.drawing, SIDE) - 1
    match p.tool:
        case "paint on it":
            brush = change.Brush(ink(p.strokes, SIDE), p.how)
            yield from change.run(change.Edit(brush, p.digit, p.digit, p.at), levels, p.seed)
        case "swap class":
            yield from change.run(change.Edit(None, p.digit, p.other, p.at), levels, p.seed)
        case "invert":
            yield from invert.run(drawn, (p.digit, p.other), p.omega, levels)
        case "mix":
            yield from between.run(p.digit, levels, p.seed)
        case _:
            hole = ink(p.hole, SIDE, float(p.pen))
            yield from fill.run(drawn, hole, p.digit, p.jumps, levels, p.seed)
