r"""Rising functions of one number, $y = g(u; h)$: invertible whatever their parameters $h$ are.

Because $g$ rises, a net may choose $h$ freely; $\log g'(u)$ is what it adds to a log-determinant.
(Papamakarios et al., 2021, sec. 3.1.1; arXiv:1912.02762)
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

Array = np.ndarray
STEEPEST = 2.0  # |log slope| of the affine function stays below this


@runtime_checkable
class Rising(Protocol):
    """One of the kinds below; u, y and log g' are (*b), the parameters h are (*b, count)."""

    @property
    def count(self) -> int: ...
    def start(self) -> Float[Array, " count"]: ...
    def __call__(self, u: Array, h: Array) -> tuple[Array, Array]: ...
    def inverse(self, y: Array, h: Array) -> Array: ...
    def backward(self, u: Array, h: Array, dy: Array, dl: Array) -> tuple[Array, Array]: ...


@dataclass(frozen=True)
class Additive:
    """y = u + t: slides, never stretches, so log g' = 0 (Dinh et al., 2015, sec. 3.2; arXiv:1410.8516)."""

    count: int = 1

    def start(self) -> Float[Array, " count"]:
        """Parameters from which to learn: the identity."""
        return np.zeros(1)

    def __call__(
        self, u: Float[Array, "*b"], h: Float[Array, "*b 1"]
    ) -> tuple[Float[Array, "*b"], Float[Array, "*b"]]:
        """y and log g'(u)."""
        return u + h[..., 0], np.zeros_like(u)

    def inverse(self, y: Float[Array, "*b"], h: Float[Array, "*b 1"]) -> Float[Array, "*b"]:
        """u from y."""
        u: Array = y - h[..., 0]
        return u

    def backward(self, u: Array, h: Array, dy: Array, dl: Array) -> tuple[Array, Array]:
        """dL/du and dL/dh from dL/dy and dL/d(log g')."""
        return dy, dy[..., None]


@dataclass(frozen=True)
class Affine:
    """y = u exp(s) + t, with s = 2 tanh(h_0 / 2) so that no step explodes.

    (Dinh et al., 2017, eq. 5; arXiv:1605.08803, whose s ends in a tanh too, appendix E)
    """

    count: int = 2

    def start(self) -> Float[Array, " count"]:
        """Parameters from which to learn: the identity."""
        return np.zeros(2)

    def __call__(
        self, u: Float[Array, "*b"], h: Float[Array, "*b 2"]
    ) -> tuple[Float[Array, "*b"], Float[Array, "*b"]]:
        """y and log g'(u) = s."""
        s = self._log_slope(h)
        return u * np.exp(s) + h[..., 1], s

    def inverse(self, y: Float[Array, "*b"], h: Float[Array, "*b 2"]) -> Float[Array, "*b"]:
        """u from y."""
        u: Array = (y - h[..., 1]) * np.exp(-self._log_slope(h))
        return u

    def backward(self, u: Array, h: Array, dy: Array, dl: Array) -> tuple[Array, Array]:
        """dL/du and dL/dh from dL/dy and dL/d(log g')."""
        s = self._log_slope(h)
        du = dy * np.exp(s)
        ds = du * u + dl
        return du, np.stack([ds * (1 - np.square(s / STEEPEST)), dy], -1)

    def _log_slope(self, h: Array) -> Array:
        return np.asarray(STEEPEST * np.tanh(h[..., 0] / STEEPEST))


class _Mix(NamedTuple):
    """What a mixture's CDF is made of, one number a component; components come first, (m, *b)."""

    log_pi: Array
    sharp: Array  # 1 / width
    v: Array  # (u - mu) / width
    below: Array  # log(pi sigma(v)): its part of F
    above: Array  # log(pi sigma(-v)): its part of 1 - F
    within: Array  # log of its part of F'


@dataclass(frozen=True)
class MixtureLogistic:
    """y = exp(a) logit F(u) + b, F the CDF of a mixture of m logistics: as many bends as wanted.

    Parameters: m logits of the weights, m centres, m log-widths, a, b. (Ho et al., 2019, sec. 3.2.1;
    arXiv:1902.00275)
    """

    m: int = 6

    @property
    def count(self) -> int:
        return 3 * self.m + 2

    def start(self) -> Float[Array, " count"]:
        """Parameters from which to learn: even weights, centres spread over the data, some width."""
        return np.concatenate([np.zeros(self.m), np.linspace(-2, 2, self.m), np.zeros(self.m + 2)])

    def __call__(
        self, u: Float[Array, "*b"], h: Float[Array, "*b h"]
    ) -> tuple[Float[Array, "*b"], Float[Array, "*b"]]:
        """y and log g'(u)."""
        mix, a, b = self._mix(u, h), h[..., -2], h[..., -1]
        low, high, density = (_log_sum(part) for part in mix[3:])
        return np.exp(a) * (low - high) + b, density - low - high + a

    def inverse(self, y: Float[Array, "*b"], h: Float[Array, "*b h"]) -> Float[Array, "*b"]:
        """u from y by Newton's steps between two bounds: there is no formula.

        Each component alone would answer mu + width logit; the root lies between these answers.
        """
        _, mu, width = self._parts(h)
        answers = mu + np.exp(width) * ((y - h[..., -1]) * np.exp(-h[..., -2]))
        low, high = answers.min(0), answers.max(0)
        u, enough = (low + high) / 2, np.finfo(y.dtype).eps ** 0.6  # the next step would square it
        moved = high - low
        for _ in range(100):
            found, log_slope = self(u, h)
            miss = found - y
            low, high = np.where(miss < 0, u, low), np.where(miss > 0, u, high)
            step = u - miss * np.exp(-log_slope)
            # Newton's step may circle; where it does not halve the one before, the bounds are halved.
            sound = (step >= low) & (step <= high)
            sound &= np.abs(step - u) <= np.maximum(moved / 2, enough)
            step = np.where(sound, step, (low + high) / 2)
            moved, u = np.abs(step - u), step
            if moved.max(initial=0.0) < enough:
                break
        return np.asarray(u)

    def backward(self, u: Array, h: Array, dy: Array, dl: Array) -> tuple[Array, Array]:
        """dL/du and dL/dh from dL/dy and dL/d(log g')."""
        mix, scale = self._mix(u, h), np.exp(h[..., -2])
        logit = _log_sum(mix.below) - _log_sum(mix.above)
        # How much of each of the three sums is due to each component, times what L asks of the sum.
        below = (dy * scale - dl) * _shares(mix.below)
        above = (-dy * scale - dl) * _shares(mix.above)
        within = dl * _shares(mix.within)
        sigma = 0.5 * (1 + np.tanh(0.5 * mix.v))
        dv = below * (1 - sigma) - above * sigma + within * (1 - 2 * sigma)
        d_log_pi = below + above + within
        d_logits = d_log_pi - np.exp(mix.log_pi) * d_log_pi.sum(0)
        da = dy * scale * logit + dl
        rest = np.stack([da, dy])
        dh = np.concatenate([d_logits, -mix.sharp * dv, -within - mix.v * dv, rest])
        return (mix.sharp * dv).sum(0), np.moveaxis(dh, 0, -1)

    def _parts(self, h: Array) -> tuple[Array, Array, Array]:
        parts = np.ascontiguousarray(np.moveaxis(h[..., :-2], -1, 0))
        logits, mu, width = np.split(parts, 3)
        return logits, mu, width

    def _mix(self, u: Array, h: Array) -> _Mix:
        logits, mu, width = self._parts(h)
        log_pi = logits - _log_sum(logits)
        sharp = np.exp(-width)
        v = (u - mu) * sharp
        low = np.minimum(v, 0) - np.log1p(np.exp(-np.abs(v)))  # log sigma(v)
        below, above = log_pi + low, log_pi + low - v
        return _Mix(log_pi, sharp, v, below, above, below + low - v - width)


def _log_sum(logits: Float[Array, "m *b"]) -> Float[Array, "*b"]:
    top = logits.max(0)
    return np.asarray(top + np.log(np.exp(logits - top).sum(0)))


def _shares(logits: Float[Array, "m *b"]) -> Float[Array, "m *b"]:
    weights = np.exp(logits - logits.max(0))
    return np.asarray(weights / weights.sum(0))


RISING: dict[str, Rising] = {
    "additive": Additive(),
    "affine": Affine(),
    "mixture": MixtureLogistic(),
}
