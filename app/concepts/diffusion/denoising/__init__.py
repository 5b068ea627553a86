"""Denoising: samplers turn the same noise into data, one call of the net at a time."""

from app.concept import Concept, Source

from .compute import compute
from .figure import LAYOUT, draw
from .frame import Params

CONCEPT = Concept(
    title="Denoising trajectories",
    blurb="From the same noise, any sampler against any other walks to data, all asking one net.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=("why-many-steps", "ddpm-sampling", "ddim", "prob-flow-ode", "sampler-race"),
    graphs=("unet_digits", "judge_digits"),
    sources=(
        Source(
            "Ho, Jain and Abbeel, 2020, Denoising diffusion probabilistic models",
            "https://arxiv.org/abs/2006.11239",
        ),
        Source(
            "Song, Meng and Ermon, 2021, Denoising diffusion implicit models",
            "https://arxiv.org/abs/2010.02502",
        ),
        Source(
            "Song et al., 2021, Score-based generative modeling through stochastic differential "
            "equations",
            "https://arxiv.org/abs/2011.13456",
        ),
        Source(
            "Nichol and Dhariwal, 2021, Improved denoising diffusion probabilistic models",
            "https://arxiv.org/abs/2102.09672",
        ),
        Source(
            "Karras et al., 2022, Elucidating the design space of diffusion-based generative models",
            "https://arxiv.org/abs/2206.00364",
        ),
        Source(
            "Lu et al., 2022, DPM-Solver++: fast solver for guided sampling of diffusion "
            "probabilistic models",
            "https://arxiv.org/abs/2211.01095",
        ),
        Source(
            "Salimans and Ho, 2022, Progressive distillation for fast sampling of diffusion models",
            "https://arxiv.org/abs/2202.00512",
        ),
        Source(
            "Liu, Gong and Liu, 2023, Flow straight and fast: learning to generate and transfer "
            "data with rectified flow",
            "https://arxiv.org/abs/2209.03003",
        ),
        Source(
            "Lin et al., 2024, Common diffusion noise schedules and sample steps are flawed",
            "https://arxiv.org/abs/2305.08891",
        ),
    ),
    layout=LAYOUT,
)
