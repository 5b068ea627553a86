r"""Autoregressive flows: $z_i = g(x_i; \mathrm{NN}_i(x_{<i}))$, one coordinate after another.

Seen in that order the Jacobian is triangular: $\log|\det| = \sum_i \log g'(x_i)$. All nets can read x
at once, so a density takes one round; a sample must be built coordinate by coordinate, d rounds.
(Papamakarios et al., 2017, eq. 3 and 5; arXiv:1705.07057; Papamakarios et al., 2021, sec. 3.1)
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from models.maths.coupling import HIDDEN, Step, begin
from models.maths.mlp import MLP
from models.maths.rising import Rising

Array = np.ndarray


@dataclass(frozen=True)
class Autoregressive:
    """Moves the coordinates in `order`, each by a net that reads those before it."""

    order: tuple[int, ...]
    rising: Rising

    @cached_property
    def nets(self) -> tuple[MLP, ...]:
        """One a coordinate after the first, whose parameters depend on nothing."""
        return tuple(MLP((i, *HIDDEN, self.rising.count)) for i in range(1, len(self.order)))

    @cached_property
    def cuts(self) -> tuple[slice, ...]:
        """Where in theta the parameters of each coordinate lie."""
        ends = np.cumsum([0, self.rising.count, *(net.size for net in self.nets)]).tolist()
        return tuple(slice(a, b) for a, b in pairwise(ends))

    @property
    def size(self) -> int:
        return self.rising.count + sum(net.size for net in self.nets)

    @property
    def rounds(self) -> tuple[int, int]:
        """In a density all coordinates are moved at once; in a sample each waits for those before."""
        return 1, len(self.order)

    def init(self, rng: np.random.Generator, x: Float[Array, "n d"]) -> Float[Array, " p"]:
        """Weights from which to learn; near the identity for all but the mixture."""
        theta: Array = np.zeros(self.size, np.float32)
        theta[self.cuts[0]] = self.rising.start()
        for net, cut in zip(self.nets, self.cuts[1:], strict=True):
            theta[cut] = net.init(rng)
            begin(net, theta[cut], self.rising.start(), rng)
        return theta

    def forward(self, theta: Float[Array, " p"], x: Float[Array, "n d"]) -> Step:
        """z and log|det|, from data towards the latent."""
        z, log_det, traces = np.empty_like(x), np.zeros(len(x), x.dtype), []
        seen = x[:, self.order]
        for i, at in enumerate(self.order):
            trace = self.nets[i - 1].forward(theta[self.cuts[i]], seen[:, :i]) if i else None
            h = trace.y if trace else self._first(theta, x)
            z[:, at], log_slope = self.rising(x[:, at], h)
            log_det = log_det + log_slope
            traces.append((trace, h))
        return Step(z, log_det, (x, traces))

    def inverse(self, theta: Float[Array, " p"], z: Float[Array, "n d"]) -> Float[Array, "n d"]:
        """x from z; each coordinate waits for those before it."""
        x = np.zeros_like(z)
        for i, at in enumerate(self.order):
            known = x[:, self.order[:i]]
            h = self.nets[i - 1](theta[self.cuts[i]], known) if i else self._first(theta, z)
            x[:, at] = self.rising.inverse(z[:, at], h)
        return x

    def backward(
        self, theta: Float[Array, " p"], step: Step, dz: Float[Array, "n d"], dl: Float[Array, " n"]
    ) -> tuple[Float[Array, " p"], Float[Array, "n d"]]:
        """dL/dtheta and dL/dx from dL/dz and dL/d(log|det|)."""
        x, traces = step.trace
        grad, dx = np.empty(self.size, dz.dtype), np.zeros_like(dz)
        for i, at in enumerate(self.order):
            trace, h = traces[i]
            du, dh = self.rising.backward(x[:, at], h, dz[:, at], dl)
            dx[:, at] += du
            if trace is None:
                grad[self.cuts[i]] = dh.sum(0)
            else:
                grad[self.cuts[i]], back = self.nets[i - 1].backward(theta[self.cuts[i]], trace, dh)
                dx[:, self.order[:i]] += back
        return grad, dx

    def _first(self, theta: Array, x: Array) -> Array:
        return np.broadcast_to(theta[self.cuts[0]], (len(x), self.rising.count))
