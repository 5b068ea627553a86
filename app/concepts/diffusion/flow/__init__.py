"""Flow matching: noise carried to data along a field, exact, of one point, or learned live."""

from app.concept import Concept, Source

from .compute import Params, around, compute
from .figure import draw

CONCEPT = Concept(
    title="Flow matching",
    blurb="A field of arrows carries noise to data: a mean over all data points, exact or learned live.",
    params=Params,
    compute=compute,
    around=around,
    draw=draw,
    covers=(
        "stochastic-interpolants",
        "fm-conditional-path",
        "fm-marginal",
        "flow-matching",
        "gaussian-path",
        "condot",
        "stability-sd3",
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
        Source(
            "Tong et al., 2024, Improving and generalizing flow-based generative models with "
            "minibatch optimal transport",
            "https://arxiv.org/abs/2302.00482",
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
    ),
    layout=(
        "sum sum sum flow flow flow flow flow flow data data data",
        "mix mix mix flow flow flow flow flow flow measure measure measure",
        "flow flow flow flow flow flow flow error error error error error",
        "flow flow flow flow flow flow flow beside beside beside beside beside",
        "chance chance chance chance transport transport transport transport reflow reflow reflow reflow",
        "loss loss loss loss loss loss leap leap leap leap leap leap",
    ),
)
