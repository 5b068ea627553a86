r"""The smallest GAN: one real point at 0, one fake at theta, and D(x) = $\sigma(\psi x)$.

$V(\theta, \psi) = \log D(0) + \log(1 - D(\theta)) = -\log 2 - \log(1 + e^{\psi \theta})$.
"""

import numpy as np

from models.maths.adversarial_losses import sigmoid

from .games import Game, Picture

Array = np.ndarray
WALL = 2.5  # the window of both numbers


def dirac(penalty: float) -> Game:
    """G is one point theta, the data one point at 0, D(x) = sigmoid(psi x); a play is (theta, psi).

    `penalty` is gamma of R1, which holds D flat at the data (Mescheder et al., 2018, definition
    2.1 with the sign of psi turned, and section 4.1; arXiv:1801.04406).
    """
    line = np.linspace(-WALL, WALL, 101)

    def value(play: Array) -> Array:
        return np.asarray(-np.log(2) - np.logaddexp(0, play[..., 0] * play[..., 1]))

    def field(play: Array) -> Array:
        theta, psi = play[..., :1], play[..., 1:]
        seen = sigmoid(theta * psi)  # D at the generator's point
        return np.concatenate([psi * seen, -theta * seen - penalty * psi], -1)

    def picture(play: Array, _: Array) -> Picture:
        psi, points = play[1], np.array([0.0, play[0]])
        curve, marks = (np.stack([x, sigmoid(psi * x)], -1) for x in (line, points))
        return Picture(curve[None], marks, float(marks[0, 1] - marks[1, 1]))

    turn = np.array([[0, 0.5], [-0.5, -penalty]])
    return Game("Dirac-GAN", (-WALL, WALL), value, field, lambda x: x, np.zeros(2), turn, picture)
