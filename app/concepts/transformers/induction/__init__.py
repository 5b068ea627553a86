"""Induction heads: the circuit that copies from the text itself, and the shortcut that looks like it."""

from app.concept import Concept, Source

from .compute import Params, compute
from .figure import draw

CONCEPT = Concept(
    title="Induction heads",
    blurb="Two equal nets learn to continue repeated texts; both are right, one has found out why.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=("head-roles",),
    sources=(
        Source(
            "Olsson et al., 2022, In-context learning and induction heads",
            "https://arxiv.org/abs/2209.11895",
        ),
        Source(
            "Elhage et al., 2021, A mathematical framework for transformer circuits",
            "https://transformer-circuits.pub/2021/framework/index.html",
        ),
        Source(
            "Press, Smith and Lewis, 2020, Shortformer: better language modeling using shorter inputs",
            "https://arxiv.org/abs/2012.15832",
        ),
        Source(
            "Singh et al., 2024, What needs to go right for an induction head?",
            "https://arxiv.org/abs/2404.07129",
        ),
    ),
    layout=(
        *("one one one one one one text text text text text text text text",) * 4,
        *("one one one one one one curve curve curve curve scores scores scores scores",) * 4,
        *("many many many many many many curve curve curve curve scores scores scores scores",) * 2,
        *("many many many many many many periods periods periods periods keys keys keys keys",) * 6,
    ),
)
