"""Attention maps: which earlier tokens each head of a trained GPT looks at."""

from app.concept import Concept, Source
from models import reader

from .compute import Params, around, compute
from .figure import draw

CONCEPT = Concept(
    title="Attention maps",
    blurb="Read a text with a trained GPT: see where every head looks, and what breaks without it.",
    params=Params,
    compute=compute,
    around=around,
    draw=draw,
    covers=("attention-maps", "head-roles", "long-range", "contextual-embeddings"),
    graphs=(reader.GRAPH,),
    sources=(
        Source(
            "Vaswani et al., 2017, Attention is all you need", "https://arxiv.org/abs/1706.03762"
        ),
        Source(
            "Olsson et al., 2022, In-context learning and induction heads",
            "https://arxiv.org/abs/2209.11895",
        ),
        Source(
            "Xiao et al., 2023, Efficient streaming language models with attention sinks",
            "https://arxiv.org/abs/2309.17453",
        ),
        Source(
            "Ethayarajh, 2019, How contextual are contextualized word representations?",
            "https://arxiv.org/abs/1909.00512",
        ),
        Source(
            "Jain and Wallace, 2019, Attention is not explanation",
            "https://arxiv.org/abs/1902.10186",
        ),
        Source(
            "Su et al., 2021, RoFormer: rotary position embedding",
            "https://arxiv.org/abs/2104.09864",
        ),
    ),
    layout=(
        # read, mask and query
        "wall wall wall head head head head next next next",
        "wall wall wall head head head head next next next",
        "chart chart chart text text text text text text text",
        # cell
        *2 * ("wall wall wall head head head head terms terms terms",),
        *3 * ("wall wall wall head head head head scores scores scores",),
        *3 * ("wall wall wall head head head head weights weights weights",),
        *2 * ("wall wall wall head head head head values values values",),
    ),
)
