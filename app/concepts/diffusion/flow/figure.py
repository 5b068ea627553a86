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
REACH = 0.15  # an arrow shows how far its velocity leads in this time
LONGEST = 0.7  # and is never longer than this, however fast


def draw(frame: Frame) -> Scene:
    """The three planes, the schedule, the measure of success, and the numbers."""
    moment, probe = frame.moment, frame.probe
    return {
        "noise": _noise(moment, probe),
        "flow": _flow(moment, probe),
        "data": _data(moment, probe),
        "mix": _mix(moment),
        "measure": _losses(moment.progress) if moment.progress else _distance(moment),
        "numbers": Numbers(_numbers(moment, probe)),
        "clock": _clock(moment),
    }


def _clock(moment: Moment) -> Clock:
    if moment.progress:
        last = f"{moment.progress.last} iterations"
        return Clock(moment.step, moment.step, "iteration", "untrained 0", last)
    return Clock(moment.step, moment.t, "t", "noise 0", "1 data")


def _noise(moment: Moment, probe: Probe) -> Plane:
    start = probe.way[:, 0]
    return Plane(
        "Noise, t = 0",
        f"{len(moment.still.noise)} draws of N(0, I); the way through the probe begins at "
        f"({start[0, 0]:.2f}, {start[0, 1]:.2f}).",
        WINDOW,
        WINDOW,
        (Points(moment.still.noise, "noise", 1.8), Points(start, "focus", 5, label="its start")),
    )


def _flow(moment: Moment, probe: Probe) -> Plane:
    still, carried = moment.still, _carrier(moment)
    speed = np.linalg.norm(probe.field)
    arrows: tuple[Layer, ...] = (
        Arrows(still.grid, _shown(moment.field), "field", 0.75, label=f"{_name(moment)} field"),
    )
    if moment.theta is not None:
        arrows = (Arrows(still.grid, _shown(moment.exact), "exact", 0.6, label="exact"), *arrows)
    if moment.progress:
        at, target = still.targets[:, 0], still.targets[:, 1]
        arrows += (Arrows(at, _shown(target), "data", 0.9, label="what the net is told"),)
    return Plane(
        f"The {_name(moment)} field at t = {moment.t:.2f}",
        f"{len(moment.particles)} particles at t = {moment.t:.2f}; at the probe the field goes "
        f"{speed:.2f} a unit of time, and {probe.count:.1f} data points pull.",
        WINDOW,
        WINDOW,
        (
            Points(still.goal, "data", 2, 0.3, label="data"),
            Lines(still.ways, "data" if moment.progress else carried, 1, 0.25),
            *arrows,
            Points(moment.particles, carried, 2.2, 0.8, label="particles"),
            *_tube(moment),
            *_pulls(probe),
        ),
    )


def _name(moment: Moment) -> str:
    return "exact" if moment.theta is None else "learned"


def _carrier(moment: Moment) -> Ink:
    return "exact" if moment.theta is None else "model"


def _shown(velocity: Array) -> Array:
    """Arrows of velocities: true to scale where slow, held below LONGEST where fast."""
    uv = REACH * velocity
    length = np.linalg.norm(uv, axis=-1, keepdims=True)
    return np.asarray(uv / np.sqrt(1 + (length / LONGEST) ** 2))


def _tube(moment: Moment) -> tuple[Layer, ...]:
    if not len(moment.tube):
        return ()
    return (Lines(moment.tube, "data", 2, 0.9, label="where p_t(x | z) is"),)


def _pulls(probe: Probe) -> tuple[Layer, ...]:
    """The conditional ways that cross at the probe, their arrows tip to tail, and their sum."""
    uv = REACH * probe.parts
    tails = probe.place + np.cumsum(uv, 0) - uv
    return (
        Lines(probe.ways, "data", 1.2, 0.7, dashed=True, label="conditional ways"),
        Lines(probe.way, "focus", 2.2, 0.95, label="the way through the probe"),
        Arrows(tails, uv, "focus", 1.0),
        Handles("probe", probe.place, label="Probe"),
    )


def _data(moment: Moment, probe: Probe) -> Plane:
    still, end = moment.still, probe.way[:, -1]
    told = ", ".join(f"{weight:.0%}" for weight in probe.weights[:3])
    handles: tuple[Layer, ...] = ()
    if still.drawn:
        handles = (Handles("yours", still.data, "data", grow=True, label="Point"),)
    if still.aimed:
        handles = (*handles, Handles("aim", still.goal, "exact", label="The one point"))
    return Plane(
        "Data, t = 1: who pulls at the probe",
        f"{len(still.data)} data points; the strongest pull with {told or 'less than 2 % each'}.",
        WINDOW,
        WINDOW,
        (
            Points(still.data, "data", 1.8, 0.6),
            Points(probe.pullers, "focus", 4, values=probe.weights, label="pulls"),
            *handles,
            Points(end, "focus", 5),
            Words(
                probe.pullers[:3] + np.array([0, 0.35]),
                tuple(f"{weight:.0%}" for weight in probe.weights[:3]),
                "ink",
            ),
        ),
    )


def _mix(moment: Moment) -> Chart:
    t, alpha, beta = moment.still.mix.T
    a, b = (float(np.interp(moment.t, t, part)) for part in (alpha, beta))
    return Chart(
        "The mix x_t = α x₁ + β ε",
        f"At t = {moment.t:.2f} the mix holds {a:.2f} of the data and {b:.2f} of the noise.",
        (Series(t, alpha, "data", "α"), Series(t, beta, "noise", "β")),
        (0, 1),
        (0, max(1.05, float(beta.max()) * 1.05)),
        "t: noise 0, data 1",
        cursor=moment.t,
    )


def _distance(moment: Moment) -> Chart:
    distances, floor = moment.distances, moment.still.floor
    t = np.linspace(0, moment.t, len(distances))
    return Chart(
        "Distance from particles to data",
        f"Sliced W₂ {distances[-1]:.3f}; two perfect samples are {floor:.3f} apart.",
        (Series(t, distances, _carrier(moment)),),
        (0, 1),
        (0, 1.2 * max(float(distances[0]), floor)),
        "t: noise 0, data 1",
        floor=floor,
        cursor=moment.t,
    )


def _losses(progress: Progress) -> Chart:
    loss, gap = progress.losses[-1], progress.gaps[-1]
    top = 1.5 * max(progress.losses[0], progress.gaps[0])
    return Chart(
        "Loss seen, and error unseen",
        f"After {progress.at[-1]:.0f} iterations the loss is {loss:.2f}, its floor "
        f"{progress.floor:.2f}, the squared distance from the exact field {gap:.3f}.",
        (
            Series(progress.at, progress.losses, "model", "loss"),
            Series(progress.at, progress.gaps, "exact", "|learned − exact|²"),
        ),
        (0, max(1, progress.last)),
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
    straight = Number("straightness of the true ways", still.straightness, "", "|x₁ − x₀| / length")
    learned = (gap,) if moment.theta is not None else ()
    return (distance, ends, calls, straight, *learned, *probed[: 2 - len(learned)])
