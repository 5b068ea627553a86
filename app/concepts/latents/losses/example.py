r"""The slides' batch of five: $-\log D(x)$, $-\log(1 - D(G(z)))$, and both prices that G may pay."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.adversarial_losses import FAKE, REAL, logit, minimax, nonsaturating

Array = np.ndarray
SCORES = (
    (0.9, 0.8, 0.95, 0.7, 0.85),  # D(x)
    (0.1, 0.2, 0.05, 0.3, 0.15),  # D(G(z)) in D's step
    (0.4, 0.5, 0.45, 0.55, 0.6),  # D(G(z)) in G's own step
)
LINE = np.linspace(0.01, 0.99, 99)


@dataclass(frozen=True)
class Example:
    """Scores of a batch, what each costs, and the prices as curves of the score."""

    scores: Float[Array, "3 n"]
    prices: Float[Array, "4 n"]  # D's of real, D's of fake, G's non-saturating, G's minimax
    slopes: Float[Array, "2 n"]  # of G's two prices, by the sum a before the sigmoid
    curves: Float[Array, "2 d"]  # G's two prices at LINE
    total: float  # what D pays


def worked(scores: Float[Array, "3 n"]) -> Example:
    """All prices of three rows of scores, in nats."""
    real, fake, own = logit(scores)
    one, other = nonsaturating().generator, minimax().generator
    prices = np.stack([REAL.of(real), FAKE.of(fake), one.of(own), other.of(own)])
    slopes = np.stack([one.slope(own), other.slope(own)])
    curves = np.stack([one.of(logit(LINE)), other.of(logit(LINE))])
    return Example(scores, prices, slopes, curves, float(prices[:2].mean(1).sum()))
