"""Learners side by side: their returns, how far each update goes, which runs have fallen."""

import numpy as np

from app.figures.scene import Chart, Clock, Ink, Matrix, Number, Numbers, Scene, Series

from .learners import RUNS, Frame, Lane
from .study import ENTRANTS

INKS: tuple[Ink, ...] = ("data", "exact", "model", "focus")
NAMES = {one.name: one.label for one in ENTRANTS}
SOLVED = 475.0


def draw(frame: Frame) -> Scene:
    """All lanes after some updates."""
    p = frame.params
    done = frame.update - 1 + frame.turn / len(frame.lanes) if frame.update else 0.0
    return {
        "returns": returns(frame),
        "runs": runs(frame),
        "far": far(frame),
        "beta": beta(frame),
        "numbers": numbers(frame),
        "clock": Clock(frame.update, done, "update", "0", str(p.updates)),
    }


def name(lane: Lane) -> str:
    """A lane's name with its setting."""
    return f"{NAMES[lane.name]} {lane.setting:g}"


def returns(frame: Frame) -> Chart:
    """How well each learner's runs do."""
    middle = ", ".join(f"{name(one)} {one.band[-1, 1]:.0f}" for one in frame.lanes)
    return Chart(
        f"Return of {RUNS} runs each: median, and the middle half",
        f"After {frame.update} updates the median returns are: {middle}.",
        tuple(
            Series(
                np.arange(len(one.band), dtype=float),
                one.band[:, 1],
                ink,
                name(one),
                spread=one.band[:, ::2],
            )
            for one, ink in zip(frame.lanes, INKS, strict=False)
        ),
        (0.0, float(frame.params.updates)),
        (0.0, 510.0),
        "update",
        "return",
        floor=SOLVED,
        floor_label="solved",
    )


def runs(frame: Frame) -> Matrix:
    """Every run of every learner, struck out where it has fallen."""
    fallen = np.stack([one.collapsed for one in frame.lanes])
    return Matrix(
        "Return lately; struck out: fallen",
        f"{int(fallen.sum())} of {fallen.size} runs have lost more than half of their best return.",
        np.stack([one.lately for one in frame.lanes]),
        0.0,
        500.0,
        "sequential",
        tuple(name(one) for one in frame.lanes),
        tuple(str(i + 1) for i in range(RUNS)),
        "",
        "run",
        "return",
        digits=3,
        crossed=fallen,
    )


def far(frame: Frame) -> Chart:
    """How far each update has moved the policies."""
    with_any = [one for one in frame.lanes if len(one.kl)]
    said = ", ".join(f"{name(one)} {np.median(one.kl[-1]):.4f}" for one in with_any)
    return Chart(
        "How far each update goes: KL, median run",
        f"The last updates went, in nats: {said}." if said else "No update has been made yet.",
        tuple(
            Series(
                np.arange(1.0, len(one.kl) + 1),
                np.maximum(np.median(one.kl, -1), 1e-6) if len(one.kl) else np.zeros(0),
                ink,
                name(one),
            )
            for one, ink in zip(frame.lanes, INKS, strict=False)
        ),
        (0.0, float(frame.params.updates)),
        (1e-5, 10.0),
        "update",
        "nats",
        log_y=True,
    )


def beta(frame: Frame) -> Chart:
    """The price that PPO-Penalty puts on a nat."""
    priced = [
        (one, ink) for one, ink in zip(frame.lanes, INKS, strict=False) if one.name == "penalty"
    ]
    said = ", ".join(f"{np.median(one.beta[-1]):.3g}" for one, _ in priced)
    return Chart(
        "β, PPO-Penalty's price of a nat" if priced else "β: no PPO-Penalty among the learners",
        f"The median price is {said}." if said else "None of the learners puts a price on the KL.",
        tuple(
            Series(np.arange(len(one.beta), dtype=float), np.median(one.beta, -1), ink, name(one))
            for one, ink in priced
        ),
        (0.0, float(frame.params.updates)),
        (1e-4, 1e4),
        "update",
        "β",
        log_y=True,
    )


def numbers(frame: Frame) -> Numbers:
    """For each learner how many runs stand, and how many have fallen."""
    rows = []
    for one in frame.lanes:
        solved, fallen = (one.lately >= SOLVED).sum(), one.collapsed.sum()
        unit = f"of {RUNS} solved, {fallen} fallen"
        formula = "solved: R̄ ≥ 475 lately; fallen: R̄ < ½ of its best"
        rows.append(Number(name(one), float(solved), unit, formula, "return[run]"))
    return Numbers(tuple(rows))
