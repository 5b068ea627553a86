"""Policies as torch nets: an observation in, the distribution of the action and its value out."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


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
