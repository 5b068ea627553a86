"""Where a net takes its particles: all of them to the time shown, with noise or without; one, piece by piece."""

import numpy as np
from jaxtyping import Float

from models.maths import cnf
from models.maths.adaptive import adaptive
from models.maths.sde import SCHEMES, SDE, brownian, constant, walk

from .world import Params

Array = np.ndarray
WAY = 16  # pieces of the way to the point
PACES = 64  # steps of a walk where there is noise


def ends(theta: Float[Array, " p"], noise: Float[Array, "n 2"], p: Params) -> Float[Array, "n 2"]:
    """Where the net takes the noise until the time shown: dx = u_theta dt + sigma dW, a neural SDE.

    (Li et al., 2020, sec. 3; arXiv:2001.01328); without noise the neural ODE.
    """
    if not p.unrest:
        *_, (x, _) = cnf.carried(theta, noise, 0.0, p.time, 6)
        return x.astype(float)
    sde = SDE(lambda x, t: cnf.call(theta, single(x), t).u, constant(p.unrest))
    w = brownian(len(noise), 2, PACES, p.time, np.random.default_rng((p.seed, 7)))
    *_, x = walk(sde, noise.astype(float), w, p.time, SCHEMES["Euler"])
    return x


def single(x: Array) -> Float[Array, "n 2"]:
    """As the net is trained."""
    return np.asarray(x, np.float32)


def along(
    theta: Float[Array, " p"], point: Float[Array, "1 2"]
) -> tuple[Float[Array, "k 2"], Float[Array, " k"], Float[Array, " k"]]:
    """The way that ends at the point, noise first; log p on it; and Hutchinson's miss for one draw.

    FFJORD keeps one draw for a whole way (sec. 3.1): the miss is the integral of eps_1 eps_2 (J_12 + J_21).
    """
    theta = theta.astype(float)
    back = list(cnf.carried(theta, point, 1.0, 0.0, WAY))
    way = np.concatenate([x for x, _ in back])[::-1]
    gathered = np.concatenate([total for _, total in back])[::-1]  # less the divergence from t on
    start = -np.square(way[0]).sum() / 2 - np.log(2 * np.pi)
    turns = np.array(
        [
            cnf.twist(theta, x[None], t)[0]
            for x, t in zip(way, np.linspace(0, 1, WAY + 1), strict=True)
        ]
    )
    miss = np.append(0.0, np.cumsum(turns[1:] + turns[:-1]) / (2 * WAY))
    return way, start + gathered[0] - gathered, np.abs(miss)


def adaptively(
    theta: Float[Array, " p"], start: Float[Array, "1 2"], tolerance: float
) -> tuple[Float[Array, "s 2"], int]:
    """Where a solver that chooses its own steps stops on the way from noise, and its calls."""
    theta = theta.astype(float)
    stops, calls = {0.0: start[0]}, 0
    for _, walkers in adaptive(lambda x, t: cnf.call(theta, x, t).u, start, tolerance, 100):
        stops[float(walkers.t[0])], calls = walkers.x[0].copy(), int(walkers.calls[0])
    return np.array(list(stops.values())), calls
