"""A small convolutional net that reads digits: it judges those that another net has drawn."""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import nn

Array = np.ndarray


def fit(
    images: Float[Array, "n 1 32 32"],
    labels: Int[Array, " n"],
    seed: int = 0,
    epochs: int = 6,
    batch: int = 64,
) -> Callable[[Float[Array, "m 1 32 32"]], Int[Array, " m"]]:
    """A function from images in [-1, 1] to the digits that it reads in them."""
    torch.manual_seed(seed)
    net = nn.Sequential(
        *(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Dropout(0.3), nn.Linear(32 * 36, 64), nn.ReLU(), nn.Linear(64, 10)),
    )
    steps = epochs * (len(labels) // batch)
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, max(steps, 2))
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        i = rng.integers(len(labels), size=batch)
        loss = F.cross_entropy(net(torch.from_numpy(images[i])), torch.from_numpy(labels[i]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    net.eval()

    def read(drawn: Float[Array, "m 1 32 32"]) -> Int[Array, " m"]:
        with torch.no_grad():
            logits = net(torch.from_numpy(drawn.astype(np.float32)))
        digits: Array = logits.argmax(-1).numpy()
        return digits

    return read
