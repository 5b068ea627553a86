"""Trains a small net that names the noise in 8 × 8 digits: the very training that its page shows live."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from models.card import Facts
from models.maths.denoiser import Denoiser, Lesson
from models.maths.denoiser import train as lessons
from models.maths.distances import mmd, noise_floor
from models.maths.labelled import Labelled
from models.maths.levels import even_in_t
from models.maths.noising import SCHEDULES, Noising
from models.maths.samplers import clipped, ddim, ddpm, race
from models.recipes import Port, Recipe, Run, Span, Weights
from models.worlds import digits8

if TYPE_CHECKING:
    from models.nets.small_denoiser import SmallDenoiser

Array = np.ndarray
PER_CLASS, GRAIN = 100, 0.05  # digits that are learned from, and the noise on every pixel
NET = Denoiser(digits8.SIDE**2, digits8.CLASSES, (256, 256))
apart = partial(mmd, bandwidth=5.0)  # about as far as two digits are


@dataclass(frozen=True)
class Config:
    """The settings of the shipped training."""

    seed: int = 0
    steps: int = 6000
    batch: int = 128
    rate: float = 3e-3
    every: int = 500  # steps between snapshots


@dataclass(frozen=True)
class Snapshot:
    """The averaged weights and the mean loss since the snapshot before."""

    step: int
    loss: float
    weights: Weights


NOISING = Noising(SCHEDULES["linear"](1000))


@cache
def data() -> Labelled:
    """The 1,000 digits: always the same."""
    images, label = digits8.balanced(PER_CLASS, np.random.default_rng(8))
    return Labelled(images, GRAIN, label)


def held_out(label: Int[Array, " n"], rng: np.random.Generator) -> Float[Array, "n 64"]:
    """Digits that no training sees, with the same grain."""
    return digits8.draw(label, rng) + GRAIN * rng.standard_normal((len(label), NET.d))


def train(config: Config) -> Iterator[Snapshot]:
    """DDPM's algorithm 1; the page shows the same lessons (Ho et al., 2020; arXiv:2006.11239)."""
    losses: list[float] = []
    for lesson in course(config):
        if lesson.step and lesson.step % config.every == 0:
            yield Snapshot(lesson.step, float(np.mean(losses)), weights(lesson))
            losses = []
        if lesson.step == config.steps:
            return
        losses.append(float(lesson.loss[0]))


def course(config: Config) -> Iterator[Lesson]:
    """The lessons, one a step, for ever."""
    rng = np.random.default_rng((config.seed, 2))
    return lessons(NET, data(), NOISING, rng, batch=config.batch, rate=config.rate)


def weights(lesson: Lesson) -> Weights:
    """The layers under the names that torch gives them."""
    named = {}
    for depth, (weight, bias) in enumerate(NET.net.layers(lesson.theta[0])):
        named[f"layers.{2 * depth}.weight"] = weight.T.copy()
        named[f"layers.{2 * depth}.bias"] = bias[0].copy()
    return named


def net(config: Config, weights: Weights) -> "SmallDenoiser":
    """The trained net, ready to be exported."""
    import torch

    from models.nets.small_denoiser import SmallDenoiser

    small = SmallDenoiser(NET, NOISING.alpha_bar)
    small.load_state_dict({name: torch.from_numpy(w.copy()) for name, w in weights.items()})
    return small.eval()


def example(config: Config, sizes: Mapping[str, int], seed: int) -> dict[str, Array]:
    """Noise at random times with random labels."""
    rng, b = np.random.default_rng(seed), sizes["batch"]
    return {
        "x": rng.standard_normal((b, 1, digits8.SIDE, digits8.SIDE)).astype(np.float32),
        "t": rng.uniform(0, len(NOISING.betas) - 1, b).astype(np.float32),
        "label": rng.integers(0, NET.classes, b),
    }


def noise(
    run: Run, x: Float[Array, "n 64"], t: Float[Array, " n"], label: Int[Array, " n"]
) -> Float[Array, "n 64"]:
    """What the graph says of digits written as rows."""
    pictures = x.reshape(-1, 1, digits8.SIDE, digits8.SIDE).astype(np.float32)
    return run(x=pictures, t=t.astype(np.float32), label=label)["eps"].reshape(x.shape)


def sample(
    run: Run, x: Float[Array, "n 64"], label: Int[Array, " n"], calls: int, chance: bool = False
) -> Float[Array, "n 64"]:
    """Digits from the noise x by DDIM, or with `chance` by DDPM."""
    path, rng = even_in_t(calls, NOISING.alpha_bar), np.random.default_rng(7)

    def eps(x: Array, t: Array) -> Array:
        return noise(run, x[0], np.full(len(label), t[0]), label)[None]

    sampler = ddpm(x, path, rng) if chance else ddim(x, path, rng)
    *_, (last,) = race([sampler], clipped(eps, NOISING.alpha_bar))
    return np.asarray(last.x_t)


def read(images: Float[Array, "n 64"]) -> Int[Array, " n"]:
    """The class of the nearest of the 1,000 digits."""
    known = data()
    far = np.square(known.means).sum(-1) - 2 * images @ known.means.T
    return np.asarray(known.label[far.argmin(-1)])


def measure(config: Config, run: Run) -> Facts:
    """Loss on known and on new digits; how far samples are from new digits, by sampler and calls."""
    rng, label = np.random.default_rng(1), np.tile(np.arange(NET.classes), 100)
    new = held_out(label, rng)
    facts = {
        "loss": loss(run, data().draw(4000, rng), rng),
        "loss_on_new_digits": loss(run, (new, label), rng),
        "read_as_their_class_new_digits": float((read(new) == label).mean()),
        "mmd_floor_1000_new_digits": noise_floor(
            apart, lambda n, rng: held_out(np.arange(n) % NET.classes, rng), 1000, rng
        ),
    }
    for name, chance in (("ddim", False), ("ddpm", True)):
        for calls in (10, 20, 50, 250):
            made = sample(run, rng.standard_normal(new.shape), label, calls, chance)
            facts[f"mmd_to_1000_new_digits_{name}_{calls}"] = apart(made, new)
            facts[f"read_as_asked_{name}_{calls}"] = float((read(made) == label).mean())
    return facts


def loss(run: Run, images: tuple[Array, Array], rng: np.random.Generator) -> float:
    """The mean squared error of the noise, t spread evenly."""
    x_0, label = images
    t = np.arange(len(x_0)) % len(NOISING.betas)
    eps = rng.standard_normal(x_0.shape)
    told = noise(run, NOISING.jump(x_0, eps, t), t.astype(float), label)
    return float(np.square(told - eps).mean())


CONFIG = Config()
RECIPE = Recipe(
    what="Names the noise in a noisy 8x8 digit of a given class, at any of 1,000 noise levels.",
    trained_on="1,000 digits drawn by models.worlds.digits8 (seed 8), 100 a class",
    licence="Apache-2.0",
    config=CONFIG,
    train=train,
    net=net,
    inputs=(
        Port("x", "float32", ("batch", 1, digits8.SIDE, digits8.SIDE)),
        Port("t", "float32", ("batch",)),
        Port("label", "int64", ("batch",)),
    ),
    outputs=(Port("eps", "float32", ("batch", 1, digits8.SIDE, digits8.SIDE)),),
    sizes={"batch": Span(1, 16, 4096)},
    example=example,
    measure=measure,
)
