"""What each head does: five scores, two on the text that is read and three on random texts."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.attention import ROLES, distance, entropy, everywhere_alike, roles

from .inputs import ACROSS
from .texts import PERIOD

Array = np.ndarray
CLEAR = 0.3  # the score from which a head bears the name of its role
# The orders of the wall; all but the first begin with the head that scores highest.
ORDERS = ("layer", "entropy", "distance", "previous", "first", "induction")


@dataclass(frozen=True)
class Scores:
    """A score for each head, and what a head would read that looks everywhere alike."""

    by: Mapping[str, Float[Array, " heads"]]
    floor: Mapping[str, float]


def scores(attention: Float[Array, "heads t t"], probe: Float[Array, "layers h b n n"]) -> Scores:
    """Entropy in bits and distance in tokens, means over the rows of the text; roles on `probe`."""
    played = roles(probe, PERIOD).mean(-1).reshape(len(ROLES), -1)
    found = (entropy(attention).mean(-1), distance(attention).mean(-1), *played)
    flat, long = everywhere_alike(attention.shape[-1]), everywhere_alike(probe.shape[-1])
    alike = (entropy(flat).mean(), distance(flat).mean(), *roles(long, PERIOD))
    names = ("entropy", "distance", *ROLES)
    return Scores(
        dict(zip(names, found, strict=True)),
        {name: float(floor) for name, floor in zip(names, alike, strict=True)},
    )


def ranked(found: Scores, order: str) -> tuple[int, ...]:
    """The heads as they stand on the wall."""
    best = -found.by[order] if order in found.by else np.arange(0)
    return tuple(int(i) for i in np.argsort(best, kind="stable"))


def name(head: int) -> str:
    """A head by its layer and its number in it, both from 1: "2.3"."""
    layer, number = divmod(head, ACROSS)
    return f"{layer + 1}.{number + 1}"


def role(found: Scores, head: int) -> str:
    """The role in which the head scores best on random texts, if it does so clearly."""
    best = max(ROLES, key=lambda known: found.by[known][head])
    return best if found.by[best][head] >= CLEAR else ""
