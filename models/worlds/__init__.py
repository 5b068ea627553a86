"""Worlds to act in: plain arrays, many at once, every bit of chance from the caller's generator."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float

Array = np.ndarray


@runtime_checkable
class World(Protocol):
    """What a policy can live in; states of any number of copies stand along the leading axes."""

    @property
    def steps(self) -> int:
        """An episode is cut off after so many steps, even where nothing has failed."""
        ...

    @property
    def observed(self) -> int:
        """How many numbers an observation has."""
        ...

    @property
    def usual(self) -> tuple[float, ...]:
        """How large each of them usually gets: a net is shown them in these units."""
        ...

    @property
    def usual_reward(self) -> float:
        """How large the reward of a step usually is."""
        ...

    def reset(self, rng: np.random.Generator, many: tuple[int, ...]) -> Float[Array, "*many s"]:
        """States to start from."""
        ...

    def observe(self, state: Float[Array, "*many s"]) -> Float[Array, "*many o"]:
        """What the policy sees of a state."""
        ...

    def step(
        self, state: Float[Array, "*many s"], action: Array
    ) -> tuple[Float[Array, "*many s"], Float[Array, "*many"], Bool[Array, "*many"]]:
        """The next states, the rewards, and which copies have failed there."""
        ...
