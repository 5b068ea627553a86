r"""How good the digits of each sampler are: read by a judge, and held against digits nobody trained on.

$d^2 = \|\mu_1 - \mu_2\|^2 + \mathrm{tr}\big(C_1 + C_2 - 2 (C_1 C_2)^{1/2}\big)$ between the judge's features of
1,000 samples and of 1,000 held-out digits, for each sampler and budget of calls: what the card of
`unet_digits` says. It takes most of an hour of one core; every part is kept, so it may be stopped and run
again. `python -m models.quality --data DIR`
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from models import catalogue, walk
from models.card import Facts
from models.maths.distances import frechet
from models.maths.lanes import runner, stops
from models.maths.samplers import clipped, race
from models.recipes import Run
from models.recipes.unet_digits import ALPHA_BAR, HELD_OUT, digits
from models.runtime.session import Session

Array = np.ndarray
NET, JUDGE = "unet_digits", "judge_digits"
SAMPLERS = ("ddpm", "ddim", "dpm", "heun", "flow")
BUDGETS = (10, 20, 50, 250)  # calls of the net
ETA = {"ddpm": 1.0, "ddim": 0.0, "flow": 0.0}  # those whose step models/walk.py has
PART = 50  # digits at a time, five of each class
PARTS = HELD_OUT // PART
FLOORS = 8  # draws of other real digits
BUILD = Path("build") / "quality"  # where samples wait, not in git


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    given = parser().parse_args(words)
    try:
        made = samples(given.calls)
        card = catalogue.spec(NET)
        quality = {**card.quality, **facts(catalogue.graph(JUDGE), made, given.data)}
        path = catalogue.folder() / f"{NET}.json"
        path.write_text(replace(card, quality=quality).to_json(), encoding="utf-8")
    except (catalogue.GraphMissing, FileNotFoundError) as wrong:
        print(f"models.quality: {wrong}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The words that the command understands."""
    words = argparse.ArgumentParser(prog="python -m models.quality", description=__doc__)
    words.add_argument("--data", type=Path, required=True, help="the folder with MNIST's test part")
    words.add_argument(
        "--calls", type=int, nargs="+", default=BUDGETS, help="the budgets, instead of all"
    )
    return words


# --- the samples ---------------------------------------------------------------------------------


def samples(budgets: Sequence[int]) -> dict[tuple[str, int], Float[Array, "n 1 32 32"]]:
    """Digits of every sampler and budget, all from the same noise, made or found in BUILD."""
    run = catalogue.graph(NET)
    # On a GPU the picture stays there from step to step, where the sampler has one look a step.
    stays = walk.opened(NET) if run.provider in ("CUDA", "TensorRT") else None
    home = BUILD / run.spec.sha256[:12]
    home.mkdir(parents=True, exist_ok=True)
    made: dict[tuple[str, int], list[Array]] = {}
    for calls, name, part in planned(budgets):
        file = home / f"{name}_{calls}_{part}.npy"
        if not file.exists():
            beside = stays if name in ETA else None
            drawn = walked(beside, name, calls, part) if beside else sampled(run, name, calls, part)
            keep(file, drawn)
            print(file, flush=True)
        made.setdefault((name, calls), []).append(np.load(file))
    return {key: np.concatenate(found) for key, found in made.items()}


def planned(budgets: Sequence[int]) -> Iterator[tuple[int, str, int]]:
    """What is to be made, the cheap first: (calls, sampler, part)."""
    for calls in budgets:
        for name in SAMPLERS:
            for part in range(PARTS):
                yield calls, name, part


def asked() -> Int[Array, " part"]:
    """The classes asked for in each part: every one as often as any other."""
    return np.arange(PART) % 10


def sampled(run: Run, name: str, calls: int, part: int) -> Float[Array, "part 1 32 32"]:
    """One part of the digits: the noise is the part's own, the same for every sampler."""
    label = asked()

    def eps(x: Array, t: Array) -> Array:
        time = np.full(PART, t[0], np.float32)
        return run(x=x[0].astype(np.float32), t=time, label=label)["eps"][None]

    x_T = np.random.default_rng([part, 0]).standard_normal((PART, 1, 32, 32))
    levels, rng = stops(name, calls, ALPHA_BAR), np.random.default_rng([part, 1])
    *_, (end,) = race([runner(name, x_T, levels, rng).sampler], clipped(eps, ALPHA_BAR))
    return end.x_0.astype(np.float16)


def walked(stays: Session, name: str, calls: int, part: int) -> Float[Array, "part 1 32 32"]:
    """The same part of the digits, drawn beside the net."""
    x_T = np.random.default_rng([part, 0]).standard_normal((PART, 1, 32, 32))
    levels, rng = stops(name, calls, ALPHA_BAR), np.random.default_rng([part, 1])
    return walk.walk(stays, x_T, asked(), levels, rng, ETA[name]).astype(np.float16)


def keep(file: Path, array: Array) -> None:
    """Writes an array whole or not at all."""
    part = file.with_suffix(".part.npy")
    np.save(part, array)
    part.replace(file)


# --- what is said of them ------------------------------------------------------------------------


def facts(judge: Run, made: dict[tuple[str, int], Array], data: Path) -> Facts:
    """Accuracy and distance of each set of samples, with what real digits read."""
    real, labels = digits(data)
    held, others = seen(judge, real[-HELD_OUT:]), seen(judge, real[:-HELD_OUT])
    rng = np.random.default_rng(0)
    draws = [others[1][rng.permutation(len(others[1]))[:HELD_OUT]] for _ in range(FLOORS)]
    floors = [frechet(draw, held[1]) for draw in draws]
    found: dict[str, float] = {
        "real_class_accuracy": float((held[0] == labels[-HELD_OUT:]).mean()),
        "real_frechet": float(np.mean(floors)),
        "real_frechet_least": min(floors),
        "real_frechet_most": max(floors),
    }
    for (name, calls), x_0 in made.items():
        read, features = seen(judge, x_0.astype(np.float32))
        right = read == np.tile(asked(), len(x_0) // PART)
        found[f"{name}_{calls}_class_accuracy"] = float(right.mean())
        found[f"{name}_{calls}_frechet"] = frechet(features, held[1])
    return {name: round(value, 4) for name, value in found.items()}


def seen(
    judge: Run, images: Float[Array, "n 1 32 32"]
) -> tuple[Int[Array, " n"], Float[Array, "n d"]]:
    """The digits that the judge reads, and its features of them."""
    parts = [judge(x=part) for part in np.split(images, len(images) // PART)]
    logits, features = (np.concatenate([p[key] for p in parts]) for key in ("logits", "features"))
    return logits.argmax(-1), features.astype(float)


if __name__ == "__main__":
    sys.exit(main())
