r"""TRPO: the longest step still trusted, $\theta \leftarrow \theta + \alpha^j \sqrt{2\delta / x^\top H x}\; x$ with $H x = g$.

$g = \nabla L$, and $H$ is the Hessian of the mean KL at $\theta_{old}$, which is the Fisher information
$J^\top F J$: $J$ takes a change of theta to a change of the logits, $F = \mathrm{diag}(\pi) - \pi\pi^\top$. It is never
built: conjugate gradients need only products $H v$. (Schulman et al., 2015, app. C; arXiv:1502.05477)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from models.maths.policies import Categorical, log_softmax
from models.maths.surrogate import Batch, ascent_of, batch, categorical, surrogate
from models.maths.vpg import Ascent, Moment, Task, Training

Array = np.ndarray
Product = Callable[[Array], Array]  # v -> H v
TINY = 1e-30


@dataclass(frozen=True)
class Region:
    """How TRPO makes an update."""

    delta: float = 0.01  # nats: the mean KL that is trusted
    iterations: int = 10  # of conjugate gradients
    damping: float = 0.1  # added to H's diagonal
    backtrack: float = 0.8  # alpha
    tries: int = 11  # j = 0 … 10
    most: int = 2048  # moments that an update learns from


@dataclass(frozen=True)
class Iterate:
    """Where conjugate gradients have got to: H x is g but for the residual."""

    x: Float[Array, "*runs p"]
    residual: Float[Array, "*runs"]  # |g - H x|


@dataclass(frozen=True)
class Candidate:
    """A point of the line search: the full step shortened j times."""

    j: int
    theta: Float[Array, "*runs p"]
    gain: Float[Array, "*runs"]  # L, which is 0 at the old policy
    kl: Float[Array, "*runs"]  # nats
    accepted: Bool[Array, "*runs"]


def dot(a: Float[Array, "*runs p"], b: Float[Array, "*runs p"]) -> Float[Array, "*runs"]:
    """a · b of every run."""
    product: Array = (a * b).sum(-1)
    return product


def fisher(
    policy: Categorical, theta: Float[Array, "*runs p"], batch: Batch, damping: float = 0.0
) -> Product:
    """v -> (H + damping) v at the old policy: forwards through J, then F, then back through J'."""
    trace = policy.net.forward(theta, batch.x)
    pi = np.exp(log_softmax(trace.y))

    def product(v: Array) -> Array:
        jv = policy.net.tangent(theta, trace, v)
        fjv = pi * (jv - (pi * jv).sum(-1, keepdims=True))
        up = (batch.weight[..., None] * fjv).astype(v.dtype)
        hv: Array = policy.net.backward(theta, trace, up)[0]
        return hv + damping * v

    return product


def conjugate_gradients(
    product: Product, g: Float[Array, "*runs p"], iterations: int
) -> Iterator[Iterate]:
    """x from 0 towards H x = g, each direction conjugate to all before (Hestenes and Stiefel, 1952).

    Yields `iterations` + 1 times; exact after as many as H has distinct eigenvalues.
    """
    x, r = np.zeros_like(g), g
    p, rr = r, dot(r, r)
    yield Iterate(x, np.sqrt(rr))
    for _ in range(iterations):
        hp = product(p)
        a = rr / np.maximum(dot(p, hp), TINY)
        x, r = x + a[..., None] * p, r - a[..., None] * hp
        rr, before = dot(r, r), rr
        p = r + (rr / np.maximum(before, TINY))[..., None] * p
        yield Iterate(x, np.sqrt(rr))


def full_step(
    product: Product, x: Float[Array, "*runs p"], delta: float
) -> Float[Array, "*runs p"]:
    """sqrt(2 delta / x'Hx) x: along x as far as half its square in H is delta."""
    square = np.maximum(dot(x, product(x)), TINY)
    step: Array = np.sqrt(2 * delta / square)[..., None] * x
    return step.astype(x.dtype)


def search(
    policy: Categorical,
    theta: Float[Array, "*runs p"],
    step: Float[Array, "*runs p"],
    batch: Batch,
    region: Region,
) -> Iterator[Candidate]:
    """theta + alpha^j step for j = 0, 1, …: accepted where L > 0 and the true KL is at most delta."""
    for j in range(region.tries):
        tried = theta + region.backtrack**j * step
        gain, kl = surrogate(policy, tried, batch)
        yield Candidate(j, tried, gain, kl, (gain > 0) & (kl <= region.delta))


def trpo(region: Region) -> Ascent:
    """The ascent of TRPO with these settings; a run whose candidates all fail stays where it is."""

    def ascent(task: Task, moment: Moment, rng: np.random.Generator) -> Training:
        policy, whole = categorical(task), batch(task, moment, region.most, rng)
        old = moment.training.theta
        product = fisher(policy, old, whole, region.damping)
        g = ascent_of(policy, old, whole)
        *_, last = conjugate_gradients(product, g, region.iterations)
        theta, found = old, np.zeros(task.runs, bool)
        for candidate in search(
            policy, old, full_step(product, last.x, region.delta), whole, region
        ):
            first = candidate.accepted & ~found
            theta, found = np.where(first[:, None], candidate.theta, theta), found | first
            if found.all():
                break
        return replace(moment.training, theta=theta)

    return ascent
