"""Trains the U-Net that turns noise into digits: it learns to name the noise in noisy digits."""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int

from models.card import Facts
from models.maths import schedules
from models.nets.unet import Shape, UNet
from models.recipes import Data, Port, Recipe, Run, Span, Weights

Array = np.ndarray


@dataclass(frozen=True)
class Config:
    """The settings of the shipped training."""

    data: Path = Path()
    seed: int = 0
    steps: int = 6000
    batch: int = 64
    rate: float = 2e-3  # highest learning rate; warm-up over 5 %, then a cosine down to zero
    unlabelled: float = 0.1  # share of images shown without their class, for guidance later
    memory: float = 0.999  # of the moving average of the weights, which is what ships
    every: int = 100  # steps between snapshots
    device: str = "cpu"
    shape: Shape = field(default_factory=Shape)


@dataclass(frozen=True)
class Snapshot:
    """The averaged weights and the mean loss since the snapshot before."""

    step: int
    loss: float
    weights: Weights


DATA = Data(
    ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
    "MNIST; torchvision.datasets.MNIST and the Hugging Face hub (ylecun/mnist) hold copies",
)
HELD_OUT = 1000  # images that no training sees
ALPHA_BAR = schedules.cumulative(schedules.linear_betas())


def digits(folder: Path) -> tuple[Float[Array, "n 1 32 32"], Int[Array, " n"]]:
    """All images in [-1, 1] with a frame of two black pixels, and their labels, shuffled.

    The file is sorted by who wrote the digits; the shuffle, the same each time, makes any split
    fair.
    """
    raw = [gzip.decompress((folder / name).read_bytes()) for name in DATA.files]
    images = np.frombuffer(raw[0], np.uint8, offset=16).reshape(-1, 1, 28, 28)
    labels = np.frombuffer(raw[1], np.uint8, offset=8).astype(np.int64)
    order = np.random.default_rng(28).permutation(len(labels))
    framed = np.pad(images[order], ((0, 0), (0, 0), (2, 2), (2, 2)))
    return framed.astype(np.float32) / 127.5 - 1, labels[order]


def batches(config: Config) -> Iterator[tuple[Array, Array, Array, Array]]:
    """Noisy images, their times and labels, and the noise to be named."""
    rng = np.random.default_rng(config.seed)
    images, labels = (part[:-HELD_OUT] for part in digits(config.data))
    for _ in range(config.steps):
        i = rng.integers(len(images), size=config.batch)
        t = rng.uniform(0, len(ALPHA_BAR) - 1, config.batch)
        a = schedules.between(ALPHA_BAR, t)[:, None, None, None]
        noise = rng.standard_normal((config.batch, 1, 32, 32)).astype(np.float32)
        hidden = rng.random(config.batch) < config.unlabelled
        label = np.where(hidden, config.shape.classes, labels[i])
        x_t = np.sqrt(a) * images[i] + np.sqrt(1 - a) * noise
        yield x_t.astype(np.float32), t.astype(np.float32), label, noise


def train(config: Config) -> Iterator[Snapshot]:
    """Noise prediction on noisy digits (Ho et al., 2020, alg. 1; arXiv:2006.11239)."""
    torch.manual_seed(config.seed)
    unet = UNet(config.shape).to(config.device)
    average = {name: w.detach().clone() for name, w in unet.state_dict().items()}
    optimiser = torch.optim.AdamW(unet.parameters(), lr=config.rate, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.rate, config.steps, pct_start=0.05
    )
    losses: list[float] = []
    for step, batch in enumerate(batches(config), 1):
        x_t, t, label, noise = (torch.from_numpy(part).to(config.device) for part in batch)
        with torch.autocast(config.device, torch.bfloat16):  # twice as fast where the CPU has AMX
            predicted = unet(x_t, t, label)
        loss = F.mse_loss(predicted.float(), noise)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        follow(average, unet, min(config.memory, (1 + step) / (10 + step)))
        if step % config.every == 0 or step == config.steps:
            weights = {name: w.cpu().numpy().copy() for name, w in average.items()}
            yield Snapshot(step, float(np.mean(losses)), weights)
            losses.clear()


def follow(average: Mapping[str, torch.Tensor], unet: UNet, memory: float) -> None:
    """Moves the averaged weights a little towards the net's."""
    for name, w in unet.state_dict().items():
        average[name].lerp_(w, 1 - memory)


def net(config: Config, weights: Weights) -> UNet:
    """The trained net, ready to be exported."""
    unet = UNet(config.shape)
    unet.load_state_dict({name: torch.from_numpy(w.copy()) for name, w in weights.items()})
    return unet.eval()


def example(config: Config, sizes: Mapping[str, int], seed: int) -> dict[str, Array]:
    """Noise at random times with random labels."""
    rng, b = np.random.default_rng(seed), sizes["batch"]
    return {
        "x": rng.standard_normal((b, 1, 32, 32)).astype(np.float32),
        "t": rng.uniform(0, len(ALPHA_BAR) - 1, b).astype(np.float32),
        "label": rng.integers(0, config.shape.classes + 1, b),
    }


def measure(config: Config, run: Run) -> Facts:
    """The loss on digits that it never saw; of its samples `python -m models.quality` tells."""
    images, labels = (part[-HELD_OUT:] for part in digits(config.data))
    rng = np.random.default_rng(1)
    t = rng.uniform(0, len(ALPHA_BAR) - 1, len(labels))
    a = schedules.between(ALPHA_BAR, t)[:, None, None, None]
    noise = rng.standard_normal(images.shape)
    x_t = (np.sqrt(a) * images + np.sqrt(1 - a) * noise).astype(np.float32)
    eps = run(x=x_t, t=t.astype(np.float32), label=labels)["eps"]
    return {"held_out_loss": float(((eps - noise) ** 2).mean())}


RECIPE = Recipe(
    what="Names the noise in a noisy 32x32 digit of a given class, at any of 1,000 noise levels.",
    trained_on="9,000 of the 10,000 digits of MNIST's test part, shuffled (seed 28)",
    licence="Apache-2.0; data CC BY-SA 3.0 (Y. LeCun, C. Cortes, C. Burges)",
    config=Config(),
    train=train,
    net=net,
    inputs=(
        Port("x", "float32", ("batch", 1, 32, 32)),
        Port("t", "float32", ("batch",)),
        Port("label", "int64", ("batch",)),
    ),
    outputs=(Port("eps", "float32", ("batch", 1, 32, 32)),),
    sizes={"batch": Span(1, 16, 64)},
    example=example,
    measure=measure,
    needs=DATA,
)
