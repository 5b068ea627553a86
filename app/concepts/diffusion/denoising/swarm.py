"""Lanes of particles: each over the density it should have, and what the samplers make of a budget."""

import numpy as np

from app.figures import scene
from app.figures.scene import Arrows, Chart, Contour, Handles, Lines, Number, Points, Series
from models.maths.levels import DATA

from .frame import Frame, Plane
from .look import LOOKS, cost, curve, left, level, name, short, size, snr
from .plane import BUDGETS, TICKS

WINDOW = (-3.0, 3.0)
GROUND = (float(TICKS[0]), float(TICKS[-1]))
ARROWS = {"x0": "to its x̂₀", "eps": "its ε̂", "v": "its v̂", "score": "σ² × its score, to αx̂₀"}


def draw_plane(frame: Frame, shown: Plane) -> dict[str, scene.View]:
    """The lanes, the race so far, the true next step, the schedule."""
    count = len(frame.lanes)
    lanes = {f"lane{count}{i}": particles(frame, shown, i) for i in range(count)}
    alone = step_numbers(shown) if count == 1 else ()
    plain = frame.params.view == "x0"
    return {
        **lanes,
        "race": against_calls(frame, shown),
        **({"why": why(frame, shown)} if plain else {"size": size(frame)}),
        "schedule": snr(frame),
        "numbers": scene.Numbers(
            (cost(frame), left(frame), start(shown), *from_data(frame, shown), *alone)
        ),
    }


def particles(frame: Frame, shown: Plane, i: int) -> scene.Plane:
    """One lane's particles, over the density that they should have at this noise level."""
    lane, trails, placed = frame.lanes[i], shown.trails[i], frame.lanes[i].x_t[:1]
    alone = len(frame.lanes) == 1  # small planes have no room for a legend
    arrow = ARROWS[frame.params.view]
    named = ("particles", "true next steps", arrow) if alone else ("", "", "")
    layers = (
        Points(shown.truth[:400], "data", 1.2, 0.35),
        Contour(shown.log_density[i], GROUND, GROUND, (-3.0, -0.7), width=1.0),
        Points(lane.x_t[1:601], "model", 2.2 if alone else 1.4, 0.6, label=named[0]),
        Lines(trails[1:], "noise", 0.8, 0.35),
        Lines(trails[:1], "focus", 2.0, 1.0),
        *((Points(shown.reverse.ends, "exact", 1.8, 0.9, label=named[1]),) if i == 0 else ()),
        Arrows(placed, shown.arrows[i : i + 1], "ink", 0.9, label=named[2]),
        Points(placed, "focus", 4.5, 1.0),
        Handles("start", np.array(frame.params.start)),
    )
    says = (
        f"{name(frame, i)}, call {len(lane.size)} of {len(lane.asks)}, {level(lane)}: sliced W₂ to the data "
        f"{shown.distance[i]:.2f}, of perfect samples {shown.floor[0]:.2f}."
    )
    return scene.Plane(name(frame, i), says, WINDOW, WINDOW, layers)


def against_calls(frame: Frame, shown: Plane) -> Chart:
    """The race itself: what each sampler makes of a budget."""
    mean, least, most = shown.floor
    most_calls = float(max(40, *(len(lane.asks) for lane in frame.lanes)))
    perfect = Series(
        np.array([1.0, most_calls]), np.full(2, mean), "exact", "perfect", dashed=True,
        spread=np.tile([least, most], (2, 1)),
    )  # fmt: skip
    ran = [np.array(BUDGETS[: len(found)], float) for found in shown.race]
    curves = [curve(frame, i, ran[i], found) for i, found in enumerate(shown.race)]
    ends = [
        f"{name(frame, i)} {found[-1]:.2f} after {ran[i][-1]:.0f} calls"
        for i, found in enumerate(shown.race)
        if len(found)
    ]
    return Chart(
        "Sliced W₂ by calls",
        f"To the data, {', '.join(ends) or 'nobody has raced yet'}; perfect samples read {mean:.2f}.",
        (perfect, *curves, *ended(frame, shown)),
        (1.0, most_calls),
        (0.7 * float(least), 3.0),
        "calls",
        log_x=True,
        log_y=True,
        cursor=float(len(frame.lanes[0].size)),
    )


def ended(frame: Frame, shown: Plane) -> tuple[Series, ...]:
    """A dot where each lane on the stage has ended."""
    return tuple(
        Series(np.array([float(len(lane.asks))]), np.array([far]), LOOKS[i][0], style="points")
        for i, (lane, far) in enumerate(zip(frame.lanes, shown.distance, strict=True))
        if lane.at == DATA
    )


def why(frame: Frame, shown: Plane) -> Chart:
    """The marked particle's next step: the truth, and the one Gaussian that there is for it."""
    way, lane = shown.reverse, name(frame, 0)
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
    floor = float(shown.floor[0])
    formula, source = "sliced W₂ of 2,000 particles and 2,000 samples", "x_t[lane, 1:]"
    return tuple(
        Number(f"{short(frame, i)} to data", float(far), "units", formula, source, floor)
        for i, far in enumerate(shown.distance)
    )


def start(shown: Plane) -> Number:
    """What it costs to start from pure noise where the schedule has left some signal."""
    far, floor = map(float, shown.off)
    return Number("start to its law", far, "units", "sliced W₂ of N(0, I) to p_t", "x_T", floor)


def step_numbers(shown: Plane) -> tuple[Number, Number]:
    """What a Gaussian cannot say of the next step, and how narrow DDPM's is."""
    way = shown.reverse
    lost = Number(
        "lost by one Gaussian", way.lost, "nats", "KL(q(x_s | x_t) ‖ N)", "reverse.density"
    )
    told = Number("DDPM's std / true std", way.told, "", "√(β̃ / λ_max)", "reverse.told")
    return lost, told
