r"""Flows of many layers: $\log p(x) = \log p_z(f_K \circ \dots \circ f_1(x)) + \sum_k \log|\det \partial f_k|$.

A coupling layer keeps one part of x and moves the other by a rising function whose parameters a
net reads off the part that is kept: $z_a = x_a,\ z_b = g(x_b; \mathrm{NN}(x_a))$. Its Jacobian is
triangular, so the determinant is the product of the slopes $g'$. (Dinh et al., 2015, sec. 3.2;
arXiv:1410.8516; Dinh et al., 2017, eq. 4 to 6; arXiv:1605.08803)
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from models.maths.mlp import MLP
from models.maths.rising import Rising

Array = np.ndarray
HIDDEN = (32, 32)


class Step(NamedTuple):
    """What a layer made of x, and what backward needs to know of it."""

    z: Float[Array, "n d"]
    log_det: Float[Array, " n"]
    trace: Any


@runtime_checkable
class Layer(Protocol):
    """An invertible map with its weights apart from it, in one vector theta (size,)."""

    @property
    def size(self) -> int: ...
    @property
    def rounds(self) -> tuple[int, int]: ...  # that wait for each other: forward, inverse
    def init(self, rng: np.random.Generator, x: Array) -> Array: ...
    def forward(self, theta: Array, x: Array) -> Step: ...
    def inverse(self, theta: Array, z: Array) -> Array: ...
    def backward(self, theta: Array, step: Step, dz: Array, dl: Array) -> tuple[Array, Array]: ...


@dataclass(frozen=True)
class Coupling:
    """Keeps the coordinates `kept`, moves those in `moved`."""

    kept: tuple[int, ...]
    moved: tuple[int, ...]
    rising: Rising

    @cached_property
    def net(self) -> MLP:
        return MLP((len(self.kept), *HIDDEN, len(self.moved) * self.rising.count))

    @property
    def size(self) -> int:
        return self.net.size

    @property
    def rounds(self) -> tuple[int, int]:
        return 1, 1

    def init(self, rng: np.random.Generator, x: Float[Array, "n d"]) -> Float[Array, " p"]:
        """Weights from which to learn; near the identity for all but the mixture."""
        theta = self.net.init(rng)
        begin(self.net, theta, np.tile(self.rising.start(), len(self.moved)), rng)
        return theta

    def forward(self, theta: Float[Array, " p"], x: Float[Array, "n d"]) -> Step:
        """z and log|det|, from data towards the latent."""
        net = self.net.forward(theta, x[:, self.kept])
        h = self._shaped(net.y)
        u = x[:, self.moved]
        z = x.copy()
        z[:, self.moved], log_slope = self.rising(u, h)
        return Step(z, log_slope.sum(-1), (net, u, h))

    def inverse(self, theta: Float[Array, " p"], z: Float[Array, "n d"]) -> Float[Array, "n d"]:
        """x from z: what was kept tells the net all it needs, so nothing has to be solved for it."""
        h = self._shaped(self.net(theta, z[:, self.kept]))
        x = z.copy()
        x[:, self.moved] = self.rising.inverse(z[:, self.moved], h)
        return x

    def backward(
        self, theta: Float[Array, " p"], step: Step, dz: Float[Array, "n d"], dl: Float[Array, " n"]
    ) -> tuple[Float[Array, " p"], Float[Array, "n d"]]:
        """dL/dtheta and dL/dx from dL/dz and dL/d(log|det|)."""
        net, u, h = step.trace
        spread = np.broadcast_to(dl[:, None], u.shape)
        du, dh = self.rising.backward(u, h, dz[:, self.moved], spread)
        grad, da = self.net.backward(theta, net, dh.reshape(len(u), -1))
        dx = dz.copy()
        dx[:, self.moved] = du
        dx[:, self.kept] += da
        return grad, dx

    def _shaped(self, h: Array) -> Array:
        return h.reshape(len(h), len(self.moved), self.rising.count)


@dataclass(frozen=True)
class Mixing:
    """Glow's actnorm and 1 × 1 convolution: z = W (exp(s) x + b), the same at every point.

    log|det| = sum s + log|det W|. W begins as a random rotation, s and b as what standardises the
    first batch. (Kingma and Dhariwal, 2018, sec. 3.1 and 3.2; arXiv:1807.03039)
    """

    d: int = 2

    @property
    def size(self) -> int:
        return 2 * self.d + self.d * self.d

    @property
    def rounds(self) -> tuple[int, int]:
        return 0, 0  # there is no net to wait for

    def init(self, rng: np.random.Generator, x: Float[Array, "n d"]) -> Float[Array, " p"]:
        """Standardises x, then turns it."""
        turn, _ = np.linalg.qr(rng.standard_normal((self.d, self.d)))
        s = -np.log(x.std(0))
        theta: Array = np.concatenate([s, -x.mean(0) * np.exp(s), turn.ravel()]).astype(np.float32)
        return theta

    def parts(self, theta: Float[Array, " p"]) -> tuple[Array, Array, Array]:
        """s (d,), b (d,) and W (d, d)."""
        d = self.d
        return theta[:d], theta[d : 2 * d], theta[2 * d :].reshape(d, d)

    def forward(self, theta: Float[Array, " p"], x: Float[Array, "n d"]) -> Step:
        """z and log|det|, from data towards the latent."""
        s, b, weight = self.parts(theta)
        y = np.exp(s) * x + b
        log_det = s.sum() + np.linalg.slogdet(weight)[1]
        return Step(y @ weight.T, np.full(len(x), log_det, x.dtype), (x, y))

    def inverse(self, theta: Float[Array, " p"], z: Float[Array, "n d"]) -> Float[Array, "n d"]:
        """x from z."""
        s, b, weight = self.parts(theta)
        x: Array = (np.linalg.solve(weight, z.T).T - b) * np.exp(-s)
        return x

    def backward(
        self, theta: Float[Array, " p"], step: Step, dz: Float[Array, "n d"], dl: Float[Array, " n"]
    ) -> tuple[Float[Array, " p"], Float[Array, "n d"]]:
        """dL/dtheta and dL/dx; the slope of log|det W| is the inverse of W, transposed."""
        s, _, weight = self.parts(theta)
        x, y = step.trace
        dy = dz @ weight
        dx = dy * np.exp(s)
        d_weight = dz.T @ y + dl.sum() * np.linalg.inv(weight).T
        return np.concatenate([(dx * x).sum(0) + dl.sum(), dy.sum(0), d_weight.ravel()]), dx


def begin(net: MLP, theta: Array, start: Array, rng: np.random.Generator) -> None:
    """Sets a net so that it answers near `start` everywhere, its units bending at various places."""
    layers = net.layers(theta)
    layers[0][1][...] = rng.uniform(-1.5, 1.5, layers[0][1].shape)
    layers[-1][0][...] *= 0.1
    layers[-1][1][...] = start
