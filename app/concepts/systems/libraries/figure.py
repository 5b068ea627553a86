"""The map of the libraries, and of the chosen one: who imports it, what it brings, its weight."""

import numpy as np

from app.figures.scene import Bars, Diagram, Ink, Node, Number, Numbers, Scene

from .compute import PLACES, Frame
from .shelf import SHELF

ACROSS = 5  # boxes in a row of the map
NOT = "not installed"


def draw(frame: Frame) -> Scene:
    """The scene of the one frame there is."""
    return {
        "map": shelf(frame),
        "users": users(frame),
        "needs": needs(frame),
        "weight": weight(frame),
        "numbers": numbers(frame),
    }


def shelf(frame: Frame) -> Diagram:
    """Every library with the version found here, in the ink of the part it plays."""
    rows = -(-len(SHELF) // ACROSS) - 1
    here = sum(map(bool, frame.versions))
    return Diagram(
        "needed here: orange to serve, blue to train, purple to test, grey not",
        f"{about(frame, frame.chosen)}. Of {len(SHELF)} libraries {here} are installed here",
        tuple(
            Node(
                book.name,
                book.name,
                i % ACROSS / (ACROSS - 1),
                i // ACROSS / rows,
                frame.versions[i] or "–",
                "focus" if i == frame.chosen else part(frame, i),
                about(frame, i),
            )
            for i, book in enumerate(SHELF)
        ),
        (),
    )


def part(frame: Frame, i: int) -> Ink:
    """What a library is needed for first: serving, training, tests, or nothing."""
    used = dict(zip(PLACES, frame.modules[i], strict=True))
    if frame.serves[i]:
        return "model"
    return "data" if used["training"] else "exact" if used["tests"] else "soft"


def about(frame: Frame, i: int) -> str:
    """A library in words: its version, its task, its place here, who imports it."""
    book, used = SHELF[i], zip(PLACES, frame.modules[i], strict=True)
    parts = ", ".join(f"{place} ({n})" for place, n in used if n)
    version = frame.versions[i] or f"is {NOT}"
    return f"{book.name} {version}: {book.task}. Here: {book.here}. Imported by {parts or 'nobody'}"


def users(frame: Frame) -> Bars:
    """How many modules of each part of the program import the chosen library."""
    name, modules = SHELF[frame.chosen].name, frame.modules[frame.chosen]
    return Bars(
        f"modules that import {name}",
        f"{int(modules.sum())} of the {frame.files} modules of this program import {name}",
        tuple(PLACES),
        modules.astype(float),
        high=max(4.0, float(modules.max())),
        unit="modules",
    )


def needs(frame: Frame) -> Bars:
    """What the chosen library asks for, or that it is not here."""
    name, version = SHELF[frame.chosen].name, frame.versions[frame.chosen]
    title = says = f"{name}: {NOT}"
    if version:
        title = f"{name} asks for {'these, in MB' if frame.needs else 'nothing'}"
        says = f"{name} asks for {len(frame.needs)} packages and brings {frame.brings:.0f} MB with "
        says += "all that these bring in turn"
    return Bars(
        title,
        says,
        tuple(f"{need.name} {need.version or '–'}" for need in frame.needs),
        np.array([need.size for need in frame.needs]),
        high=max((need.size for need in frame.needs), default=1.0) or 1.0,
        unit="MB",
    )


def weight(frame: Frame) -> Bars:
    """How much disk each installed library takes, the heaviest first."""
    order = [int(i) for i in np.argsort(-frame.size, kind="stable") if frame.versions[i]]
    first = f"; {SHELF[order[0]].name} takes {frame.size[order[0]]:.0f}" if order else ""
    return Bars(
        "on disk, in MB",
        f"{len(order)} libraries take {frame.size.sum():.0f} MB{first}",
        tuple(SHELF[i].name for i in order),
        frame.size[order],
        high=float(frame.size.max()) or 1.0,
        unit="MB",
        ink="ink",
    )


def numbers(frame: Frame) -> Numbers:
    """What serving needs, against what training and testing need on top."""
    used = int(frame.modules.any(1).sum())
    return Numbers(
        (
            Number("modules of this program", float(frame.files), "", "", "app, models, tests"),
            Number("libraries imported", float(used), f"of {len(SHELF)}", "by any of them"),
            Number("needed to serve", frame.serving, "MB", "closure of what the pages need"),
            Number("in this environment", frame.everything, "MB", "all packages installed"),
            *brought(frame),
        )
    )


def brought(frame: Frame) -> tuple[Number, ...]:
    """What the chosen library brings along, where it is here to be asked."""
    if not frame.versions[frame.chosen]:
        return ()
    name = f"{SHELF[frame.chosen].name} brings"
    return (Number(name, frame.brings, "MB", "closure of its needs"),)
