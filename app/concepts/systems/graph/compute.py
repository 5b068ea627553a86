r"""What flows through a net, block by block, and how far two programs that run it are apart.

ONNX Runtime and a second program evaluate the same nodes in float32. Each operation rounds,
$\mathrm{fl}(a \circ b) = (a \circ b)(1 + \delta)$ with $|\delta| \le u = 2^{-24}$
(Higham, 2002, eq. 2.4; doi:10.1137/1.9780898718027), and each adds up in an order of its own, so
that their values part at every node by $\max_i |y_i - \hat y_i|$: about $u \max_i |y_i|$ for one
rounding, more for many.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec

import numpy as np
import onnx
from jaxtyping import Float

from app import params
from models import anatomy, catalogue, recipes
from models.anatomy import Node
from models.card import GraphSpec
from models.runtime import measure
from models.runtime.measure import Trace

from .blocks import Block, blocks, damaged, ground, leaving, weights

Array = np.ndarray
Values = Mapping[str, Array]
GRAPHS = tuple(recipes.names())
ROUNDING = 2.0**-24  # u: the largest relative error of one operation
HUGE = float(np.finfo(np.float32).max)  # what is no number any more is shown as this
TILES, ROW = 24, 16  # channels or heads shown of a value; numbers in a row of a vector
SIZES = {"batch": 1, "length": 24}


@dataclass(frozen=True)
class Params(params.Params):
    graph: str = params.choice(*GRAPHS, label="Graph", default="unet_digits")
    flip: bool = params.toggle(False, "Flip one bit")
    bit: int = params.slider(30, 0, 31, 1, "Which bit", flip="1")
    seed: int = params.seed()


@dataclass(frozen=True)
class Part:
    """A block as it is drawn, with what it cost in this call."""

    name: str
    at: tuple[float, float]  # its place in the drawing, from 0 to 1
    fed_by: tuple[int, ...]
    operators: str  # "2 Conv, 3 Add"
    feeds: int  # blocks that read what leaves it
    shape: str  # of what leaves it: "48×16²"
    weights: int  # numbers that it holds
    milliseconds: float  # of all its nodes, one after the other
    struck: bool  # whether it reads the weight with the flipped bit


@dataclass(frozen=True)
class Whole:
    """What stays the same from block to block."""

    p: Params
    parts: tuple[Part, ...]
    nodes: int  # in the file
    slowest: float  # microseconds of the slowest node
    flipped: str  # the weight with the flipped bit; empty without one
    seal: str  # what the seal says against the file; empty where it is the sealed one
    tolerance: float  # of the card, between graph and torch


@dataclass(frozen=True)
class Ends:
    """The outputs as the pages get them, against two other programs and the card."""

    names: tuple[str, ...]
    by_numpy: Float[Array, " k"]  # largest difference from the onnx package's own code
    by_torch: Float[Array, " j"]  # from the torch net; empty where torch is not installed
    card: Float[Array, " k"]  # from the torch net, at its export
    kernels: int  # what ONNX Runtime makes of the file's nodes
    fused: float  # milliseconds of a call with those


@dataclass(frozen=True)
class Frame:
    """The call as far as block `at`; the last frame has also compared the ends."""

    whole: Whole
    at: int
    picture: Float[Array, "k h w"]  # of the value that leaves the block
    bound: float  # the largest size in it
    lines: tuple[str, ...]  # the block's nodes
    took: Float[Array, " n"]  # microseconds of each
    place: Float[Array, " j"]  # of the nodes compared so far, in the file
    apart: Float[Array, " j"]  # the largest difference of the two programs there
    rounding: Float[Array, " j"]  # u times the largest size there
    ends: Ends | None


def compute(p: Params) -> Iterator[Frame]:
    """One frame a block in order of computation, then one with the ends compared."""
    known, sealed = catalogue.spec(p.graph), catalogue.content(p.graph)
    model, nodes = onnx.load_model_from_string(sealed), anatomy.nodes(p.graph)
    file, flipped = damaged(sealed, model, p.bit, p.seed) if p.flip else (sealed, "")
    inputs = measure.sample(known, SIZES, p.seed)
    ran = measure.trace(file, inputs, calls=3)
    found = blocks(nodes, {port.name for port in known.outputs})
    gone = [ran.values[leaving(block, found)] for block in found]
    parts = overview(found, gone, ran, weights(model), flipped)
    slowest = 1e3 * max(ran.milliseconds.values())
    seal = known.file.broken(file)
    whole = Whole(p, parts, len(nodes), slowest, flipped, seal, known.parity.tolerance)
    witness, exact = measure.reference(sealed, inputs), dict[str, Array]()
    order = {node.name: i for i, node in enumerate(nodes, 1)}
    rows: list[tuple[float, float, float]] = []
    for at, block in enumerate(found):
        for node in block.nodes:
            while node.outputs[0].name not in exact:
                exact |= next(witness)[1]
            rows += compared(order[node.name], node, ran.values, exact)
        place, apart, rounding = np.array(sorted(rows)).reshape(-1, 3).T
        lines = tuple(f"{n.op} {spell(ran.values[n.outputs[0].name])}" for n in block.nodes)
        took = 1e3 * np.array([ran.milliseconds[node.name] for node in block.nodes])
        picture = tiles(gone[at])
        bound = float(np.abs(picture).max(initial=1e-9))
        frame = Frame(whole, at, picture, bound, lines, took, place, apart, rounding, None)
        yield frame
    answers = ran.values if p.flip else catalogue.graph(p.graph)(**inputs)
    ends = compare_ends(known, sealed, file, inputs, answers, exact)
    yield replace(frame, ends=ends)


def overview(
    found: list[Block], gone: list[Array], ran: Trace, held: Mapping[str, int], flipped: str
) -> tuple[Part, ...]:
    """Every block with its place, its size and its cost."""
    places = ground(found, ran.values)
    return tuple(
        Part(
            block.name,
            at,
            tuple(sorted(block.fed_by)),
            ", ".join(f"{n} {op}" for op, n in Counter(n.op for n in block.nodes).most_common()),
            sum(i in other.fed_by for other in found),
            spell(value),
            sum(held.get(name, 0) for name in block.reads),
            sum(ran.milliseconds[node.name] for node in block.nodes),
            flipped in block.reads,
        )
        for i, (block, at, value) in enumerate(zip(found, places, gone, strict=True))
    )


def compared(
    place: int, node: Node, ours: Values, theirs: Values
) -> list[tuple[float, float, float]]:
    """The node's place, its difference and its rounding; nothing for whole numbers."""
    name = node.outputs[0].name
    a, b = ours[name], theirs[name]
    if a.dtype.kind != "f" or not a.size:
        return []
    size = float(np.abs(b[np.isfinite(b)]).max(initial=0.0))
    return [(float(place), difference(a, b), ROUNDING * size)]


def difference(a: Array, b: Array) -> float:
    """The largest difference of two arrays; HUGE where one of them has left the numbers."""
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.where(a == b, 0.0, np.abs(a.astype(np.float64) - b))
    return float(np.nan_to_num(apart, nan=HUGE, posinf=HUGE).max(initial=0.0))


def compare_ends(
    known: GraphSpec, sealed: bytes, file: bytes, inputs: Values, answers: Values, exact: Values
) -> Ends:
    """The outputs against the NumPy code and, where it is installed, against torch."""
    names = tuple(port.name for port in known.outputs)
    torch: Values = {}
    if find_spec("torch"):  # a server needs no torch; a machine that trains has it
        from models.nets import twin

        torch = twin.ask(known.name, sealed, inputs)
    kernels = measure.kernels(file, inputs, calls=3)
    return Ends(
        names,
        np.array([difference(answers[name], exact[name]) for name in names]),
        np.array([difference(answers[name], torch[name]) for name in names if torch]),
        np.array([known.parity.largest_difference[name] for name in names]),
        len(kernels),
        sum(kernel.milliseconds for kernel in kernels),
    )


def spell(value: Array) -> str:
    """The shape of a value without its leading ones: "48×16²", "24×128"."""
    shape = list(map(str, value.shape))
    while shape[:1] == ["1"]:
        shape.pop(0)
    if len(shape) > 1 and shape[-1] == shape[-2]:
        shape[-2:] = [f"{shape[-1]}²"]
    return "×".join(shape) or "1"


def tiles(value: Array) -> Float[Array, "k h w"]:
    """A value as small pictures: channels, heads, or a vector in rows; at most TILES of them."""
    x = np.nan_to_num(value.astype(np.float32), nan=HUGE)
    if x.ndim < 3 and x.size % ROW == 0:
        x = x.reshape(-1, ROW)
    x = x.reshape((1,) * (3 - x.ndim) + x.shape)
    return x.reshape(-1, *x.shape[-2:])[:TILES]
