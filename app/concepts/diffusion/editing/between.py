r"""Pictures between two: the noise mixed, not the picture.

A straight mix $(1-a)\,z + a\,z'$ of two independent noises has the length $\sqrt{(1-a)^2 + a^2}$, 0.71 half
way: a noise too weak for the net. On the sphere it keeps its length:
$\frac{\sin((1-a)\Omega)}{\sin\Omega} z + \frac{\sin(a\,\Omega)}{\sin\Omega} z'$, with $\Omega$ the angle between them.
(Shoemake, 1985, sec. 3.3; doi:10.1145/325165.325242; Song, Meng and Ermon, 2021, app. D.5; arXiv:2010.02502)
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from models.digits import SIDE
from models.maths.levels import Path
from models.maths.samplers import ddim, race

from .frame import Between
from .nets import of_class, read

Array = np.ndarray
SHARES = np.linspace(0, 1, 5)


def lerp(z: Array, other: Array, share: Float[Array, " k"]) -> Float[Array, "k 32 32"]:
    """The straight line from z to other."""
    a = share[:, None, None]
    line: Array = (1 - a) * z + a * other
    return line


def slerp(z: Array, other: Array, share: Float[Array, " k"]) -> Float[Array, "k 32 32"]:
    """The arc from z to other, in the plane of both and the origin."""
    cosine = (z * other).sum() / (np.linalg.norm(z) * np.linalg.norm(other))
    angle, a = np.arccos(cosine), share[:, None, None]
    arc: Array = (np.sin((1 - a) * angle) * z + np.sin(a * angle) * other) / np.sin(angle)
    return arc


def run(digit: int, levels: Path, seed: int) -> Iterator[tuple[float, Between]]:
    """Both rows of pictures on their way from noise, without new noise on the way."""
    z, other = np.random.default_rng(seed).standard_normal((2, SIDE, SIDE))
    x_T = np.stack([lerp(z, other, SHARES), slerp(z, other, SHARES)])
    norm = np.sqrt(np.square(x_T).mean((2, 3)))
    sampler = ddim(x_T, levels, np.random.default_rng(0))
    for (lane,) in race([sampler], of_class(digit)):
        told = read(lane.x_0.reshape(-1, SIDE, SIDE)).reshape(2, len(SHARES), -1)
        yield lane.at.t, Between(lane.x_0, SHARES, norm, told)
