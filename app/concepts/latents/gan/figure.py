"""Two discriminators of one generator: the one that has learned, and the best there could be."""

from collections.abc import Mapping

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Clock,
    Handles,
    Heat,
    Ink,
    Layer,
    Mesh,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
)
from models.maths.cells import REACH, TICKS

from . import algorithm, games, phase
from .compute import Frame
from .judge import Measures
from .lines import Line

Past = Mapping[str, np.ndarray]  # each of the Measures, frame by frame
WINDOW = (-REACH, REACH)
HEAT = (float(TICKS[0]), float(TICKS[-1]))
ARROWS = 96  # samples that carry one
LOSSES = {  # the window of each loss
    "non-saturating": (0.0, 2.5),
    "minimax": (-1.5, 2.0),
    "least squares": (0.0, 0.6),
}


def draw(frame: Frame | Line | games.Frame) -> Scene:
    """The players and the truth about them; or a game of two numbers."""
    if isinstance(frame, games.Frame):
        return phase.draw(frame)
    if isinstance(frame, Line):
        return algorithm.draw(frame)
    now = Measures(*frame.history[-1])
    past = dict(zip(Measures._fields, frame.history.T, strict=True))
    return {
        "game": learned(frame, now),
        "best": best(frame, now),
        "loss": losses(frame, now, past),
        "scores": scores(frame, now, past),
        "quality": quality(frame, now, past),
        "numbers": numbers(frame, now),
        "clock": Clock(
            frame.step, float(frame.step), "iteration", "0 untrained", f"{frame.params.iterations}"
        ),
    }


def learned(frame: Frame, now: Measures) -> Plane:
    """D over the plane, data, samples, their gradients and the warped latent grid."""
    layers: tuple[Layer, ...] = (
        Heat(frame.score, HEAT, HEAT, "diverging", 1.0, 0.0, 0.5, label="D (1 real, 0 fake)"),
        Points(frame.data, "data", 2.0, 0.75, label="data"),
        Mesh(frame.mesh, alpha=0.3),
        Points(frame.samples, "model", 2.2, label="samples"),
        Arrows(frame.samples[:ARROWS], frame.pull[:ARROWS], alpha=0.9, label="D's pull"),
    )
    if frame.params.data == "drawn":
        layers += (Handles("clusters", np.array(frame.params.clusters), grow=True),)
    turn = frame.turn
    who = {
        (True, True): f"D learns at {turn.lr_d:.4g}, G at {turn.lr_g:.4g}",
        (True, False): f"only D learns, at {turn.lr_d:.4g}",
        (False, True): f"only G learns, at {turn.lr_g:.4g}",
    }
    says = (
        f"Iteration {frame.step}, {who[turn.d, turn.g]}: D gives the data {now.real:.2f}, "
        f"the samples {now.fake:.2f}, and pulls each by {now.pull:.2g}."
    )
    return Plane("What D has learned, and how it pulls G", says, WINDOW, WINDOW, layers)


def best(frame: Frame, now: Measures) -> Plane:
    """The optimal discriminator against the generator of this moment."""
    layers = (
        Heat(frame.best, HEAT, HEAT, "diverging", 1.0, 0.0, 0.6, label="D* (1 real, 0 fake)"),
        Points(frame.samples, "model", 1.6, 0.5),
    )
    says = (
        f"Whoever knew both densities would learn {now.divergence:.3f} nats from one point; "
        f"the learned D is {now.off:.3f} off on average."
    )
    return Plane("The best D there could be against this G", says, WINDOW, WINDOW, layers)


def losses(frame: Frame, now: Measures, past: Past) -> Chart:
    """What both pay, what D could pay at least, and what both pay in equilibrium."""
    fair = frame.perfect
    series = (
        _level(frame, fair.loss_d, "ink"),
        _level(frame, fair.loss_g, "model"),
        Series(past["step"], past["best_d"], "exact", "D at best"),
        Series(past["step"], past["loss_d"], "ink", "D"),
        Series(past["step"], past["loss_g"], "model", "G"),
    )
    says = (
        f"D pays {now.loss_d:.3f} and could pay {now.best_d:.3f}, G pays {now.loss_g:z.3f}; "
        f"in equilibrium {fair.loss_d:.3f} and {fair.loss_g:.3f}."
    )
    window = LOSSES[frame.params.loss]
    return _chart(frame, "Losses; dashed: equilibrium", says, series, window)


def scores(frame: Frame, now: Measures, past: Past) -> Chart:
    """What D thinks of both kinds of point."""
    series = (
        _level(frame, 0.5, "soft"),
        Series(past["step"], past["real"], "data", "data"),
        Series(past["step"], past["fake"], "model", "samples"),
    )
    says = f"D scores the data {now.real:.2f} and the samples {now.fake:.2f} on average."
    return _chart(frame, "D's mean score", says, series, (0.0, 1.0))


def quality(frame: Frame, now: Measures, past: Past) -> Chart:
    """What a person would ask of the samples: are all modes there, are the samples good?"""
    series = (
        Series(past["step"], past["modes"] / frame.perfect.modes, "model", "modes hit"),
        Series(past["step"], past["good"], "ink", "good samples"),
    )
    says = (
        f"{now.modes:.0f} of {frame.perfect.modes:.0f} modes are hit, "
        f"{now.good:.0%} of the samples are good."
    )
    return _chart(frame, "Quality of samples", says, series, (0.0, 1.05))


def numbers(frame: Frame, now: Measures) -> Numbers:
    """This moment in numbers, each with what a perfect generator would read."""
    floor = frame.perfect
    rows = (
        Number(
            "Modes hit", now.modes, f"of {floor.modes:.0f}", "modes with 1/5 of their share", "G(z)"
        ),
        Number(
            "Sliced W₂ to data", now.distance, "", "sorted along 64 lines", "G(z)", floor.distance
        ),
        Number("D's pull", now.pull, "", "mean ‖∂L_G/∂x‖", "dL_G/dx"),
        Number("D off D*", now.off, "", "½ Σ (P_data + P_G) |D − D*|", "D(cells)", floor.off),
        Number(
            "JS divergence", now.divergence, "nats", "½ (log 4 + V(D*, G))", "P_G", floor.divergence
        ),
    )
    return Numbers(rows)


def _level(frame: Frame, y: float, ink: Ink) -> Series:
    return Series(np.array([0.0, frame.params.iterations]), np.array([y, y]), ink, dashed=True)


def _chart(
    frame: Frame, title: str, says: str, series: tuple[Series, ...], y: tuple[float, float]
) -> Chart:
    x = (0.0, float(frame.params.iterations))
    return Chart(title, says, series, x, y, "iteration", cursor=float(frame.step))
