r"""How far an estimate strays by chance: $\sqrt{\operatorname{tr} \operatorname{Cov}(g_\tau) / n}$, over the trajectories it is the mean of."""

import numpy as np
from jaxtyping import Float

from models.maths.vpg import Task, Trajectories, policy_gradient

Array = np.ndarray


def each(
    task: Task, theta: Float[Array, " p"], made: Trajectories, psi: Float[Array, "n t"]
) -> Float[Array, "n p"]:
    """g_tau: what each trajectory of one run says of the gradient."""
    n, alone = len(psi), made.map(lambda a: a[:, None])
    return policy_gradient(task, np.broadcast_to(theta, (n, theta.size)), alone, psi[:, None])


def stray(g: Float[Array, "n p"]) -> float:
    """How far the mean of n such rows strays by chance: the root of tr Cov(g) / n."""
    return float(np.sqrt(g.astype(float).var(0, ddof=1).sum() / len(g)))
