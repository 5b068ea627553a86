"""The blocks of a net, read off its file: which nodes belong together, and which feeds which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx

from models.anatomy import Node

Array = np.ndarray
OUTPUTS = "outputs"  # the block of the nodes that only gather what the graph returns
HIGHEST = 2**30  # more places than any picture has: what is no picture stands above them
LARGE = 32  # numbers from which a weight's bytes are found in a file without mistake


@dataclass
class Block:
    """The nodes that belong to one part of the net as its author wrote it."""

    name: str
    nodes: list[Node] = field(default_factory=list)
    fed_by: set[int] = field(default_factory=set)  # the blocks it reads from

    @property
    def carrier(self) -> str:
        """The first value that a weight of this block has made: its shape is the block's."""
        node = next(filter(owner, self.nodes), self.nodes[0])
        return node.outputs[0].name

    @property
    def reads(self) -> set[str]:
        """The names of all that its nodes read, weights among them."""
        return {wire.name for node in self.nodes for wire in node.inputs}


def owner(node: Node) -> str:
    """The part of the net that the name of a node's weight tells of; empty without one.

    "down.0.conv_1.weight" belongs to "down.0" and "attend.out.bias" to "attend"; what the exporter
    has renamed has no dot.
    """
    for wire in node.inputs:
        parts = wire.name.removeprefix("gpt.").split(".")[:-1]
        if parts:
            return ".".join(parts[:2] if parts[1:2] and parts[1].isdecimal() else parts[:1])
    return ""


def blocks(nodes: Sequence[Node], returned: set[str]) -> list[Block]:
    """The blocks in an order of computation; `returned` names what the graph gives back.

    A node with a named weight belongs to the weight's owner, one without to the latest block that
    feeds it. Where branches are joined, or nothing feeds it yet, it belongs to what follows.
    """
    found: list[Block] = []
    maker: dict[str, int] = {}  # value -> its block
    gathered = Block(OUTPUTS)
    for i, node in enumerate(nodes):
        feeding = {maker[wire.name] for wire in node.inputs if wire.name in maker}
        joins = node.op == "Concat" and len(feeding) > 1
        if joins and returned.issuperset(wire.name for wire in node.outputs):
            gathered.nodes.append(node)
            gathered.fed_by |= feeding
            continue
        name = owner(node)
        if not name and (joins or not feeding):
            name = next(filter(None, map(owner, nodes[i:])), "")
        at = place(found, name, max(feeding, default=-1))
        found[at].nodes.append(node)
        found[at].fed_by |= feeding - {at}
        maker |= {wire.name: at for wire in node.outputs}
    return [*found, gathered] if gathered.nodes else found


def place(found: list[Block], name: str, latest: int) -> int:
    """The index of a node's block, made if need be: no block may wait for a later one."""
    if not name and found:
        return max(latest, 0)
    known = [i for i, block in enumerate(found) if block.name == name and i >= latest]
    if not known:
        found.append(Block(name))
    return known[-1] if known else len(found) - 1


def leaving(block: Block, parts: Sequence[Block]) -> str:
    """The last value that a block hands on, or its last of all."""
    wanted = set().union(*(other.reads for other in parts if other is not block))
    made = [wire.name for node in block.nodes for wire in node.outputs]
    return next((name for name in reversed(made) if name in wanted), made[-1])


def ground(parts: Sequence[Block], values: Mapping[str, Array]) -> list[tuple[float, float]]:
    """Where each block is drawn: in rows by the size of its picture, or by how much it waits for.

    A net that makes its pictures smaller and then larger again so takes the shape of its name.
    """
    shapes = [values[part.carrier].shape for part in parts]
    row = [-shape[-1] * shape[-2] if len(shape) == 4 else -HIGHEST for shape in shapes]
    if len(set(row)) < 3:
        row = []
        for part in parts:
            row.append(1 + max((row[i] for i in part.fed_by), default=-1))
    rows = sorted(set(row))
    at: dict[int, tuple[float, float]] = {}
    for level, y in zip(rows, spread(len(rows)), strict=True):
        beside = [i for i, r in enumerate(row) if r == level]
        at |= {i: (x, y) for i, x in zip(beside, spread(len(beside)), strict=True)}
    return [at[i] for i in range(len(parts))]


def spread(n: int) -> list[float]:
    """n places from 0 to 1; a lone one in the middle."""
    return [0.5] if n == 1 else [i / (n - 1) for i in range(n)]


def weights(model: onnx.ModelProto) -> dict[str, int]:
    """How many numbers each weight of a file holds."""
    floats = (w for w in model.graph.initializer if w.data_type == onnx.TensorProto.FLOAT)
    return {w.name: int(np.prod(w.dims)) for w in floats}


def damaged(file: bytes, model: onnx.ModelProto, bit: int, seed: int) -> tuple[bytes, str]:
    """The file with one bit of one weight turned over, and the name of that weight."""
    rng, held = np.random.default_rng(seed), weights(model)
    large = {name: n for name, n in held.items() if n >= LARGE}
    share = np.array(list(large.values())) / sum(large.values())
    name = str(rng.choice(list(large), p=share))
    kept = next(w for w in model.graph.initializer if w.name == name).raw_data
    start = file.index(kept) + 4 * int(rng.integers(large[name])) + bit // 8  # little-endian
    return file[:start] + bytes([file[start] ^ 1 << bit % 8]) + file[start + 1 :], name
