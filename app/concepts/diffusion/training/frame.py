"""What one moment of the page holds, in plain arrays."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

Array = np.ndarray


@dataclass(frozen=True)
class Curves:
    """A quantity by noise level: of the nets, and of nets that answer as well as can be."""

    t: Float[Array, " b"]  # 1 … T
    nets: Float[Array, "nets b"]
    best: Float[Array, " b"] | None  # the best net has no error
    untold: Float[Array, " b"] | None  # the best net that is not told t; where one is trained
    weight: Float[Array, " b"] | None  # lambda_t in bits; where the bound is shown


@dataclass(frozen=True)
class Field:
    """The plane at one noise level: arrows lead to where the noise would be gone, x_t - sigma eps."""

    t: int
    grid: Float[Array, "g 2"]  # where p_t is not next to nothing
    best: Float[Array, "g 2"]  # sigma² times the exact score
    learned: Float[Array, "g 2"]
    told: Float[Array, "e 2 2"]  # examples of what the net is told: a place, and an arrow
    probe: Float[Array, "3 2"]  # the place; there the exact arrow and the net's
    spread: float  # at the probe: standard deviation of eps, a number; what nobody can foresee


@dataclass(frozen=True)
class Pictures:
    """Examples of one training step: x_0, eps, x_t, what the net says, and the best answer."""

    t: int
    rows: Float[Array, "r c 8 8"]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """What all frames of a training share."""

    data: Float[Array, "k d"]
    new: Float[Array, "n d"]  # perfect samples
    drawn: bool  # the data is the user's own
    perfect: Float[Array, "p d"]  # samples of a net without error, from the same noise
    graph: Float[Array, "m d"]  # samples of the shipped graph, from the same noise; may be none
    signal: float  # alpha_T: what is left of the data at the end
    floor: float  # mean loss of a net without error, a number
    untold: float  # the same for one that is not told t
    distance_floor: float
    entropy: float  # bits
    graph_error: float  # E|eps^ - best|² of the shipped graph, a number; -1 if it is not shown
    read_floor: float  # share of new digits whose nearest known digit has their class


@dataclass(frozen=True)
class Trained:
    """One frame of a training; `past` has a row for each snapshot so far."""

    shown: Shown
    step: int
    last: int
    steps: int  # T
    against: str
    past: Float[Array, "s c"]  # step, then of each net loss, error and distance
    samples: Float[Array, "nets n d"]
    bits: Float[Array, " nets"]  # the bound less the entropy
    best_bits: float  # the same for a net without error
    read: float
    curves: Curves
    look: Field | Pictures


@dataclass(frozen=True)
class Still:
    """What all frames of the forward process share."""

    data: Float[Array, "n 2"]
    mix: Float[Array, "3 m"]  # t, alpha_t, sigma_t
    ratios: Float[Array, "c m"]  # signal to noise in each of the schedules
    stops: Int[Array, " s"]  # the t of the strip
    strip: Float[Array, "r s 64"]  # one digit at equal t in each schedule; none in the plane
    signal: float  # alpha_T: what is left of the data at the end
    prior: float  # KL(q(x_T | x_0) | N(0, I)), bits


@dataclass(frozen=True)
class Noised:
    """One frame of the forward process."""

    still: Still
    t: int
    steps: int
    schedule: str
    walked: Float[Array, "n d"]  # step by step
    jumped: Float[Array, "n d"]  # in one jump; the first have the same x_0
    ways: Float[Array, "2 e s 2"]  # of these, both ways
    density: Float[Array, "h w"]  # log p_t less its largest; none for digits
    apart: float  # distance of the two clouds
    floor: float  # that of two clouds of the exact law
    variance: float  # of a number of x_t
