"""What is read off predictions and attention on texts that repeat themselves."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from models.maths.attention import log_softmax
from models.worlds.repeats import Texts

Array = np.ndarray


class Scores(NamedTuple):
    """The mean weight (0 to 1) that each role predicts, for every head."""

    previous: Float[Array, " heads"]  # on the token before, at all places but the first
    induction: Float[Array, " heads"]  # on what came after earlier copies of this token
    lag: Float[Array, " heads"]  # on the place where a fixed period would have the answer


def score(attention: Float[Array, "n heads t t"], texts: Texts, period: int) -> Scores:
    """The scores of all heads on these texts; the last two at places whose next token is known."""
    i, known = np.arange(attention.shape[-1]), texts.known
    previous = attention[..., i[1:], i[:-1]].mean((0, 2))
    copies = (attention * texts.after[:, None]).sum(-1)
    lag = attention[..., i, np.maximum(i - period + 1, 0)] * (i >= period - 1)
    induction, lag = (x.swapaxes(1, 2)[known].mean(0) for x in (copies, lag))
    return Scores(previous, induction, lag)


def following(texts: Texts) -> Array:
    """The token after each place, (n, t); the last place has none and gets the first."""
    following: Array = np.roll(texts.tokens, -1, -1)
    return following


def right(logits: Float[Array, "n t v"], texts: Texts) -> Bool[Array, "n t"]:
    """Whether the likeliest next token is the one that comes."""
    hit: Array = logits.argmax(-1) == following(texts)
    return hit


def copied(texts: Texts, period: int) -> Bool[Array, "n t"]:
    """The same for a rule: what came next will be what stood a period before it."""
    hit: Array = np.roll(texts.tokens, period - 1, -1) == following(texts)
    hit &= np.arange(hit.shape[1]) >= period - 1
    return hit


def log_next(logits: Float[Array, "n t v"], texts: Texts) -> Float[Array, "n t"]:
    """Log-probability of the token after each place."""
    log_p: Array = np.take_along_axis(log_softmax(logits), following(texts)[..., None], -1)[..., 0]
    return log_p


def loss(logits: Float[Array, "n t v"], texts: Texts) -> float:
    """Mean surprise at the tokens that can be known, in nats."""
    return -float(log_next(logits, texts)[texts.known].mean())


def foreseen(logits: Float[Array, "n t v"], texts: Texts) -> Float[Array, "n t"]:
    """The probability that each token was given by those before it; 0 for the first."""
    given: Array = np.roll(np.exp(log_next(logits, texts)), 1, -1)
    given[:, 0] = 0
    return given
