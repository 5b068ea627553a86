"""How far a graph's answers move in a coarser number format: measured, and written on its card.

Every input, weight and value between two nodes is rounded to the format and back; sums stay in single
precision, as they do in a GPU's matrix units. An engine rounds less often, for it fuses nodes, so what is
measured here is the far end. `python -m models.precision [NAMES]` measures and writes the cards.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, shape_inference

from models import catalogue
from models.card import Arrays, Parity
from models.recipes import Recipe, recipe
from models.runtime.session import Session, on_cpu

FORMATS = {"fp16": TensorProto.FLOAT16, "bf16": TensorProto.BFLOAT16}
SEEDS = 3  # draws of inputs for each of the card's sizes


def rounded(model: bytes, precision: str) -> bytes:
    """The graph with each float between its nodes rounded to this format, and kept as a single."""
    opened = onnx.load_model_from_string(model)
    floats = floating(opened)
    nodes: list[onnx.NodeProto] = []
    renamed = {}
    for value in (*opened.graph.input, *opened.graph.initializer):
        if value.name in floats:
            renamed[value.name] = f"{value.name}/coarse"
            nodes += casts(value.name, renamed[value.name], precision)
    for old in opened.graph.node:
        node = onnx.NodeProto()
        node.CopyFrom(old)
        node.input[:] = [renamed.get(name, name) for name in old.input]
        node.output[:] = [f"{name}/fine" if name in floats else name for name in old.output]
        nodes.append(node)
        for name in old.output:
            if name in floats:
                nodes += casts(f"{name}/fine", name, precision)
    del opened.graph.node[:]
    opened.graph.node.extend(nodes)
    content: bytes = opened.SerializeToString()
    return content


def floating(opened: onnx.ModelProto) -> set[str]:
    """The names of all values that are single-precision floats."""
    graph = shape_inference.infer_shapes(opened, strict_mode=True, data_prop=True).graph
    typed = (*graph.input, *graph.value_info, *graph.output)
    found = {v.name for v in typed if v.type.tensor_type.elem_type == TensorProto.FLOAT}
    return found | {w.name for w in graph.initializer if w.data_type == TensorProto.FLOAT}


def casts(name: str, result: str, precision: str) -> Iterator[onnx.NodeProto]:
    """Two nodes that round a value and give it back as a single."""
    coarse = f"{result}/{precision}"
    yield helper.make_node("Cast", [name], [coarse], f"{result} rounded", to=FORMATS[precision])
    yield helper.make_node("Cast", [coarse], [result], f"{result} back", to=TensorProto.FLOAT)


def measured(
    chosen: Recipe[Any], config: Any, parity: Parity, model: bytes, session: Session
) -> Parity:
    """The parity with how far each output moves in each format, by the recipe's own inputs."""
    found = {}
    for precision in FORMATS:
        coarse = on_cpu(rounded(model, precision), "coarse")
        worst: dict[str, float] = dict.fromkeys(session.outputs, 0.0)
        for seed in range(SEEDS):
            for sizes in parity.cases:
                inputs = chosen.example(config, sizes, 1000 + seed)
                for name, share in shares(coarse, inputs, session.run(inputs)).items():
                    worst[name] = np.inf if np.isnan(share) else max(worst[name], share)
        found[precision] = {
            name: float(f"{share:.3g}") if np.isfinite(share) else None
            for name, share in worst.items()
        }
    return replace(parity, rounded=found)


def shares(coarse: Session, inputs: Arrays, expected: Arrays) -> dict[str, float]:
    """The largest difference of each output, relative to the largest value where that is above 1."""
    try:
        found = coarse.run(inputs)
    except Exception:  # a place in a table that was rounded beyond its end
        return dict.fromkeys(expected, np.nan)
    return {
        name: float(np.abs(found[name] - array).max()) / max(1.0, float(np.abs(array).max()))
        for name, array in expected.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m models.precision", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="all graphs, if none is given")
    given = parser.parse_args(arguments)
    try:
        for name in given.names or catalogue.names():
            known, model, chosen = catalogue.spec(name), catalogue.content(name), recipe(name)
            session = on_cpu(model, name)
            parity = measured(chosen, chosen.config, known.parity, model, session)
            path = catalogue.folder() / f"{name}.json"
            path.write_text(replace(known, parity=parity).to_json(), encoding="utf-8")
            print(f"{name}: {parity.rounded}", flush=True)
    except (catalogue.GraphMissing, KeyError, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
