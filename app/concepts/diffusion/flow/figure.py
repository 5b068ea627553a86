"""The field that leads from noise to data, who pulls at a particle, and what is measured beside it."""

import numpy as np

from app.figures.scene import (
    Arrows,
    Clock,
    Handles,
    Heat,
    Ink,
    Layer,
    Lines,
    Numbers,
    Plane,
    Points,
    Scene,
    View,
    Words,
)

from .charts import by_time, distance, divergences, errors, log_density, losses, mix, strides
from .couplings import Match
from .density import BLOTTED, Inked
from .frame import Moment, Shown
from .numbers import numbers
from .probe import Probe
from .rivals import rivals

Array = np.ndarray
WINDOW = (-3.2, 3.2)
SPEEDS = (1.2, 2.4, 4.8, 9.6)  # half the window in which arrows add up: the first that holds all
REACH = 0.3  # an arrow shows how far its velocity leads in this time
LONGEST = 0.4  # but is never longer than this, however fast
PULLS = ((0.1, 1.0, 5.0), (0.02, 0.1, 4.0), (0.002, 0.02, 2.8))  # weights from, to, and size of dot
FAINTEST, DENSEST = -9.0, 1.0  # of the log-densities that are shaded
MAGNIFIED = 3  # the drop of ink, as it is drawn


def draw(frame: Shown) -> Scene:
    """The views of what one looks at: the pulls, the couplings, the solvers, or the density."""
    if isinstance(frame, Match):
        return rivals(frame)
    moment, probe = frame.moment, frame.probe
    rest: dict[str, View] = {"numbers": Numbers(numbers(frame)), "clock": _clock(moment)}
    if moment.progress is None and frame.inked:
        return {
            "flow": _density(moment, probe, frame.inked),
            "error": log_density(frame.inked),
            "beside": divergences(frame.inked),
            **rest,
        }
    if moment.progress is None and moment.solved:
        return {
            "flow": _solved(moment),
            "error": errors(moment.solved),
            "beside": strides(moment.solved, moment.t),
            **rest,
        }
    progress = moment.progress
    return {
        "flow": _flow(moment, probe),
        "sum": _sum(moment, probe),
        "data": _data(moment, probe),
        "mix": by_time(progress, moment.t) if progress else mix(moment),
        "measure": losses(progress) if progress else distance(moment, carrier(moment)),
        **rest,
    }


def _clock(moment: Moment) -> Clock:
    if moment.progress:
        last = f"{moment.progress.last} iterations"
        return Clock(moment.step, float(moment.step), "iteration", "untrained 0", last)
    return Clock(moment.step, moment.t, "t", "noise 0", "1 data")


def _flow(moment: Moment, probe: Probe) -> Plane:
    speed = np.linalg.norm(probe.field)
    return Plane(
        f"The {_name(moment)} field at t = {moment.t:.2f}",
        f"{len(moment.particles)} particles at t = {moment.t:.2f}; the amber one moves at "
        f"{speed:.2f}, pulled by as many as {probe.count:.3g} points.",
        WINDOW,
        WINDOW,
        (
            Points(moment.still.goal, "data", 2.0, 0.35),
            Lines(moment.still.ways, "data" if moment.progress else carrier(moment), 1.0, 0.25),
            *_field(moment),
            Points(moment.particles, carrier(moment), 2.2, 0.8, label="particles"),
            *_probed(moment, probe),
        ),
    )


def _name(moment: Moment) -> str:
    if moment.theta is not None:
        return "learned"
    return "conditional" if moment.still.aimed else "exact"


def carrier(moment: Moment) -> Ink:
    return "exact" if moment.theta is None else "model"


def _field(moment: Moment) -> tuple[Layer, ...]:
    """The field in use; the exact one below a learned one; and what a net in training is told."""
    still = moment.still
    layers: list[Layer] = []
    if moment.theta is not None:
        exact = _shown(moment.exact) * moment.crowded[:, None]
        layers.append(Arrows(still.grid, exact, "exact", 0.6, label="exact field"))
    field = _shown(moment.field) * moment.crowded[:, None]
    layers.append(Arrows(still.grid, field, "field", 0.8, label=f"{_name(moment)} field"))
    if moment.progress:
        at, target = still.targets[:, 0], still.targets[:, 1]
        layers.append(Arrows(at, REACH * target, "data", 0.9, label="what the net is told"))
    if still.aimed:
        layers.append(Lines(moment.tube, "data", 2.0, 0.9, label="2σ of p_t(x | z)"))
    return tuple(layers)


def _shown(velocity: Array) -> Array:
    """Arrows of velocities: to scale where slow, held below LONGEST where fast."""
    uv = REACH * velocity
    length = np.linalg.norm(uv, axis=-1, keepdims=True)
    return np.asarray(uv / np.sqrt(1 + (length / LONGEST) ** 2))


def _probed(moment: Moment, probe: Probe) -> tuple[Layer, ...]:
    """The conditional ways that cross at the particle, the way it takes, and its velocity."""
    ways = Lines(probe.ways, "data", 1.2, 0.7, dashed=True, label="conditional ways")
    return (
        *(() if moment.progress else (ways,)),
        *_held(moment, probe),
        Arrows(probe.place, REACH * probe.exact, "exact", 1.0),
        Arrows(probe.place, REACH * probe.field, "field", 1.0),
    )


def _held(moment: Moment, probe: Probe) -> tuple[Layer, ...]:
    """The particle under the hand, from where it came and to where it goes."""
    ends = probe.way[0, [0, -1]]
    return (
        Lines(probe.way, "focus", 2.0, 0.9, label="the particle's way"),
        Points(ends[:1], "noise", 4.5),
        Points(ends[1:], "data", 4.5),
        Handles("probe", probe.place, clock="" if moment.progress else "held", jump=True),
    )


def _sum(moment: Moment, probe: Probe) -> Plane:
    """What pulls in each direction, all arrows one after the other."""
    tails = np.cumsum(probe.parts, 0) - probe.parts
    origin = np.zeros((1, 2))
    layers: tuple[Layer, ...] = (
        Arrows(tails, probe.parts, "data", 1.0, label="all pulls"),
        Arrows(origin, probe.exact, "exact", 1.0, label="sum"),
    )
    if moment.theta is not None:
        layers += (Arrows(origin, probe.field, "field", 1.0, label="net"),)
    u, v = probe.exact[0]
    reach = next((speed for speed in SPEEDS if probe.fastest < speed), SPEEDS[-1])
    return Plane(
        "All pulls, tip to tail",
        f"The pulls of {len(probe.weights)} points add up to the velocity ({u:.2f}, {v:.2f}).",
        (-reach, reach),
        (-reach, reach),
        layers,
        x_label="velocity",
    )


def _data(moment: Moment, probe: Probe) -> Plane:
    still, weights = moment.still, probe.weights
    best = int(weights.argmax())
    handles: list[Layer] = []
    if still.drawn:
        handles.append(Handles("yours", still.data, "data", grow=True))
    if still.aimed:
        handles.append(Handles("aim", still.goal, "exact", jump=True))
    lit = [(size, (low < weights) & (weights <= high)) for low, high, size in PULLS]
    return Plane(
        "Data, and who pulls",
        f"{len(still.data)} data points; the strongest pulls with weight {weights[best]:.0%}.",
        WINDOW,
        WINDOW,
        (
            Points(still.data, "data", 1.8, 0.6),
            *handles,
            *(Points(still.goal[mask], "focus", size, values=weights[mask]) for size, mask in lit),
            Words(still.goal[[best]] + np.array([0, 0.4]), (f"{weights[best]:.0%}",), "ink"),
        ),
    )


def _solved(moment: Moment) -> Plane:
    still, solved = moment.still, moment.solved
    assert solved is not None
    own = (Handles("yours", still.data, "data", grow=True),) if still.drawn else ()
    return Plane(
        f"{len(moment.particles)} particles at t = {moment.t:.2f}, and where ends are missed",
        f"After {solved.calls:.3g} calls a particle, ends are missed by {solved.error:.3g}.",
        WINDOW,
        WINDOW,
        (
            Points(still.goal, "data", 2.0, 0.35),
            *own,
            Lines(still.ways, carrier(moment), 1.0, 0.35),
            *_field(moment),
            Points(moment.particles, carrier(moment), 2.2, 0.8, label="particles"),
            Lines(solved.misses, "error", 2.0, 0.9, label="from its end to the true one"),
        ),
    )


def _density(moment: Moment, probe: Probe, inked: Inked) -> Plane:
    side = (float(BLOTTED[0]), float(BLOTTED[-1]))
    now = inked.truth[inked.tick]
    middle = inked.drop.mean(1, keepdims=True)
    seen = middle + MAGNIFIED * (inked.drop - middle)  # else its rim hides below the handle
    return Plane(
        f"log p_t at t = {moment.t:.2f}, and a drop of ink",
        f"At the particle log p is {now:.2f}; the drop's area is {inked.area:.2f} of what it was.",
        WINDOW,
        WINDOW,
        (
            Heat(inked.log_p, side, side, "sequential", FAINTEST, DENSEST, 0.55),
            Points(moment.particles, carrier(moment), 1.6, 0.5, label="particles"),
            Lines(seen, "ink", 1.6, 1.0, label=f"drop of ink, × {MAGNIFIED}"),
            *_held(moment, probe),
        ),
    )
