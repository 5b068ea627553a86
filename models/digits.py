"""The two nets that know digits: one names the noise in a picture, the other reads which digit it is."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped

from models.catalogue import graph
from models.maths.schedules import cumulative, linear_betas

Array = np.ndarray
SIDE = 32  # pixels of a picture, up and across
ALPHA_BAR = cumulative(linear_betas())  # of the noise that the first was trained on
NOBODY = 10  # the label of no class, which one in ten had in its training


class Reading(NamedTuple):
    """What the second net says of pictures."""

    logits: Float[Array, "n 10"]
    features: Float[Array, "n k"]


def noise_in(
    x: Float[Array, "n *one 32 32"], t: Shaped[Array, " n"], label: Int[Array, " n"]
) -> Float[Array, "n *one 32 32"]:
    """The noise in each picture at its time t, 0 to 999, as one of its class; raises GraphMissing."""
    asked = x.reshape(len(x), 1, SIDE, SIDE).astype(np.float32)
    told = graph("unet_digits")(x=asked, t=t.astype(np.float32), label=label)["eps"]
    return told.reshape(x.shape)


def read(x: Float[Array, "n *one 32 32"]) -> Reading:
    """What the judge says of each picture; raises GraphMissing."""
    told = graph("judge_digits")(x=x.reshape(len(x), 1, SIDE, SIDE).astype(np.float32))
    return Reading(told["logits"], told["features"])


def shares(logits: Float[Array, "n 10"]) -> Float[Array, "n 10"]:
    """p(digit | picture), the softmax of the judge's logits."""
    told: Array = np.exp(logits - np.logaddexp.reduce(logits, 1)[:, None])
    return told
