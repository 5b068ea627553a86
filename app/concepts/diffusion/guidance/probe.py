r"""The same guidance in four forms: each is affine in the score, and weights that sum to one pass through.

Noise $\hat\epsilon = -\sigma s$, clean guess $\hat x_0 = (x + \sigma^2 s) / \alpha$, velocity
$\hat u = \hat x_0 - \hat\epsilon$; at a place that is held still all three move in step with $s$.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.guidance import Labelled, guided
from models.maths.levels import Level

Array = np.ndarray

# place, score, level -> the score in another form
FORMS: dict[str, Callable[[Array, Array, Level], Array]] = {
    "score": lambda x, s, at: s,
    "noise": lambda x, s, at: -at.sigma * s,
    "velocity": lambda x, s, at: (x + at.sigma**2 * s) / at.alpha + at.sigma * s,
    "x̂₀": lambda x, s, at: (x + at.sigma**2 * s) / at.alpha,
}


@dataclass(frozen=True)
class Probe:
    """What the model says at one place and level: without, with and beyond the class."""

    place: Float[Array, "1 2"]
    null: Float[Array, "1 2"]  # in the form asked for, as are the next two
    cond: Float[Array, "1 2"]
    guided: Float[Array, "1 2"]
    identity: float  # |(1 - w) s(x) + w s(x, y) - (s(x) + w pull of the classifier)|
    forms: float  # most that mixing before and after a change of form differ, in any form
    posterior: float  # p_t(y | x)


def look(
    law: Labelled, y: int, place: Float[Array, "1 2"], at: Level, w: float, form: str, clean: bool
) -> Probe:
    """The answers at a place, and two identities: they hold but for rounding.

    The first of them fails if the classifier has seen clean data only; its word for the class counts.
    """
    null = law.data.score(place, at.alpha, at.sigma)
    cond = law.of(y).score(place, at.alpha, at.sigma)
    slope = law.classifier_gradient(place, y, *(() if clean else (at.alpha, at.sigma)))
    apart_by = float(np.abs(guided(null, cond, w) - (null + w * slope)).max())
    cond = null + slope if clean else cond
    s = guided(null, cond, w)
    apart = [
        np.abs(f(place, s, at) - guided(f(place, null, at), f(place, cond, at), w)).max()
        / max(1.0, np.abs(f(place, s, at)).max())
        for f in FORMS.values()
    ]
    told = FORMS[form]
    return Probe(
        place,
        told(place, null, at),
        told(place, cond, at),
        told(place, s, at),
        apart_by,
        float(max(apart)),
        float(np.exp(law.log_posterior(place, y, at.alpha, at.sigma))[0]),
    )
