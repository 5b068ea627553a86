"""Positions side by side: the code of each place, how alike any two are, and how far that carries."""

from app.figures.scene import (
    Chart,
    Clock,
    Ink,
    Matrix,
    Number,
    Numbers,
    Scene,
    Series,
    View,
    Wall,
)

from . import (
    adding,
    adding_figure,
    apart,
    apart_figure,
    fitting,
    fitting_figure,
    reach,
    reach_figure,
)
from .compute import PLACES, STEPS, Frame, Frames, Scheme

INKS: dict[str, Ink] = {"waves": "exact", "learned": "model", "third": "field"}
WINDOWS = {"waves": 1.0, "learned": 3.0, "third": 2.5}  # of each code, from the negative to this
SIDE = 8  # places along the square


def draw(frame: Frames) -> Scene:
    """What the state shows."""
    if isinstance(frame, apart.Frame):
        return apart_figure.draw(frame)
    if isinstance(frame, adding.Frame):
        return adding_figure.draw(frame)
    if isinstance(frame, fitting.Frame):
        return fitting_figure.draw(frame)
    if isinstance(frame, reach.Frame):
        return reach_figure.draw(frame)
    return side_by_side(frame)


def side_by_side(frame: Frame) -> Scene:
    """Three schemes in three columns, and what is told of all of them."""
    schemes = {"waves": frame.waves, "learned": frame.learned, "third": frame.third}
    square = frame.p.ground == "square"
    views: dict[str, View] = {}
    for name in ("learned", "waves", "third"):  # the first says what has changed
        views |= {f"{name}_alike": alike(frame, schemes[name]), name: codes(name, schemes[name])}
    views |= {"tiles": tiles(frame)} if square else {"far": far(frame, schemes)}
    return {
        **views,
        "loss": loss(frame),
        "numbers": numbers(frame),
        "clock": Clock(
            frame.step, float(frame.step), "iteration of the learned", "0 untrained", f"{STEPS}"
        ),
    }


def codes(name: str, scheme: Scheme) -> Matrix:
    """A row a place."""
    high, (n, d) = WINDOWS[name], scheme.code.shape
    return Matrix(
        f"{scheme.name}, by place",
        f"{scheme.name}: {n} places, {d} numbers each, from {scheme.code.min():.2f} to {scheme.code.max():.2f}.",
        scheme.code,
        -high,
        high,
        "diverging",
        row_label="place",
        column_label="dimension",
    )


def alike(frame: Frame, scheme: Scheme) -> Matrix:
    """Every pair of places; a cell shows its dot product term by term."""
    near, wide = scheme.far[1, 0], scheme.far[:, 2] - scheme.far[:, 1]
    when = f"Iteration {frame.step}: learned n" if scheme is frame.learned else "N"
    return Matrix(
        f"{scheme.name}: likeness p·p′",
        f"{when}eighbours are alike by {near:.2f} on average, 1 being a place with itself; pairs equally "
        f"far apart differ by up to {wide.max():.2g}.",
        scheme.alike,
        -1.0,
        1.0,
        "diverging",
        row_label="place",
        column_label="place",
        value_label="p·p′",
        row_vectors=scheme.code,
        column_vectors=scheme.code,
    )


def far(frame: Frame, schemes: dict[str, Scheme]) -> Chart:
    """Likeness by distance, with the least and largest of all pairs as a band."""
    series = tuple(
        Series(
            frame.lag[: len(one.far)], one.far[:, 0], INKS[name], one.name, spread=one.far[:, 1:]
        )
        for name, one in schemes.items()
    )
    says = (
        f"Half way, {len(frame.learned.far) // 2} places apart: sinusoidal "
        f"{frame.waves.far[len(frame.learned.far) // 2, 0]:.2f}, learned "
        f"{frame.learned.far[len(frame.learned.far) // 2, 0]:.2f}."
    )
    window = (0.0, float(PLACES - 1))
    return Chart("likeness by distance", says, series, window, (-0.7, 1.25), "places apart", "p·p′")


def tiles(frame: Frame) -> Wall:
    """Of each place on the square, how like it all others are."""
    side = round(len(frame.learned.far) ** 0.5)
    grid = frame.learned.alike[: side**2, : side**2].reshape(side**2, side, side)
    return Wall(
        "every place, with all",
        f"{side * side} places of a {side} by {side} square; a place and its neighbours on the square "
        f"are alike by {grid[0].flat[1]:.2f} along the row and {grid[0].flat[side]:.2f} down the column.",
        grid,
        across=side,
        low=-1.0,
        high=1.0,
        ramp="diverging",
    )


def loss(frame: Frame) -> Chart:
    """How well the head guesses by its codes, against the best guess."""
    now = float(frame.loss[-1])
    return Chart(
        "the learned: error",
        f"Iteration {frame.step}: the hidden number is guessed with a squared error of {now:.3f}; the "
        f"best guess there is has {frame.least:.3f}, looking everywhere alike {frame.blind:.3f}.",
        (Series(frame.iteration[: len(frame.loss)], frame.loss, "model", "learned"),),
        (0.0, float(STEPS)),
        (0.0, max(1.1 * frame.blind, 0.1)),
        "iteration",
        floor=frame.least,
        floor_label="best guess",
        cursor=float(frame.step),
    )


def numbers(frame: Frame) -> Numbers:
    """What each column comes to."""
    spread = {
        one.name: float((one.far[:, 2] - one.far[:, 1]).max())
        for one in (frame.waves, frame.learned, frame.third)
    }
    return Numbers(
        (
            Number("Error of the guess", float(frame.loss[-1]), "", "mean (C − 2AC + ACAᵀ)ᵢᵢ", "P", frame.least),
            *(
                Number(f"Spread, {name}", value, "", "max − min of p·p′ at one distance", "P Pᵀ")
                for name, value in spread.items()
            ),
            Number("Off a turn, sinusoidal", frame.phase, "", "max |PE(p+1) − R PE(p)|", "PE"),
        )
    )  # fmt: skip
