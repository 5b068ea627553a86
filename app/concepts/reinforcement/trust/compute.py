r"""How far to step: $\max_\theta L(\theta) = \mathbb E\big[r\, \hat A\big]$ with $r = \pi_\theta(a \mid s) / \pi_{old}(a \mid s)$, but not too far.

VPG follows $\nabla L$ for one step of a size you choose. TRPO keeps $\mathbb E[KL(\pi_{old} \| \pi_\theta)] \le \delta$.
PPO-Clip takes many steps on $\min(r \hat A, \mathrm{clip}(r, 1 - \epsilon, 1 + \epsilon) \hat A)$, PPO-Penalty on $r \hat A - \beta\, KL$.
"""

from collections.abc import Iterator

from . import clip, learners, region
from .study import Params

Frame = clip.Frame | region.Frame | learners.Frame


def compute(p: Params) -> Iterator[Frame]:
    """Yield PPO's update step by step, TRPO's, or the training of several learners."""
    if p.watch == "clip":
        yield from clip.compute(p)
    elif p.watch == "region":
        yield from region.compute(p)
    else:
        yield from learners.compute(p)
