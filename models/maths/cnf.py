r"""A density that a net carries: $\dot x = u_\theta(x, t)$, and $\log p$ falls by the divergence on the way.

$$\log p_1(x_1) = \log \mathcal N(x_0) - \int_0^1 \nabla \cdot u_\theta(x_t, t)\, dt .$$
The net has two hidden layers of tanh, so its divergence is a closed form, with $s = 1 - h^2$:
$$\nabla \cdot u = s_1^\top (W_2 \circ C)\, s_2, \qquad C = W_1^\top W_3^\top \ (\text{rows of } W_1 \text{ that see } x).$$
(Chen et al., 2018, eq. 8; arXiv:1806.07366; Grathwohl et al., 2019, eq. 6 and 7; arXiv:1810.01367)
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.integrators import RULES
from models.maths.mlp import MLP

Array = np.ndarray
NET = MLP((3, 32, 32, 2), "tanh")  # of x, y and t
RULE = RULES["RK4"]


@dataclass(frozen=True)
class Trace:
    """What a call of the net saw, for the way back."""

    seen: Float[Array, "n 3"]
    h1: Float[Array, "n m"]
    h2: Float[Array, "n m"]
    u: Float[Array, "n 2"]
    div: Float[Array, " n"]


def call(theta: Float[Array, " p"], x: Float[Array, "n 2"], t: float | Float[Array, " n"]) -> Trace:
    """The velocity and its exact divergence, at one time or each place at its own."""
    (w1, b1), (w2, b2), (w3, b3) = NET.layers(theta)
    seen = np.column_stack([x, np.broadcast_to(2 * t - 1, len(x)).astype(x.dtype)])
    h1 = np.tanh(seen @ w1 + b1)
    h2 = np.tanh(h1 @ w2 + b2)
    bend = w2 * (w1[:2].T @ w3.T)
    div = ((1 - h1 * h1) @ bend * (1 - h2 * h2)).sum(-1)
    return Trace(seen, h1, h2, h2 @ w3 + b3, div)


def back(
    theta: Float[Array, " p"], trace: Trace, du: Float[Array, "n 2"], ddiv: Float[Array, " n"]
) -> tuple[Float[Array, " p"], Float[Array, "n 2"]]:
    """The chain rule: dL/dtheta and dL/dx from dL/du and dL/d(div u)."""
    (w1, _), (w2, _), (w3, _) = NET.layers(theta)
    grad = np.zeros_like(theta)
    (g1, c1), (g2, c2), (g3, c3) = NET.layers(grad)
    h1, h2 = trace.h1, trace.h2
    s1, s2, cross = 1 - h1 * h1, 1 - h2 * h2, w1[:2].T @ w3.T
    weighed = ddiv[:, None] * s2
    d_bend = s1.T @ weighed
    d_cross = d_bend * w2
    d_h2 = du @ w3.T - 2 * h2 * ddiv[:, None] * (s1 @ (w2 * cross))
    d_a2 = d_h2 * s2
    d_h1 = d_a2 @ w2.T - 2 * h1 * (weighed @ (w2 * cross).T)
    d_a1 = d_h1 * s1
    g1[...] = trace.seen.T @ d_a1
    g1[:2] += (d_cross @ w3).T
    g2[...] = h1.T @ d_a2 + d_bend * cross
    g3[...] = h2.T @ du + (w1[:2] @ d_cross).T
    c1[...], c2[...], c3[...] = d_a1.sum(0), d_a2.sum(0), du.sum(0)
    return grad, d_a1 @ w1[:2].T


def carried(
    theta: Float[Array, " p"], x: Float[Array, "n 2"], start: float, end: float, steps: int
) -> Iterator[tuple[Float[Array, "n 2"], Float[Array, " n"]]]:
    """The places at equal steps from start to end, and the integral of the divergence up to there."""
    h, total = (end - start) / steps, np.zeros(len(x), x.dtype)
    yield x, total
    for i in range(steps):
        traces = stages(theta, x, start + i * h, h)
        x = x + h * sum(b * trace.u for b, trace in zip(RULE.trust, traces, strict=True))
        total = total + h * sum(b * trace.div for b, trace in zip(RULE.trust, traces, strict=True))
        yield x, total


def stages(theta: Array, x: Array, t: float, h: float) -> list[Trace]:
    """The answers of the net within one step."""
    traces: list[Trace] = []
    for ahead in RULE.ahead:
        there = x + ahead * h * traces[-1].u if traces else x
        traces.append(call(theta, there, t + ahead * h))
    return traces


def log_prob(
    theta: Float[Array, " p"], x: Float[Array, "n 2"], t: float = 1.0, steps: int = 6
) -> Float[Array, " n"]:
    """log p_t(x) in nats: back to noise, and what the way thinned out or gathered."""
    *_, (z, gathered) = carried(theta, x, t, 0.0, steps)
    return np.asarray(gathered - np.square(z).sum(-1) / 2 - np.log(2 * np.pi))


def likelihood(
    theta: Float[Array, " p"], x: Float[Array, "n 2"], steps: int
) -> tuple[float, Float[Array, " p"]]:
    """-E log p_1(x) and its gradient, through every stage of every step; 8 calls a step and example.

    What is derived is the discrete walk itself, so the gradient is exact for what is computed.
    """
    h, walked = -1.0 / steps, []
    total = np.zeros(len(x), x.dtype)
    for i in range(steps):
        traces = stages(theta, x, 1 + i * h, h)
        walked.append(traces)
        x = x + h * sum(b * trace.u for b, trace in zip(RULE.trust, traces, strict=True))
        total = total + h * sum(b * trace.div for b, trace in zip(RULE.trust, traces, strict=True))
    loss = float(np.square(x).sum(-1).mean() / 2 + np.log(2 * np.pi) - total.mean())
    dx, d_total = x / len(x), np.full(len(x), -1 / len(x), x.dtype)
    grad = np.zeros_like(theta)
    for traces in reversed(walked):
        before, passed = np.zeros_like(dx), dx
        for s in reversed(range(len(traces))):
            du = h * RULE.trust[s] * dx + before
            part, d_there = back(theta, traces[s], du, h * RULE.trust[s] * d_total)
            grad += part
            passed = passed + d_there
            before = RULE.ahead[s] * h * d_there
        dx = passed
    return loss, grad


def matching(
    theta: Float[Array, " p"], x_1: Float[Array, "n 2"], rng: np.random.Generator
) -> tuple[float, Float[Array, " p"]]:
    """The loss of flow matching on straight ways and its gradient: 2 calls an example, no solver."""
    n, eps = len(x_1), rng.standard_normal(x_1.shape).astype(x_1.dtype)
    t = rng.random(n).astype(x_1.dtype)
    trace = call(theta, t[:, None] * x_1 + (1 - t[:, None]) * eps, t)
    error = trace.u - (x_1 - eps)
    grad, _ = back(theta, trace, 2 / n * error, np.zeros(n, x_1.dtype))
    return float(np.square(error).sum(-1).mean()), grad


def twist(theta: Float[Array, " p"], x: Float[Array, "n 2"], t: float) -> Float[Array, " n"]:
    r"""$J_{12} + J_{21}$: by so much does $\epsilon^\top J \epsilon$ miss the trace for signs of opposite kind.

    For $\epsilon$ of independent signs, $\epsilon^\top J \epsilon = \nabla \cdot u + \epsilon_1 \epsilon_2 (J_{12} + J_{21})$ in the
    plane (Hutchinson, 1990; doi:10.1080/03610919008812866).
    """
    (w1, _), (w2, _), (w3, _) = NET.layers(theta)
    trace = call(theta, x, t)
    s1, s2 = 1 - trace.h1**2, 1 - trace.h2**2
    across = [((s1 * w1[i]) @ w2 * s2) @ w3[:, 1 - i] for i in (0, 1)]
    return np.asarray(across[0] + across[1])
