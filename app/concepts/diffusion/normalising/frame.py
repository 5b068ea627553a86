"""What may be set, and what one moment of the page holds."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from app import params
from models.maths.normalising import Flow

from .world import DATA, World

Array = np.ndarray
PLANE = "layers|training"
EVERY, LAST = 10, 1000  # iterations between snapshots, and of the longest training
SIDE = (-3.0, 3.0)
TRIANGLE = ((0.0, 1.6), (-1.5, -1.0), (1.5, -1.0))


@dataclass(frozen=True)
class Params(params.Params):
    watch: str = params.choice("layers", "training", "one number", label="Watch")
    data: str = params.choice(*DATA, label="Data", watch=PLANE)
    clusters: tuple[params.Point, ...] = params.points(
        TRIANGLE, "Clusters", count=(1, 25), x=SIDE, y=SIDE, watch=PLANE, data="yours"
    )
    structure: str = params.choice("coupling", "autoregressive", label="A layer is", watch=PLANE)
    rising: str = params.choice("affine", "additive", "mixture", label="It moves by", watch=PLANE)
    mixing: bool = params.toggle(False, "1 × 1 before", watch=PLANE)
    first: str = params.choice("x₁", "x₂", label="Read first", watch=PLANE)
    layers: int = params.slider(6, 1, 8, 1, "Layers K", watch=PLANE)
    iterations: int = params.slider(300, 0, LAST, EVERY, "Iterations", watch=PLANE)
    way: str = params.choice(
        "data to latent", "latent to data", label="Way", anew=True, watch="layers"
    )
    x: tuple[params.Point, ...] = params.points(
        ((0.8, -0.6),),
        "Point x",
        count=(1, 1),
        x=SIDE,
        y=SIDE,
        watch="layers",
        way="data to latent",
    )
    z: tuple[params.Point, ...] = params.points(
        ((0.5, 1.0),), "Point z", count=(1, 1), x=SIDE, y=SIDE, watch="layers", way="latent to data"
    )
    line: str = params.choice("by hand", "exact CDF", label="Map f", watch="one number")
    knots: tuple[float, ...] = params.curve(
        (-2.9, -1.5, -0.2, 0.0, 0.2, 1.5, 2.9), "f at x = −3 … 3", -3.0, 3.0, 0.1,
        watch="one number", line="by hand",
    )  # fmt: skip
    apart: float = params.slider(
        2.6, 0.0, 5.0, 0.1, "Bumps apart", watch="one number", line="exact CDF"
    )
    left: float = params.slider(
        0.4, 0.2, 1.5, 0.05, "Left width", watch="one number", line="exact CDF"
    )
    right: float = params.slider(
        0.7, 0.2, 1.5, 0.05, "Right width", watch="one number", line="exact CDF"
    )
    share: float = params.slider(
        0.4, 0.05, 0.95, 0.05, "Left share", watch="one number", line="exact CDF"
    )
    place: float = params.slider(1.3, -3.0, 3.0, 0.05, "Place x", watch="one number")
    seed: int = params.seed()


@dataclass(frozen=True)
class Reading:
    """What one set of weights says of the world."""

    step: int  # iterations
    theta: Float[Array, " p"]
    density: Float[Array, "h w"]  # learned, in the picture's cells
    latents: Float[Array, "n 2"]  # f(data)
    samples: Float[Array, "n 2"]  # f^-1(noise), of the same noise at every step
    net: Float[Array, "l d 2"]  # f^-1 of the lines of a square grid in latent space
    log_dets: Float[Array, " k"]  # of each layer, mean over the data shown
    nll: float  # mean -log p of the test points, nats
    kl: float  # mean log p - log p_theta of them
    spread: float  # standard error of that mean
    back: float  # largest |x - f^-1(f(x))|


@dataclass(frozen=True)
class Walk:
    """A walk through the layers: a cloud, a grid, one point and its cell after each of them."""

    cloud: Float[Array, "s n 2"]  # s = K + 1 stations, the start among them
    net: Float[Array, "s l d 2"]  # lines of a square grid
    cell: Float[Array, "s 4 2"]  # a small square round the point, as its Jacobian sees it
    point: Float[Array, "s 2"]
    log_dets: Float[Array, " k"]  # of the layers, from data to latent, where the point passes
    jacobians: Float[Array, "k 2 2"]
    log_p: float  # of the point in data space, learned
    exact: float
    reach: float  # of a window that nearly all of the cloud stays in


@dataclass(frozen=True)
class Frame:
    """One moment of a training, or of a walk: `at` counts the layers passed on the way."""

    params: Params
    world: World
    flow: Flow
    reading: Reading
    past: Float[Array, "r 4"]  # step, batch loss, nll, kl of the snapshots so far
    walk: Walk | None = None
    step: int = 0
    at: float = 0.0

    @property
    def learning(self) -> bool:
        """Whether these layers have not had all their iterations yet."""
        return self.reading.step < self.params.iterations
