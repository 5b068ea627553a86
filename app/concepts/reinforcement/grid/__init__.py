"""Markov decision processes: what a cell is worth, if one knows the world and if one has to walk it."""

from app.concept import Concept, Source

from .compute import compute
from .controls import Params
from .figure import draw

CONCEPT = Concept(
    title="A world of cells",
    blurb="Paint a world, and watch planners and learners find out what each cell of it is worth.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=(
        "rl-loop",
        "trajectory-prob",
        "policy-types",
        "value-functions",
        "bellman",
        "discount",
        "rl-taxonomy",
        "q-learning",
        "mdp",
        "exploration",
        "entropy-rl",
    ),
    sources=(
        Source("Sutton and Barto, 2018, Reinforcement learning: an introduction, 2nd edition", "https://mitpress.mit.edu/9780262039246/reinforcement-learning/"),
        Source("Bellman, 1957, A Markovian decision process", "https://www.jstor.org/stable/24900506"),
        Source("Watkins and Dayan, 1992, Q-learning", "https://doi.org/10.1007/BF00992698"),
        Source("Moore and Atkeson, 1993, Prioritized sweeping", "https://doi.org/10.1007/BF00993104"),
        Source("Sutton, Precup and Singh, 1999, Between MDPs and semi-MDPs", "https://doi.org/10.1016/S0004-3702(99)00052-1"),
        Source("Singh et al., 2000, Convergence results for single-step on-policy reinforcement-learning algorithms", "https://doi.org/10.1023/A:1007678930559"),
        Source("Haarnoja et al., 2017, Reinforcement learning with deep energy-based policies", "https://arxiv.org/abs/1702.08165"),
        Source("Achiam, 2018, Spinning Up in deep RL", "https://spinningup.openai.com"),
    ),
    layout=(
        *("world backup",) * 3,
        *("world learn",) * 2,
        *("world return",) * 3,
        *("world chance",) * 2,
        *("first backup",) * 3,
        *("second learn",) * 2,
        *("first return",) * 3,
        *("second chance",) * 2,
    ),
)  # fmt: skip
