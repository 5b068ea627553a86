"""Libraries: what this program stands on, asked of its source and of the machine."""

from app.concept import Concept, Source

from .compute import Params, compute
from .figure import draw

CONCEPT = Concept(
    title="Libraries",
    blurb="What this very program is made of: who imports what, which version is here, what it weighs.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=(
        "torch-lib",
        "diffusers-lib",
        "numpy-sklearn-mpl",
        "gradio-streamlit",
        "plotly-pillow",
    ),
    sources=(
        Source("PEP 503, Simple repository API", "https://peps.python.org/pep-0503/"),
        Source("PEP 508, Dependency specification", "https://peps.python.org/pep-0508/"),
        Source("Dao et al., 2022, FlashAttention", "https://arxiv.org/abs/2205.14135"),
        Source(
            "Rabe and Staats, 2021, Self-attention does not need O(n²) memory",
            "https://arxiv.org/abs/2112.05682",
        ),
    ),
    layout=(
        "map map users",
        "map map needs",
        "map map weight",
    ),
    measures=True,
)
