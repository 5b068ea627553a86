"""Differential equations with and without noise: particles, densities, solvers and what theory says."""

from app.concept import Concept, Source

from .compute import Params, compute
from .figure import draw

CONCEPT = Concept(
    title="ODEs and SDEs",
    blurb="One equation, followed path by path and as a density: drift, noise, steps, and where they lead.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=(
        "ode-flow",
        "sde-model",
        "brownian",
        "ode-existence",
        "continuity",
        "fokker-planck",
        "div-laplacian",
        "denoising-sde",
        "langevin",
        "neural-ode",
        "neural-sde",
        "ffjord",
        "schrodinger-bridge",
    ),
    sources=(
        Source(
            "Kloeden and Platen, 1992, Numerical solution of stochastic differential equations",
            "https://doi.org/10.1007/978-3-662-12616-5",
        ),
        Source(
            "Song et al., 2021, Score-based generative modeling through stochastic differential "
            "equations",
            "https://arxiv.org/abs/2011.13456",
        ),
        Source(
            "Lipman et al., 2023, Flow matching for generative modeling",
            "https://arxiv.org/abs/2210.02747",
        ),
        Source(
            "Li, Wong, Chen and Duvenaud, 2020, Scalable gradients for stochastic differential equations",
            "https://arxiv.org/abs/2001.01328",
        ),
        Source(
            "Chen, Rubanova, Bettencourt and Duvenaud, 2018, Neural ordinary differential equations",
            "https://arxiv.org/abs/1806.07366",
        ),
        Source(
            "Grathwohl et al., 2019, FFJORD: free-form continuous dynamics for scalable reversible "
            "generative models",
            "https://arxiv.org/abs/1810.01367",
        ),
        Source(
            "Holderrieth and Erives, 2025, Introduction to flow matching and diffusion models",
            "https://arxiv.org/abs/2506.02070",
        ),
        Source(
            "Léonard, 2014, A survey of the Schrödinger problem and some of its connections with "
            "optimal transport",
            "https://arxiv.org/abs/1308.0215",
        ),
        Source(
            "Cuturi, 2013, Sinkhorn distances: lightspeed computation of optimal transport",
            "https://arxiv.org/abs/1306.0895",
        ),
        Source(
            "Bafico and Baldi, 1982, Small random perturbations of Peano phenomena",
            "https://doi.org/10.1080/17442508208833208",
        ),
        Source(
            "van Leer, 1974, Towards the ultimate conservative difference scheme II",
            "https://doi.org/10.1016/0021-9991(74)90019-9",
        ),
        Source(
            "Shu and Osher, 1988, Efficient implementation of essentially non-oscillatory "
            "shock-capturing schemes",
            "https://doi.org/10.1016/0021-9991(88)90177-5",
        ),
    ),
    layout=("main main first", "main main second"),
)
