"""Score and Langevin: the gradient of a log-density, followed, learned, and made to carry noise to data."""

from app.concept import Concept, Source

from .compute import Params, compute
from .figure import draw

CONCEPT = Concept(
    title="Score and Langevin",
    blurb="Arrows that point to where data is denser: followed up a ladder of noise, learned live, with chance or without.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=(
        "score-function",
        "score-matching",
        "denoising-score",
        "noise-predictor",
        "velocity-score",
        "ncsn",
        "annealed-langevin",
        "score-sde",
        "edm",
    ),
    sources=(
        Source(
            "Song and Ermon, 2019, Generative modeling by estimating gradients of the data "
            "distribution",
            "https://arxiv.org/abs/1907.05600",
        ),
        Source(
            "Song et al., 2021, Score-based generative modeling through stochastic differential "
            "equations",
            "https://arxiv.org/abs/2011.13456",
        ),
        Source(
            "Karras et al., 2022, Elucidating the design space of diffusion-based generative models",
            "https://arxiv.org/abs/2206.00364",
        ),
        Source(
            "Vincent, 2011, A connection between score matching and denoising autoencoders",
            "https://doi.org/10.1162/NECO_a_00142",
        ),
        Source(
            "Hyvärinen, 2005, Estimation of non-normalized statistical models by score matching",
            "https://jmlr.org/papers/v6/hyvarinen05a.html",
        ),
        Source(
            "Zhang and Chen, 2023, Fast sampling of diffusion models with exponential integrator",
            "https://arxiv.org/abs/2204.13902",
        ),
        Source(
            "Jolicoeur-Martineau et al., 2021, Adversarial score matching and improved sampling "
            "for image generation",
            "https://arxiv.org/abs/2009.05475",
        ),
        Source(
            "Efron, 2011, Tweedie's formula and selection bias",
            "https://doi.org/10.1198/jasa.2011.tm11181",
        ),
    ),
    layout=("plane plane first", "plane plane second"),
)
