r"""How a policy acts, and what the chosen action says about it: the score $\nabla_\theta \log \pi_\theta(a \mid s)$.

A policy is a small net with a distribution on top: a pick of one among several actions, or a
Gaussian. Many policies stand side by side: theta is (runs, p), inputs are (runs, n, in).
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Real

from models.maths.mlp import MLP

Array = np.ndarray
LOG_TAU = float(np.log(2 * np.pi))


@runtime_checkable
class Policy(Protocol):
    """What learning needs of a policy; `dist` is the distribution's parameters, one row a state."""

    @property
    def net(self) -> MLP: ...
    def init(self, rng: np.random.Generator, runs: int) -> Float[Array, "runs p"]: ...
    def __call__(
        self, theta: Float[Array, "*runs p"], x: Float[Array, "*b n i"]
    ) -> Float[Array, "*b n d"]: ...
    def sample(self, dist: Float[Array, "*b d"], rng: np.random.Generator) -> Array: ...
    def log_prob(self, dist: Float[Array, "*b d"], action: Array) -> Float[Array, "*b"]: ...
    def entropy(self, dist: Float[Array, "*b d"]) -> Float[Array, "*b"]: ...
    def kl(self, old: Float[Array, "*b d"], new: Float[Array, "*b d"]) -> Float[Array, "*b"]: ...
    def gradient(
        self,
        theta: Float[Array, "*runs p"],
        x: Float[Array, "*runs n i"],
        action: Array,
        weight: Float[Array, "*runs n"],
    ) -> Float[Array, "*runs p"]: ...


def log_softmax(logits: Float[Array, "*b k"]) -> Float[Array, "*b k"]:
    """The logarithms of the probabilities that the logits stand for."""
    shifted = logits - logits.max(-1, keepdims=True)
    log_p: Array = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return log_p


def quiet(net: MLP, theta: Float[Array, "*runs p"]) -> Float[Array, "*runs p"]:
    """The same weights with the last layer at a tenth, so that nothing is preferred at first."""
    weight, _ = net.layers(theta)[-1]
    weight *= 0.1  # a view: theta changes with it
    return theta


@dataclass(frozen=True)
class Categorical:
    """One of k actions with the probabilities softmax(logits); dist is the logits (…, k)."""

    net: MLP

    def init(self, rng: np.random.Generator, runs: int) -> Float[Array, "runs p"]:
        """Weights of policies that find all actions about equally good."""
        return quiet(self.net, self.net.init(rng, (runs,)))

    def __call__(
        self, theta: Float[Array, "*runs p"], x: Float[Array, "*b n i"]
    ) -> Float[Array, "*b n k"]:
        """The logits at x."""
        return self.net(theta, x)

    def sample(self, dist: Float[Array, "*b k"], rng: np.random.Generator) -> Real[Array, "*b"]:
        """Actions drawn by the Gumbel trick: the largest of logits plus Gumbel noise wins."""
        chosen: Array = (dist + rng.gumbel(size=dist.shape)).argmax(-1)
        return chosen

    def log_prob(self, dist: Float[Array, "*b k"], action: Real[Array, "*b"]) -> Float[Array, "*b"]:
        """log pi(a | s): the entry of log softmax that belongs to the action."""
        return np.take_along_axis(log_softmax(dist), action[..., None], -1)[..., 0]

    def entropy(self, dist: Float[Array, "*b k"]) -> Float[Array, "*b"]:
        """-sum pi log pi in nats; log k where nothing is preferred."""
        log_p = log_softmax(dist)
        entropy: Array = -(np.exp(log_p) * log_p).sum(-1)
        return entropy

    def score(self, dist: Float[Array, "*b k"], action: Real[Array, "*b"]) -> Float[Array, "*b k"]:
        """d log pi(a | s) / d logits: one for the action, less what was expected."""
        taken = np.eye(dist.shape[-1], dtype=dist.dtype)[action]
        score: Array = taken - np.exp(log_softmax(dist))
        return score

    def kl(self, old: Float[Array, "*b k"], new: Float[Array, "*b k"]) -> Float[Array, "*b"]:
        """KL(old || new) in nats: the mean of log old - log new over what old would do."""
        log_p, log_q = log_softmax(old), log_softmax(new)
        kl: Array = (np.exp(log_p) * (log_p - log_q)).sum(-1)
        return kl

    def gradient(
        self,
        theta: Float[Array, "*runs p"],
        x: Float[Array, "*runs n i"],
        action: Real[Array, "*runs n"],
        weight: Float[Array, "*runs n"],
    ) -> Float[Array, "*runs p"]:
        """The sum over n of weight times the score, all the way back to theta."""
        trace = self.net.forward(theta, x)
        up = (weight[..., None] * self.score(trace.y, action)).astype(trace.y.dtype)
        return self.net.backward(theta, trace, up)[0]


@dataclass(frozen=True)
class Gaussian:
    """k numbers drawn from N(mu, sigma²) each; dist is (…, 2k): the means, then log sigma.

    The mean is `bound` tanh(net); log sigma = 3 tanh(raw / 3) does not depend on the state, and its
    raw value is the end of theta: near 0 it is log sigma itself, and it can never run away.
    """

    net: MLP
    bound: float = 1.0

    @property
    def k(self) -> int:
        return self.net.sizes[-1]

    def init(self, rng: np.random.Generator, runs: int) -> Float[Array, "runs p"]:
        """Weights of policies whose mean is about 0 and whose sigma is 1 everywhere."""
        theta = quiet(self.net, self.net.init(rng, (runs,)))
        return np.concatenate([theta, np.zeros((runs, self.k), theta.dtype)], -1)

    def __call__(
        self, theta: Float[Array, "*runs p"], x: Float[Array, "*b n i"]
    ) -> Float[Array, "*b n d"]:
        """Means and log sigmas at x."""
        return self._dist(theta, self.net(theta[..., : -self.k], x))

    def _dist(self, theta: Array, y: Array) -> Array:
        log_sigma = 3 * np.tanh(theta[..., None, -self.k :] / 3)
        return np.concatenate([self.bound * np.tanh(y), np.broadcast_to(log_sigma, y.shape)], -1)

    def _split(self, dist: Array) -> tuple[Array, Array]:
        return dist[..., : self.k], dist[..., self.k :]

    def sample(self, dist: Float[Array, "*b d"], rng: np.random.Generator) -> Float[Array, "*b k"]:
        """mu + sigma z."""
        mu, log_sigma = self._split(dist)
        drawn: Array = mu + np.exp(log_sigma) * rng.standard_normal(mu.shape)
        return drawn

    def log_prob(
        self, dist: Float[Array, "*b d"], action: Float[Array, "*b k"]
    ) -> Float[Array, "*b"]:
        """-½ sum((a - mu)² / sigma² + 2 log sigma + log 2 pi)."""
        mu, log_sigma = self._split(dist)
        z = (action - mu) * np.exp(-log_sigma)
        log_p: Array = -0.5 * (z * z + 2 * log_sigma + LOG_TAU).sum(-1)
        return log_p

    def entropy(self, dist: Float[Array, "*b d"]) -> Float[Array, "*b"]:
        """sum(log sigma + ½ log 2 pi e) in nats."""
        _, log_sigma = self._split(dist)
        entropy: Array = (log_sigma + 0.5 * (LOG_TAU + 1)).sum(-1)
        return entropy

    def score(
        self, dist: Float[Array, "*b d"], action: Float[Array, "*b k"]
    ) -> Float[Array, "*b d"]:
        """d log pi / d (mu, log sigma): z / sigma and z² - 1, with z = (a - mu) / sigma."""
        mu, log_sigma = self._split(dist)
        z = (action - mu) * np.exp(-log_sigma)
        return np.concatenate([z * np.exp(-log_sigma), z * z - 1], -1)

    def kl(self, old: Float[Array, "*b d"], new: Float[Array, "*b d"]) -> Float[Array, "*b"]:
        """sum(log sigma'/sigma + (sigma² + (mu - mu')²) / 2 sigma'² - ½), primes the new, in nats."""
        (mu, log_sigma), (mean, log_spread) = self._split(old), self._split(new)
        gap = np.exp(2 * log_sigma) + (mu - mean) ** 2
        kl: Array = (log_spread - log_sigma + 0.5 * gap * np.exp(-2 * log_spread) - 0.5).sum(-1)
        return kl

    def gradient(
        self,
        theta: Float[Array, "*runs p"],
        x: Float[Array, "*runs n i"],
        action: Float[Array, "*runs n k"],
        weight: Float[Array, "*runs n"],
    ) -> Float[Array, "*runs p"]:
        """The sum over n of weight times the score, all the way back to theta."""
        w = theta[..., : -self.k]
        trace = self.net.forward(w, x)
        up = weight[..., None] * self.score(self._dist(theta, trace.y), action)
        d_mu, d_log_sigma = self._split(up)
        d_y = d_mu * self.bound * (1 - np.tanh(trace.y) ** 2)
        grad, _ = self.net.backward(w, trace, d_y.astype(trace.y.dtype))
        d_raw = d_log_sigma.sum(-2) * (1 - np.tanh(theta[..., -self.k :] / 3) ** 2)
        return np.concatenate([grad, d_raw.astype(grad.dtype)], -1)
