"""Three couplings side by side: their pairs, the ways of their nets, and where one step leads."""

import numpy as np

from app.figures.scene import (
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
)

from .couplings import NAMES, Match

Array = np.ndarray
WINDOW = (-3.2, 3.2)
INKS: tuple[Ink, ...] = ("noise", "focus", "field")
SHORT = ("chance", "OT", "reflow")


def rivals(match: Match) -> Scene:
    """A plane for each coupling, what each net finds hard, and how each fares in one step."""
    step = int(match.at[-1])
    return {
        "chance": _plane(match, 0),
        "transport": _plane(match, 1),
        "reflow": _plane(match, 2),
        "loss": _loss(match),
        "leap": _leap(match),
        "numbers": Numbers(_numbers(match)),
        "clock": Clock(step, float(step), "lesson", "untrained 0", f"{match.last} lessons"),
    }


def _plane(match: Match, i: int) -> Plane:
    drawn = Handles("yours", match.data, "data", grow=True)
    own: tuple[Layer, ...] = (drawn,) if match.drawn and i == 0 else ()
    named = ("pairs", "the net's ways", "one step") if i == 0 else ("", "", "")
    return Plane(
        NAMES[i],
        f"Pairs of {NAMES[i]} cost {match.cost[i]:.2f}, the least is {match.least[i]:.2f}; one step "
        f"of the net misses by {match.misses[-1, i]:.2f}.",
        WINDOW,
        WINDOW,
        (
            Points(match.data, "data", 1.8, 0.35),
            *own,
            Lines(match.pairs[i], "data", 1.0, 0.4, label=named[0]),
            Lines(match.ways[i], "model", 1.2, 0.6, label=named[1]),
            Points(match.leaps[i], "model", 1.4, 0.8, label=named[2]),
        ),
    )


def _series(match: Match, values: Array) -> tuple[Series, ...]:
    lines = zip(INKS, SHORT, values.T, strict=True)
    return tuple(Series(match.at, line, ink, name) for ink, name, line in lines)


def _loss(match: Match) -> Chart:
    now = ", ".join(f"{n} {v:.2g}" for n, v in zip(SHORT, match.losses[-1], strict=True))
    return Chart(
        "Loss: what pairs disagree about",
        f"Losses: {now}.",
        _series(match, match.losses),
        (0.0, float(max(1, match.last))),
        (0.005, 12.0),
        "lessons",
        log_y=True,
    )


def _leap(match: Match) -> Chart:
    now = ", ".join(f"{n} {v:.2g}" for n, v in zip(SHORT, match.misses[-1], strict=True))
    return Chart(
        "One Euler step: how far from the way's end",
        f"Missed by: {now}.",
        _series(match, match.misses),
        (0.0, float(max(1, match.last))),
        (0.0, 2.5),
        "lessons",
        "rms",
    )


def _numbers(match: Match) -> tuple[Number, ...]:
    rows: list[Number] = []
    for i, name in enumerate(SHORT):
        cost, least = float(match.cost[i]), float(match.least[i])
        rows.append(Number(f"{name}: cost", cost, "", "E|x₁ − x₀|²", "x[200, 2]", least))
    for i, name in enumerate(SHORT):
        crossed = 100 * float(match.crossed[i])
        rows.append(Number(f"{name}: pairs that cross", crossed, "%", "", "x[200, 2]"))
    for i, name in enumerate(SHORT):
        straight = float(match.straight[-1, i])
        rows.append(
            Number(f"{name}: straightness", straight, "", "E|x₁ − x₀|² / E∫|ẋ|² dt", "", 1.0)
        )
    for i, name in enumerate(SHORT):
        far = float(match.distances[-1, i])
        rows.append(Number(f"{name}: one step to data", far, "", "sliced W₂", "", match.floor))
    return tuple(rows)
