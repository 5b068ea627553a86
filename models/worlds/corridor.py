"""A corridor small enough to count every way through it: a little to the left, much to the right."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

Array = np.ndarray


@dataclass(frozen=True)
class Corridor:
    """Steps of one to either side from the middle; both ends and the last step end the walk.

    A state is the place, -2 to 2, and how many steps were taken. Nothing in the world is chance.
    """

    steps: int = 6
    end: int = 2  # places to each side of the middle
    toll: float = 0.25  # each step costs
    left: float = 1.0  # what the left end pays
    right: float = 4.0
    observed: int = 2
    usual: tuple[float, ...] = (2.0, 6.0)
    usual_reward: float = 1.0

    def reset(self, rng: np.random.Generator, many: tuple[int, ...]) -> Float[Array, "*many 2"]:
        """The middle, before the first step."""
        return np.zeros((*many, 2))

    def observe(self, state: Float[Array, "*many 2"]) -> Float[Array, "*many 2"]:
        """The state itself."""
        return state

    def step(
        self, state: Float[Array, "*many 2"], action: Array
    ) -> tuple[Float[Array, "*many 2"], Float[Array, "*many"], Bool[Array, "*many"]]:
        """One place to the right for action 1, to the left for 0; its reward; whether it is over."""
        moved = state + np.stack([2.0 * action - 1.0, np.ones(np.shape(action))], -1)
        place, taken = moved[..., 0], moved[..., 1]
        paid = self.left * (place == -self.end) + self.right * (place == self.end) - self.toll
        return moved, paid, (np.abs(place) == self.end) | (taken == self.steps)
