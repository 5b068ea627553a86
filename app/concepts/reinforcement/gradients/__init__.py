"""Policy gradients: many runs learn to balance, and the credit they give to each action decides how."""

from app.concept import Concept, Source

from .compute import Params, around, compute, net
from .figure import draw

CONCEPT = Concept(
    title="Learning to act",
    blurb="Make what worked more likely. All depends on what an action is credited with.",
    params=Params,
    compute=compute,
    draw=draw,
    around=around,
    net=net,
    covers=(
        "policy-gradient",
        "reinforce",
        "categorical-logp",
        "gaussian-logp",
        "reward-to-go",
        "baseline",
        "advantage",
        "vpg",
        "gae",
        "cartpole-example",
    ),
    sources=(
        Source("Williams, 1992, REINFORCE", "https://doi.org/10.1007/BF00992696"),
        Source(
            "Sutton et al., 2000, Policy gradient methods with function approximation",
            "https://proceedings.neurips.cc/paper/1999/hash/464d828b85b0bed98e80ade0a5c43b0f-Abstract.html",
        ),
        Source(
            "Schulman et al., 2016, Generalized advantage estimation",
            "https://arxiv.org/abs/1506.02438",
        ),
        Source(
            "Greensmith, Bartlett and Baxter, 2004, Variance reduction",
            "https://www.jmlr.org/papers/v5/greensmith04a.html",
        ),
        Source(
            "Wilson, 1927, Probable inference", "https://doi.org/10.1080/01621459.1927.10502953"
        ),
        Source("Achiam, 2018, Spinning Up in deep RL", "https://spinningup.openai.com"),
        Source(
            "Nota and Thomas, 2020, Is the policy gradient a gradient?",
            "https://arxiv.org/abs/1906.07073",
        ),
        Source("Pardo et al., 2018, Time limits", "https://arxiv.org/abs/1712.00378"),
    ),
    layout=(
        "returns returns policy value",
        "episodes episodes kl explained",
        "walk walk hands hands",
        "walk walk constant constant",
        "noise noise agrees agrees",
        "chain chain chain chain",
        "path path credit credit",
    ),
)
