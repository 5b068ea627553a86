"""What one moment of the page holds: places, velocities, distances, in plain arrays."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from .couplings import Match
from .density import Inked
from .probe import Probe
from .solvers import Solved

Array = np.ndarray


@dataclass(frozen=True)
class Still:
    """What all frames of a run share."""

    data: Float[Array, "k 2"]
    goal: Float[Array, "z 2"]  # the data points that the field leads to: all, or the one
    fresh: Float[Array, "n 2"]  # perfect samples
    noise: Float[Array, "n 2"]  # where the particles begin
    grid: Float[Array, "g 2"]  # where the field is shown
    mix: Float[Array, "m 3"]  # t, alpha_t, beta_t
    ways: Float[Array, "e w 2"]  # some whole ways from noise to data
    targets: Float[Array, "e 2 2"]  # of a training: where some pairs stand, and their targets
    floor: float  # sliced W2 of two clouds of perfect samples
    lump: float  # sliced W2 to data of a cloud that sits on the data's mean
    drawn: bool  # the data is the user's own
    aimed: bool  # the field leads to one point alone


@dataclass(frozen=True)
class Progress:
    """A training so far, snapshot by snapshot."""

    at: Float[Array, " s"]  # iterations
    losses: Float[Array, " s"]  # mean since the snapshot before
    gaps: Float[Array, " s"]  # E|learned - exact|², over all times
    floor: float  # E|target - exact|²: no field has a lower loss
    last: int  # iterations in all
    by_time: Float[Array, "m 2"]  # t, and the rms of learned - exact under p_t
    uniform: Float[Array, "u 2"]  # the same of the net taught at even times; empty if that is this


@dataclass(frozen=True)
class Moment:
    """One frame, less its probe."""

    still: Still
    step: int  # tick, or iteration
    t: float
    particles: Float[Array, "n 2"]
    field: Float[Array, "g 2"]  # the velocities that carry the particles
    exact: Float[Array, "g 2"]
    crowded: Bool[Array, " g"]  # where p_t is high enough to draw an arrow
    distances: Float[Array, " s"]  # sliced W2 from particles, or final samples, to data so far
    gap: float  # rms of learned - exact under p_t
    tube: Float[Array, "c k 2"]  # towards one point: the circle of two standard deviations
    theta: Float[Array, " p"] | None = None  # the net's weights, if the field is a net's
    progress: Progress | None = None
    solved: Solved | None = None  # what the solver does, where one looks at that


@dataclass(frozen=True)
class Frame:
    """A moment and who pulls at the particle; with it, where one looks at that, its density."""

    moment: Moment
    probe: Probe
    inked: Inked | None = None


Shown = Frame | Match
