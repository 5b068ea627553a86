"""Ten losses for one game: what each makes of the same nets, the same data and the same chance."""

from app.concept import Concept, Source

from .compute import Params, compute
from .figure import LAYOUT, draw

CONCEPT = Concept(
    title="GAN losses",
    blurb="Two losses train the same nets on the same draws; see what each critic looks like, and what it is worth.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=(
        "nonsaturating",
        "gan-example",
        "wgan",
        "wgan-gp",
        "lsgan",
        "ebgan",
        "began",
    ),
    sources=(
        Source("Goodfellow et al., 2014, Generative adversarial nets", "https://arxiv.org/abs/1406.2661"),
        Source("Mao et al., 2017, Least squares generative adversarial networks", "https://arxiv.org/abs/1611.04076"),
        Source("Arjovsky, Chintala and Bottou, 2017, Wasserstein GAN", "https://arxiv.org/abs/1701.07875"),
        Source("Gulrajani et al., 2017, Improved training of Wasserstein GANs", "https://arxiv.org/abs/1704.00028"),
        Source("Lim and Ye, 2017, Geometric GAN", "https://arxiv.org/abs/1705.02894"),
        Source("Zhao, Mathieu and LeCun, 2017, Energy-based generative adversarial network", "https://arxiv.org/abs/1609.03126"),
        Source("Berthelot, Schumm and Metz, 2017, BEGAN: boundary equilibrium generative adversarial networks", "https://arxiv.org/abs/1703.10717"),
        Source("Jolicoeur-Martineau, 2019, The relativistic discriminator", "https://arxiv.org/abs/1807.00734"),
        Source("Mescheder, Geiger and Nowozin, 2018, Which training methods for GANs do actually converge?", "https://arxiv.org/abs/1801.04406"),
        Source("Lucic et al., 2018, Are GANs created equal? A large-scale study", "https://arxiv.org/abs/1711.10337"),
        Source("Gretton et al., 2012, A kernel two-sample test", "https://jmlr.org/papers/v13/gretton12a.html"),
        Source("Villani, 2003, Topics in optimal transportation, theorem 1.14 and 2.18", "https://doi.org/10.1090/gsm/058"),
    ),
    layout=LAYOUT,
)  # fmt: skip
