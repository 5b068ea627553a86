"""Normalising flows: invertible layers between data and a Gaussian, and the density they give."""

from app.concept import Concept, Source

from .compute import around, compute
from .figure import draw
from .frame import Params

CONCEPT = Concept(
    title="Normalising flows",
    blurb="Layers that can all be undone bend data into a Gaussian, and keep account of every stretch.",
    params=Params,
    compute=compute,
    around=around,
    draw=draw,
    covers=(
        "flow-model",
        "change-of-variables",
        "flow-mle",
        "flow-composition",
        "flow-sampling",
        "cdf-flow",
        "autoregressive-flow",
        "affine-coupling",
        "nice",
        "realnvp",
        "glow",
        "flowpp",
    ),
    sources=(
        Source("Papamakarios et al., 2021, Normalizing flows for probabilistic modeling and inference", "https://arxiv.org/abs/1912.02762"),
        Source("Dinh, Krueger and Bengio, 2015, NICE: non-linear independent components estimation", "https://arxiv.org/abs/1410.8516"),
        Source("Dinh, Sohl-Dickstein and Bengio, 2017, Density estimation using Real NVP", "https://arxiv.org/abs/1605.08803"),
        Source("Kingma and Dhariwal, 2018, Glow: generative flow with invertible 1×1 convolutions", "https://arxiv.org/abs/1807.03039"),
        Source("Ho et al., 2019, Flow++: improving flow-based generative models with variational dequantization and architecture design", "https://arxiv.org/abs/1902.00275"),
        Source("Papamakarios, Pavlakou and Murray, 2017, Masked autoregressive flow for density estimation", "https://arxiv.org/abs/1705.07057"),
        Source("Kingma et al., 2016, Improving variational inference with inverse autoregressive flow", "https://arxiv.org/abs/1606.04934"),
        Source("Fritsch and Butland, 1984, A method for constructing local monotone piecewise cubic interpolants", "https://doi.org/10.1137/0905021"),
    ),
    layout=(
        "data walk walk latent",
        "dets walk walk jacobian",
        "loss walk walk dets",
        "map map density density",
        "map map base uniform",
    ),
)  # fmt: skip
