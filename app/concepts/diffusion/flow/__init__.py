"""Flow matching: noise carried to data along a field, exact, of one point, or learned live."""

from app.concept import Concept, Source

from .compute import Params, compute
from .figure import draw

CONCEPT = Concept(
    title="Flow matching",
    blurb="A field of arrows carries noise to data: a mean over all data points, exact or learned live.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=(
        "stochastic-interpolants",
        "fm-conditional-path",
        "fm-marginal",
        "flow-matching",
        "gaussian-path",
        "condot",
    ),
    sources=(
        Source(
            "Lipman, Chen, Ben-Hamu, Nickel and Le, 2023, Flow matching for generative modeling",
            "https://arxiv.org/abs/2210.02747",
        ),
        Source(
            "Liu, Gong and Liu, 2023, Flow straight and fast: learning to generate and transfer "
            "data with rectified flow",
            "https://arxiv.org/abs/2209.03003",
        ),
        Source(
            "Albergo and Vanden-Eijnden, 2023, Building normalizing flows with stochastic "
            "interpolants",
            "https://arxiv.org/abs/2209.15571",
        ),
        Source(
            "Song et al., 2021, Score-based generative modeling through stochastic differential "
            "equations",
            "https://arxiv.org/abs/2011.13456",
        ),
        Source(
            "Esser et al., 2024, Scaling rectified flow transformers for high-resolution image "
            "synthesis",
            "https://arxiv.org/abs/2403.03206",
        ),
    ),
    layout=("noise flow flow data", "mix flow flow measure"),
)
