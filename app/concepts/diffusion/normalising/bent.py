r"""One number: $p(x) = p_z(f(x))\, |f'(x)|$ for a map $f$ bent by hand, or the exact $f = \Phi^{-1} \circ F$.

On the way the map is $f_\tau(x) = (1 - \tau)\, x + \tau f(x)$, which rises whenever f does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import erfc
from statistics import NormalDist

import numpy as np
from jaxtyping import Float

from models.maths.mixtures import Mixture
from models.maths.paths import through

Array = np.ndarray
Map = Callable[[Array], tuple[Array, Array]]  # z and dz/dx
KNOTS = 7  # of a map bent by hand, at x = -3, -2, … 3
END, FRAMES, DRAWN, BINS = 3.0, 30, 2000, 36
HALF = 0.2  # of the width of the interval whose mass is followed
normal_cdf = np.vectorize(lambda z: 0.5 * erfc(-z / np.sqrt(2)), otypes=[float])
normal_quantile = np.vectorize(NormalDist().inv_cdf, otypes=[float])
TENTHS = normal_quantile(np.arange(1, 10) / 10)


@dataclass(frozen=True)
class Frame:
    """The map part of the way from the identity, and what it does to densities."""

    step: int
    last: int
    exact: bool  # the map is the CDF flow of a mixture
    x: Float[Array, " m"]
    z: Float[Array, " m"]  # f(x)
    p: Float[Array, " m"]  # p_z(f(x)) f'(x)
    wrong: Float[Array, " m"]  # p_z(f(x)), the slope forgotten
    truth: Float[Array, " m"]  # p at the end of the way: of a CDF flow, the mixture itself
    tenths: Float[Array, "9 2"]  # x and z between which each tenth of the mass lies
    place: Float[Array, "3 2"]  # x and z of the interval's ends, the place itself in the middle
    slope: float  # there
    base: float  # p_z there
    x_drawn: Float[Array, " n"]
    z_drawn: Float[Array, " n"]
    whole: float  # integral of p
    whole_wrong: float
    mass: float  # of p over the interval
    mass_z: float  # of p_z over its image

    @property
    def tau(self) -> float:
        return self.step / self.last


def bent(knots: tuple[float, ...]) -> Map:
    """The smooth rising curve through the knots, straight beyond the first and the last."""

    def f(x: Array) -> tuple[Array, Array]:
        inside = np.clip(x, -END, END)
        z, rate = through(knots, (inside + END) / (2 * END))
        slope = rate / (2 * END)
        return z + slope * (x - inside), slope

    return f


def cdf_flow(truth: Mixture) -> Map:
    """x -> Phi^-1(F(x)), F the mixture's CDF: the only rising map that makes it N(0, 1)."""
    centre, width = truth.means[:, 0], truth.std

    def f(x: Array) -> tuple[Array, Array]:
        t = (x[:, None] - centre) / width
        below, above = normal_cdf(t) @ truth.shares, normal_cdf(-t) @ truth.shares
        tail = normal_quantile(np.clip(np.minimum(below, above), 1e-300, 0.5))  # the precise one
        z = np.where(below < above, tail, -tail)
        return z, np.exp(truth.log_prob(x[:, None])) / normal_density(z)

    return f


def normal_density(z: Array) -> Array:
    """The standard Gaussian's."""
    return np.asarray(np.exp(-0.5 * np.square(z)) / np.sqrt(2 * np.pi))


def between(f: Map, tau: float) -> Map:
    """The map at tau of the way from the identity."""

    def part(x: Array) -> tuple[Array, Array]:
        z, slope = f(x)
        return (1 - tau) * x + tau * z, 1 - tau + tau * slope

    return part


def inverse(f: Map, z: Float[Array, " n"], low: float = -60.0, high: float = 60.0) -> Array:
    """The x that f sends to z, by halving an interval that holds it."""
    a, b = np.full_like(z, low), np.full_like(z, high)
    for _ in range(52):
        middle = (a + b) / 2
        left = f(middle)[0] < z
        a, b = np.where(left, middle, a), np.where(left, b, middle)
    return np.asarray((a + b) / 2)


def two_bumps(apart: float, left: float, right: float, share: float) -> Mixture:
    """Two Gaussians round the origin, with their widths and the share of the left one."""
    means = np.array([[-apart / 2], [apart / 2]])
    return Mixture(means, np.array([left, right]), np.array([share, 1 - share]))


def walk(
    truth: Mixture | None, knots: tuple[float, ...], place: float, seed: int
) -> Iterator[Frame]:
    """The map as it bends from the identity to f: the CDF flow of `truth`, or the one by hand."""
    f, rng = cdf_flow(truth) if truth else bent(knots), np.random.default_rng((seed, 2))
    drawn = truth.sample(DRAWN, rng)[:, 0] if truth else rng.standard_normal(DRAWN)
    for step in range(FRAMES + 1):
        yield look(between(f, step / FRAMES), f, truth, step, place, drawn)


def look(
    now: Map, f: Map, truth: Mixture | None, step: int, place: float, drawn: Float[Array, " n"]
) -> Frame:
    """What the map of this moment does to densities, to draws, and to one interval."""
    x = np.linspace(-4, 4, 401)
    z, slope = now(x)
    low, high = inverse(now, np.array([-6.0, 6.0]))
    wide = np.linspace(float(low), float(high), 4001)
    z_wide, slope_wide = now(wide)
    inner = np.linspace(place - HALF, place + HALF, 81)
    z_inner, slope_inner = now(inner)
    z_end, slope_end = f(x)
    return Frame(
        step=step,
        last=FRAMES,
        exact=truth is not None,
        x=x,
        z=z,
        p=normal_density(z) * slope,
        wrong=normal_density(z),
        truth=normal_density(z_end) * slope_end,
        tenths=np.stack([inverse(now, TENTHS), TENTHS], -1),
        place=np.stack([inner, z_inner], -1)[[0, 40, 80]],
        slope=float(slope_inner[40]),
        base=float(normal_density(z_inner)[40]),
        x_drawn=drawn if truth else inverse(now, drawn),
        z_drawn=now(drawn)[0] if truth else drawn,
        whole=float(np.trapezoid(normal_density(z_wide) * slope_wide, wide)),
        whole_wrong=float(np.trapezoid(normal_density(z_wide), wide)),
        mass=float(np.trapezoid(normal_density(z_inner) * slope_inner, inner)),
        mass_z=float(np.diff(normal_cdf(z_inner[[0, -1]]))[0]),
    )
