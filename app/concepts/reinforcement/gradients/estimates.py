r"""How good an estimate is: $\operatorname{Var}\hat g = \operatorname{tr}\operatorname{Cov}(g_\tau)/n$, and the baseline that makes it least."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from models.maths.credit import CREDITS, Credit
from models.maths.estimator import each, stray
from models.maths.vpg import (
    Moment,
    Settings,
    Task,
    Training,
    begin,
    collect,
    judge,
)
from models.worlds.corridor import Corridor

from .exact import Enumeration, enumerate_all

Array = np.ndarray
FURTHER = 16_000  # steps of the trajectories that tell what many would say, about
FEWEST, MOST = 32, 256  # such trajectories
WALKS = 2000  # of the corridor, whose exact gradient is known as well
AGAIN = 3_000_000  # added to an update's number: the chance of these trajectories


@dataclass(frozen=True)
class Estimates:
    """What each trajectory of one update says of the gradient."""

    g: Float[Array, "credits n p"]  # sum_t psi_t grad log pi, by every credit
    score: Float[Array, "n p"]  # sum_t grad log pi: what a credit of 1 for all actions would say
    returns: Float[Array, " n"]  # R(tau)
    mean: float  # of the rewards-to-go: the baseline that one thinks of first
    noise: Float[Array, " credits"]  # how far g-hat strays by chance, by every credit
    norm: float  # |g-hat| by the credit in force
    length: float  # steps of a trajectory, on average

    def by(self, credit: Credit) -> Float[Array, "n p"]:
        """What each trajectory says by one credit."""
        mine: Array = self.g[CREDITS.index(credit)]
        return mine

    def handed(self, credit: Credit, change: Float[Array, " n"]) -> Float[Array, "n p"]:
        """The same if the credit of all actions of each trajectory were so much larger."""
        mine: Array = self.by(credit) + change[:, None] * self.score
        return mine


@dataclass(frozen=True)
class Constant:
    """The noise of g-hat with psi_t = R_t - b for any constant b: the root of a parabola."""

    flat: float  # noise² at b = 0
    cross: float
    bend: float

    def noise(self, b: Float[Array, " m"]) -> Float[Array, " m"]:
        """sqrt(tr Var(u - b w) / n), with u = sum_t R_t grad log pi and w the same with R_t = 1."""
        noise: Array = np.sqrt(np.maximum(self.flat - 2 * b * self.cross + b * b * self.bend, 0))
        return noise

    @property
    def best(self) -> float:
        """b* = tr Cov(u, w) / tr Var(w) (Greensmith et al., 2004, thm. 4, for all parameters at once)."""
        return self.cross / self.bend if self.bend > 0 else 0.0


@dataclass(frozen=True)
class Reference:
    """The gradient by far more trajectories than an update has, or by all there are."""

    count: int
    gradient: Float[Array, " p"]  # exact, or the mean by the baseline's credit
    mean: Float[Array, " p"]  # of `count` trajectories, by the same credit
    error: float  # standard error of that mean, over all its parameters
    idle: float  # |mean of sum_t grad log pi V(s_t)| in its standard errors: about 1 if E is 0
    exact: Enumeration | None  # of a world that can be counted out


def estimates(task: Task, moment: Moment, run: int, credit: Credit) -> Estimates:
    """What the trajectories of a run say, by every credit; `credit` is the one in force."""
    made, theta = moment.made.map(lambda a: a[run]), moment.training.theta[run]
    psi = {c: moment.psi[c][run] for c in CREDITS}
    g = np.stack([each(task, theta, made, psi[c]) for c in CREDITS])
    score = each(task, theta, made, made.alive.astype(float))
    noise = np.array([stray(rows) for rows in g])
    used = g[CREDITS.index(credit)].mean(0)
    mean = float(psi["to-go"][made.alive].mean())
    norm, length = float(np.linalg.norm(used)), float(made.alive.sum(-1).mean())
    return Estimates(g, score, psi["return"][:, 0], mean, noise, norm, length)


def constant(found: Estimates) -> Constant:
    """The parabola of these trajectories."""
    u, w = (a.astype(float) - a.mean(0) for a in (found.by("to-go"), found.score))
    n = len(u)
    flat, cross, bend = ((a * b).sum() / (n - 1) / n for a, b in ((u, u), (u, w), (w, w)))
    return Constant(float(flat), float(cross), float(bend))


def reference(
    task: Task, settings: Settings, training: Training, run: int, length: float, seed: int
) -> Reference:
    """What many further trajectories of a run, from where its own began, say of the gradient."""
    walk = isinstance(task.world, Corridor)
    count = WALKS if walk else int(np.clip(FURTHER / length, FEWEST, MOST))
    mine = training.state[run]
    starts = np.resize(mine, (1, count, mine.shape[-1]))
    theta, phi = training.theta[run], training.phi[run]
    alone = replace(task, runs=1, episodes=count)
    one = replace(begin(alone, 0), theta=theta[None], phi=phi[None], state=starts)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(AGAIN + training.update,)))
    made = collect(alone, one.theta, starts, rng)
    moment = judge(alone, settings, one, made)
    made = made.map(lambda a: a[0])
    g = each(task, theta, made, moment.psi["baseline"][0])
    idle = each(task, theta, made, moment.v[0])
    counted = enumerate_all(task, settings, one) if walk else None
    mean = g.mean(0).astype(float)
    best = counted.mean("baseline") if counted else mean
    strays = float(np.linalg.norm(idle.mean(0)) / max(stray(idle), 1e-12))
    return Reference(count, best, mean, stray(g), strays, counted)
