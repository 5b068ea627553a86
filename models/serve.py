"""The graphs as a repository that NVIDIA Triton serves: python -m models.serve export DIR [NAMES]

Written from the cards alone, so that what is served is what is tested here; GLASSBOX_TRITON names the servers.
Where no Triton is wanted, python -m models.serve run [NAMES] is a server for one machine.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from models import catalogue
from models.card import GraphSpec, Port
from models.desk import Desk
from models.runtime.kserve import batched, on_the_wire, version
from models.runtime.providers import TENSORRT, Driver, Machine, Settings, options

KINDS = {"bool": "TYPE_BOOL", "float32": "TYPE_FP32", "int64": "TYPE_INT64"}
PRECISIONS = ("fp32", "fp16")
WARM = "usual"  # the sizes of the call that a server makes before it says it is ready
SAME = (
    "trt_profile_min_shapes",
    "trt_profile_opt_shapes",
    "trt_profile_max_shapes",
)  # keys of both


def config(known: GraphSpec, precision: str = "fp32") -> str:
    """The graph's `config.pbtxt`."""
    together = batched(known)
    parts = [
        f'name: "{known.name}"',
        'backend: "onnxruntime"',
        f"max_batch_size: {known.sizes['batch'].most if together else 0}",
        # Others' versions stay served, so that two versions of the app find each its own weights.
        "version_policy: { all: {} }",
        *(spelled("input", port, known) for port in known.inputs),
        *(spelled("output", port, known) for port in known.outputs),
        "instance_group [ { count: 1, kind: KIND_AUTO } ]",
        accelerator(known, precision),
        warm_up(known),
        f'parameters {{ key: "sha256" value: {{ string_value: "{known.sha256}" }} }}',
    ]
    if together:  # no call waits for others; those that come during a run go in the next
        parts.append("dynamic_batching { }")
    return "\n".join(parts) + "\n"


def spelled(side: str, port: Port, known: GraphSpec) -> str:
    """One input or output; a size that may change is -1."""
    inner = port.shape[1:] if batched(known) else port.shape
    dims = ", ".join(str(n) if isinstance(n, int) else "-1" for n in inner or (1,))
    reshape = "" if inner else ", reshape: { shape: [ ] }"
    kind = KINDS[port.dtype]
    return f'{side} [ {{ name: "{port.name}", data_type: {kind}, dims: [ {dims} ]{reshape} }} ]'


def accelerator(known: GraphSpec, precision: str) -> str:
    """TensorRT with the profiles of the card; a server without a GPU passes over it."""
    here = Machine(Driver(0, "", "written for another machine"), Settings(1, precision, Path()))
    asked = options(TENSORRT, catalogue.plan(known), here)
    parameters = {
        "precision_mode": precision.upper(),
        "max_workspace_size_bytes": asked["trt_max_workspace_size"],
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": f"/tmp/glassbox-engines/{known.name}-{version(known)}-{precision}",
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": "/tmp/glassbox-engines",
        **{key: asked[key] for key in SAME if key in asked},
    }
    if precision == "fp16":
        parameters["trt_layer_norm_fp32_fallback"] = "1"
    lines = [f'    parameters {{ key: "{k}" value: "{v}" }}' for k, v in parameters.items()]
    head = 'optimization { execution_accelerators { gpu_execution_accelerator : [ {\n    name: "tensorrt"'
    return "\n".join((head, *lines, "} ] } }"))


def warm_up(known: GraphSpec) -> str:
    """One call of zeros at the usual sizes before the server says that it is ready."""
    together = batched(known)
    lines = []
    for port in known.inputs:
        shape = on_the_wire(known, known.shape(port, WARM))
        dims = ", ".join(map(str, shape[1:] if together else shape))
        value = f"data_type: {KINDS[port.dtype]}, dims: [ {dims} ], zero_data: true"
        lines.append(f'    inputs {{ key: "{port.name}" value: {{ {value} }} }}')
    batch = known.sizes["batch"].usual if together else 1
    head = f'model_warmup [ {{\n    name: "{WARM}"\n    batch_size: {batch}'
    return "\n".join((head, *lines, "} ]"))


def export(folder: Path, names: Sequence[str], precision: str = "fp32") -> list[Path]:
    """Writes the graphs of these names, in single precision where the card bears no other.

    The folders made. Raises GraphMissing, or OSError, also where a version that is there has other ports.
    """
    made = []
    for name in names:
        known, content = catalogue.spec(name), catalogue.content(name)
        borne = "fp32" if known.parity.unfit(precision) else precision
        home, told = folder / name / str(version(known)), folder / name / "config.pbtxt"
        text = config(known, borne)
        if told.exists() and ports(told.read_text(encoding="utf-8")) != ports(text):
            why = "one config.pbtxt is for all versions; give another DIR to a server of its own"
            raise FileExistsError(f"{folder / name} has a version with other ports: {why}")
        home.mkdir(parents=True, exist_ok=True)
        (home / "model.onnx").write_bytes(content)
        told.write_text(text, encoding="utf-8")
        made.append(home)
    return made


def ports(text: str) -> list[str]:
    """The lines of a `config.pbtxt` that say what goes in and out."""
    return [line for line in text.splitlines() if line.startswith(("input ", "output "))]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m models.serve", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("export", help="write the model repository")
    verb.add_argument("folder", type=Path, metavar="DIR")
    verb.add_argument("names", nargs="*", metavar="NAME", help="all graphs, if none is given")
    verb.add_argument(
        "--precision", choices=PRECISIONS, default="fp32", help="that TensorRT may use"
    )
    verb = verbs.add_parser("run", help="be the server of this machine, for GLASSBOX_TRITON")
    verb.add_argument("names", nargs="*", metavar="NAME", help="all graphs, if none is given")
    verb.add_argument("--port", type=int, default=8000)
    given = parser.parse_args(arguments)
    try:
        names = given.names or catalogue.names()
        if given.verb == "run":
            run(names, given.port)
        else:
            for home in export(given.folder, names, given.precision):
                print(home)
            for name in names:
                if why := catalogue.spec(name).parity.unfit(given.precision):
                    print(f"{name} is written in fp32: {why}", file=sys.stderr)
            print(f"tritonserver --model-repository={given.folder}")
    except (catalogue.GraphMissing, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


def run(names: Sequence[str], port: int) -> None:
    """Answers until it is stopped; raises GraphMissing, or OSError where the port is taken."""
    os.environ.pop("GLASSBOX_TRITON", None)  # it would ask itself
    here = Desk(names, port)
    print(f"{len(names)} graphs: GLASSBOX_TRITON=http://127.0.0.1:{here.server_port}", flush=True)
    here.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
