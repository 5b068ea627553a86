"""Guidance: lean on the class more than once, and see which law the samples really follow."""

from app.concept import Concept, Source

from .compute import compute
from .figure import LAYOUT, draw
from .state import Params

CONCEPT = Concept(
    title="Guidance",
    blurb="Lean on the class more than once: samples grow surer and more alike, and follow no law "
    "that anyone wrote down.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=("guided-field", "cfg", "null-label", "classifier-guidance"),
    graphs=("unet_digits", "judge_digits"),
    sources=(
        Source(
            "Ho and Salimans, 2022, Classifier-free diffusion guidance",
            "https://arxiv.org/abs/2207.12598",
        ),
        Source(
            "Dhariwal and Nichol, 2021, Diffusion models beat GANs on image synthesis",
            "https://arxiv.org/abs/2105.05233",
        ),
        Source(
            "Bradley and Nakkiran, 2024, Classifier-free guidance is a predictor-corrector",
            "https://arxiv.org/abs/2408.09000",
        ),
        Source(
            "Kynkäänniemi et al., 2024, Applying guidance in a limited interval improves sample "
            "and distribution quality in diffusion models",
            "https://arxiv.org/abs/2404.07724",
        ),
        Source(
            "Song et al., 2021, Score-based generative modeling through stochastic differential "
            "equations",
            "https://arxiv.org/abs/2011.13456",
        ),
        Source(
            "Saharia et al., 2022, Photorealistic text-to-image diffusion models with deep "
            "language understanding",
            "https://arxiv.org/abs/2205.11487",
        ),
    ),
    layout=LAYOUT,
)
