"""Four learners, eight runs of each: who rises, how far each update goes, and who falls again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from models.maths.proximal import ppo
from models.maths.surrogate import batch, categorical, surrogate
from models.maths.trust_region import trpo
from models.maths.vpg import Ascent, Moment, Task, begin, chance, train, uphill

from .study import DRAWN, MOST, Params, task

Array = np.ndarray
RUNS = 8
LATELY = 3  # updates over which a run is judged
FALLEN = 0.5  # a run has collapsed that lately returns less than this of its best


@dataclass(frozen=True)
class Lane:
    """What one learner's runs have done so far."""

    name: str
    setting: float
    returns: Float[Array, "k runs"]  # mean of the episodes made before update k
    kl: Float[Array, "j runs"]  # nats that update k went; one row less
    beta: Float[Array, "k runs"]  # the price of a nat; PPO-Penalty alone changes it

    @property
    def lately(self) -> Float[Array, " runs"]:
        """The mean return of the last few updates' episodes."""
        mean: Array = self.returns[-LATELY:].mean(0)
        return mean

    @property
    def collapsed(self) -> Bool[Array, " runs"]:
        """Runs that were more than twice as good at their best."""
        if len(self.returns) < LATELY:
            return np.zeros(RUNS, bool)
        smooth = np.lib.stride_tricks.sliding_window_view(self.returns, LATELY, 0).mean(-1)
        fallen: Array = self.lately < FALLEN * smooth.max(0)
        return fallen

    @property
    def band(self) -> Float[Array, "k 3"]:
        """A quarter, half and three quarters of the runs return less, update by update."""
        band: Array = np.quantile(self.returns, (0.25, 0.5, 0.75), -1).T
        return band


@dataclass(frozen=True)
class Frame:
    """All lanes after some updates; the lanes before `turn` are one update ahead."""

    params: Params
    update: int
    turn: int
    lanes: tuple[Lane, ...]


def compute(p: Params) -> Iterator[Frame]:
    """Yield the lanes before the first update, and after each learner's turn of each."""
    runners = [runner(p, who, size or 0.0) for who, size in p.lanes]
    lanes = tuple(next(one) for one in runners)
    yield Frame(p, 0, 0, lanes)
    for update in range(1, p.updates + 1):
        for turn, one in enumerate(runners):
            lanes = (*lanes[:turn], next(one), *lanes[turn + 1 :])
            yield Frame(p, update, turn + 1, lanes)


def ascent(p: Params, who: str, size: float) -> Ascent:
    """The learner of this name; `size` is what its own setting says."""
    return {
        "vpg": uphill,
        "trpo": trpo(replace(p.region, delta=size)),
        "clip": ppo(replace(p.proximal, epsilon=size)),
        "penalty": ppo(replace(p.proximal, target=size)),
    }[who]


def runner(p: Params, who: str, size: float) -> Iterator[Lane]:
    """The lane before each update; all lanes begin with the same policies and the same chance."""
    where, settings = task(RUNS), p.settings
    if who == "vpg":
        settings = replace(settings, rate=size)
    lane, before = Lane(who, size, *np.zeros((3, 0, RUNS))), None
    moments = train(where, lambda _: settings, begin(where, p.seed), p.seed, ascent(p, who, size))
    for moment in moments:
        returns = np.vstack([lane.returns, moment.made.reward.sum(-1).mean(-1)])
        beta, kl = np.vstack([lane.beta, moment.training.beta]), lane.kl
        if before is not None:
            kl = np.vstack([kl, went(where, before, moment, p.seed)])
        lane, before = Lane(who, size, returns, kl, beta), moment
        yield lane


def went(where: Task, before: Moment, after: Moment, seed: int) -> Float[Array, " runs"]:
    """The mean KL from the policies before an update to those after, where the former have been."""
    seen = batch(where, before, MOST, chance(seed, DRAWN + before.training.update))
    return surrogate(categorical(where), after.training.theta, seen)[1]
