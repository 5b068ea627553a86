r"""What is real and what is noise: the data's distribution, known exactly, and the latents z.

Every data set is a mixture of round Gaussians, so $p_\text{data}$ has a closed form.
"""

import numpy as np
from jaxtyping import Float

from models.maths import toys
from models.maths.mixtures import Mixture

Array = np.ndarray
DATA = ("ring", "grid", "one cluster", "moons", "drawn")
LATENTS = ("square", "Gaussian", "line")
PLASTIC = 1.324717957244746  # x³ = x + 1


def truth(data: str, clusters: tuple[tuple[float, float], ...]) -> Mixture:
    """The mixture that a data set's points are drawn from; `clusters` are the person's own."""
    match data:
        case "ring":
            return toys.ring()
        case "grid":
            return toys.grid(3, spacing=1.7, std=0.16)
        case "one cluster":
            return Mixture(np.zeros((1, 2)), 0.6)
        case "line":  # in one dimension, unevenly spaced
            return Mixture(np.array([[-1.9], [-0.4], [1.8]]), 0.2)
        case "moons":
            return Mixture(toys.dataset("moons", 48, np.random.default_rng(0)), 0.15)
        case _:
            return Mixture(np.array(clusters), 0.16)


def latent(kind: str, u: Float[Array, "*n 2"]) -> Float[Array, "*n z"]:
    """Noise z from even u in [0, 1)²: uniform in a square or on a line, or Gaussian (Box-Muller)."""
    if kind == "Gaussian":
        radius, angle = np.sqrt(-2 * np.log(1 - u[..., :1])), 2 * np.pi * u[..., 1:]
        z = radius * np.concatenate([np.cos(angle), np.sin(angle)], -1)
    else:
        z = 2 * u[..., : 1 if kind == "line" else 2] - 1
    even: Array = z.astype(np.float32)
    return even


def net(kind: str, lines: int = 17) -> Float[Array, "h w z"]:
    """A grid of latents with the same mass in each of its cells; one row for a line."""
    if kind == "line":
        across = np.linspace(0, 1, lines**2)
        return latent(kind, np.stack([across, across], -1)[None])
    reach = 1 - 1 / (2 * lines) if kind == "Gaussian" else 1.0  # a Gaussian has no outermost circle
    u, v = np.meshgrid(np.linspace(0, reach, lines), np.linspace(0, 1, lines), indexing="ij")
    return latent(kind, np.stack([u, v], -1))


def lattice(n: int) -> Float[Array, "n 2"]:
    """n points spread over the unit square more evenly than by chance.

    Steps of the inverse plastic number and of its square, modulo 1 (a Kronecker sequence).
    """
    points: Array = np.mod(0.5 + np.outer(np.arange(1, n + 1), [1 / PLASTIC, 1 / PLASTIC**2]), 1)
    return points
