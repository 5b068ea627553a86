"""Lanes side by side: pictures or particles, what the net says of them, and how far it is."""

from itertools import product

from app.figures import scene

from .film import draw_digits
from .frame import Digits, Frame
from .look import last
from .swarm import draw_plane


def row(*views: str) -> str:
    """Views of equal width on a grid of 12 columns."""
    return " ".join(" ".join([view] * (12 // len(views))) for view in views)


# The rows whose views are all there make the stage: digits together, a digit alone, particles. Of
# particles in one lane no row tells, so that lane stands large with the charts beside it.
LAYOUT = (
    *(row("film", "film", "film", chart) for chart in ("read", "size", "quality", "snr")),
    row("strip"),
    row("strip"),
    *(row(*both) for both in product(("read1", "size1"), ("quality1", "snr1"))),
    *(row(*(f"lane{count}{i}" for i in range(count))) for count in (2, 3, 4)),
    *(row("race", chart, "schedule") for chart in ("why", "size")),
)


def draw(frame: Frame) -> scene.Scene:
    """The race at one moment."""
    if isinstance(frame.shown, Digits):
        views = draw_digits(frame, frame.shown)
    else:
        views = draw_plane(frame, frame.shown)
    clock = scene.Clock(frame.step, float(frame.step), "step", "noise 0", f"{last(frame)} data")
    return {**views, "clock": clock}
