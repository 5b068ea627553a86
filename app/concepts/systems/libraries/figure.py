"""The map of the libraries, their weight, and what the chosen one brings along."""

import numpy as np

from app.figures.scene import Bars, Matrix, Number, Numbers, Scene

from .compute import PLACES, Frame
from .shelf import SHELF

NOT = "not installed"


def draw(frame: Frame) -> Scene:
    """The scene of the one frame there is."""
    return {
        "map": shelf(frame),
        "weight": weight(frame),
        "needs": needs(frame),
        "numbers": numbers(frame),
    }


def shelf(frame: Frame) -> Matrix:
    """Libraries by the parts of this program that import them; a click chooses one."""
    library = frame.library
    version = frame.versions[frame.chosen]
    users = frame.modules[frame.chosen]
    parts = [f"{place} ({n})" for place, n in zip(PLACES, users, strict=True) if n]
    return Matrix(
        "who imports what in this program (click a row)",
        f"{library.name} {version or 'is ' + NOT}: {library.task}. Here: {library.here}. "
        f"Imported by {', '.join(parts) or 'nobody'}",
        np.log2(1 + frame.modules),
        high=float(np.log2(1 + frame.modules).max()),
        rows=tuple(
            f"{'▸ ' if i == frame.chosen else ''}{book.name} {frame.versions[i] or '–'}"
            for i, book in enumerate(SHELF)
        ),
        columns=tuple(PLACES),
        column_label="part of the program",
        value_label="log₂(1 + modules)",
        notes={"modules that import it": frame.modules},
        pick="library",
    )


def weight(frame: Frame) -> Bars:
    """How much disk each installed library takes, the heaviest first."""
    order = [int(i) for i in np.argsort(-frame.size, kind="stable") if frame.versions[i]]
    heaviest = SHELF[order[0]].name
    return Bars(
        "on disk, in MB",
        f"of {len(order)} installed libraries {heaviest} is the heaviest "
        f"with {frame.size[order[0]]:.0f} MB",
        tuple(SHELF[i].name for i in order),
        frame.size[order],
        high=float(frame.size.max()),
        unit="MB",
        ink="data",
    )


def needs(frame: Frame) -> Bars:
    """What the chosen library asks for, or that it is not here."""
    library, version = frame.library, frame.versions[frame.chosen]
    title = f"{library.name} {version} asks for, in MB" if version else f"{library.name}: {NOT}"
    if version and not frame.needs:
        title = f"{library.name} {version} asks for nothing"
    return Bars(
        title,
        f"{library.name} asks for {len(frame.needs)} packages and brings "
        f"{frame.brings:.0f} MB with all that these bring in turn",
        tuple(f"{need.name} {need.version or '–'}" for need in frame.needs),
        np.array([need.size for need in frame.needs]),
        high=max((need.size for need in frame.needs), default=1.0) or 1.0,
        unit="MB",
    )


def numbers(frame: Frame) -> Numbers:
    """What serving needs, against what training and testing need on top."""
    library = frame.library
    used = int(frame.modules.any(1).sum())
    return Numbers(
        (
            Number("modules of this program", float(frame.files), "", "", "app, models, tests"),
            Number(f"of {len(SHELF)} libraries imported", float(used), "", "by any of them"),
            Number("needed to serve", frame.serving, "MB", "closure of what the pages import"),
            Number("in this environment", frame.everything, "MB", "all packages installed"),
            Number(f"{library.name} brings", frame.brings, "MB", "closure of its requirements"),
        )
    )
