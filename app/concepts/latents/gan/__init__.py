"""Generative adversarial networks: a generator that learns from its critic alone."""

from app.concept import Concept, Source

from .compute import compute
from .export import generator
from .figure import draw
from .setting import Params

CONCEPT = Concept(
    title="GAN training",
    blurb="A forger and an expert train each other; watch both, and the best expert there could be.",
    params=Params,
    compute=compute,
    draw=draw,
    net=generator,
    covers=(
        "gan",
        "gan-generator",
        "gan-discriminator",
        "gan-minmax",
        "gan-algorithm",
        "mode-collapse",
        "d-overpowers",
        "gan-instability",
        "minimax-theorem",
    ),
    sources=(
        Source("Goodfellow et al., 2014, Generative adversarial nets", "https://arxiv.org/abs/1406.2661"),
        Source("Mao et al., 2017, Least squares generative adversarial networks", "https://arxiv.org/abs/1611.04076"),
        Source("Arjovsky and Bottou, 2017, Towards principled methods for training generative adversarial networks", "https://arxiv.org/abs/1701.04862"),
        Source("Arora et al., 2017, Generalization and equilibrium in generative adversarial nets", "https://arxiv.org/abs/1703.00573"),
        Source("Mescheder, Geiger and Nowozin, 2018, Which training methods for GANs do actually converge?", "https://arxiv.org/abs/1801.04406"),
        Source("Metz et al., 2017, Unrolled generative adversarial networks", "https://arxiv.org/abs/1611.02163"),
        Source("Srivastava et al., 2017, VEEGAN: reducing mode collapse in GANs", "https://arxiv.org/abs/1705.07761"),
        Source("Radford et al., 2016, Unsupervised representation learning with DCGANs", "https://arxiv.org/abs/1511.06434"),
        Source("von Neumann, 1928, Zur Theorie der Gesellschaftsspiele", "https://doi.org/10.1007/BF01448847"),
        Source("Freund and Schapire, 1999, Adaptive game playing using multiplicative weights", "https://doi.org/10.1006/game.1999.0738"),
        Source("Bailey, Gidel and Piliouras, 2020, Finite regret and cycles with fixed step-size via alternating gradient descent-ascent", "https://arxiv.org/abs/1907.04392"),
    ),
    layout=(
        "game game game best best best",
        "game game game best best best",
        "loss loss scores scores quality quality",
    ),
)  # fmt: skip
