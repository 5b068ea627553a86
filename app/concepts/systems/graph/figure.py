"""The net as blocks that light up in turn, what leaves each, and where two programs part."""

import numpy as np

from app.figures.scene import (
    Bars,
    Chart,
    Clock,
    Diagram,
    Edge,
    Ink,
    Node,
    Number,
    Numbers,
    Scene,
    Series,
    Wall,
)

from .compute import TILES, Frame, Part

LEAST, MOST, WILD = 1e-9, 1e-2, 1e6  # the window of differences; WILD where a bit is flipped
MANY = 3  # blocks: what feeds more would cover the drawing with arrows, so they come in turn
WIDE = 2.0  # width of the card of pictures, in heights


def draw(frame: Frame) -> Scene:
    """The scene of a call as far as it has come."""
    parts = frame.whole.parts
    return {
        "net": net(frame),
        "value": value(frame),
        "nodes": nodes(frame),
        "apart": apart(frame),
        "numbers": numbers(frame),
        "clock": Clock(
            frame.at + (frame.ends is not None),
            float(frame.at + 1),
            "block",
            "inputs 0",
            f"{len(parts)} outputs",
        ),
    }


def net(frame: Frame) -> Diagram:
    """The blocks and who feeds whom; those already computed in the model's ink."""
    whole = frame.whole
    now = whole.parts[frame.at]
    total = sum(part.milliseconds for part in whole.parts)
    damage = f"{whole.flipped} has a flipped bit: its seal is broken. " if whole.seal else ""
    return Diagram(
        f"{whole.p.graph}: {whole.nodes} nodes in {len(whole.parts)} blocks",
        f"{damage}Block {frame.at + 1} of {len(whole.parts)}, {now.name}, takes "
        f"{now.milliseconds:.3g} of {total:.3g} ms for {now.operators}",
        tuple(box(part, i, frame.at) for i, part in enumerate(whole.parts)),
        tuple(
            Edge(
                str(j),
                str(i),
                ink="focus" if i == frame.at else "soft",
                width=2.0 if i == frame.at else 1.0,
            )
            for i, part in enumerate(whole.parts)
            for j in part.fed_by
            if whole.parts[j].feeds <= MANY or i == frame.at
        ),
    )


def box(part: Part, i: int, at: int) -> Node:
    """A block: its name, the shape that leaves it, and on hover all the rest."""
    ink: Ink = "focus" if i == at else "model" if i < at else "soft"
    if part.struck:
        ink = "error"
    shape = f"{part.shape} → {part.feeds} blocks" if part.feeds > MANY else part.shape
    tip = (
        f"{part.operators}\n{part.weights:,} weights\n{part.milliseconds:.3g} ms\n"
        f"its value {part.shape} goes to {part.feeds} block{'s' * (part.feeds != 1)}"
    )
    return Node(str(i), part.name, *part.at, shape, ink, tip)


def value(frame: Frame) -> Wall:
    """What leaves the block, in small pictures."""
    part = frame.whole.parts[frame.at]
    k, n, m = frame.picture.shape
    return Wall(
        f"what leaves {part.name}: {f'{k} of ' if k == TILES else ''}{part.shape}",
        f"{part.name} hands on {part.shape} numbers, the largest of size {frame.bound:.3g}",
        frame.picture,
        across=max(1, round(np.sqrt(k * n / m * WIDE))),
        low=-frame.bound,
        high=frame.bound,
        ramp="diverging",
    )


def nodes(frame: Frame) -> Bars:
    """The nodes of the block in their order, with what each took."""
    part = frame.whole.parts[frame.at]
    slowest = int(frame.took.argmax())
    return Bars(
        f"the nodes of {part.name}, in µs",
        f"{len(frame.lines)} nodes; the slowest is {frame.lines[slowest]} "
        f"with {frame.took[slowest]:.3g} µs",
        frame.lines,
        frame.took,
        high=frame.whole.slowest,
        unit="µs",
    )


def apart(frame: Frame) -> Chart:
    """The difference of two programs at each node, and at the outputs from a third."""
    whole, ends = frame.whole, frame.ends
    most = WILD if whole.flipped else MOST
    last, worst = frame.place[-1], frame.apart.max()
    words = f"as far as node {last:.0f} the two programs differ by up to {worst:.2g}"
    if whole.flipped:
        words += f" after one bit of {whole.flipped} was flipped; the seal says: {whole.seal}"
    series = [
        Series(frame.place, frame.rounding, "noise", "one rounding", "points"),
        Series(frame.place, np.minimum(frame.apart, most), "model", "− NumPy", "points"),
    ]
    if ends is not None and len(ends.by_torch):
        there = whole.nodes + 4.0 * np.arange(1, len(ends.names) + 1)
        series.append(Series(there, np.minimum(ends.by_torch, most), "data", "− torch", "points"))
    return Chart(
        title(frame),
        words,
        tuple(series),
        (0.0, 1.12 * whole.nodes + 4),
        (LEAST, most),
        "node",
        log_y=True,
        floor=whole.tolerance,
        floor_label="the card's tolerance",
        cursor=last,
    )


def title(frame: Frame) -> str:
    """What the differences are of, or what has happened to the file."""
    if frame.whole.flipped:
        return (
            "one bit is flipped: the seal is broken" if frame.whole.seal else "one bit is flipped"
        )
    if frame.ends is not None and not len(frame.ends.by_torch):
        return "ONNX Runtime − NumPy; torch is not installed"
    return "ONNX Runtime − NumPy, node by node"


def numbers(frame: Frame) -> Numbers:
    """What a learner compares; the ends once the call has come there."""
    whole, ends = frame.whole, frame.ends
    total = sum(part.milliseconds for part in whole.parts)
    worst = int(frame.apart.argmax())
    rows = [
        Number("nodes in the file", float(whole.nodes), "", "", f"{whole.p.graph}.onnx"),
        Number("node by node", total, "ms", "sum of the nodes, nothing fused"),
        Number(
            "from NumPy, so far",
            float(frame.apart.max()),
            "",
            "max |y − ŷ| over all nodes; floor: one rounding there",
            floor=float(frame.rounding[worst]),
        ),
    ]
    if ends is not None:
        rows += [
            Number("kernels that really run", float(ends.kernels), "", "after fusing"),
            Number("call of those", ends.fused, "ms", "sum of the kernels"),
            Number("outputs from NumPy", float(ends.by_numpy.max()), "", "max |y − ŷ|"),
        ]
    if ends is not None and len(ends.by_torch):
        rows.append(Number("outputs from torch", float(ends.by_torch.max()), "", "max |y − ŷ|"))
        rows.append(Number("on the card", float(ends.card.max()), "", "when it was exported"))
    return Numbers(tuple(rows))
