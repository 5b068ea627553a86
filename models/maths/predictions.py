r"""One prediction, four names: the noise, the clean data, the velocity and the score say the same.

With $x_t = \alpha x_0 + \sigma \epsilon$ and $\alpha^2 + \sigma^2 = 1$, any one of $\hat\epsilon$, $\hat x_0$,
$\hat v = \alpha \hat\epsilon - \sigma \hat x_0$ and $\hat s = -\hat\epsilon / \sigma$ gives the others; what differs is
how much an error in one becomes in another.
"""

import numpy as np
from jaxtyping import Float

from models.maths.levels import Level

Array = np.ndarray


def velocity(eps: Float[Array, "*d"], x_0: Float[Array, "*d"], at: Level) -> Float[Array, "*d"]:
    """v = alpha eps - sigma x_0: where x_t goes as the angle with tan = sigma / alpha grows.

    It gives both back at every level, pure noise included: eps = sigma x_t + alpha v and
    x_0 = alpha x_t - sigma v. (Salimans and Ho, 2022, app. D; arXiv:2202.00512)
    """
    turned: Array = at.alpha * eps - at.sigma * x_0
    return turned


def score(eps: Float[Array, "*d"], at: Level) -> Float[Array, "*d"]:
    """s = -eps / sigma, the gradient of log p_t (Song et al., 2021, eq. 7; arXiv:2011.13456)."""
    uphill: Array = -eps / at.sigma
    return uphill


def magnified(at: Level) -> float:
    """How many times larger an error in eps is in x_0: sigma / alpha."""
    return at.sigma / at.alpha
