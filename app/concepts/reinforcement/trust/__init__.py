"""Trust regions and clips: how far one update may go, for VPG, TRPO and PPO on the same trajectories."""

from app.concept import Concept, Source

from .compute import compute
from .figure import draw
from .study import Params

CONCEPT = Concept(
    title="How far to step",
    blurb="A step too far ruins a policy. TRPO measures the step, PPO lets go of what went far enough.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=("trpo", "surrogate", "ppo-clip", "ppo-penalty", "pg-comparison", "conjugate-gradient"),
    sources=(
        Source(
            "Schulman et al., 2015, Trust region policy optimization",
            "https://arxiv.org/abs/1502.05477",
        ),
        Source(
            "Schulman et al., 2017, Proximal policy optimization algorithms",
            "https://arxiv.org/abs/1707.06347",
        ),
        Source(
            "Kakade, 2001, A natural policy gradient", "https://proceedings.neurips.cc/paper/2001"
        ),
        Source(
            "Engstrom et al., 2020, Implementation matters in deep policy gradients",
            "https://arxiv.org/abs/2005.12729",
        ),
        Source(
            "Schulman, 2020, Approximating KL divergence", "https://joschu.net/blog/kl-approx.html"
        ),
        Source("Achiam, 2018, Spinning Up in deep RL", "https://spinningup.openai.com"),
    ),
    layout=(
        "cases cases cases cases cases cases objective objective objective objective objective objective",
        "kl kl kl kl past past past past race race race race",
        "slice slice slice slice slice slice promise promise promise distance distance distance",
        "slice slice slice slice slice slice residual residual residual race race race",
        "returns returns returns returns returns returns runs runs runs runs runs runs",
        "far far far far far far beta beta beta beta beta beta",
    ),
)
