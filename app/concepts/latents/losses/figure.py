"""Two critics and their generators side by side; or five scores and what each of them costs."""

import numpy as np

from app.figures.scene import Chart, Clock, Ink, Matrix, Number, Numbers, Scene, Series

from .compute import Frame
from .example import LINE, Example
from .judge import Measures
from .lanes import Lane
from .racers import RACERS
from .stand import name, stand

LAYOUT = (
    "solo solo solo solo solo solo",
    "left left left right right right",
    "solo solo solo solo solo solo",
    "left left left right right right",
    "distance distance mmd mmd pull pull",
    "scores scores scores prices prices prices",
    "curves curves curves curves curves curves",
)


def draw(frame: Frame | Example) -> Scene:
    """The race at one moment, or the example."""
    if isinstance(frame, Example):
        return example(frame)
    sides = ("left", "right") if len(frame.lanes) > 1 else ("solo",)
    now = [Measures(*view.history[-1]) for view in frame.views]
    last = f"{frame.params.iterations}"
    return {
        **{side: stand(frame, i, now[i]) for i, side in enumerate(sides)},
        **charts(frame, now),
        "numbers": numbers(frame, now),
        "clock": Clock(frame.step, float(frame.step), "iteration", "0 untrained", last),
    }


def charts(frame: Frame, now: list[Measures]) -> dict[str, Chart]:
    """How far the samples are from the data by two measures, and how much they hear."""
    line = len(frame.density) > 0
    asked = "W₁ to data, exact" if line else "Sliced W₂ to data"
    titles = {
        "distance": (asked, (0.005, 3.0) if line else (0.1, 3.0), "distance"),
        "mmd": ("MMD to data, kernel 0.5 wide", (0.03, 1.5), "MMD"),
        "pull": ("How hard D pulls, mean ‖∂L_G/∂x‖", (1e-3, 20.0), "pull"),
    }
    found = {}
    for key, (title, (low, high), noun) in titles.items():
        column = Measures._fields.index(key)
        series = tuple(
            Series(
                view.history[:, 0],
                np.clip(view.history[:, column], low, high),
                "model",
                label(frame, lane),
                dashed=bool(i),
            )
            for i, (lane, view) in enumerate(zip(frame.lanes, frame.views, strict=True))
        )
        read = (
            f"{name(lane)} {getattr(m, key):.3g}" for lane, m in zip(frame.lanes, now, strict=True)
        )
        floor = frame.perfect.get(key)
        says = f"The {noun} reads {', '.join(read)}" + (
            f"; a perfect G {floor:.3g}." if floor else "."
        )
        found[key] = Chart(
            title,
            says,
            series,
            (0.0, float(frame.params.iterations)),
            (low, high),
            "iteration",
            log_y=True,
            floor=floor,
            cursor=float(frame.step),
        )
    return found


def label(frame: Frame, lane: Lane) -> str:
    """The loss in short; with its setting where it runs against itself."""
    twice = len({lane.pick[0] for lane in frame.lanes}) < len(frame.lanes)
    return name(lane) if twice else RACERS[lane.pick[0]].label


def numbers(frame: Frame, now: list[Measures]) -> Numbers:
    """Each lane in numbers, beside what a perfect generator would read."""
    floor, rows = frame.perfect, []
    for lane, read in zip(frame.lanes, now, strict=True):
        racer = RACERS[lane.pick[0]]
        who = label(frame, lane)
        rows += [
            Number(
                f"{who}: modes hit",
                read.modes,
                f"of {floor['modes']:.0f}",
                "modes with 1/5 of their share",
                "G(z)",
            ),
            Number(
                "spurious",
                read.spurious,
                "",
                "share beyond 3σ of every mode",
                "G(z)",
                floor["spurious"],
            ),
            Number(
                "changed mode",
                read.hopped,
                "",
                "share nearest to another mode than a picture ago",
                "G(z)",
            ),
            Number(racer.own, read.own, "", racer.formula, "D"),
        ]
        if len(frame.density) and lane.loss.kind != "energy":
            rows.append(
                Number(
                    "W₁ that D proves",
                    read.proved,
                    "",
                    "D's lead / its greatest steepness ≤ W₁",
                    "a(x)",
                )
            )
    return Numbers(tuple(rows))


def example(frame: Example) -> Scene:
    """A batch of scores, their prices, and G's two prices as curves."""
    n = frame.scores.shape[1]
    columns = tuple(str(i + 1) for i in range(n))
    means = frame.prices.mean(1)
    scores = Matrix(
        "A batch of scores: type your own",
        f"D gives real points {frame.scores[0].mean():.2f} on average, fake ones {frame.scores[1].mean():.2f}, and G's own {frame.scores[2].mean():.2f}.",
        frame.scores,
        rows=("D(x)", "D(G(z)), D's step", "D(G(z)), G's step"),
        columns=columns,
        edit="scores",
    )
    prices = Matrix(
        "What each score costs, in nats",
        f"D pays {means[0]:.5f} + {means[1]:.5f} = {frame.total:.5f}; G pays {means[2]:.5f} non-saturating, {means[3]:z.5f} minimax.",
        np.column_stack([frame.prices, means]),
        -5.0,
        5.0,
        "diverging",
        rows=("−log D(x)", "−log(1 − D(G(z)))", "G: −log D(G(z))", "G: log(1 − D(G(z)))"),
        columns=(*columns, "mean"),
        value_label="nats",
        digits=3,
    )
    names: tuple[tuple[str, Ink], ...] = (("−log D", "model"), ("log(1 − D)", "ink"))
    series = tuple(
        part
        for (label, ink), curve, price in zip(names, frame.curves, frame.prices[2:], strict=True)
        for part in (
            Series(LINE, curve, ink, label),
            Series(frame.scores[2], price, ink, style="points"),
        )
    )
    steep = np.abs(frame.slopes).mean(1)
    curves = Chart(
        "G's two prices of a score",
        f"By the logit, the non-saturating price of G's scores is {steep[0]:.3f} steep on average, the minimax one {steep[1]:.3f}.",
        series,
        (0.0, 1.0),
        (-5.0, 5.0),
        "D(G(z)): 0 fake … 1 real",
        "nats",
    )
    rows = (
        Number("D pays for real", means[0], "nats", "−mean log D(x)", "prices[0]"),
        Number("D pays for fake", means[1], "nats", "−mean log(1 − D(G(z)))", "prices[1]"),
        Number(
            "D pays", frame.total, "nats", "the sum; 2 log 2 = 1.386 in equilibrium", "prices[:2]"
        ),
        Number("G pays, non-saturating", means[2], "nats", "−mean log D(G(z))", "prices[2]"),
        Number("G pays, minimax", means[3], "nats", "mean log(1 − D(G(z)))", "prices[3]"),
        Number("Slope, non-saturating", steep[0], "", "mean |D − 1|, by the logit", "slopes[0]"),
        Number("Slope, minimax", steep[1], "", "mean |−D|, by the logit", "slopes[1]"),
    )
    return {"scores": scores, "prices": prices, "curves": curves, "numbers": Numbers(rows)}
