"""Attention by hand: a calculator in which every number can be changed and every step is seen."""

from app.concept import Concept, Source
from models import reader

from .choices import Params
from .compute import compute
from .figure import draw


def row(**spans: int) -> str:
    """A row of the layout: each view so many of 61 columns wide."""
    return " ".join(" ".join([name] * span) for name, span in spans.items())


CONCEPT = Concept(
    title="Attention by hand",
    blurb="Type queries, keys and values, or drag them: every matrix up to the output answers.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=(
        "self-attention",
        "qkv",
        "raw-scores",
        "scaled-attention",
        "causal-mask",
        "masked-weights",
        "mha",
        "cross-attention",
    ),
    graphs=(reader.GRAPH,),
    sources=(
        Source(
            "Vaswani et al., 2017, Attention is all you need", "https://arxiv.org/abs/1706.03762"
        ),
        Source(
            "Bahdanau et al., 2014, Neural machine translation by jointly learning to align and "
            "translate",
            "https://arxiv.org/abs/1409.0473",
        ),
        Source(
            "Graves et al., 2014, Neural Turing machines (content-based addressing)",
            "https://arxiv.org/abs/1410.5401",
        ),
    ),
    layout=(
        # by hand and cross-attention: matrices on the left, planes on the right
        *(row(q=13, k=13, v=13, space=22),) * 2,
        row(raw=13, scaled=13, masked=13, space=22),
        row(raw=13, scaled=13, masked=13, mix=22),
        *(row(weights=20, output=19, mix=22),) * 2,
        row(raw=13, scaled=13, masked=13, maps=22),
        *(row(weights=20, output=19, maps=22),) * 2,
        # from tokens
        row(x=14, wq=10, q=10, raw=13, scaled=14),
        row(x=14, wk=10, k=10, masked=13, weights=14),
        row(x=14, wv=10, v=10, output=27),
        # the library
        *(row(desk=30, blend=31),) * 3,
        *(row(q=12, k=14, v=14, shelf=21),) * 2,
        # the slides
        row(raw=20, scaled=20, row=21),
        row(masked=20, weights=20, row=21),
        row(raw=20, scaled=20, printed=21),
        row(masked=20, weights=20, printed=21),
        # several heads
        row(tokens=20, wall=20, head=21),
        row(concat=20, wo=20, z=21),
        # a trained head
        row(asks=18, raw=21, scaled=22),
        row(offers=18, masked=21, weights=22),
        # why √d
        row(softness=30, variance=31),
        row(rows=30, passed=31),
    ),
)
