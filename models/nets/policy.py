"""Policies as torch nets: an observation in, the distribution of the action and its value out."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from models.maths.squashed import HIGH, LOW


def mlp(seen: int, width: int, out: int) -> nn.Sequential:
    """One hidden layer of tanh units."""
    return nn.Sequential(nn.Linear(seen, width), nn.Tanh(), nn.Linear(width, out))


class Discrete(nn.Module):
    """Logits of the actions, and the value of the state."""

    def __init__(self, seen: int, width: int, actions: int) -> None:
        super().__init__()
        self.actor, self.critic = mlp(seen, width, actions), mlp(seen, width, 1)

    def forward(
        self, observation: Float[Tensor, "b o"]
    ) -> tuple[Float[Tensor, "b k"], Float[Tensor, " b"]]:
        """The logits and the value."""
        return self.actor(observation), self.critic(observation)[:, 0]


class Continuous(nn.Module):
    """Mean and standard deviation of each part of the action, and the value of the state."""

    def __init__(self, seen: int, width: int, parts: int, bound: float) -> None:
        super().__init__()
        self.actor, self.critic = mlp(seen, width, parts), mlp(seen, width, 1)
        self.raw = nn.Parameter(torch.zeros(parts))  # log sigma = 3 tanh(raw / 3)
        self.bound = bound

    def forward(
        self, observation: Float[Tensor, "b o"]
    ) -> tuple[Float[Tensor, "b k"], Float[Tensor, "b k"], Float[Tensor, " b"]]:
        """The mean, sigma and the value."""
        mean = self.bound * torch.tanh(self.actor(observation))
        sigma = torch.exp(3 * torch.tanh(self.raw / 3)).expand_as(mean)
        return mean, sigma, self.critic(observation)[:, 0]


def relus(sizes: tuple[int, ...]) -> nn.Sequential:
    """Layers of these sizes with ReLUs between them."""
    layers: list[nn.Module] = []
    for seen, out in pairwise(sizes):
        layers += [nn.Linear(seen, out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class Torque(nn.Module):
    """A torque that learned off policy, how widely it was tried out, and what its critics expect.

    `noise` is the share of the torque by which a deterministic policy explored; without it the policy
    is stochastic, tanh of a Gaussian, and sigma is that Gaussian's carried through tanh to first order,
    no less than `LEAST`.
    """

    LEAST = 1e-3  # N m: where tanh is flat nothing would be left

    def __init__(
        self,
        actor: tuple[int, ...],
        critic: tuple[int, ...],
        critics: int,
        torque: float,
        noise: float | None,
    ) -> None:
        super().__init__()
        self.actor = relus(actor)
        self.critics = nn.ModuleList(relus(critic) for _ in range(critics))
        self.torque, self.noise = torque, noise

    def forward(
        self, observation: Float[Tensor, "b o"]
    ) -> tuple[Float[Tensor, "b 1"], Float[Tensor, "b 1"], Float[Tensor, " b"]]:
        """The mean, sigma and the least that a critic expects of the mean."""
        out = self.actor(observation)
        mean = self.torque * torch.tanh(out[:, :1])
        if self.noise is None:
            steep = 1 - torch.tanh(out[:, :1]) ** 2
            log_sigma = LOW + (HIGH - LOW) * 0.5 * (1 + torch.tanh(out[:, 1:]))
            sigma = (self.torque * steep * torch.exp(log_sigma)).clamp_min(self.LEAST)
        else:
            sigma = torch.full_like(mean, self.torque * self.noise)
        judged = torch.cat([observation, mean], 1)
        values = torch.cat([critic(judged) for critic in self.critics], 1)
        return mean, sigma, values.amin(1)


def load(net: Torque, weights: Mapping[str, np.ndarray]) -> Torque:
    """The net with these weights, ready to be exported."""
    net.load_state_dict({name: torch.from_numpy(w.copy()) for name, w in weights.items()})
    return net.eval()
