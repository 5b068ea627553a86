"""What may be set, and what one moment of the race holds, in plain arrays."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from app import params
from app.params import Entrant, Setting
from models.maths.levels import Level, Path
from models.maths.posterior import Reverse

Array = np.ndarray
ENTRANTS = (
    Entrant("ddpm", "DDPM"),
    Entrant("ddim", "DDIM", Setting("η", 0.0, 1.0, 0.05, 0.0)),
    Entrant("dpm", "DPM-Solver++ 2M"),
    Entrant("heun", "ODE, Heun"),
    Entrant("euler", "ODE, Euler"),
    Entrant("flow", "Flow, Euler"),
)
LINEUP = (("ddpm", None), ("ddim", 0.0), ("heun", None), ("flow", None))
LINEAR = (-4.39, -3.05, -1.95, -1.07, -0.33, 0.46, 4.0)  # log₁₀ signal to noise, noise to data


@dataclass(frozen=True)
class Params(params.Params):
    subject: str = params.choice("digits", "plane", label="Subject")
    lanes: tuple[params.Pick, ...] = params.lineup(LINEUP, "Lanes", ENTRANTS)
    digit: int = params.slider(3, 0, 9, 1, "Digit", subject="digits")
    data: str = params.choice("ring", "grid", "circle", "corner", label="Data", subject="plane")
    steps: int = params.slider(25, 1, 250, 1, "Network calls", log=True, spacing="own|t|s|edm")
    spacing: str = params.choice("own", "t", "s", "edm", "pins", label="Steps even in")
    pins: tuple[int, ...] = params.pins(
        (999, 700, 400, 200, 50),
        "Stops",
        ends=(999, 0),
        count=(1, 24),
        names=("noise", "data"),
        spacing="pins",
    )
    schedule: str = params.choice(
        "linear", "cosine", "zero", "bent", label="Schedule", subject="plane"
    )
    bend: tuple[float, ...] = params.curve(
        LINEAR, "log₁₀ SNR, noise to data", -6.0, 5.0, 0.05, subject="plane", schedule="bent"
    )
    view: str = params.choice("x0", "eps", "v", "score", label="Net's answer as")
    clip: bool = params.toggle(True, "Clip x̂₀", subject="digits")
    start: tuple[params.Point, ...] = params.points(
        ((0.4, 1.1),), "Start", count=(1, 1), x=(-3.0, 3.0), y=(-3.0, 3.0), subject="plane"
    )
    seed: int = params.seed()


@dataclass(frozen=True)
class Lane:
    """One sampler at one moment of the race."""

    name: str
    at: Level  # where it stands; t = -1 is the clean data
    x_t: Array  # (1, 32, 32), or particles (n, 2), first the one that the user placed
    x_0: Array  # the clean data that the net sees in x_t; the sample itself at the end
    answer: Array  # the net's latest answer, in the view asked for
    size: Float[Array, " c"]  # √mean answer² at each call of the net so far
    asks: Path  # the levels that it asks the net about, the same in every frame

    @property
    def t(self) -> Float[Array, " k"]:
        """The time of each call it will make."""
        return np.array([level.t for level in self.asks])

    @property
    def snr(self) -> Float[Array, " k"]:
        """alpha² / sigma² at each call it will make."""
        return np.array([(level.alpha / level.sigma) ** 2 for level in self.asks])

    @property
    def latest(self) -> Level:
        """The level of its latest call."""
        return self.asks[len(self.size) - 1]


@dataclass(frozen=True)
class Ruler:
    """The noise schedule: signal to noise at every time, the same in every frame."""

    t: Float[Array, " m"]
    snr: Float[Array, " m"]
    linear: Float[Array, " m"]
    cosine: Float[Array, " m"]


@dataclass(frozen=True)
class Record:
    """What the card of the net says of 1,000 digits of each sampler, the same in every frame."""

    calls: tuple[Array, ...]  # of each lane, the budgets that were measured; none where it was not
    frechet: tuple[Array, ...]  # distance to 1,000 held-out digits in the judge's features
    floor: Float[Array, "3"]  # mean, least and most of 1,000 other real digits


@dataclass(frozen=True)
class Digits:
    """What is shown of pictures: moments that are kept, and how far the samplers are apart."""

    now: Array  # x_t and the answer of each lane (lanes, 2, 32, 32); the score times sigma
    kept: Array  # the same at some moments (lanes, moments, 2, 32, 32); 0 before they come
    at: tuple[int, ...]  # the steps they are from
    reference: int  # the lane that the others are compared with
    apart: Float[Array, " lanes"]  # root mean square difference of x̂_0 to that lane's
    read: tuple[Array, ...]  # of each lane, how sure the judge is at each moment of the digit asked
    record: Record


@dataclass(frozen=True)
class Plane:
    """What is shown of particles: exact densities, trails, and distances to the data."""

    log_density: Array  # log p_t less its largest, exact, at each lane's level (lanes, 48, 48)
    arrows: Array  # the answer about the placed particle (lanes, 2): to x̂_0, ε̂, v̂, sigma² score
    trails: tuple[Array, ...]  # of the first particles, a lane each (24, k, 2), k <= 32
    truth: Array  # samples of the data (2000, 2), the same in every frame
    distance: Float[Array, " lanes"]  # sliced W2 of each lane's particles to them
    floor: Float[Array, "3"]  # mean, least and most of perfect samples, the same in every frame
    off: Float[Array, "2"]  # sliced W2 of the start to the law that the schedule ends in; its floor
    race: tuple[Array, ...]  # of each lane, distances after BUDGETS calls, as far as run
    reverse: Reverse  # the next step of the placed particle in the first lane


@dataclass(frozen=True)
class Frame:
    step: int
    params: Params
    lanes: tuple[Lane, ...]
    ruler: Ruler
    shown: Digits | Plane
