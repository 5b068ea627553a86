r"""The two nets of the page: one names the noise in many pictures at once, one reads the digits."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from models.catalogue import graph
from models.maths.samplers import Eps, clipped
from models.maths.schedules import cumulative, linear_betas

Array = np.ndarray
SIDE = 32  # pixels of a picture, up and across
NOBODY = 10  # the label of no class
ALPHA_BAR = cumulative(linear_betas())  # what the net was trained on


def noise_in(labels: Sequence[int], omega: Sequence[float] = ()) -> Eps:
    r"""The net's answer for pictures of these classes, a lane each.

    With weights omega the answers are guided, $(1 - \omega)\,\epsilon(x) + \omega\,\epsilon(x, y)$;
    a weight of 1 costs no second picture. (Ho and Salimans, 2022, eq. 6, with their w = omega - 1;
    arXiv:2207.12598)
    """
    asked, weight = np.array(labels), np.array(omega or [1.0] * len(labels))
    twice = np.flatnonzero(weight != 1)

    def eps(x: Array, t: Array) -> Array:
        found: Array = _unet(
            np.concatenate([x, x[twice]]), np.r_[t, t[twice]], _with_nobody(asked, twice)
        )
        told: Array = found[: len(x)]
        plain = found[len(x) :]
        told[twice] = plain + weight[twice, None, None] * (told[twice] - plain)
        return told

    return eps


def of_class(label: int, clip: bool = True) -> Eps:
    """The net's answer for any number of lanes, each one picture or many, all of one class."""

    def eps(x: Array, t: Array) -> Array:
        pictures = x.reshape(-1, SIDE, SIDE)
        times = np.repeat(t, len(pictures) // len(x))
        told: Array = _unet(pictures, times, np.full(len(pictures), label)).reshape(x.shape)
        return told

    return clipped(eps, ALPHA_BAR) if clip else eps


def _with_nobody(labels: Array, twice: Array) -> Array:
    asked: Array = np.r_[labels, np.full(len(twice), NOBODY)]
    return asked


def _unet(x: Float[Array, "n 32 32"], t: Array, label: Array) -> Float[Array, "n 32 32"]:
    inputs = {"x": x[:, None].astype(np.float32), "t": t.astype(np.float32), "label": label}
    found: Array = graph("unet_digits")(**inputs)["eps"][:, 0].astype(float)
    return found


def read(x: Float[Array, "n 32 32"]) -> Float[Array, "n 10"]:
    """p(digit | picture), as a classifier trained on real digits reads them."""
    logits = graph("judge_digits")(x=x[:, None].astype(np.float32))["logits"].astype(float)
    share: Array = np.exp(logits - np.logaddexp.reduce(logits, 1)[:, None])
    return share
