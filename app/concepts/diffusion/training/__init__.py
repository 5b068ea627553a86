"""Learning to denoise: a net is taught to name the noise in noisy data, from scratch, live."""

from app.concept import Concept, Source

from .compute import Params, compute
from .figure import draw

CONCEPT = Concept(
    title="Learning to denoise",
    blurb="A net learns to name the noise in noisy data, beside the best that any net could say.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=(
        "ddpm-forward",
        "noise-schedule",
        "ddpm-training",
        "ddpm-elbo",
        "noise-is-score",
        "timestep-conditioning",
    ),
    graphs=("denoiser_8x8",),
    sources=(
        Source(
            "Ho, Jain and Abbeel, 2020, Denoising diffusion probabilistic models",
            "https://arxiv.org/abs/2006.11239",
        ),
        Source(
            "Nichol and Dhariwal, 2021, Improved denoising diffusion probabilistic models",
            "https://arxiv.org/abs/2102.09672",
        ),
        Source(
            "Sohl-Dickstein et al., 2015, Deep unsupervised learning using nonequilibrium "
            "thermodynamics",
            "https://arxiv.org/abs/1503.03585",
        ),
        Source(
            "Vincent, 2011, A connection between score matching and denoising autoencoders",
            "https://doi.org/10.1162/NECO_a_00142",
        ),
        Source(
            "Kingma, Salimans, Poole and Ho, 2021, Variational diffusion models",
            "https://arxiv.org/abs/2107.00630",
        ),
        Source(
            "Salimans and Ho, 2022, Progressive distillation for fast sampling of diffusion models",
            "https://arxiv.org/abs/2202.00512",
        ),
        Source(
            "Lin et al., 2024, Common diffusion noise schedules and sample steps are flawed",
            "https://arxiv.org/abs/2305.08891",
        ),
        Source(
            "Sun et al., 2025, Is noise conditioning necessary for denoising generative models?",
            "https://arxiv.org/abs/2502.13129",
        ),
    ),
    layout=(
        "samples samples samples look look look loss loss",
        "samples samples samples look look look levels levels",
        "digits digits digits digits digits digits loss loss",
        "examples examples examples examples examples examples levels levels",
        "walked walked walked jumped jumped jumped mix mix",
        "walked walked walked jumped jumped jumped snr snr",
        "pair pair pair pair pair pair mix mix",
        "strip strip strip strip strip strip snr snr",
    ),
)
