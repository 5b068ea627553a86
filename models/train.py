"""Makes a shipped graph: recipe, training, weights, ONNX, comparison with torch, card."""

import argparse
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import onnx
import torch

from models import export, precision
from models.card import GraphSpec, Seal
from models.catalogue import SHIPPED
from models.recipes import Recipe, Weights, names, recipe
from models.runtime.session import on_cpu

BUILD = Path("build") / "weights"  # where weights wait between training and export, not in git


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    given = parser().parse_args(words)
    if given.name is None:
        for name in names():
            print(f"{name:20} {recipe(name).what}")
        return 0
    try:
        chosen = recipe(given.name)
        config = configured(chosen, given)
        file = given.weights or trained(given.name, chosen, config)
        ship(given.name, chosen, config, file, given.out)
    except (KeyError, ValueError, FileNotFoundError, export.ExportFailed) as wrong:
        print(f"models.train: {wrong.args[0] if wrong.args else wrong}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The words that the command understands."""
    words = argparse.ArgumentParser(prog="python -m models.train", description=__doc__)
    words.add_argument("name", nargs="?", help="a recipe; without it, the recipes are listed")
    words.add_argument("--data", type=Path, help="the folder with the recipe's data")
    words.add_argument("--steps", type=int, help="steps of training, instead of the recipe's")
    words.add_argument("--device", help="where torch trains: cpu, cuda")
    words.add_argument("--weights", type=Path, help="export these weights instead of training")
    words.add_argument("--out", type=Path, default=SHIPPED, help="the folder for graph and card")
    return words


def configured(chosen: Recipe[Any], given: argparse.Namespace) -> Any:
    """The recipe's settings with those given; raises ValueError that says what does not fit."""
    settings = {key: getattr(given, key) for key in ("data", "steps", "device")}
    settings = {key: value for key, value in settings.items() if value is not None}
    for key in settings:
        if not hasattr(chosen.config, key):
            raise ValueError(f"{given.name} does not take --{key}")
    if chosen.needs is not None:
        files = ", ".join(chosen.needs.files)
        need = f"{given.name} needs --data DIR with {files} ({chosen.needs.origin})"
        if given.data is None:
            raise ValueError(need)
        if lost := [name for name in chosen.needs.files if not (given.data / name).is_file()]:
            raise ValueError(f"{need}; {given.data} does not have {', '.join(lost)}")
    if given.steps is not None and given.steps < 1:
        raise ValueError(f"--steps is {given.steps}; give 1 or more")
    return replace(chosen.config, **settings)


def trained(name: str, chosen: Recipe[Any], config: Any) -> Path:
    """Trains, saying how it goes; returns the file of the weights, written at each snapshot."""
    torch.set_num_threads(1)
    BUILD.mkdir(parents=True, exist_ok=True)
    file = BUILD / f"{name}.npz"
    wall, cpu = perf_counter(), process_time()
    for now in chosen.train(config):
        seconds, work = perf_counter() - wall, process_time() - cpu
        keep(file, now.weights, now.step, seconds, work)
        print(f"step {now.step:6,}  loss {now.loss:.4f}  {seconds:6.0f} s", flush=True)
    return file


def keep(file: Path, weights: Weights, step: int, seconds: float, work: float) -> None:
    """Writes weights and how long they took."""
    training = np.array([step, seconds, work])
    arrays: dict[str, Any] = {**weights, "training": training}
    part = file.with_suffix(".part.npz")
    np.savez(part, **arrays)
    part.replace(file)


def ship(name: str, chosen: Recipe[Any], config: Any, file: Path, out: Path) -> None:
    """Exports, compares, weighs, measures; then writes graph and card; or raises ExportFailed."""
    with np.load(file) as kept:
        weights = {key: kept[key] for key in kept.files}
    step, seconds, work = weights.pop("training")
    net = chosen.net(config, weights)
    model = export.to_onnx(chosen, config, net)
    export.weigh(model, net)
    session = on_cpu(model, name)
    compared = export.parity(chosen, config, net, session)
    compared = precision.measured(chosen, config, compared, model, session)
    beside = chosen.beside(config)
    card = GraphSpec(
        name=name,
        what=chosen.what,
        recipe=f"models.recipes.{name}",
        trained_on=chosen.trained_on,
        licence=chosen.licence,
        parameters=export.parameters(net),
        quality=chosen.measure(config, lambda *wanted, **inputs: session.run(inputs, wanted)),
        parity=compared,
        opset=export.OPSET,
        inputs=chosen.inputs,
        outputs=chosen.outputs,
        sizes=chosen.sizes,
        file=Seal.of(model),
        config={key: value for key, value in asdict(config).items() if key != "data"},
        training={
            "steps": int(step),
            "seconds": round(float(seconds), 1),
            "cpu_seconds": round(float(work), 1),
            "machine": f"{platform.machine()}, one thread",
            "versions": f"torch {torch.__version__}, onnx {onnx.__version__}",
        },
        beside={suffix: Seal.of(content) for suffix, content in beside.items()},
    )
    out.mkdir(parents=True, exist_ok=True)
    for suffix, content in {**beside, "onnx": model, "json": card.to_json().encode()}.items():
        (out / f"{name}.{suffix}").write_bytes(content)
    print(f"{out / name}.onnx  {len(model):,} bytes  {dict(card.quality)}")


if __name__ == "__main__":
    sys.exit(main())
