r"""What critics are for: $\hat Q_i(s, a)$, its error against a target, and $\partial \hat Q / \partial a$, which the actor climbs.

A critic is a net of (x, a); the critics of a run stand side by side, phi is (runs, critics, q).
"""

import numpy as np
from jaxtyping import Float

from models.maths import squashed
from models.maths.mlp import MLP

Array = np.ndarray


def judged(
    net: MLP,
    phi: Float[Array, "*runs c q"],
    x: Float[Array, "*runs n o"],
    a: Float[Array, "*runs n k"],
) -> Float[Array, "*runs c n"]:
    """Q_i(s, a) by each critic of each run."""
    return net(phi, np.concatenate([x, a], -1)[..., None, :, :])[..., 0]


def bellman_gradient(
    net: MLP,
    phi: Float[Array, "runs c q"],
    x: Float[Array, "runs n o"],
    a: Float[Array, "runs n k"],
    y: Float[Array, "runs n"],
) -> Float[Array, "runs c q"]:
    """The gradient of each critic's mean (Q_i - y)², the mean squared Bellman error; y is held."""
    trace = net.forward(phi, np.concatenate([x, a], -1)[:, None])
    error = trace.y - y[:, None, :, None]
    return net.backward(phi, trace, 2 / y.shape[-1] * error)[0]


def pull(
    net: MLP,
    phi: Float[Array, "runs c q"],
    x: Float[Array, "runs n o"],
    a: Float[Array, "runs n k"],
) -> tuple[Float[Array, "runs c n"], Float[Array, "runs c n k"]]:
    """Q_i(s, a) and its slope dQ_i/da."""
    trace = net.forward(phi, np.concatenate([x, a], -1)[:, None])
    _, d_in = net.backward(phi, trace, np.ones_like(trace.y))
    return trace.y[..., 0], d_in[..., x.shape[-1] :]


def climb(
    actor: MLP,
    theta: Float[Array, "runs p"],
    critic: MLP,
    phi: Float[Array, "runs 1 q"],
    x: Float[Array, "runs n o"],
) -> Float[Array, "runs p"]:
    """The gradient of -mean Q(s, mu(s)) with mu = tanh(net): the deterministic policy gradient.

    dQ/da at a = mu(s), then back through the actor (Silver et al., 2014, eq. 9).
    """
    trace = actor.forward(theta, x)
    a = np.tanh(trace.y)
    _, slope = pull(critic, phi, x, a)
    return actor.backward(theta, trace, -slope[:, 0] * (1 - a * a) / x.shape[1])[0]


def soft_climb(
    actor: MLP,
    theta: Float[Array, "runs p"],
    critic: MLP,
    phi: Float[Array, "runs c q"],
    x: Float[Array, "runs n o"],
    xi: Float[Array, "runs n k"],
    alpha: Float[Array, "runs 1"],
) -> tuple[Float[Array, "runs p"], Float[Array, "runs n"]]:
    """The gradient of mean(alpha log pi(a | s) - min_i Q_i(s, a)) through a = tanh(mu + sigma xi).

    With it, log pi(a | s) (Haarnoja et al., 2018b, eq. 9; arXiv:1812.05905).
    """
    trace = actor.forward(theta, x)
    made = squashed.draw(trace.y, xi)
    value, slope = pull(critic, phi, x, made.a)
    least = value.argmin(1)[:, None, :, None]
    d_a = -np.take_along_axis(slope, least, 1)[:, 0]
    dy = squashed.backward(made, d_a, np.broadcast_to(alpha, made.log_prob.shape))
    return actor.backward(theta, trace, dy / x.shape[1])[0], made.log_prob
