r"""Flow matching: the velocities that carry noise to data, exactly and as a net learns them.

Towards one data point $z$ of width $s$, $x_t = \alpha_t x_1 + \beta_t \epsilon$ is Gaussian with mean
$\alpha_t z$ and variance $v_t = \alpha_t^2 s^2 + \beta_t^2$; it moves by the conditional velocity, and
all the data together by the mean of these, each weighted by how likely $z$ is, seen from $x$:
$$u_t(x \mid z) = \dot\alpha_t z + \frac{\dot v_t}{2 v_t} (x - \alpha_t z), \qquad
u_t(x) = \sum_z p_t(z \mid x)\, u_t(x \mid z).$$
(Lipman et al., 2023, eq. 8 and 15; arXiv:2210.02747)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from models.maths.integrators import Velocity
from models.maths.mixtures import Mixture
from models.maths.mlp import MLP, Moments, adam
from models.maths.paths import Schedule, Time

Array = np.ndarray
FIELD = MLP((3, 64, 64, 64, 2), "silu")  # of x, y and t
BATCH = 256


def logit_normal(n: int, rng: np.random.Generator) -> Float[Array, " n"]:
    """Times whose log-odds are N(0, 1): often halfway, seldom at the ends.

    (Esser et al., 2024, eq. 19 with m = 0, s = 1; arXiv:2403.03206)
    """
    times: Array = 1 / (1 + np.exp(-rng.standard_normal(n)))
    return times


TIMES: dict[str, Callable[[int, np.random.Generator], Array]] = {
    "uniform": lambda n, rng: rng.random(n),
    "logit-normal": logit_normal,
}


class Pairs(NamedTuple):
    """What a net is taught: at this place and time, go this way. With `nets`, each has its own."""

    x_1: Float[Array, "*nets n d"]
    eps: Float[Array, "*nets n d"]
    t: Float[Array, " n"]
    x_t: Float[Array, "*nets n d"]
    target: Float[Array, "*nets n d"]


@dataclass(frozen=True, eq=False)
class Flow:
    """From noise N(0, I) to data points that all have the same width, along a schedule."""

    data: Mixture
    schedule: Schedule

    def weights(self, x: Float[Array, "n d"], t: Time) -> Float[Array, "n k"]:
        """p_t(z | x), how likely x is on its way to each data point; rows sum to one."""
        mix = self.schedule(t)
        return self.data.responsibilities(x, mix.alpha, mix.beta)

    def density(self, x: Float[Array, "n d"], t: Time) -> Float[Array, " n"]:
        """p_t(x), per unit of area."""
        return self.seen(x, t)[1]

    def conditional(self, x: Float[Array, "n d"], t: Time) -> Float[Array, "n k d"]:
        """u_t(x | z), the velocity towards each data point, in lengths per unit of time."""
        push, pull = self._push_and_pull(t)
        ways: Array = push[..., None] * self.data.means + (pull * x)[:, None]
        return ways

    def velocity(self, x: Float[Array, "n d"], t: Time) -> Float[Array, "n d"]:
        """u_t(x), the mean of the conditional velocities under their weights."""
        return self.seen(x, t)[0]

    def seen(
        self, x: Float[Array, "n d"], t: Time
    ) -> tuple[Float[Array, "n d"], Float[Array, " n"]]:
        """u_t(x) and p_t(x), the density per unit of area: who pulls at x says both."""
        mix, (push, pull) = self.schedule(t), self._push_and_pull(t)
        log_p, weights = self.data.seen(x, mix.alpha, mix.beta)
        return push * (weights @ self.data.means) + pull * x, np.exp(log_p)

    def jacobian(self, x: Float[Array, "n d"], t: Time) -> Float[Array, "n d d"]:
        """The slopes of u_t at x, [i, j] = du_i / dx_j; symmetric, for u_t is a gradient.

        The mean of z moves with x by alpha / v times the covariance of z under the weights.
        """
        push, pull = self._push_and_pull(t)
        weights, z = self.weights(x, t), self.data.means
        centre = weights @ z
        squares = np.einsum("nk,ki,kj->nij", weights, z, z)
        covariance = squares - centre[:, :, None] * centre[:, None, :]
        alpha, beta, *_ = (np.reshape(part, (-1, 1)) for part in self.schedule(t))
        gain = push * alpha / (np.square(alpha * self.data.std) + np.square(beta))
        slopes: Array = gain[..., None] * covariance + pull[..., None] * np.eye(x.shape[-1])
        return slopes

    def disagreement(self, x: Float[Array, "n d"], t: Time) -> Float[Array, " n"]:
        """E|target - u_t(x)|² at x, over all pairs that pass there: no field can have a lower loss.

        Between data points by their weights; within one, by its width.
        """
        push, _ = self._push_and_pull(t)
        weights, z = self.weights(x, t), self.data.means
        between = weights @ np.square(z).sum(-1) - np.square(weights @ z).sum(-1)
        alpha, beta, d_alpha, d_beta = self.schedule(t)
        s2 = np.square(self.data.std)
        turning = np.square(d_alpha * beta - alpha * d_beta)
        within = x.shape[-1] * s2 * turning / (np.square(alpha) * s2 + np.square(beta))
        floor: Array = np.square(push[:, 0]) * between + within
        return floor

    def conditional_ways(
        self, x: Float[Array, " d"], t: float, picks: Int[Array, " b"], stops: int = 17
    ) -> Float[Array, "b stops d"]:
        """The ways to some data points on which x is passed at time t: at even times, noise first.

        A way keeps its place within the Gaussian, in standard deviations from the mean
        (Lipman et al., 2023, eq. 11; arXiv:2210.02747).
        """
        alpha, width = self._centre_and_width(np.append(np.linspace(0, 1, stops), t))
        z = self.data.means[picks, None]
        place = (x - alpha[-1] * z) / width[-1]
        ways: Array = alpha[:-1, None] * z + width[:-1, None] * place
        return ways

    def tube(self, t: Time, sigmas: float = 2.0) -> Float[Array, "k 65 2"]:
        """A circle round each p_t(x | z), `sigmas` standard deviations wide."""
        alpha, width = self._centre_and_width(t)
        angle = np.linspace(0, 2 * np.pi, 65)
        circle = np.stack([np.cos(angle), np.sin(angle)], -1)
        rims: Array = alpha * self.data.means[:, None] + sigmas * width * circle
        return rims

    def _centre_and_width(self, t: Time) -> tuple[Array, Array]:
        """alpha_t and sqrt(v_t)."""
        alpha, beta, *_ = self.schedule(t)
        return alpha, np.asarray(np.sqrt(np.square(alpha * self.data.std) + np.square(beta)))

    def _push_and_pull(self, t: Time) -> tuple[Array, Array]:
        """u_t(x | z) = push z + pull x; each (1, 1) or (n, 1)."""
        alpha, beta, d_alpha, d_beta = (np.reshape(part, (-1, 1)) for part in self.schedule(t))
        s2 = np.square(self.data.std)
        pull = (alpha * d_alpha * s2 + beta * d_beta) / (np.square(alpha) * s2 + np.square(beta))
        return d_alpha - pull * alpha, pull

    def pairs(self, n: int, rng: np.random.Generator, times: str = "uniform") -> Pairs:
        """n draws of data, noise and time (one of TIMES), mixed, each with its own way to go.

        The target is alpha' x_1 + beta' eps (Lipman et al., 2023, eq. 14; arXiv:2210.02747).
        """
        x_1, t = self.data.sample(n, rng), TIMES[times](n, rng)
        return self.mix(x_1, rng.standard_normal(x_1.shape), t)

    def mix(
        self, x_1: Float[Array, "n d"], eps: Float[Array, "n d"], t: Float[Array, " n"]
    ) -> Pairs:
        """The pairs of this data and this noise at these times."""
        alpha, beta, d_alpha, d_beta = (part[:, None] for part in self.schedule(t))
        return Pairs(x_1, eps, t, alpha * x_1 + beta * eps, d_alpha * x_1 + d_beta * eps)


class Lesson(NamedTuple):
    """Where a training stands: steps taken, the loss of the latest batch, the averaged weights."""

    step: int
    loss: Float[Array, "*nets"]
    theta: Float[Array, "*nets p"]


def train(
    draw: Callable[[np.random.Generator], Pairs],
    rng: np.random.Generator,
    nets: tuple[int, ...] = (),
    rate: float = 0.012,
) -> Iterator[Lesson]:
    """Teach a net the velocities of these draws, for ever; yields before the first step and after each.

    E|net - u_t(x | z)|² exceeds E|net - u_t(x)|² by a constant, so both have the same gradient
    (Lipman et al., 2023, thm. 2; arXiv:2210.02747). What is kept is a running mean of the weights.
    With `nets`, so many learn side by side from the same first weights, each from its own pairs.
    """
    theta = np.tile(FIELD.init(rng), (*nets, 1)) if nets else FIELD.init(rng)
    mean, moments, step = theta.copy(), Moments.like(theta), 0
    while True:
        batch = draw(rng)
        trace = FIELD.forward(theta, _seen(batch.x_t, batch.t))
        error = trace.y - batch.target.astype(np.float32)
        yield Lesson(step, np.square(error).sum(-1).mean(-1), mean)
        grad, _ = FIELD.backward(theta, trace, 2 / error.shape[-2] * error)
        theta, moments = adam(theta, grad, moments, rate / np.sqrt(1 + step / 300))
        step += 1
        mean = mean + max(0.01, 1 / (1 + 0.2 * step)) * (theta - mean)


def learned(theta: Float[Array, " p"]) -> Velocity:
    """The field of a net with these weights."""
    return lambda x, t: FIELD(theta, _seen(x, t)).astype(float)


def learned_jacobian(
    theta: Float[Array, " p"], x: Float[Array, "n 2"], t: Time
) -> Float[Array, "n 2 2"]:
    """The slopes of a net's field at x, [i, j] = du_i / dx_j: the chain rule, once for each i."""
    trace = FIELD.forward(theta, _seen(x, t))
    rows = [
        FIELD.backward(theta, trace, np.tile(one, (len(x), 1)))[1][:, :2]
        for one in np.eye(2, dtype=np.float32)
    ]
    return np.stack(rows, 1).astype(float)


def _seen(x: Array, t: Time) -> Array:
    """What the net is shown: the place, and the time on a scale like that of the place."""
    time = np.broadcast_to(4 * np.asarray(t) - 2, x.shape[:-1])
    return np.concatenate([x, time[..., None]], -1, dtype=np.float32)
