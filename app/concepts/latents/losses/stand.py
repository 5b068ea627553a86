"""One lane as it stands: what its critic thinks, where its samples are, where they are pulled."""

import numpy as np

from app.figures.scene import Arrows, Heat, Layer, Lines, Plane, Points, Range
from models.maths.cells import CELLS, REACH, TICKS

from .compute import Frame
from .judge import LINE, Measures
from .lanes import Lane
from .racers import RACERS

WINDOW = (-REACH, REACH)
HEAT = (float(TICKS[0]), float(TICKS[-1]))
ARROWS = 96  # samples that carry one
MEANING = {  # of what is drawn, by the kind of loss
    "score": "D(x): 1 real, 0 fake",
    "pair": "σ(a less its mean): 1 real",
    "margin": "(a + 1) / 2: 1 real, 0 fake",
    "critic": "critic over its steepness",
    "energy": "energy: low where real",
}


def name(lane: Lane) -> str:
    """The loss with its setting."""
    who, own = lane.pick
    racer = RACERS[who]
    return f"{racer.label}, {racer.setting.label} = {own:g}" if racer.setting else racer.label


def stand(frame: Frame, index: int, now: Measures) -> Plane:
    """A lane in the plane, or on the line."""
    lane = frame.lanes[index]
    says = (
        f"{name(lane)} after {frame.step} iterations: {now.modes:.0f} of "
        f"{frame.perfect['modes']:.0f} modes, {now.spurious:.0%} spurious, "
        f"{RACERS[lane.pick[0]].own} {now.own:.3g}"
        + (f", k_t {lane.balance:.3f}." if lane.loss.gamma else ".")
    )
    return on_line(frame, index, says) if len(frame.density) else in_plane(frame, index, says)


def in_plane(frame: Frame, index: int, says: str) -> Plane:
    """The critic as colours, data, samples and how they are pulled."""
    lane, view = frame.lanes[index], frame.views[index]
    real, fake = view.ends
    heat = view.shown.reshape(CELLS, CELLS)
    layers: tuple[Layer, ...] = (
        Heat(heat, HEAT, HEAT, "diverging", real, fake, 0.5, label=MEANING[lane.loss.kind]),
        Points(frame.data, "data", 2.0, 0.75, label="data"),
        Points(view.samples, "model", 2.2, label="samples"),
        Arrows(view.samples[:ARROWS], view.pull[:ARROWS], alpha=0.9, label="D's pull"),
    )
    return Plane(name(lane), says, WINDOW, WINDOW, layers)


def on_line(frame: Frame, index: int, says: str) -> Plane:
    """Both densities below, and the critic beside the best there could be."""
    lane, view = frame.lanes[index], frame.views[index]
    low, high = window(lane)
    scale = 0.45 * (high - low) / frame.density.max()
    data, fake = (_curve(low + scale * shares) for shares in (frame.density, view.fake))
    layers: tuple[Layer, ...] = (
        Lines(data, "data", 2.0, 0.9, label="data"),
        Lines(fake, "model", 2.0, 0.9, label="samples"),
    )
    if len(view.best):
        layers += (Lines(_curve(view.best), "exact", 2.0, 0.9, True, "best D there could be"),)
    layers += (Lines(_curve(view.shown), "ink", 2.0, 0.9, label="D"),)
    title = f"{name(lane)}: {MEANING[lane.loss.kind]}"
    return Plane(title, says, WINDOW, (low, high), layers, "x", square=False)


def window(lane: Lane) -> Range:
    """From what to what the critic is drawn."""
    if lane.loss.kind == "energy":
        return (0.0, 1.5 * lane.pick[1] if lane.pick[1] and not lane.loss.gamma else 2.0)
    return (-2.0, 2.0) if lane.loss.kind == "critic" else (-0.1, 1.1)


def _curve(y: np.ndarray) -> np.ndarray:
    low, high = -1e3, 1e3  # what an untrained energy may reach beyond the window
    return np.stack([LINE, np.clip(y, low, high)], -1)[None]
