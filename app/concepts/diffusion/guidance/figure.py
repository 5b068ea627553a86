"""The class's pull, the samples it makes, and the two laws they are held against."""

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Clock,
    Contour,
    Handles,
    Heat,
    Ink,
    Lines,
    Number,
    Numbers,
    Points,
    Scene,
    Series,
    View,
    Words,
)
from app.figures.scene import Plane as Window

from . import album, school
from .compute import FIELD, OMEGAS, Frame, Plane
from .digits import Digits
from .dropped import Dropped
from .probe import Probe
from .reading import GROUND
from .state import CLASSES, LABELS, LAST, Params

Array = np.ndarray
SIDE = (-3.4, 3.4)
EDGE = (float(GROUND[0]), float(GROUND[-1]))
LONGEST = 0.45  # of an arrow of the field
REACH = 2.2  # of the longest of the three arrows at the probe
INKS: tuple[Ink, ...] = ("ink", "data", "field")  # of null, class and guided answer
LINES = (-2.0, -0.5)  # of log density, less its largest
LAYOUT = (
    "samples samples samples pull pull pull",
    "samples samples samples pull pull pull",
    "distance distance class class schedule schedule",
    "film film film film judge judge",
    "film film film film judge judge",
    "inside inside inside inside schedule schedule",
    "null null cond cond end end",
    "null null cond cond end end",
    "errors errors errors schedule schedule schedule",
)


def draw(frame: Frame) -> Scene:
    """The plane, the digits, or the training, each beside its omega(t)."""
    p, shown = frame.params, frame.shown
    if isinstance(shown, Digits):
        views = album.draw(p, shown, frame.step)
    elif isinstance(shown, Dropped):
        views = school.draw(p, shown)
    else:
        views = draw_plane(p, shown, frame.step)
    return {**views, "schedule": schedule(p, shown)}


def schedule(p: Params, shown: Plane | Digits | Dropped) -> Chart:
    """How strongly is guided at each level."""
    t, omega = shown.weights.T
    here = max(shown.at.t, 0.0)
    return Chart(
        "Guidance over the run, ω(t)",
        f"At noise level t = {here:.0f} guidance is {shown.weight:.2g} of {p.omega:g}.",
        (Series(t, omega, "focus", "ω(t)"),),
        (0.0, float(LAST)),
        (0.0, 10.5),
        "t: 0 data, noise",
        cursor=here,
    )


def draw_plane(p: Params, shown: Plane, step: int) -> dict[str, View]:
    return {
        "samples": samples(p, shown),
        "pull": pulling(p, shown),
        "distance": distance(p, shown),
        "class": share(p, shown),
        "numbers": numbers(p, shown),
        "clock": Clock(step, max(shown.at.t, 0.0), "t", "noise 999", "0 data"),
    }


def samples(p: Params, shown: Plane) -> Window:
    """The particles over the law whose score leads them, and over the class."""
    read, name = shown.reading, p.target
    says = (
        f"At t = {max(shown.at.t, 0):.0f} the particles are {read.to_tilted:.2f} from the tilted "
        f"law's clean samples and {read.to_class:.2f} from the class's; perfect ones {shown.floor:.2f}."
    )
    layers = (
        Lines(shown.trails, "noise", 0.8, 0.35),
        Points(shown.exact[:500], "exact", 1.4, 0.4),
        Points(shown.x, "model", 2.0, 0.6, label="guided samples"),
        Contour(shown.own, EDGE, EDGE, LINES, "data", 1.5, label=f"p_t(x | {name})"),
        Contour(shown.tilted, EDGE, EDGE, LINES, "exact", 1.8, label=f"p_t(x) p_t({name} | x)^ω"),
    )
    return Window("Guided samples, and the law they are said to follow", says, SIDE, SIDE, layers)


def pulling(p: Params, shown: Plane) -> Window:
    """The classifier's map, its gradient, and the three answers at the probe."""
    probe = shown.probe
    means = np.array(p.means)
    names = tuple(CLASSES[label] for label in LABELS)
    layers = (
        Heat(shown.posterior, EDGE, EDGE, alpha=0.4, label=f"p_t({p.target} | x)"),
        Arrows(FIELD, squashed(shown.pull), "field", 0.55),
        *triangle(p, probe),
        Handles("means", means, "data"),
        Words(means + np.array([0.0, 0.38]), names, "ink"),
        Handles("probe", probe.place, "focus"),
    )
    says = (
        f"At the probe p_t({p.target} | x) is {probe.posterior:.2f}; the guided {p.form} there is "
        f"{np.linalg.norm(probe.guided):.2f} long, the class's {np.linalg.norm(probe.cond):.2f}."
    )
    return Window(f"How sure is {p.target}, and what that adds", says, SIDE, SIDE, layers)


def squashed(uv: Array) -> Array:
    """Arrows true to scale where short, held below LONGEST where long."""
    uv = 0.15 * uv
    length = np.linalg.norm(uv, axis=-1, keepdims=True)
    return np.asarray(uv / np.sqrt(1 + (length / LONGEST) ** 2))


def triangle(p: Params, probe: Probe) -> tuple[Arrows | Lines, ...]:
    """Null, class and guided arrow to one scale, their tips on one line."""
    answers = [probe.null, probe.cond, probe.guided]
    if p.form == "x̂₀":  # a place: the arrow leads there
        answers = [answer - probe.place for answer in answers]
    scale = REACH / max(1.0, *(float(np.linalg.norm(answer)) for answer in answers))
    null, cond, both = told = [scale * answer for answer in answers]
    tips = probe.place + np.stack([null, cond, both], 1)
    return (
        Lines(tips, "field", 1.5, 0.9, dashed=True),
        *(Lines(shaft(probe.place, uv), ink, 2.5, 1.0) for uv, ink in zip(told, INKS, strict=True)),
        Arrows(probe.place, null, "ink", 0.9, label="∅"),
        Arrows(probe.place, cond, "data", 1.0, label=p.target),
        Arrows(probe.place, both, "field", 1.0, label=f"guided, × {scale:.2g}"),
    )


def shaft(place: Array, uv: Array) -> Array:
    """An arrow's line, which stops a little before its head."""
    return np.stack([place, place + 0.9 * uv], 1)


def distance(p: Params, shown: Plane) -> Chart:
    """How far the samples of every omega end from both laws."""
    omega = np.array(OMEGAS[: len(shown.sweep)])
    told = [
        f"at ω = {w:g} {row[1]:.2f} from the tilted law"
        for w, row in zip(omega, shown.sweep, strict=True)
    ]
    return Chart(
        "Sliced W₂ to both laws, by ω",
        f"Samples end {'; '.join(told[-1:]) or 'nowhere yet'}; perfect ones read {shown.floor:.2f}.",
        (
            Series(omega, shown.sweep[:, 0], "data", f"p(x | {p.target})"),
            Series(omega, shown.sweep[:, 1], "exact", "tilted law"),
        ),
        (0.0, 10.0),
        (0.03, 4.0),
        "ω",
        log_y=True,
        floor=shown.floor,
        cursor=p.omega,
    )


def share(p: Params, shown: Plane) -> Chart:
    """Class and spread of the samples of every omega, and of the tilted law."""
    omega, sweep = np.array(OMEGAS[: len(shown.sweep)]), shown.sweep
    told = [f"at ω = {w:g} {row[2]:.0%}" for w, row in zip(omega, sweep, strict=True)]
    return Chart(
        f"Share of {p.target}, and spread, by ω",
        f"Of the samples belong to {p.target} {'; '.join(told[-1:]) or 'none yet'}.",
        (
            Series(omega, sweep[:, 2], "model", "share"),
            Series(omega, sweep[:, 3], "model", "spread", dashed=True),
            Series(omega, sweep[:, 4], "exact", "tilted law"),
            Series(omega, sweep[:, 5], "exact", dashed=True),
        ),
        (0.0, 10.0),
        (0.0, 2.4),
        "ω",
        cursor=p.omega,
    )


def numbers(p: Params, shown: Plane) -> Numbers:
    read, probe, y = shown.reading, shown.probe, p.target
    w2 = "sliced W₂ of 800 samples each"
    return Numbers(
        (
            Number(f"to p(x | {y})", read.to_class, "units", w2, "x[n, 2]", shown.floor),
            Number(f"to p(x) p({y} | x)^ω", read.to_tilted, "units", w2, "x[n, 2]", shown.floor),
            Number(f"share of {y}", read.hit, "", "mean p(y | x)"),
            Number(
                "CFG − classifier guidance", probe.identity, "", "|s̃ − (s + ω ∇log p_t(y | x))|"
            ),
            Number("mixed − converted first", probe.forms, "", "in all four forms"),
            Number("calls of the model", float(shown.calls), "", "two where ω(t) needs both"),
        )
    )
