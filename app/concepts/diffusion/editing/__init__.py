"""Editing by diffusion: change a picture half way, invert it, mix two noises, paint a part anew."""

from app.concept import Concept, Source

from .compute import Params, compute
from .figure import draw

CONCEPT = Concept(
    title="Editing",
    blurb="Step into a run of the digit net: paint, swap the class, go back to the noise and come again.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=("ddim",),
    graphs=("unet_digits", "judge_digits"),
    sources=(
        Source(
            "Song, Meng and Ermon, 2021, Denoising diffusion implicit models",
            "https://arxiv.org/abs/2010.02502",
        ),
        Source(
            "Meng et al., 2022, SDEdit: guided image synthesis and editing with stochastic "
            "differential equations",
            "https://arxiv.org/abs/2108.01073",
        ),
        Source(
            "Lugmayr et al., 2022, RePaint: inpainting using denoising diffusion probabilistic "
            "models",
            "https://arxiv.org/abs/2201.09865",
        ),
        Source(
            "Mokady et al., 2023, Null-text inversion for editing real images using guided "
            "diffusion models",
            "https://arxiv.org/abs/2211.09794",
        ),
        Source(
            "Ho and Salimans, 2022, Classifier-free diffusion guidance",
            "https://arxiv.org/abs/2207.12598",
        ),
        Source(
            "Shoemake, 1985, Animating rotation with quaternion curves",
            "https://doi.org/10.1145/325165.325242",
        ),
    ),
    layout=(
        "film film film film film film film film chart chart chart chart chart",
        "film film film film film film film film judge judge judge judge judge",
    ),
)
