"""All that happened, kept to be learned from again: transitions $(s, a, r, s')$ in a row, oldest first.

A replay only grows. A buffer of capacity C is its last C transitions, so a smaller buffer is a
shorter look back at the same memory, and an old moment's replay stays what it was.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

Array = np.ndarray


@dataclass(frozen=True)
class Transitions:
    """What was seen, done, earned and seen next; d of the textbooks is always 0 in a pendulum."""

    x: Float[Array, "*many o"]
    a: Float[Array, "*many k"]
    r: Float[Array, "*many"]
    x_next: Float[Array, "*many o"]


@dataclass(frozen=True)
class Replay:
    """The transitions of several runs, one row after another: (x, a, r, x')."""

    rows: Float[Array, "runs most d"]  # shared with later moments, which write beyond `filled`
    filled: int
    observed: int  # numbers in x
    parts: int  # numbers in a

    @classmethod
    def empty(cls, runs: int, most: int, observed: int, parts: int) -> "Replay":
        """Room for `most` transitions of each run."""
        return cls(np.zeros((runs, most, 2 * observed + parts + 1), np.float32), 0, observed, parts)

    def add(self, new: Transitions) -> "Replay":
        """The replay with n more transitions of each run."""
        end = self.filled + new.x.shape[1]
        row = np.concatenate([new.x, new.a, new.r[..., None], new.x_next], -1)
        self.rows[:, self.filled : end] = row  # nobody has seen these yet
        return replace(self, filled=end)

    def so_far(self) -> "Replay":
        """The same without the room beyond `filled`, where later moments write; no copy."""
        return replace(self, rows=self.rows[:, : self.filled])

    def at(self, index: Int[Array, "runs n"]) -> Transitions:
        """The transitions of these numbers, 0 the oldest."""
        row, o, k = np.take_along_axis(self.rows, index[..., None], 1), self.observed, self.parts
        return Transitions(
            row[..., :o], row[..., o : o + k], row[..., o + k], row[..., o + k + 1 :]
        )

    def pick(self, n: int, capacity: int, rng: np.random.Generator) -> Int[Array, "runs n"]:
        """The numbers of n transitions of each run, drawn evenly from the last `capacity`."""
        oldest = max(0, self.filled - capacity)
        return rng.integers(oldest, self.filled, (len(self.rows), n))
