r"""What can be read off attention: how wide a head looks, what role it plays, what it changes.

A head with a role puts its weight where the role says. On a text of $n$ random tokens said twice,
with $\mathrm{score} = \mathrm{mean}_i\, A_{i, j(i)}$:
previous $j = i - 1$; first $j = 0$; same $j = i - n$; induction $j = i - n + 1$, what came next
last time. (Olsson et al., 2022, "Head activation evaluators"; arXiv:2209.11895)
"""

import numpy as np
from jaxtyping import Float

Array = np.ndarray
ROLES = ("previous", "first", "same", "induction")


def roles(attention: Float[Array, "*batch t t"], period: int) -> Float[Array, "roles *batch"]:
    """The mean weight (0 to 1) that each role predicts, in the order of ROLES.

    Row 0 is the start mark, then `period` tokens come, then the same again.
    """
    i = np.arange(2, attention.shape[-1])  # from the third on, for the second's previous is first
    again = i[i > period]
    where = ((i, i - 1), (i, 0 * i), (again, again - period), (again, again - period + 1))
    return np.stack([attention[..., i, j].mean(-1) for i, j in where])


def everywhere_alike(t: int) -> Float[Array, "t t"]:
    """The weights of a head that looks at all it may see in equal parts: the floor of a score."""
    weight: Array = np.tri(t) / np.arange(1, t + 1)[:, None]
    return weight


def distance(weight: Float[Array, "*batch t t"]) -> Float[Array, "*batch t"]:
    """How far back each row looks on average, in tokens: sum over j of A_ij (i - j)."""
    i = np.arange(weight.shape[-1], dtype=weight.dtype)
    far: Array = weight.sum(-1) * i - weight @ i
    return far


def entropy(p: Float[Array, "*t n"]) -> Float[Array, " *t"]:
    """How evenly the weights are spread, in bits: 0 for one place, log2 n for n alike."""
    positive = np.where(p > 0, p, 1.0)  # 0 log 0 is 0
    bits: Array = -(p * np.log2(positive)).sum(-1)
    return bits


def log_softmax(logits: Float[Array, "*batch n"]) -> Float[Array, "*batch n"]:
    """Natural logarithms of the probabilities, in double precision."""
    shifted = np.float64(logits) - logits.max(-1, keepdims=True)
    log_p: Array = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return log_p


def divergence(log_p: Float[Array, "t v"], log_q: Float[Array, "t v"]) -> Float[Array, " t"]:
    """KL(p ‖ q) in bits: what it costs to expect q where p is true."""
    bits: Array = (np.exp(log_p) * (log_p - log_q)).sum(-1) / np.log(2)
    return bits


def surprise(log_p: Float[Array, "t v"], tokens: Array) -> Float[Array, " t-1"]:
    """Bits of each token but the first, given those before it."""
    bits: Array = -np.take_along_axis(log_p[:-1], tokens[1:, None], -1)[:, 0] / np.log(2)
    return bits


def cosines(vectors: Float[Array, "*batch n d"]) -> Float[Array, "*batch n n"]:
    """The cosine of the angle between any two of the vectors."""
    unit = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    cosine: Array = np.clip(unit @ unit.swapaxes(-1, -2), -1, 1)
    return cosine
