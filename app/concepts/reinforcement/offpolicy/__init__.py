"""DDPG, TD3 and SAC: policies that learn again and again from all that was ever tried."""

from app.concept import Concept, Source

from .compute import Params, compute
from .figure import draw

CONCEPT = Concept(
    title="Learning from old experience",
    blurb="Critics learn what follows from memory, and policies climb them. Are the critics right?",
    params=Params,
    compute=compute,
    draw=draw,
    covers=(
        "ddpg",
        "msbe",
        "target-network",
        "replay-buffer",
        "dpg",
        "td3",
        "clipped-double-q",
        "target-smoothing",
        "delayed-policy",
        "sac",
        "entropy-rl",
        "squashed-gaussian",
        "actor-critic",
        "on-off-policy",
    ),
    sources=(
        Source("Lillicrap et al., 2016, Continuous control with deep reinforcement learning", "https://arxiv.org/abs/1509.02971"),
        Source("Fujimoto, van Hoof and Meger, 2018, Addressing function approximation error in actor-critic methods", "https://arxiv.org/abs/1802.09477"),
        Source("Haarnoja et al., 2018, Soft actor-critic", "https://arxiv.org/abs/1801.01290"),
        Source("Haarnoja et al., 2018b, Soft actor-critic algorithms and applications", "https://arxiv.org/abs/1812.05905"),
        Source("Silver et al., 2014, Deterministic policy gradient algorithms", "https://proceedings.mlr.press/v32/silver14.html"),
        Source("Lin, 1992, Self-improving reactive agents based on reinforcement learning, planning and teaching", "https://doi.org/10.1007/BF00992699"),
        Source("Thrun and Schwartz, 1993, Issues in using function approximation for reinforcement learning", "https://www.ri.cmu.edu/pub_files/pub1/thrun_sebastian_1993_1/thrun_sebastian_1993_1.pdf"),
        Source("Polyak and Juditsky, 1992, Acceleration of stochastic approximation by averaging", "https://doi.org/10.1137/0330046"),
        Source("Pardo et al., 2018, Time limits in reinforcement learning", "https://arxiv.org/abs/1712.00378"),
        Source("Achiam, 2018, Spinning Up in deep RL", "https://spinningup.openai.com"),
    ),
    layout=("map map curve curve learning learning", "memory memory bias bias below below"),
)  # fmt: skip
