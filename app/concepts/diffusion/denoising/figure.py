"""Four lanes side by side: pictures or particles, what the net says of them, and how far it is."""

import numpy as np

from app.figures import scene
from app.figures.scene import (
    Arrows,
    Chart,
    Contour,
    Film,
    Handles,
    Ink,
    Lines,
    Number,
    Points,
    Series,
)
from models.maths.levels import DATA

from .compute import BUDGETS, TICKS, Digits, Frame, Lane, Params, Plane

Array = np.ndarray
WINDOW = (-3.0, 3.0)
GROUND = (float(TICKS[0]), float(TICKS[-1]))
# The rows whose views are all there make the stage: digits together, a digit alone, particles.
LAYOUT = (
    "film film film snr",
    "film film film norm",
    "strip strip strip strip",
    "strip strip strip strip",
    "signal signal loudness loudness",
    "ddpm ddim ode flow",
    "race race why why",
)
# Lanes that think in noise are vermilion, those that follow a velocity green.
LOOKS: dict[str, tuple[Ink, bool]] = {
    "ddpm": ("model", False),
    "ddim": ("model", True),
    "ode": ("field", False),
    "flow": ("field", True),
}


def draw(frame: Frame) -> scene.Scene:
    """The race at one moment."""
    if isinstance(frame.shown, Digits):
        views = draw_digits(frame, frame.shown)
    else:
        views = draw_plane(frame, frame.shown)
    clock = scene.Clock(frame.step, float(frame.step), "step", "noise 0", f"{last(frame)} data")
    return {**views, "clock": clock}


def last(frame: Frame) -> int:
    """The moment of the samples: as many calls as the lane that makes most."""
    return max(len(lane.snr) for lane in frame.lanes)


def name(lane: str, p: Params) -> str:
    """What a lane is called, with the setting that matters."""
    settings = {"ddim": f"DDIM (η = {p.eta:g})", "ode": f"ODE ({p.solver.title()})"}
    return {"ddpm": "DDPM", "flow": "Flow (Euler)", **settings}[lane]


def level(lane: Lane) -> str:
    """How noisy a lane still is, in words."""
    return "clean" if lane.at == DATA else f"noise level t = {lane.at.t:.0f}"


def curve(lane: str, x: Array, y: Array, p: Params) -> Series:
    """A lane's curve in any chart."""
    ink, dashed = LOOKS[lane]
    return Series(x, y, ink, name(lane, p).partition(" (")[0], dashed=dashed)


def numbers(frame: Frame) -> tuple[Number, Number]:
    """Calls made and signal to noise, of the first lane."""
    lane = frame.lanes[0]
    calls, who = len(lane.norm), name(lane.name, frame.params)
    return (
        Number(
            f"calls of the net, {who}",
            float(calls),
            f"of {len(lane.snr)}",
            "one a moment, all lanes",
        ),
        Number(
            f"signal to noise, {who}", float(lane.snr[calls - 1]), "", "ᾱ / (1 − ᾱ)", "alpha_bar[t]"
        ),
    )


def loudness(frame: Frame) -> Number:
    """How loud the noise is that the net predicts, in the first lane."""
    lane = frame.lanes[0]
    who = name(lane.name, frame.params)
    return Number(f"‖ε̂‖/√d, {who}", float(lane.norm[-1]), "", "√mean ε̂²", "eps[lane, …]")


# --- digits --------------------------------------------------------------------------------------


def draw_digits(frame: Frame, shown: Digits) -> dict[str, scene.View]:
    views: dict[str, scene.View]
    rows = scene.Numbers((*numbers(frame), loudness(frame), *apart(frame, shown)))
    if len(frame.lanes) > 1:
        views = {"film": film(frame, shown), "snr": snr(frame), "norm": norm(frame)}
    else:  # a long strip wants another place: LAYOUT
        views = {"strip": strip(frame, shown), "signal": snr(frame), "loudness": norm(frame)}
    return {**views, "numbers": rows}


def film(frame: Frame, shown: Digits) -> Film:
    """A row a lane: x_t and x̂_0 now, and x̂_0 at the kept moments."""
    now = np.stack([[lane.x_t[0], lane.x_0[0]] for lane in frame.lanes])
    return Film(
        "x_t, and the clean digit x̂₀ that the net sees",
        f"Step {frame.step} of {last(frame)}; on the right x̂₀ as it was at step "
        f"{', '.join(map(str, shown.at))}.",
        np.concatenate([now, shown.kept[:, :, 1]], 1),
        row_labels=tuple(name(lane.name, frame.params) for lane in frame.lanes),
        column_labels=("x_t", "x̂₀", *(f"x̂₀, step {at}" for at in shown.at)),
    )


def strip(frame: Frame, shown: Digits) -> Film:
    """One lane through time: x_t above x̂_0."""
    (lane,) = frame.lanes
    kept = shown.kept[0].swapaxes(0, 1)
    return Film(
        f"{name(lane.name, frame.params)}: x_t, and the digit x̂₀ seen in it",
        f"Step {frame.step} of {last(frame)}, {level(lane)}.",
        np.concatenate([kept, np.stack([lane.x_t, lane.x_0])], 1),
        row_labels=("x_t", "x̂₀"),
        column_labels=(*(f"step {at}" for at in shown.at), "now"),
    )


def apart(frame: Frame, shown: Digits) -> tuple[Number, ...]:
    """How unlike the lanes' clean digits are."""
    lanes = zip(frame.lanes, shown.apart, strict=True)
    formula, source = "√mean (x̂₀ − x̂₀ of DDIM)²", "x̂₀[lane, 32, 32]"
    return tuple(
        Number(
            f"{name(lane.name, frame.params)} from DDIM", float(far), "of range 2", formula, source
        )
        for lane, far in lanes
        if len(frame.lanes) > 1 and lane.name != "ddim"
    )


def snr(frame: Frame) -> Chart:
    """Where on the way from noise to data each lane spends its calls."""
    lane = frame.lanes[0]
    standing = f"{name(lane.name, frame.params)} stands at {lane.snr[len(lane.norm) - 1]:.3g}."
    lanes = [(lane.name, np.arange(1.0, len(lane.snr) + 1), lane.snr) for lane in frame.lanes]
    return Chart(
        "Signal to noise",
        f"From all noise to almost none; {standing}",
        tuple(curve(*told, frame.params) for told in lanes),
        (1.0, float(max(2, last(frame)))),
        (1e-5, 1e5),
        "call",
        "ᾱ / (1 − ᾱ)",
        log_y=True,
        cursor=float(min(frame.step + 1, last(frame))),
    )


def norm(frame: Frame) -> Chart:
    """How loud the net thinks the noise is; exactly 1 on average only where all is noise."""
    lanes = [(lane.name, np.arange(1.0, len(lane.norm) + 1), lane.norm) for lane in frame.lanes]
    heard = ", ".join(f"{name(who, frame.params)} {heard[-1]:.2f}" for who, _, heard in lanes)
    return Chart(
        "Loudness of ε̂",
        f"‖ε̂‖/√d at the latest call: {heard}.",
        tuple(curve(*told, frame.params) for told in lanes),
        (1.0, float(max(2, last(frame)))),
        (0.4, 1.4),
        "call",
        "‖ε̂‖/√d",
        cursor=float(min(frame.step + 1, last(frame))),
    )


# --- the plane -----------------------------------------------------------------------------------


def draw_plane(frame: Frame, shown: Plane) -> dict[str, scene.View]:
    lanes = {lane.name: particles(frame, shown, i) for i, lane in enumerate(frame.lanes)}
    alone = (loudness(frame), *step_numbers(shown)) if len(lanes) == 1 else ()
    return {
        **lanes,
        "race": against_calls(frame, shown),
        "why": why(frame, shown),
        "numbers": scene.Numbers((*numbers(frame), *from_data(frame, shown), *alone)),
    }


def particles(frame: Frame, shown: Plane, i: int) -> scene.Plane:
    """One lane's particles, over the density that they should have at this noise level."""
    lane, trails, placed = frame.lanes[i], shown.trails[i], frame.lanes[i].x_t[:1]
    alone = len(frame.lanes) == 1  # four small planes have no room for a legend
    named = ("particles", "true next steps", "to its x̂₀") if alone else ("", "", "")
    layers = (
        Points(shown.truth[:400], "data", 1.2, 0.35),
        Contour(shown.log_density[i], GROUND, GROUND, (-3.0, -0.7), width=1.0),
        Points(lane.x_t[1:601], "model", 2.2 if alone else 1.4, 0.6, label=named[0]),
        Lines(trails[1:], "noise", 0.8, 0.35),
        Lines(trails[:1], "focus", 2.0, 1.0),
        *((Points(shown.reverse.ends, "exact", 1.8, 0.9, label=named[1]),) if i == 0 else ()),
        Arrows(placed, lane.x_0[:1] - placed, "ink", 0.9, label=named[2]),
        Points(placed, "focus", 4.5, 1.0),
        Handles("start", np.array(frame.params.start)),
    )
    says = (
        f"{name(lane.name, frame.params)}, {level(lane)}: sliced W₂ to the data "
        f"{shown.distance[i]:.2f}, of perfect samples {shown.floor[0]:.2f}."
    )
    return scene.Plane(name(lane.name, frame.params), says, WINDOW, WINDOW, layers)


def against_calls(frame: Frame, shown: Plane) -> Chart:
    """The race itself: what each sampler makes of a budget."""
    ran, (mean, least, most) = np.array(BUDGETS[: len(shown.race)], float), shown.floor
    most_calls = float(max(40, frame.params.steps))
    perfect = Series(
        np.array([1.0, most_calls]), np.full(2, mean), "exact", "perfect", dashed=True,
        spread=np.tile([least, most], (2, 1)),
    )  # fmt: skip
    curves = [curve(lane, ran, shown.race[:, i], frame.params) for i, lane in enumerate(LOOKS)]
    ends = [
        f"after {n:.0f} calls at {min(row):.2f} to {max(row):.2f}"
        for n, row in zip(ran, shown.race, strict=True)
    ]
    return Chart(
        "Sliced W₂ by calls",
        f"To the data the samplers end {'; '.join(ends[-1:]) or 'nowhere yet'}; perfect samples read {mean:.2f}.",
        (perfect, *curves),
        (1.0, most_calls),
        (0.7 * float(least), 3.0),
        "calls",
        log_x=True,
        log_y=True,
        cursor=float(frame.params.steps),
    )


def why(frame: Frame, shown: Plane) -> Chart:
    """The marked particle's next step: the truth, and the one Gaussian that there is for it."""
    way, lane = shown.reverse, name(frame.lanes[0].name, frame.params)
    wide = f"that of DDPM is {100 * way.told:.0f} % as wide as the truth."
    told = wide if way.told else "DDPM adds no noise in the last step."
    return Chart(
        "True next step",
        f"Of the amber particle's next step in {lane} one Gaussian misses {way.lost:.2g} nats; {told}",
        (
            Series(way.z, way.density, "exact", "exact"),
            Series(way.z, way.gaussian, "model", "one Gaussian", dashed=True),
        ),
        (-4.0, 4.0),
        (0.0, max(1.2, 1.05 * float(way.density.max()))),
        "standard deviations",
    )


def from_data(frame: Frame, shown: Plane) -> tuple[Number, ...]:
    """Each lane's distance to the data, with what perfect samples read."""
    lanes, floor = zip(frame.lanes, shown.distance, strict=True), float(shown.floor[0])
    formula, source = "sliced W₂ of 2,000 particles and 2,000 samples", "x_t[lane, 1:]"
    return tuple(
        Number(
            f"{name(lane.name, frame.params)} to data", float(far), "units", formula, source, floor
        )
        for lane, far in lanes
    )


def step_numbers(shown: Plane) -> tuple[Number, Number]:
    """What a Gaussian cannot say of the next step, and how narrow DDPM's is."""
    way = shown.reverse
    lost = Number(
        "lost by one Gaussian", way.lost, "nats", "KL(q(x_s | x_t) ‖ N)", "reverse.density"
    )
    told = Number("DDPM's std / true std", way.told, "", "√(β̃ / λ_max)", "reverse.told")
    return lost, told
