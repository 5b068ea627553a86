"""The 8 × 8 denoiser as a torch net: what models/maths/denoiser.py computes, ready for export."""

from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from models.maths.denoiser import WAVES, Denoiser


class SmallDenoiser(nn.Module):
    """eps = sigma x + alpha F(x, t, label); t counts from 0 and may lie between the steps."""

    log_alpha_bar: Tensor
    waves: Tensor

    def __init__(self, like: Denoiser, alpha_bar: Float[np.ndarray, " T"]) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        for seen, out in pairwise(like.net.sizes):
            parts += [nn.Linear(seen, out), nn.SiLU()]
        self.layers, self.classes = nn.Sequential(*parts[:-1]), like.classes
        log = torch.from_numpy(np.log(alpha_bar)).float()
        self.register_buffer("log_alpha_bar", log, persistent=False)
        self.register_buffer("waves", torch.from_numpy(WAVES).float(), persistent=False)

    def forward(
        self, x: Float[Tensor, "b 1 h w"], t: Float[Tensor, " b"], label: Int[Tensor, " b"]
    ) -> Float[Tensor, "b 1 h w"]:
        """The noise in x."""
        steps, rows = len(self.log_alpha_bar), x.flatten(1)
        below = t.floor().clamp(0, steps - 2).long()
        low, high = self.log_alpha_bar[below], self.log_alpha_bar[below + 1]
        alpha_bar = torch.exp(torch.lerp(low, high, t - below))[:, None]
        angle = (t[:, None] + 1) / steps * self.waves
        known = nn.functional.one_hot(label, self.classes).to(x.dtype)
        found = self.layers(torch.cat([rows, angle.sin(), angle.cos(), known], 1))
        eps: Tensor = torch.sqrt(1 - alpha_bar) * rows + torch.sqrt(alpha_bar) * found
        return eps.reshape(x.shape)
