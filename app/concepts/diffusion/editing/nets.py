r"""The two nets of the page: one names the noise in many pictures at once, one reads the digits."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from models import digits
from models.digits import ALPHA_BAR, NOBODY, SIDE
from models.maths.samplers import Eps, clipped

Array = np.ndarray


def of_classes(labels: Sequence[int], omega: Sequence[float] = ()) -> Eps:
    r"""The net's answer for pictures of these classes, a lane each.

    With weights omega the answers are guided, $(1 - \omega)\,\epsilon(x) + \omega\,\epsilon(x, y)$;
    a weight of 1 costs no second picture. (Ho and Salimans, 2022, eq. 6, with their w = omega - 1;
    arXiv:2207.12598)
    """
    asked, weight = np.array(labels), np.array(omega or [1.0] * len(labels))
    twice = np.flatnonzero(weight != 1)

    def eps(x: Array, t: Array) -> Array:
        labels = np.r_[asked, np.full(len(twice), NOBODY)]
        found = digits.noise_in(np.concatenate([x, x[twice]]), np.r_[t, t[twice]], labels)
        told, plain = np.split(found.astype(float), [len(x)])
        told[twice] = plain + weight[twice, None, None] * (told[twice] - plain)
        return told

    return eps


def of_class(label: int, clip: bool = True) -> Eps:
    """The net's answer for any number of lanes, each one picture or many, all of one class."""

    def eps(x: Array, t: Array) -> Array:
        pictures = x.reshape(-1, SIDE, SIDE)
        times = np.repeat(t, len(pictures) // len(x))
        told = digits.noise_in(pictures, times, np.full(len(pictures), label))
        return told.astype(float).reshape(x.shape)

    return clipped(eps, ALPHA_BAR) if clip else eps


def read(x: Float[Array, "n 32 32"]) -> Float[Array, "n 10"]:
    """p(digit | picture), as a classifier trained on real digits reads them."""
    return digits.shares(digits.read(x).logits.astype(float))
