"""A game of two numbers: every play in one plane, and what the plays come to."""

from dataclasses import dataclass, replace

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Clock,
    Handles,
    Heat,
    Layer,
    Lines,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
)

from .games import Frame


@dataclass(frozen=True)
class Names:
    """How a game's two numbers are called, and how its arrows are drawn."""

    x: str
    y: str
    handle: str  # the parameter that its start is
    arrow: float  # plane units a unit of slope
    title: str
    lead: str
    formula: str


NAMES = {
    "Dirac-GAN": Names(
        "θ",
        "ψ",
        "start",
        0.2,
        "G moves its point θ, D its slope ψ",
        "D's lead",
        "D(0) − D(θ)",
    ),
    "matrix game": Names(
        "q",
        "p",
        "mix",
        0.05,
        "Column mixes by q, row by p",
        "Gap of the mean",
        "max_p V(p, q̄) − min_q V(p̄, q)",
    ),
}


def draw(frame: Frame) -> Scene:
    """The plays up to this turn."""
    return {
        "game": plays(frame),
        "best": points(frame) if frame.game == "Dirac-GAN" else mixes(frame),
        "loss": payoff(frame),
        "scores": players(frame),
        "quality": distance(frame),
        "numbers": numbers(frame),
        "clock": Clock(frame.step, float(frame.step), "turn", "0 start", f"{frame.turns}"),
    }


def plays(frame: Frame) -> Plane:
    """The path of the play and of its mean over the payoff, with the slopes that drive it."""
    names = NAMES[frame.game]
    (x, y), (mx, my) = frame.path[-1], frame.mean[-1]
    room = 0.08 * (frame.window[1] - frame.window[0])  # plays at the walls are seen whole
    sight = (frame.window[0] - room, frame.window[1] + room)
    layers: tuple[Layer, ...] = (
        Heat(frame.heat, frame.window, frame.window, "diverging", *frame.span, 0.35),
        Arrows(frame.places, names.arrow * frame.field, alpha=0.7),
        Lines(frame.flow[None], "exact", 1.6, 0.9, True, "without steps"),
        Lines(frame.path[None], "model", 1.6, 0.8, label="plays"),
        Lines(frame.mean[None], "focus", 2.0, 0.9, label="their mean"),
        Points(frame.equilibrium[None], "exact", 5.0, label="equilibrium"),
        Points(frame.path[-1:], "model", 5.0),
        Handles(names.handle, frame.path[:1]),
    )
    says = (
        f"After {frame.step} turns the play is ({x:.3g}, {y:.3g}), {frame.far[-1]:.3g} from the "
        f"equilibrium; the mean of all plays is ({mx:.3g}, {my:.3g})."
    )
    return Plane(names.title, says, sight, sight, layers, names.x, names.y)


def points(frame: Frame) -> Plane:
    """Dirac's game where it happens: on the line that holds one real and one fake point."""
    (_, half), (theta, seen) = frame.marks
    layers = (
        Lines(frame.curves, "ink", 2.0, 0.9, label="D(x)"),
        Points(frame.marks[:1], "data", 6.0, label="data"),
        Points(frame.marks[1:], "model", 6.0, label="G's point"),
    )
    says = f"D scores the data, at 0, {half:.2f} and G's point, at {theta:.2f}, {seen:.2f}."
    title = "What D thinks of each place"
    return Plane(title, says, frame.window, (-0.05, 1.05), layers, "x", "D(x)", square=False)


def mixes(frame: Frame) -> Plane:
    """Von Neumann's theorem: the highest that row can secure is the lowest column can concede."""
    (p, wins), (q, loses) = frame.marks
    level = np.array([[[0.0, frame.fair], [1.0, frame.fair]]])
    layers = (
        Lines(frame.curves[1:], "model", 2.0, 0.9, label="column loses at most"),
        Lines(frame.curves[:1], "ink", 2.0, 0.9, label="row wins at least"),
        Lines(level, "exact", 1.6, 0.9, True, "value"),
        Points(frame.marks, "focus", 6.0, label="with the mean"),
    )
    says = (
        f"Playing its mean, row (p = {p:.2f}) wins {wins:.3f} at least and column (q = {q:.2f}) "
        f"loses {loses:.3f} at most; the value of the game is {frame.fair:.3f}."
    )
    title = "What each mix secures for sure"
    return Plane(title, says, (0.0, 1.0), frame.span, layers, "share of the 1st", "V", square=False)


def payoff(frame: Frame) -> Chart:
    """V turn by turn."""
    series = (
        _level(frame, frame.fair, "in equilibrium"),
        Series(_turns(frame.value), frame.value, "ink", "of each play"),
    )
    says = f"The present play pays {frame.value[-1]:.3f}, equilibrium {frame.fair:.3f}."
    return _chart(frame, "Payoff V", says, series, frame.span)


def players(frame: Frame) -> Chart:
    """Both numbers turn by turn."""
    (low, high), ((x, y), *_) = frame.window, frame.path[::-1]
    series = (
        Series(_turns(frame.path), frame.path[:, 0], "model", NAMES[frame.game].x),
        Series(_turns(frame.path), frame.path[:, 1], "ink", NAMES[frame.game].y),
    )
    says = f"The two numbers stand at {x:.3g} and {y:.3g}."
    return _chart(frame, "Both players", says, series, (low, high))


def distance(frame: Frame) -> Chart:
    """How far the plays are from the equilibrium, and how far theory says they are."""
    theory = Series(_turns(frame.linear), frame.linear, "exact", "theory |λ|ᵗ", dashed=True)
    series = (
        Series(_turns(frame.far), frame.far, "model", "play"),
        Series(_turns(frame.mean_far), frame.mean_far, "focus", "mean"),
        *([theory] if len(frame.linear) else []),
    )
    says = (
        f"The play is {frame.far[-1]:.3g} from the equilibrium, the mean {frame.mean_far[-1]:.3g}; "
        f"in theory a small one {'grows' if frame.growth > 0 else 'shrinks'} by "
        f"{abs(frame.growth):.3g} % a turn."
    )
    chart = _chart(frame, "Distance to equilibrium", says, series, (1e-3, 10.0))
    return replace(chart, log_y=True)


def numbers(frame: Frame) -> Numbers:
    """This turn in numbers."""
    names = NAMES[frame.game]
    rows = (
        Number("Payoff V", frame.value[-1], "", "V(x_t)", "path[t]"),
        Number("Distance of the play", frame.far[-1], "", "‖x_t − x*‖", "path[t]"),
        Number("Distance of the mean", frame.mean_far[-1], "", "‖x̄_t − x*‖", "mean[t]"),
        Number("Growth a turn", frame.growth, "%", "|λ| − 1, λ the largest eigenvalue", "I + hJ"),
        Number(names.lead, frame.lead, "", names.formula, "marks"),
    )
    return Numbers(rows)


def _turns(values: np.ndarray) -> np.ndarray:
    return np.arange(float(len(values)))


def _level(frame: Frame, y: float, label: str) -> Series:
    return Series(np.array([0.0, frame.turns]), np.array([y, y]), "exact", label, dashed=True)


def _chart(
    frame: Frame, title: str, says: str, series: tuple[Series, ...], y: tuple[float, float]
) -> Chart:
    return Chart(
        title, says, series, (0.0, float(frame.turns)), y, "turn", cursor=float(frame.step)
    )
