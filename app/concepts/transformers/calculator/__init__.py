"""Attention by hand: a calculator in which every number can be changed and every step is seen."""

from app.concept import Concept, Source

from .compute import Params, compute
from .figure import draw


def row(**spans: int) -> str:
    """A row of the layout: each view so many of 60 columns wide."""
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
        *(row(q=13, k=13, v=13, space=21),) * 2,
        row(raw=13, scaled=13, masked=13, space=21),
        row(raw=13, scaled=13, masked=13, mix=21),
        *(row(weights=20, output=19, mix=21),) * 2,
        row(raw=13, scaled=13, masked=13, maps=21),
        *(row(weights=20, output=19, maps=21),) * 2,
        # from tokens
        row(x=14, wq=10, q=10, raw=13, scaled=13),
        row(x=14, wk=10, k=10, masked=13, weights=13),
        row(x=14, wv=10, v=10, output=26),
        # the library
        *(row(desk=30, blend=30),) * 3,
        *(row(q=10, k=14, v=14, shelf=22),) * 2,
        # the slides
        row(raw=20, scaled=20, row=20),
        row(masked=20, weights=20, row=20),
        row(raw=20, scaled=20, printed=20),
        row(masked=20, weights=20, printed=20),
        # several heads
        row(tokens=20, wall=20, head=20),
        row(concat=20, wo=20, z=20),
        # why √d
        row(softness=30, variance=30),
        row(rows=30, passed=30),
    ),
)
