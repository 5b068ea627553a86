"""Under the hood: who really runs a graph, and how fast."""

from app.concept import Concept, Source

from .compute import GRAPHS, Params, compute
from .figure import draw

CONCEPT = Concept(
    title="Under the hood",
    blurb="Call a trained graph again and again: who really runs it, how long you wait, what batching brings.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=("tensorrt-ep", "onnxruntime-gpu", "hosted-demo"),
    graphs=GRAPHS,
    sources=(
        Source(
            "Dean and Barroso, 2013, The tail at scale", "https://doi.org/10.1145/2408776.2408794"
        ),
    ),
    layout=(
        *3 * ("who who who who who who",),
        *3 * ("latency latency latency latency calls calls",),
        *3 * ("latency latency latency latency batches batches",),
    ),
    measures=True,
)
