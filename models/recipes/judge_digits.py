"""Trains the judge of drawn digits: which digit is it, and how far from another does it look?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int

from models.card import Facts
from models.maths.distances import mean_distance
from models.nets.digit_judge import Judge
from models.recipes import Port, Recipe, Run, Span, Weights
from models.recipes.unet_digits import DATA, HELD_OUT, digits

Array = np.ndarray


@dataclass(frozen=True)
class Config:
    """The settings of the shipped training."""

    data: Path = Path()
    seed: int = 0
    steps: int = 4000
    batch: int = 64
    rate: float = 3e-3  # highest learning rate; warm-up over 30 %, then a cosine down to zero
    shift: int = 2  # pixels by which a digit may be moved each way: samples are not all centred
    every: int = 100  # steps between snapshots


@dataclass(frozen=True)
class Snapshot:
    """The weights and the mean cross-entropy since the snapshot before."""

    step: int
    loss: float
    weights: Weights


def batches(config: Config) -> Iterator[tuple[Float[Array, "b 1 32 32"], Int[Array, " b"]]]:
    """Digits moved a little, and what they are."""
    rng = np.random.default_rng(config.seed)
    images, labels = (part[:-HELD_OUT] for part in digits(config.data))
    for _ in range(config.steps):
        i = rng.integers(len(images), size=config.batch)
        way = rng.integers(-config.shift, config.shift, size=2, endpoint=True)
        yield np.roll(images[i], tuple(way), (2, 3)), labels[i]


def train(config: Config) -> Iterator[Snapshot]:
    """Cross-entropy on clean digits."""
    torch.manual_seed(config.seed)
    judge = Judge()
    optimiser = torch.optim.AdamW(judge.parameters(), lr=config.rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.rate, max(config.steps, 4))
    losses: list[float] = []
    for step, batch in enumerate(batches(config), 1):
        x, y = (torch.from_numpy(part) for part in batch)
        loss = F.cross_entropy(judge(x)[0], y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if step % config.every == 0 or step == config.steps:
            weights = {name: w.numpy().copy() for name, w in judge.state_dict().items()}
            yield Snapshot(step, float(np.mean(losses)), weights)
            losses.clear()


def net(config: Config, weights: Weights) -> Judge:
    """The trained judge, ready to be exported."""
    judge = Judge()
    judge.load_state_dict({name: torch.from_numpy(w.copy()) for name, w in weights.items()})
    return judge.eval()


def example(config: Config, sizes: Mapping[str, int], seed: int) -> dict[str, Array]:
    """Pictures of soft noise in [-1, 1]."""
    noise = np.random.default_rng(seed).standard_normal((sizes["batch"], 1, 32, 32))
    return {"x": np.tanh(noise).astype(np.float32)}


def measure(config: Config, run: Run) -> Facts:
    """How well it reads digits that it never saw, and how far apart it sees them."""
    images, labels = (part[-HELD_OUT:] for part in digits(config.data))
    seen = [run(x=part) for part in np.split(images, 4)]
    logits, features = (np.concatenate([s[name] for s in seen]) for name in ("logits", "features"))
    kinds = [features[labels == digit] for digit in range(10)]
    surprise = np.logaddexp.reduce(logits, 1) - logits[np.arange(len(labels)), labels]
    return {
        "accuracy_on_1000_held_out_digits": float((logits.argmax(-1) == labels).mean()),
        "cross_entropy_on_1000_held_out_digits_nats": float(surprise.mean()),
        "mean_distance_of_two_held_out_digits": mean_distance(features),
        "mean_distance_of_two_held_out_digits_of_one_class": float(
            np.mean([mean_distance(kind) for kind in kinds])
        ),
        **{
            f"mean_distance_of_two_held_out_digits_{digit}": mean_distance(kind)
            for digit, kind in enumerate(kinds)
        },
    }


RECIPE = Recipe(
    what="Reads a 32x32 digit: the logits of the ten classes, and the features they come from.",
    trained_on="9,000 of the 10,000 digits of MNIST's test part, shuffled (seed 28)",
    licence="Apache-2.0; data CC BY-SA 3.0 (Y. LeCun, C. Cortes, C. Burges)",
    config=Config(),
    train=train,
    net=net,
    inputs=(Port("x", "float32", ("batch", 1, 32, 32)),),
    outputs=(
        Port("logits", "float32", ("batch", 10)),
        Port("features", "float32", ("batch", 64)),
    ),
    sizes={"batch": Span(1, 16, 256)},
    example=example,
    measure=measure,
    needs=DATA,
)
