"""A plane through theta: what L and KL truly are there, and what gradient and Hessian promise."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from models.maths.surrogate import ascent_of, surrogate
from models.maths.trust_region import (
    Iterate,
    Product,
    conjugate_gradients,
    dot,
    fisher,
    full_step,
)

from .study import Params, Study

Array = np.ndarray
SIDE = 25  # cells of the maps, each way
WINDOW = (-1.0, 2.0)  # in lengths of the full step, both ways
MAPPED = (-1.25, 2.25)  # a little more, for windows that are not square
FINER = 4  # nodes of the map of the KL for one computed, each way: its line at delta has no corners
TURN = 193  # points of the ellipse
TOP = 1.2  # across is shortened where the ellipse would not reach so high
ALONG = 31  # points of the curves along the step


@dataclass(frozen=True)
class Slice:
    """The plane: (a, b) stands for theta_old + a step + b across."""

    gain: Float[Array, "side side"]  # L, rows over b
    kl: Float[Array, "fine fine"]  # nats, between the cells interpolated
    ellipse: Float[Array, "turn 2"]  # where the quadratic model of the KL is delta
    uphill: Float[Array, " 2"]  # where the gradient leaves the ellipse
    iterates: Float[Array, "i 2"]  # the full steps along the iterates, projected
    cosine: float  # of the angle between step and gradient
    stretch: float  # the step is so many times as long as one across


@dataclass(frozen=True)
class Along:
    """On the way along the step: s = 1 is the full step."""

    s: Float[Array, " n"]
    gain: Float[Array, " n"]
    linear: Float[Array, " n"]  # what the gradient promises of it
    kl: Float[Array, " n"]
    quadratic: Float[Array, " n"]  # what the Hessian promises of it


@dataclass(frozen=True)
class Tried:
    """A point of the plane, with the truth and a promise."""

    at: Float[Array, " 2"]
    gain: float
    kl: float
    quadratic: float  # half the square in H


@dataclass(frozen=True)
class Plane:
    """The plane that the step and the gradient span, with all that is needed to look at it."""

    given: Study
    delta: float
    theta: Float[Array, "1 p"]
    g: Float[Array, "1 p"]
    step: Float[Array, "1 p"]
    across: Float[Array, "1 p"]  # at a right angle, on the gradient's side; as long, or shorter
    product: Product  # with H itself, undamped
    damped: Product
    iterates: tuple[Iterate, ...]

    def judged(
        self, at: Float[Array, "n 2"], dtype: type = np.float64
    ) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
        """L and the mean KL at places of the plane."""
        theta = self.theta + at[:, :1] * self.step + at[:, 1:] * self.across
        return surrogate(self.given.policy, theta.astype(dtype), self.given.batch.shared(len(at)))

    def square(self, at: Float[Array, "n 2"]) -> Float[Array, " n"]:
        """½ d' H d for the change d of theta at places of the plane."""
        half: Array = np.einsum("ni,ij,nj->n", at, self.form(), at) / 2
        return half

    def form(self) -> Float[Array, "2 2"]:
        """H in the plane's own coordinates."""
        sides = np.concatenate([self.step, self.across])
        form: Array = sides @ np.concatenate([self.product(side[None]) for side in sides]).T
        return form

    def tried(self, at: Float[Array, " 2"]) -> Tried:
        """One place."""
        gain, kl = self.judged(at[None])
        return Tried(at, gain.item(), kl.item(), self.square(at[None]).item())

    def projected(self, change: Float[Array, "1 p"]) -> Float[Array, " 2"]:
        """The place nearest to a change of theta."""
        sides = (self.step, self.across)
        return np.concatenate([dot(change, side) / dot(side, side) for side in sides])

    def seen(self) -> Slice:
        """The maps of L and KL with the ellipse and the ways."""
        cells = np.linspace(*MAPPED, SIDE)
        places = (np.stack([cells, np.full(SIDE, b)], -1) for b in cells)
        rows = [self.judged(row, np.float32) for row in places]  # fine enough for a picture
        gain, kl = (np.stack(part) for part in zip(*rows, strict=True))
        turn = np.linspace(0, 2 * np.pi, TURN)
        circle = np.stack([np.cos(turn), np.sin(turn)], -1)
        ellipse = circle * np.sqrt(self.delta / np.maximum(self.square(circle), 1e-12))[:, None]
        ways = [self.projected(full_step(self.damped, i.x, self.delta)) for i in self.iterates]
        uphill = self.projected(full_step(self.product, self.g, self.delta))
        sizes = np.sqrt(dot(self.step, self.step) * dot(self.g, self.g))
        cosine = float((dot(self.step, self.g) / sizes).item())
        stretch = float(np.sqrt(dot(self.step, self.step) / dot(self.across, self.across)).item())
        return Slice(
            gain,
            finer(np.sqrt(np.maximum(kl, 0))) ** 2,
            ellipse,
            uphill,
            np.stack(ways),
            cosine,
            stretch,
        )

    def along(self) -> Along:
        """Truth and promises on the way along the step."""
        s = np.linspace(0, WINDOW[1], ALONG)
        at = np.stack([s, np.zeros(ALONG)], -1)
        gain, kl = self.judged(at)
        return Along(s, gain, s * dot(self.g, self.step), kl, self.square(at))


def finer(values: Float[Array, "side side"]) -> Float[Array, "fine fine"]:
    """The map with nodes between its own, by cubic convolution (Keys, 1981, a = -1/2).

    Of the root of the KL, which is nearly a distance and so nearly straight between two cells.
    """
    n = len(values)
    far = np.abs(np.linspace(0, n - 1, FINER * (n - 1) + 1)[:, None] - np.arange(-1, n + 1))
    near = 1.5 * far**3 - 2.5 * far**2 + 1
    off = -0.5 * far**3 + 2.5 * far**2 - 4 * far + 2
    weight = np.where(far < 1, near, np.where(far < 2, off, 0))
    weight[:, [1, -2]] += 2 * weight[:, [0, -1]]  # beyond its ends the map goes on straight
    weight[:, [2, -3]] -= weight[:, [0, -1]]
    weight = weight[:, 1:-1]
    fine: Array = weight @ values @ weight.T
    return fine


def sliced(p: Params, given: Study) -> Plane:
    """The plane of one update of TRPO."""
    theta = given.moment.training.theta.astype(float)
    g = ascent_of(given.policy, theta, given.batch)
    product = fisher(given.policy, theta, given.batch)
    damped = fisher(given.policy, theta, given.batch, p.damping)
    iterates = tuple(conjugate_gradients(damped, g, p.iterations))
    step = full_step(damped, iterates[-1].x, p.delta)
    rest = g - dot(g, step) / dot(step, step) * step
    across = rest * np.sqrt(dot(step, step) / dot(rest, rest))
    plane = Plane(given, p.delta, theta, g, step, across, product, damped, iterates)
    inverse = np.linalg.inv(plane.form())
    high = float(np.sqrt(2 * p.delta * inverse[1, 1]))  # the ellipse's top
    return replace(plane, across=across * min(1.0, high / TOP))
