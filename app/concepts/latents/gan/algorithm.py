"""Algorithm 1 as a diagram: the line that has just run is lit, with what it found."""

from app.figures.scene import (
    Arrows,
    Clock,
    Diagram,
    Edge,
    Heat,
    Layer,
    Node,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
)
from models.maths.cells import REACH, TICKS

from . import lines
from .lines import Line

WINDOW = (-REACH, REACH)
HEAT = (float(TICKS[0]), float(TICKS[-1]))
WHAT = (  # each line in words
    "noise z, samples G(z)",
    "real data x",
    "D(x), D(G(z))",
    "price L_D",
    "step θ_D down L_D",
    "fresh noise, G(z)",
    "D(G(z)), price L_G",
    "pull −∂L_G/∂x",
    "step θ_G down L_G",
)


def draw(line: Line) -> Scene:
    """The plane and the algorithm after one line."""
    return {
        "game": plane(line),
        "best": algorithm(line),
        "numbers": numbers(line),
        "clock": Clock(line.step, float(line.step), "line", "0", f"{line.total}"),
    }


def running(line: Line) -> str:
    """The line that has just run, in words."""
    if line.at < 0:
        return "before the first line"
    turn = f", D step {line.turn} of {line.k}" if line.at < lines.FRESH else ", G's step"
    return f"iteration {line.iteration}{turn}: {WHAT[line.at]}"


def plane(line: Line) -> Plane:
    """D over the plane with the minibatch as far as it has been drawn."""
    layers: tuple[Layer, ...] = (
        Heat(line.score, HEAT, HEAT, "diverging", 1.0, 0.0, 0.5, label="D (1 real, 0 fake)"),
        Points(line.real, "data", 2.4, 0.8, label="minibatch x"),
        Points(line.fake, "model", 2.4, label="minibatch G(z)"),
    )
    if len(line.pull):
        layers += (Arrows(line.fake, line.pull, alpha=0.9, label="pull"),)
    says = f"After {line.step} lines, {running(line)}."
    return Plane("The minibatch of this line", says, WINDOW, WINDOW, layers)


def algorithm(line: Line) -> Diagram:
    """Nine boxes in two columns: D's five lines, k times, then G's four."""
    found = (
        f"{len(line.fake)} points",
        f"{len(line.real)} points",
        f"{line.on_real:.3f}, {line.on_fake:.3f}",
        f"{line.loss_d:.4f}",
        f"{line.loss_d:.4f} → {line.better_d:.4f}",
        f"{len(line.fake)} points",
        f"{line.on_fake:.3f}, {line.loss_g:z.4f}",
        f"mean {line.steep:.3f}",
        f"{line.loss_g:z.4f} → {line.better_g:z.4f}",
    )
    first = lines.FRESH if line.at >= lines.FRESH else 0
    nodes = tuple(
        Node(
            f"line{i}",
            f"{i + 1}. {what}",
            0.25 if i < lines.FRESH else 0.75,
            (i + 0.5) / 5 if i < lines.FRESH else (i - lines.FRESH + 0.5) / 5,
            found[i] if first <= i <= line.at else blank(found[i]),
            "focus" if i == line.at else "soft",
        )
        for i, what in enumerate(WHAT)
    )
    within = [i for i in range(len(WHAT) - 1) if i != lines.STEP]
    edges = tuple(Edge(f"line{i}", f"line{i + 1}") for i in within)
    title = f"Algorithm 1: D's lines {line.k} ×, then G's"
    return Diagram(title, f"Now {running(line)}.", nodes, edges)


def blank(text: str) -> str:
    """As wide as the text, for what a line of this turn has not found yet."""
    return "".join("‒" if c.isdigit() else c for c in text)


def numbers(line: Line) -> Numbers:
    """What the lines have found, and what the steps have gained."""
    rows = (
        Number("D(x)", line.on_real, "", "mean over the minibatch", "D(x)"),
        Number("D(G(z))", line.on_fake, "", "mean over the minibatch", "D(G(z))"),
        Number("L_D", line.loss_d, "", "what D pays on it", "a"),
        Number("L_D after the step", line.better_d, "", "on the same minibatch", "a"),
        Number("L_G", line.loss_g, "", "what G pays on its latents", "a"),
        Number("L_G after the step", line.better_g, "", "of the same latents", "a"),
        Number("Weights moved by", line.moved, "", "‖Δθ‖ of the last step", "θ"),
    )
    return Numbers(rows)
