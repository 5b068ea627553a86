"""Inside a graph: its blocks, what flows through them, and whether the file can be trusted."""

from app.concept import Concept, Source

from .compute import GRAPHS, Params, compute
from .figure import draw

CONCEPT = Concept(
    title="Inside a graph",
    blurb="Follow one call through a trained net, block by block, beside a second program that checks it.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=("onnx-graphs",),
    graphs=GRAPHS,
    sources=(
        Source("ONNX, the operators' specification", "https://onnx.ai/onnx/operators/"),
        Source(
            "Higham, 2002, Accuracy and stability of numerical algorithms",
            "https://doi.org/10.1137/1.9780898718027",
        ),
        Source(
            "Hong et al., 2019, Terminal brain damage: bit flips in deep neural networks",
            "https://arxiv.org/abs/1906.01017",
        ),
    ),
    layout=(
        "net net net net net value value value",
        "net net net net net nodes nodes nodes",
        "net net net net net apart apart apart",
    ),
    measures=True,
)
