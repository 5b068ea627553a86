"""How lanes are called and told apart, and the charts that pictures and particles share."""

import numpy as np

from app.figures.scene import Chart, Ink, Number, Series
from models.maths.levels import DATA
from models.maths.predictions import magnified

from .frame import ENTRANTS, Frame, Lane

Array = np.ndarray
CALLED = {one.name: one.label for one in ENTRANTS}
# The lanes in order: two solid and dashed pairs.
LOOKS: tuple[tuple[Ink, bool], ...] = (
    ("model", False),
    ("model", True),
    ("field", False),
    ("field", True),
)
# What an answer is called where its size is shown, and the window of that.
SIZES: dict[str, tuple[str, tuple[float, float]]] = {
    "eps": ("ε̂", (0.1, 10.0)),
    "v": ("v̂", (0.001, 10.0)),
    "score": ("score", (0.1, 1000.0)),
}


def name(frame: Frame, i: int) -> str:
    """What a lane is called, with its setting."""
    who, eta = frame.params.lanes[i]
    return CALLED[who] if eta is None else f"{CALLED[who]} η {eta:g}"


def short(frame: Frame, i: int) -> str:
    """The same for a legend."""
    return name(frame, i).replace("-Solver", "").replace(" 2M", "")


def last(frame: Frame) -> int:
    """The moment of the samples: as many calls as the lane that makes most."""
    return max(len(lane.asks) for lane in frame.lanes)


def level(lane: Lane) -> str:
    """How noisy a lane still is, in words."""
    return "clean" if lane.at == DATA else f"noise level t = {lane.at.t:.0f}"


def curve(frame: Frame, i: int, x: Array, y: Array) -> Series:
    """A lane's curve in any chart."""
    ink, dashed = LOOKS[i]
    return Series(x, y, ink, short(frame, i), dashed=dashed)


def snr(frame: Frame) -> Chart:
    """The schedule, and where on the way from noise to data each lane spends its calls."""
    at, plane = frame.lanes[0].latest, frame.params.subject == "plane"
    return Chart(
        "Signal to noise by t",
        f"Falls from data on the right to noise on the left; {name(frame, 0)} stands at t = "
        f"{at.t:.0f}, signal to noise {(at.alpha / at.sigma) ** 2:.3g}.",
        (*known(frame), *stops(frame)),
        (999.0, 0.0),
        (1e-7 if plane else 1e-5, 1e5),
        "t",
        "ᾱ / (1 − ᾱ)",
        log_y=True,
        cursor=at.t,
    )


def known(frame: Frame) -> tuple[Series, ...]:
    """The schedule in use and, where another may be chosen, the two that everybody uses."""
    ruler, used = frame.ruler, frame.params.schedule
    if frame.params.subject == "digits":
        return (Series(ruler.t, ruler.snr, "ink", "schedule"),)
    usual = {"linear": ruler.linear, "cosine": ruler.cosine}
    beside = [
        Series(ruler.t, y, "noise", who, dashed=who == "cosine")
        for who, y in usual.items()
        if who != used
    ]
    return (*beside, Series(ruler.t, ruler.snr, "ink", used))


def stops(frame: Frame) -> tuple[Series, ...]:
    """A dot a call; lanes that stop at the same times share theirs."""
    groups: dict[tuple[float, ...], list[int]] = {}
    for i, lane in enumerate(frame.lanes):
        groups.setdefault(tuple(sorted(set(lane.t))), []).append(i)
    return tuple(dots(frame, members) for members in groups.values())


def dots(frame: Frame, members: list[int]) -> Series:
    """The stops of some lanes, in rising order of time."""
    lane, more = frame.lanes[members[0]], len(members) - 1
    label = short(frame, members[0]) + (f" and {more} more" if more else "")
    return Series(lane.t[::-1], lane.snr[::-1], LOOKS[members[0]][0], label, "points")


def size(frame: Frame) -> Chart:
    """How large the net's answers are; of a perfect net, ε̂ is 1 on average where all is noise."""
    called, window = SIZES[frame.params.view]
    heard = [f"{name(frame, i)} {lane.size[-1]:.3g}" for i, lane in enumerate(frame.lanes)]
    calls = [np.arange(1.0, len(lane.size) + 1) for lane in frame.lanes]
    return Chart(
        f"Size of the net's {called}",
        f"Root mean square of {called} at the latest call: {', '.join(heard)}.",
        tuple(curve(frame, i, calls[i], lane.size) for i, lane in enumerate(frame.lanes)),
        (1.0, float(max(2, last(frame)))),
        window,
        "call",
        f"√mean {called}²",
        log_y=True,
        cursor=float(min(frame.step + 1, last(frame))),
    )


def left(frame: Frame) -> Number:
    """How much of the data is still in the noise where the first lane starts."""
    formula = "√ᾱ at the first call; linear 0.0064, cosine 0.00005, linear in 50 steps 0.78"
    first = frame.lanes[0].asks[0]
    return Number("signal left at the start", first.alpha, "", formula, "alpha_bar[first]")


def cost(frame: Frame) -> Number:
    """What an error in the noise is worth in the clean data, in the first lane."""
    times, formula = magnified(frame.lanes[0].latest), "σ_t / α_t"
    return Number(f"ε̂'s error in x̂₀, {name(frame, 0)}", times, "×", formula, "alpha_bar[t]")
