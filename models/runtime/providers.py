"""What can run a graph on this machine: TensorRT, CUDA or the CPU, and why not the better one."""

import ctypes
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from zlib import crc32

TENSORRT, CUDA, CPU = (f"{name}ExecutionProvider" for name in ("Tensorrt", "CUDA", "CPU"))
TIERS = (TENSORRT, CUDA, CPU)  # best first
NAMES = {TENSORRT: "TensorRT", CUDA: "CUDA", CPU: "CPU"}
CAPABILITY = (75, 76)  # CUDA's attribute numbers of the compute capability, major and minor

Options = dict[str, str]
Shapes = Mapping[str, tuple[int, ...]]  # by input


@dataclass(frozen=True)
class Driver:
    """What NVIDIA's driver says of this machine."""

    devices: int
    gpu: str  # "NVIDIA L4 sm89", empty without a device
    finding: str  # in words, for the page


@dataclass(frozen=True)
class Settings:
    """What the environment asks of the runtime."""

    threads: int  # GLASSBOX_THREADS: of one call; 1 serves many users best
    precision: str  # GLASSBOX_PRECISION: fp32, fp16 or bf16, for TensorRT
    cache: Path  # GLASSBOX_CACHE: where engines are kept
    triton: tuple[str, ...] = ()  # GLASSBOX_TRITON: servers that are asked first, in this order

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """The settings of this environment; raises ValueError that names a bad variable."""
        threads = environment.get("GLASSBOX_THREADS", "1")
        precision = environment.get("GLASSBOX_PRECISION", "fp32")
        cores = os.cpu_count() or 1
        if not threads.isdecimal() or not 1 <= int(threads) <= cores:
            raise ValueError(f"GLASSBOX_THREADS is {threads!r}; give 1 to {cores}, the cores here")
        if precision not in ("fp32", "fp16", "bf16"):
            raise ValueError(f"GLASSBOX_PRECISION is {precision!r}; give fp32, fp16 or bf16")
        cache = environment.get("GLASSBOX_CACHE") or Path.home() / ".cache" / "glassbox"
        triton = environment.get("GLASSBOX_TRITON", "")
        servers = tuple(part.strip().rstrip("/") for part in triton.split(",") if part.strip())
        if not all(re.fullmatch(r"https?://[^/\s?#@]+", server) for server in servers):
            raise ValueError(
                f"GLASSBOX_TRITON is {triton!r}; give http://host:port, commas between"
            )
        return cls(int(threads), precision, Path(cache), servers)


def load_driver() -> ctypes.CDLL:
    """NVIDIA's driver library; raises OSError where there is none."""
    return ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")


def probe(cuda: Any) -> Driver:
    """Asks the driver for its devices: a list of compiled-in providers tells nothing of them."""
    if status := cuda.cuInit(0):
        return Driver(0, "", f"NVIDIA's driver is there but finds no usable GPU (cuInit: {status})")
    count, device = ctypes.c_int(0), ctypes.c_int(0)
    cuda.cuDeviceGetCount(ctypes.byref(count))
    if not count.value:
        return Driver(0, "", "NVIDIA's driver is there but has no GPU")
    cuda.cuDeviceGet(ctypes.byref(device), 0)
    name: ctypes.Array[ctypes.c_char] = ctypes.create_string_buffer(128)
    part = ctypes.c_int(0)
    cuda.cuDeviceGetName(name, len(name), device)
    capability = ""
    for attribute in CAPABILITY:
        cuda.cuDeviceGetAttribute(ctypes.byref(part), attribute, device)
        capability += str(part.value)
    gpu = f"{name.value.decode()} sm{capability}"
    return Driver(count.value, gpu, f"NVIDIA's driver has {count.value} GPU: {gpu}")


@lru_cache(maxsize=1)
def driver() -> Driver:
    """This machine's driver, asked once."""
    try:
        return probe(load_driver())
    except OSError:
        return Driver(0, "", "no NVIDIA driver on this machine")


@dataclass(frozen=True)
class Machine:
    """Where graphs run: what is there and what is asked of it."""

    driver: Driver
    settings: Settings

    @classmethod
    def here(cls) -> "Machine":
        """This machine, as it is and as its environment says."""
        return cls(driver(), Settings.read())


@dataclass(frozen=True)
class Choice:
    """The tiers worth trying, best first, and in words why each other one is not."""

    worth: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def choose(found: Driver, compiled: Sequence[str]) -> Choice:
    """What to try, given the driver and the providers in this build of ONNX Runtime."""
    worth, refused = [], []
    for tier in TIERS:
        if tier not in compiled:
            refused.append((tier, "this build of ONNX Runtime does not have it"))
        elif tier != CPU and not found.devices:
            refused.append((tier, found.finding))
        else:
            worth.append(tier)
    return Choice(tuple(worth), tuple(refused))


@dataclass(frozen=True)
class Plan:
    """What a graph needs to be planned for: its seal, and the shapes of inputs that may change."""

    name: str
    sha256: str
    least: Shapes
    usual: Shapes
    most: Shapes


def profile(shapes: Shapes) -> str:
    """Shapes in TensorRT's spelling: "x:1x1x32x32,t:1"."""
    return ",".join(f"{name}:{'x'.join(map(str, shape))}" for name, shape in shapes.items())


def options(tier: str, plan: Plan, machine: Machine) -> Options:
    """The provider's options for a graph; those for TensorRT need its cache folder to exist."""
    if tier == CUDA:
        # Plain float32 so that the numbers shown are the numbers meant; HEURISTIC spares the
        # first call of each shape a search of seconds.
        return {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}
    if tier != TENSORRT:
        return {}
    home = engine_folder(plan, machine)
    chosen = {
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(home),
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(home.parent),
        "trt_max_workspace_size": str(1 << 30),
    }
    if plan.most:
        # All three, or TensorRT builds anew, in the request, for each shape it has not seen.
        chosen |= {
            "trt_profile_min_shapes": profile(plan.least),
            "trt_profile_opt_shapes": profile(plan.usual),
            "trt_profile_max_shapes": profile(plan.most),
        }
    precision = machine.settings.precision
    if precision != "fp32":
        chosen |= {f"trt_{precision}_enable": "1", "trt_layer_norm_fp32_fallback": "1"}
    return chosen


def engine_folder(plan: Plan, machine: Machine) -> Path:
    """Where a graph's engines are kept: all that an engine depends on is in the path."""
    gpu = re.sub(r"\W+", "-", machine.driver.gpu) or "no-gpu"
    versions = f"ort{installed('onnxruntime-gpu')}-trt{installed('tensorrt-cu13')}"
    shapes = "".join(map(profile, (plan.least, plan.usual, plan.most)))
    key = (
        f"{plan.name}-{plan.sha256[:12]}-{machine.settings.precision}-{crc32(shapes.encode()):08x}"
    )
    return machine.settings.cache / "tensorrt" / f"{gpu}-{versions}" / key


def installed(package: str) -> str:
    """The version of an installed package, or "none"."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
