"""What one frame holds: who believes what of each cell, an episode, and one backup in numbers."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from models.maths.tabular import Walk

Array = np.ndarray


@dataclass(frozen=True)
class Ahead:
    """The backup of one cell by someone who knows the world: every action, every outcome.

    l places can be reached, each once for every reward that may come with it.
    """

    cell: int
    old: float  # V(s) as it stands
    new: float  # what the backup makes of it
    q: Float[Array, " a"]
    policy: Float[Array, " a"]  # how the actions are weighed
    lands: Int[Array, " l"]
    pays: Float[Array, " l"]
    worth: Float[Array, " l"]  # V(s')
    chance: Float[Array, "a l"]


@dataclass(frozen=True)
class Update:
    """What one step taught: the value of (s, a), or of s alone, moved towards a target."""

    cell: int
    action: int
    reward: float
    next: int
    then: int  # the action chosen there
    seen: Float[
        Array, " a"
    ]  # the values at s' that the target was made from; one where V is learned
    old: float
    target: float
    new: float
    times: int  # that this value has been changed


Backup = Ahead | Update


@dataclass(frozen=True)
class Lane:
    """One planner or learner: its values as a picture, and how it came to them."""

    name: str
    v: Float[Array, "h w"]
    q: Float[Array, "h w 4"]  # up, right, down, left; 0 where there is no such action
    policy: Float[Array, "h w 4"]  # likewise
    visits: Float[Array, "h w"]  # backups of a planner, steps of a learner
    truth: Float[Array, "h w"]  # V of the best policy, or of the one that is judged
    backup: Backup | None
    walk: Walk
    history: Float[Array, "t c"]  # a planner's: backups, error, bound; a learner's: see learning.py
    residual: float  # the largest change that one more sweep would make
    followed: float  # what the policy in use is worth from the start, exactly
    greedy: float  # what the greedy one is worth
    best: float  # what the best one is worth
    done: int  # sweeps, episodes or steps
    note: str = ""  # what a planner has just done
