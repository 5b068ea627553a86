"""What a call of a graph costs on this machine, and every value on its way through the net."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, thread_time
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from onnx.reference import ReferenceEvaluator

from models.card import GraphSpec
from models.maths import rotary
from models.runtime.providers import CPU, Machine, Plan
from models.runtime.session import Session, open_session

Array = np.ndarray
Inputs = Mapping[str, Array]


@dataclass(frozen=True)
class Took:
    """How long a piece of work took."""

    wall: float  # milliseconds by the clock on the wall
    cpu: float  # milliseconds that the calling thread computed; the rest of the wall it waited


@dataclass(frozen=True)
class Kernel:
    """One piece of work that ONNX Runtime really did in a call."""

    node: str  # as the file names it, or as the optimiser renamed it
    op: str  # "Conv", "QuickGelu"
    milliseconds: float  # median of the profiled calls


@dataclass(frozen=True)
class Trace:
    """One call of a file, taken as it stands: each node a kernel, each value kept."""

    values: Mapping[str, Array]  # by the name of the value: inputs, all between, outputs
    milliseconds: Mapping[str, float]  # by the name of the node


def took(work: Callable[[], object]) -> Took:
    """The time that a piece of work takes, once."""
    wall, cpu = perf_counter(), thread_time()
    work()
    return Took((perf_counter() - wall) * 1e3, (thread_time() - cpu) * 1e3)


def sample(known: GraphSpec, sizes: Mapping[str, int], seed: int) -> dict[str, Array]:
    """Inputs of these sizes such as the graph meets in the app; a size not given is the usual."""
    rng = np.random.default_rng(seed)
    most = int(known.outputs[0].shape[-1])  # of a language model: its vocabulary
    special: dict[str, Callable[[tuple[int, ...]], Array]] = {
        "t": lambda shape: rng.uniform(0, 999, shape),  # from clean to noise
        "label": lambda shape: rng.integers(0, 10, shape),  # a digit
        "tokens": lambda shape: rng.integers(0, most, shape),
        "head_gate": np.ones,  # every head on, and nothing else of a GPT changed
        "allowed": np.ones,
        "query_shift": np.zeros,
        "frequency": lambda shape: rotary.frequencies(2 * shape[0]),
        "rotary_scale": np.ones,
    }
    usual = {name: span.usual for name, span in known.sizes.items()} | dict(sizes)
    drawn = {}
    for port in known.inputs:
        shape = tuple(n if isinstance(n, int) else usual[n] for n in port.shape)
        drawn[port.name] = special.get(port.name, rng.standard_normal)(shape).astype(port.dtype)
    return drawn


def apart(known: GraphSpec, model: bytes, threads: int) -> Session:
    """A session of one's own, not yet warm, with so many threads a call.

    Whoever measures on the session that all pages share would measure the others as well.
    """
    here = Machine.here()
    machine = replace(here, settings=replace(here.settings, threads=threads))
    least, usual, most = (
        {
            port.name: known.shape(port, size)
            for port in known.inputs
            if any(isinstance(n, str) for n in port.shape)
        }
        for size in ("least", "usual", "most")
    )
    return open_session(model, Plan(known.name, known.sha256, least, usual, most), machine)


def kernels(model: bytes, inputs: Inputs, calls: int = 5) -> list[Kernel]:
    """What a call consists of after ONNX Runtime has fused and rearranged the file's nodes."""
    return _profiled(model, ort.GraphOptimizationLevel.ORT_ENABLE_ALL, inputs, calls)[0]


def trace(model: bytes, inputs: Inputs, calls: int = 5) -> Trace:
    """Every value between inputs and outputs, with what each node took; on the CPU.

    Nothing is fused, so that each kernel is a node of the file.
    """
    tapped = onnx.load_from_string(model)
    known = {value.name for value in tapped.graph.output}
    inside = [name for node in tapped.graph.node for name in node.output if name]
    tapped.graph.output.extend(onnx.ValueInfoProto(name=n) for n in inside if n not in known)
    level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    ran, values = _profiled(tapped.SerializeToString(), level, inputs, calls)
    return Trace({**inputs, **values}, {kernel.node: kernel.milliseconds for kernel in ran})


def reference(model: bytes, inputs: Inputs) -> Iterator[tuple[str, Mapping[str, Array]]]:
    """Node by node, its name and outputs as the onnx package's own NumPy code computes them.

    An independent witness: it shares no line of code with ONNX Runtime or torch.
    """
    evaluator = ReferenceEvaluator(onnx.load_from_string(model))
    values = {"": None, **evaluator.rt_inits_, **inputs}
    # Its own `run` does this in one go; here whoever watches may leave between two nodes.
    for node in evaluator.rt_nodes_:
        outputs = node.run(*(values[k] for k in node.input))  # optional ones may follow
        found = dict(zip(node.output, outputs, strict=False))
        values |= found
        yield node.onnx_node.name, found


def _profiled(
    model: bytes, level: Any, inputs: Inputs, calls: int
) -> tuple[list[Kernel], dict[str, Array]]:
    """The kernels of a call in the order they ran, and its outputs; the first call not counted."""
    with TemporaryDirectory() as folder:
        chosen = ort.SessionOptions()
        chosen.intra_op_num_threads = chosen.inter_op_num_threads = 1
        chosen.log_severity_level = 4
        chosen.graph_optimization_level = level
        chosen.enable_profiling = True
        chosen.profile_file_prefix = str(Path(folder) / "profile")
        session = ort.InferenceSession(model, chosen, providers=[CPU])
        for _ in range(calls + 1):
            found = session.run(None, inputs)
        record = json.loads(Path(session.end_profiling()).read_text())
    outputs = dict(zip((port.name for port in session.get_outputs()), found, strict=True))
    return _kernels(record, calls), outputs


def _kernels(record: list[dict[str, Any]], calls: int) -> list[Kernel]:
    """Each kernel of a profile with its median over all calls but the first."""
    tail = "_kernel_time"
    ran = [event for event in record if event["name"].endswith(tail) and event["cat"] == "Node"]
    once = len(ran) // (calls + 1)
    rounds = [ran[i : i + once] for i in range(once, len(ran), once)]
    return [
        Kernel(
            same[0]["name"].removesuffix(tail),
            same[0]["args"]["op_name"],
            median(event["dur"] for event in same) / 1e3,
        )
        for same in zip(*rounds, strict=True)
    ]
