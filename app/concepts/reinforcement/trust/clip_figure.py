"""PPO's update as it is seen: every moment by ratio and advantage, on the clip's curve, and in the logs."""

import numpy as np

from app.figures.scene import (
    Chart,
    Clock,
    Handles,
    Ink,
    Lines,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
    Shapes,
    Words,
)

from .clip import Frame
from .metrics import Metrics
from .race_figure import race

Array = np.ndarray
RATIO, HIGH = (0.0, 2.0), 4.6  # the window: ratios, and advantages either way


def draw(frame: Frame) -> Scene:
    """The batch after some steps."""
    last = len(frame.whole) - 1
    return {
        "cases": cases(frame),
        "objective": objective(frame),
        "kl": kl(frame, last),
        "past": past(frame, last),
        "race": race(frame.race, frame.k),
        "numbers": numbers(frame),
        "clock": Clock(frame.k, float(frame.k), "step", "0 as it acted", str(last)),
    }


def cases(frame: Frame) -> Plane:
    """Ratio against advantage: six cases, two of them without a gradient."""
    low, high = 1 - frame.params.epsilon, 1 + frame.params.epsilon
    dots, free = np.stack([frame.r, frame.advantage], -1), frame.flows
    ends = np.array([[[x, -HIGH], [x, HIGH]] for x in (low, high)])
    beyond = int((frame.r > RATIO[1]).sum())
    says = (
        f"After {frame.k} steps {(~free).sum()} of {len(free)} moments have no gradient: {frame.cases[1, 2]} good "
        f"actions above {high:.2f}, {frame.cases[0, 0]} bad ones below {low:.2f}; {beyond} lie beyond the window."
    )
    layers = (
        Shapes(stopped(low, high), "noise", 0.16),
        Lines(ends, "soft", 1.0, 0.8, dashed=True),
        Points(dots[~free], "noise", 2.4, 0.9, "no gradient"),
        Points(dots[free], "model", 2.4, 0.75, "gradient"),
        *counts(frame, low, high),
        Handles("spot", np.array(frame.params.spot), label="yours"),
    )
    title = "Every moment, by ratio and advantage"
    return Plane(title, says, RATIO, (-HIGH, HIGH), layers, "ratio r", "Â", square=False)


def stopped(low: float, high: float) -> Array:
    """The two regions without a gradient."""
    boxes = ((high, max(high, RATIO[1]), 0.0, HIGH), (RATIO[0], max(low, RATIO[0]), -HIGH, 0.0))
    return np.array([[(a, c), (b, c), (b, d), (a, d)] for a, b, c, d in boxes])


def counts(frame: Frame, low: float, high: float) -> tuple[Words, Words]:
    """How many moments each case has."""
    middle = ((RATIO[0] + low) / 2, 1.0, min((high + RATIO[1]) / 2, 1.9))
    groups: dict[Ink, list[tuple[float, float, str]]] = {"model": [], "noise": []}
    for sign, way in enumerate(("← ", "→ ")):
        for case, x in enumerate(middle):
            still = (sign, case) in ((1, 2), (0, 0))
            text = f"{'stopped ' if still else way}{frame.cases[sign, case]}"
            y = HIGH - 1.6 if sign else 0.5 - HIGH
            groups["noise" if still else "model"].append((x, y, text))
    a, b = (
        Words(np.array([(x, y) for x, y, _ in some]), tuple(text for *_, text in some), ink)
        for ink, some in groups.items()
    )
    return a, b


def objective(frame: Frame) -> Plane:
    """The clip's curve with the moments on it."""
    dots, free, spot = np.stack([frame.r, frame.counted], -1), frame.flows, frame.spot
    layers = (
        Lines(
            np.array([[(0.0, 0.0), (2.0, 2.0)], [(0.0, 0.0), (2.0, -2.0)]]), "soft", 1.0, 0.6, True
        ),
        Lines(frame.hinges, "exact", 2.0, 0.8, label="min(rÂ, clip(r)Â)"),
        Points(dots[~free], "noise", 2.4, 0.9),
        Points(dots[free], "model", 2.4, 0.75),
        Points(np.array([[spot.r, spot.counted]]), "focus", 6.0, 1.0, "yours"),
    )
    says = (
        f"At ratio {spot.r:.2f} and advantage {spot.advantage:.2f} a moment counts {spot.objective:.2f}, "
        f"and pulls r by {spot.slope:.2f}."
    )
    title = "What PPO counts it as, for |Â| = 1"
    return Plane(title, says, RATIO, (-2.0, 2.0), layers, "ratio r", "", square=False)


def column(frame: Frame, name: str) -> Array:
    """A metric of all steps until now."""
    return frame.whole[: frame.k + 1, Metrics._fields.index(name)]


def series(frame: Frame, name: str, ink: Ink, label: str, dashed: bool = False) -> Series:
    """A metric over the steps until now."""
    x = np.arange(frame.k + 1, dtype=float)
    return Series(x, column(frame, name), ink, label, dashed=dashed)


def kl(frame: Frame, last: int) -> Chart:
    """The true divergence beside what logs make of it."""
    columns = [Metrics._fields.index(name) for name in ("kl", "k1", "k2", "k3")]
    low, high = float(frame.whole[:, columns].min()), float(frame.whole[:, columns].max())
    now = frame.now
    return Chart(
        "KL and three guesses at it",
        f"The new policy is {now.kl:.4f} nats from the old; the guesses are {now.k1:.4f}, "
        f"{now.k2:.4f} and {now.k3:.4f}.",
        (
            series(frame, "k1", "noise", "k₁"),
            series(frame, "k2", "data", "k₂", dashed=True),
            series(frame, "k3", "model", "k₃", dashed=True),
            series(frame, "kl", "exact", "exact"),
        ),
        (0.0, float(last)),
        (min(1.1 * low, 0.0), max(1.1 * high, 1e-4)),
        "step",
        "nats",
        cursor=float(frame.k),
    )


def past(frame: Frame, last: int) -> Chart:
    """How many moments have left the interval, and how many of them are let go."""
    high = float(frame.whole[:, Metrics._fields.index("outside")].max())
    return Chart(
        "Past 1 ± ε, or let go",
        f"{frame.now.outside:.1%} of the moments are past 1 ± {frame.params.epsilon:g}, "
        f"{frame.now.stopped:.1%} have no gradient.",
        (
            series(frame, "outside", "model", "past"),
            series(frame, "stopped", "noise", "no gradient"),
        ),
        (0.0, float(last)),
        (0.0, min(1.0, 1.25 * high + 0.01)),
        "step",
        "share",
        cursor=float(frame.k),
    )


def numbers(frame: Frame) -> Numbers:
    """What the logs of PPO say, and what they are made of."""
    now, spot, theta = frame.now, frame.spot, "logits[m, a]"
    rows = (
        Number("clip fraction", now.outside, "", "mean |r − 1| > ε", "r[m]"),
        Number("no gradient", now.stopped, "", "Â>0, r>1+ε or Â<0, r<1−ε", "r[m], Â[m]"),
        Number("KL, exact", now.kl, "nats", "mean Σₐ π_old log(π_old / π)", theta),
        Number("approx_kl, k₃", now.k3, "nats", "mean(r − 1 − log r)", "r[m]"),
        Number("old approx_kl, k₁", now.k1, "nats", "mean(−log r)", "r[m]"),
        Number("surrogate L", now.gain, "", "mean r Â", "r[m], Â[m]"),
        Number("policy loss", -now.objective, "", "−mean min(rÂ, clip(r)Â)", "r[m], Â[m]"),
        Number("entropy", now.entropy, "nats", "−Σₐ π log π", theta),
        Number("explained variance", frame.explained, "", "1 − Var(R̂ − V) / Var(R̂)", "V[n, t]"),
        Number(
            "yours counts",
            spot.objective,
            f"slope {spot.slope:z.2f}".replace("-", "−"),
            "min(rÂ, clip(r)Â)",
            "spot",
        ),
    )
    return Numbers(rows)
