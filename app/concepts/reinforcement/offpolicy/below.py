"""One more look, as one likes: episodes as strips, predictions against targets, or densities."""

import numpy as np

from app.figures.scene import Chart, Ink, Lines, Plane, Points, Series, Shapes, Words
from models.worlds.bodies import bars, boxes

from .compute import Frame
from .course import RUNS
from .inside import ACTIONS, WIDE

Array = np.ndarray
STRIDE, SPAN = 6, 15.0  # steps between two pictures of a rod; steps as long as a lane is high


def below(frame: Frame) -> Plane | Chart:
    """What the person wants to see beside the rest."""
    if frame.params.below == "swing":
        return swing(frame)
    return targets(frame) if frame.params.below == "targets" else density(frame)


def swing(frame: Frame) -> Plane:
    """An episode of each run from hanging: the rod every few steps."""
    path = frame.report.truth.episode[:, ::STRIDE]
    run, index = np.nonzero(np.ones(path.shape[:2], bool))
    hinge = np.stack([index * float(STRIDE), RUNS - 0.5 - run], -1)
    rods = bars(hinge, path[run, index, 0], 0.44, 0.09, (SPAN, 1.0))
    steps = frame.where.world.steps
    lanes = np.stack([np.full(RUNS, -0.09 * steps), RUNS - 0.55 - np.arange(RUNS)], -1)
    up = np.cos(frame.report.truth.episode[:, -1, 0])
    return Plane(
        f"Runs 1 to {RUNS} swing up from hanging",
        f"{int((up > 0.9).sum())} of {RUNS} runs hold the rod upright at the end.",
        (-0.16 * steps, 1.02 * steps),
        (-0.1, RUNS + 0.1),
        (
            Shapes(boxes(hinge, 0.1 * SPAN, 0.1), "soft"),
            Shapes(rods, "model"),
            Words(lanes, tuple(f"{i + 1}" for i in range(RUNS))),
        ),
        "step of 0.05 s",
        square=False,
    )


def targets(frame: Frame) -> Plane:
    """What the critics say of the last batch against the targets it has now."""
    report, most = frame.report, frame.where.world.usual_reward / (1 - frame.rules.gamma)
    low, high = -2.4 * most, 0.4 * most
    inks: tuple[Ink, Ink] = ("model", "data")
    dots = tuple(
        Points(np.stack([report.y, q], -1), inks[i], 2.2, 0.7, f"critic {i + 1}")
        for i, q in enumerate(report.q)
    )
    error = float(np.sqrt(np.mean((report.q - report.y) ** 2))) if report.y.size else 0.0
    return Plane(
        "Last batch: Q̂(s, a) and y",
        f"{len(report.y)} transitions; the root mean squared Bellman error is {error:.1f}.",
        (low, high),
        (low, high),
        (Lines(np.array([[[low, low], [high, high]]]), "exact", 1.0, 0.8, label="Q̂ = y"), *dots),
        "target y = r + γ Q̂′",
        "Q̂(s, a)",
        square=False,
    )


def density(frame: Frame) -> Chart:
    """What is tried at the picked state."""
    at, rules = frame.inside, frame.rules
    if rules.soft:
        title = "π(a | s) at the ring"
        says = f"At the state picked the policy has an entropy of {at.entropy:.2f} nats."
        curves = (
            Series(WIDE, at.before, "noise", "u, a Gaussian"),
            Series(ACTIONS, at.best, "exact", "e^(Q̂/α) / Z"),
            Series(ACTIONS, at.density, "model", "a = tanh u"),
        )
    else:
        title = "What is tried at the ring"
        says = f"About {at.action:+.2f} of the motor, {rules.noise:.2f} wide, cut at the ends."
        ends = Series(np.array([-1.0, 1.0]), np.zeros(2), "error", "motor's ends", "points")
        curves = (
            Series(WIDE, at.before, "noise", "before the cut"),
            Series(ACTIONS, at.density, "model", "tried"),
            ends,
        )
    top = min(max(float(s.y.max()) for s in curves), 8.0)
    return Chart(title, says, curves, (-3.0, 3.0), (0.0, 1.15 * top), "share of 2 N m")
