r"""Where a token stands: $PE(p) = (\sin p\theta_i, \cos p\theta_i)_i$ with $\theta_i = b^{-2i/d}$.

Waves of many lengths (Vaswani et al., 2017, sec. 3.5; arXiv:1706.03762), beside codes that are
learned as one watches (learned.py) and others. A query and a key turned by their places, or codes
added to them (apart.py); the slides' sum (adding.py); why waves at all (fitting.py); and the
chapter's GPT on texts twice as long as those it was trained on (reach.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from app import params
from models.maths.positions import LAYOUTS, by_distance, frequencies, rotate, sinusoidal

from . import adding, apart, fitting, learned, reach

Array = np.ndarray
PLACES = 64  # positions side by side; eight by eight on a square
STEPS, EVERY = 200, 8  # iterations of the training, and from picture to picture
WIDTH = 4.0  # waves in the window, of a usual random frequency
CODES = "side by side|two positions"
STARTS = ((20.0, 0.0),), ((8.0, 0.0),)
LINE = (0.0, float(apart.LAST))


@dataclass(frozen=True)
class Params(params.Params):
    show: str = params.choice(
        "side by side", "two positions", "adding", "Fourier fit", "long context", label="Show"
    )
    beside: str = params.choice(
        "RoPE", "one-hot", "Fourier features", label="Third", show="side by side"
    )
    ground: str = params.choice("line", "square", label="Places on a", show="side by side")
    seen: int = params.slider(PLACES, 4, PLACES, 1, "Longest text", show="side by side")
    rho: float = params.slider(0.9, 0.1, 0.99, 0.01, "Likeness ρ", show="side by side")
    scheme: str = params.choice(*apart.SCHEMES, label="Position is", show="two positions")
    query_at: tuple[params.Point, ...] = params.points(
        STARTS[0], "Query at", count=(1, 1), x=LINE, y=(0.0, 0.0), show="two positions"
    )
    key_at: tuple[params.Point, ...] = params.points(
        STARTS[1], "Key at", count=(1, 1), x=LINE, y=(0.0, 0.0), show="two positions"
    )
    pairs: int = params.slider(8, 2, 32, 1, "Pairs, d/2", show=CODES)
    base: float = params.slider(10_000.0, 2.0, 1e6, 1.0, "Base b", log=True, show=CODES)
    layout: str = params.choice(*LAYOUTS, label="Layout", show=CODES)
    table: str = params.choice("computed", "as printed", label="Positions", show="adding")
    added: bool = params.toggle(True, "Add positions", show="adding")
    swap: bool = params.toggle(False, "Swap cat and mat", show="adding")
    data: tuple[params.Point, ...] = params.points(
        fitting.DATA, "Data", count=(4, 40), x=(0.0, 1.0), y=(-1.5, 1.5), show="Fourier fit"
    )
    bank: str = params.choice(*fitting.BANKS, label="Frequencies", show="Fourier fit")
    ridge: float = params.slider(1e-4, 1e-6, 1.0, 1e-6, "Ridge λ", log=True, show="Fourier fit")
    texts: str = params.choice(*reach.TEXTS, label="Texts", show="long context")
    period: int = params.slider(
        120, 8, 160, 1, "Said again after", show="long context", texts="echoes"
    )
    method: str = params.choice(*reach.METHODS, label="Stretch by", show="long context")
    factor: float = params.slider(2.0, 1.0, 4.0, 0.05, "Factor s", show="long context")
    seed: int = params.seed(show="side by side|two positions|Fourier fit|long context")


@dataclass(frozen=True)
class Scheme:
    """The code of every position, and how alike any two of them are."""

    name: str
    code: Float[Array, "n d"]
    alike: Float[Array, "n n"]  # p·p', in parts of the mean of p·p over the places in use
    far: Float[Array, "m 3"]  # alike by distance: mean, least, largest


@dataclass(frozen=True)
class Frame:
    """Three ways to write positions, one of them after some iterations of learning."""

    p: Params
    step: int
    waves: Scheme
    learned: Scheme
    third: Scheme
    lag: Float[Array, " n"]  # 0 to n - 1 places apart
    iteration: Float[Array, " i"]  # 0 to the last
    loss: Float[Array, " t"]  # expected squared error of the guesses, by iteration
    least: float  # of the best guess there is
    blind: float  # of a guess that looks everywhere alike
    phase: float  # the largest |PE(p + 1) - R PE(p)| of any place


Frames = Frame | apart.Frame | adding.Frame | fitting.Frame | reach.Frame


def compute(p: Params) -> Iterator[Frames]:
    """Yield the training of the learned codes, or what the state shows in its place."""
    if p.show == "two positions":
        at = p.query_at[0][0], p.key_at[0][0]
        yield from apart.walk(p.scheme, at, 2 * p.pairs, p.base, p.layout, p.seed)
    elif p.show == "adding":
        yield from adding.rows(p.table == "as printed", p.added, p.swap)
    elif p.show == "Fourier fit":
        yield from fitting.fits(p.data, p.bank, p.ridge, p.seed)
    elif p.show == "long context":
        yield from reach.read(p.texts, p.period, p.method, p.factor, p.seed)
    else:
        yield from side_by_side(p)


def side_by_side(p: Params) -> Iterator[Frame]:
    """The learned codes as training goes on, beside two that need none."""
    rng, d = np.random.default_rng(p.seed), 2 * p.pairs
    place, theta = np.arange(float(PLACES)), frequencies(d, p.base)
    start = learned.SPREAD * rng.standard_normal((PLACES, d))  # first: the third draws too
    waves = sinusoidal(place, theta, p.layout)
    still = scheme("sinusoidal", waves, PLACES)
    third = scheme(p.beside, beside(p, place, theta, rng), PLACES)
    square, side = p.ground == "square", max(2, round(np.sqrt(p.seen)))
    c = learned.covariance(side**2 if square else p.seen, p.rho, square)
    alike = learned.weights(np.zeros((len(c), 1)))
    for now in learned.train(start, c, STEPS, EVERY):
        yield Frame(
            p=p,
            step=now.step,
            waves=still,
            learned=scheme("learned", now.code, len(c)),
            third=third,
            lag=place,
            iteration=np.arange(STEPS + 1.0),
            loss=now.loss,
            least=learned.least(c),
            blind=learned.error(alike, c),
            phase=float(np.abs(turn_waves(waves[:-1], theta, p.layout) - waves[1:]).max()),
        )


def beside(
    p: Params, place: Float[Array, " n"], theta: Float[Array, " k"], rng: np.random.Generator
) -> Float[Array, "n d"]:
    """The third scheme's codes."""
    if p.beside == "one-hot":
        return np.eye(len(place))
    if p.beside == "Fourier features":  # random ones (Tancik et al., 2020, eq. 5; arXiv:2006.10739)
        wave = 2 * np.pi * rng.normal(0, WIDTH, len(theta)) / len(place)
        return sinusoidal(place, wave, p.layout)
    content = rng.standard_normal(2 * len(theta))  # RoPE turns what a token says: here one vector
    return rotate(np.tile(content, (len(place), 1)), place, theta, p.layout)


def scheme(name: str, code: Float[Array, "n d"], used: int) -> Scheme:
    """A scheme with the dot product of every pair of its codes, of which the first are in use."""
    product = code @ code.T
    alike = product / np.diag(product)[:used].mean()
    return Scheme(name, code, alike, by_distance(alike[:used, :used]))


def turn_waves(
    code: Float[Array, "n d"], theta: Float[Array, " k"], layout: str
) -> Float[Array, "n d"]:
    """The codes one place further on, by the same turn at every place: PE(p + 1) = R PE(p)."""
    # Sine comes first in the slides' code, so its hands run clockwise: a turn by -theta.
    return rotate(code, np.full(len(code), -1.0), theta, layout)
