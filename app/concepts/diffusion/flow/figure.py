"""Noise on the left, data on the right, and between them the field that leads from one to the other."""

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Clock,
    Handles,
    Ink,
    Layer,
    Lines,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
    Words,
)

from .frame import Frame, Moment, Progress
from .probe import Probe

Array = np.ndarray
WINDOW = (-3.2, 3.2)
REACH = 0.3  # an arrow shows how far its velocity leads in this time
LONGEST = 0.4  # but is never longer than this, however fast
PULLS = ((0.1, 1.0, 5.0), (0.02, 0.1, 4.0), (0.002, 0.02, 2.8))  # weights from, to, and size of dot


def draw(frame: Frame) -> Scene:
    """The three planes, the schedule, the measure of success, and the numbers."""
    moment, probe = frame.moment, frame.probe
    return {
        "flow": _flow(moment, probe),
        "noise": _noise(moment, probe),
        "data": _data(moment, probe),
        "mix": _mix(moment),
        "measure": _losses(moment.progress) if moment.progress else _distance(moment),
        "numbers": Numbers(_numbers(moment, probe)),
        "clock": _clock(moment),
    }


def _clock(moment: Moment) -> Clock:
    if moment.progress:
        last = f"{moment.progress.last} iterations"
        return Clock(moment.step, float(moment.step), "iteration", "untrained 0", last)
    return Clock(moment.step, moment.t, "t", "noise 0", "1 data")


def _noise(moment: Moment, probe: Probe) -> Plane:
    start = probe.way[:, 0]
    return Plane(
        "Noise, t = 0",
        f"{len(moment.still.noise)} draws of N(0, I); the way through the probe begins at "
        f"({start[0, 0]:.2f}, {start[0, 1]:.2f}).",
        WINDOW,
        WINDOW,
        (Points(moment.still.noise, "noise", 1.8), Points(start, "focus", 5.0, label="its start")),
    )


def _flow(moment: Moment, probe: Probe) -> Plane:
    return Plane(
        f"The {_name(moment)} field at t = {moment.t:.2f}",
        f"{len(moment.particles)} particles at t = {moment.t:.2f}; at the probe the speed is "
        f"{np.linalg.norm(probe.field):.2f}, points that pull there: {probe.count:.3g}.",
        WINDOW,
        WINDOW,
        (
            Points(moment.still.goal, "data", 2.0, 0.35),
            Lines(moment.still.ways, "data" if moment.progress else _carrier(moment), 1.0, 0.25),
            *_field(moment),
            Points(moment.particles, _carrier(moment), 2.2, 0.8, label="particles"),
            *_probed(moment, probe),
        ),
    )


def _name(moment: Moment) -> str:
    if moment.theta is not None:
        return "learned"
    return "conditional" if moment.still.aimed else "exact"


def _carrier(moment: Moment) -> Ink:
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
    """The conditional ways that cross at the probe, their arrows tip to tail, and the sum of these."""
    parts = REACH * probe.parts
    tails = probe.place + np.cumsum(parts, 0) - parts
    ways = Lines(probe.ways, "data", 1.2, 0.7, dashed=True, label="conditional ways")
    return (
        *(() if moment.progress else (ways,)),
        Lines(probe.way, "focus", 2.0, 0.9, label="way through the probe"),
        Arrows(tails, parts, "data", 1.0),
        Arrows(probe.place, REACH * probe.exact, "exact", 1.0),
        Arrows(probe.place, REACH * probe.field, "field", 1.0),
        Handles("probe", probe.place),
    )


def _data(moment: Moment, probe: Probe) -> Plane:
    still, weights = moment.still, probe.weights
    best = int(weights.argmax())
    handles: list[Layer] = []
    if still.drawn:
        handles.append(Handles("yours", still.data, "data", grow=True))
    if still.aimed:
        handles.append(Handles("aim", still.goal, "exact"))
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


def _mix(moment: Moment) -> Chart:
    t, alpha, beta = moment.still.mix.T
    a, b = (float(np.interp(moment.t, t, part)) for part in (alpha, beta))
    return Chart(
        "x_t = α x₁ + β ε",
        f"At t = {moment.t:.2f} the mix holds {a:.2f} of the data and {b:.2f} of the noise.",
        (Series(t, alpha, "data", "α"), Series(t, beta, "noise", "β")),
        (0.0, 1.0),
        (0.0, max(1.05, float(beta.max()) * 1.05)),
        "t",
        cursor=moment.t,
    )


def _distance(moment: Moment) -> Chart:
    distances, floor = moment.distances, moment.still.floor
    t = np.linspace(0, moment.t, len(distances))
    return Chart(
        "Distance to the data",
        f"Sliced W₂ {distances[-1]:.3f}; two perfect samples are {floor:.3f} apart.",
        (Series(t, distances, _carrier(moment)),),
        (0.0, 1.0),
        (0.0, 1.1 * max(float(distances[0]), moment.still.lump)),
        "t",
        floor=floor,
        cursor=moment.t,
    )


def _losses(progress: Progress) -> Chart:
    loss, gap = progress.losses[-1], progress.gaps[-1]
    top = 1.5 * max(progress.losses[0], progress.gaps[0])
    return Chart(
        "Loss and true error",
        f"After {progress.at[-1]:.0f} iterations the loss is {loss:.2f}, its floor "
        f"{progress.floor:.2f}, the squared distance from the exact field {gap:.3f}.",
        (
            Series(progress.at, progress.losses, "model", "loss"),
            Series(progress.at, progress.gaps, "exact", "|learned − exact|²"),
        ),
        (0.0, float(max(1, progress.last))),
        (float(top / 1000), float(top)),
        "iterations",
        log_y=True,
        floor=progress.floor,
        floor_label="floor of the loss",
    )


def _numbers(moment: Moment, probe: Probe) -> tuple[Number, ...]:
    still, progress = moment.still, moment.progress
    what = "samples" if progress else "particles"
    distance = Number(
        f"{what} to data", float(moment.distances[-1]), "", "sliced W₂", "x[n, 2]", still.floor
    )
    gap = Number(
        f"learned − exact at t = {moment.t:.2f}",
        moment.gap,
        "/ time",
        "rms under p_t",
        "u[n, 2]",
        0.0,
    )
    probed = (
        Number("points that pull at the probe", probe.count, "", "exp H(p_t(z | x))", "weights[z]"),
        Number(
            "spread of the targets there", probe.spread, "/ time", "√Var[target | x_t]", "u[z, 2]"
        ),
    )
    if progress:
        loss = Number(
            "loss", float(progress.losses[-1]), "", "E|u_θ − target|²", "loss[i]", progress.floor
        )
        return (loss, gap, distance, *probed)
    ends = Number("solver's error at t = 1", still.error, "", "rms |x₁ − RK4's x₁|", "x[64, 2]")
    calls = Number("calls of the field", float(still.calls), "a particle")
    straight = Number(
        "straightness of the true ways", still.straightness, "", "E|x₁ − x₀|² / E∫|ẋ|² dt"
    )
    learned = (gap,) if moment.theta is not None else ()
    return (distance, ends, calls, straight, *learned, *probed[: 2 - len(learned)])
