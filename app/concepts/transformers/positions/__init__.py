"""Positions: how a transformer knows where a token stands, and what happens far beyond its texts."""

from app.concept import Concept, Source

from .compute import Params, compute
from .figure import draw
from .reach import LONG, SHORT

CONCEPT = Concept(
    title="Positions",
    blurb="Where does a token stand? Waves, learned codes and rotations, and texts longer than any read.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=(
        "sinusoidal-pe",
        "pe-add",
        "learned-pe",
        "onehot-pe",
        "fourier-features",
        "rope",
        "rope-scaling",
        "context-finetune",
    ),
    graphs=(SHORT, LONG),
    sources=(
        Source("Vaswani et al., 2017, Attention is all you need", "https://arxiv.org/abs/1706.03762"),
        Source("Su et al., 2021, RoFormer: enhanced transformer with rotary position embedding", "https://arxiv.org/abs/2104.09864"),
        Source("Dosovitskiy et al., 2020, An image is worth 16x16 words", "https://arxiv.org/abs/2010.11929"),
        Source("Tancik et al., 2020, Fourier features let networks learn high frequency functions in low dimensional domains", "https://arxiv.org/abs/2006.10739"),
        Source("Mildenhall et al., 2020, NeRF: representing scenes as neural radiance fields for view synthesis", "https://arxiv.org/abs/2003.08934"),
        Source("Chen et al., 2023, Extending context window of large language models via positional interpolation", "https://arxiv.org/abs/2306.15595"),
        Source("Peng et al., 2023, YaRN: efficient context window extension of large language models", "https://arxiv.org/abs/2309.00071"),
    ),
    layout=(
        "waves waves waves learned learned learned third third third far far far",
        "waves waves waves learned learned learned third third third tiles tiles tiles",
        "waves_alike waves_alike waves_alike learned_alike learned_alike learned_alike "
        "third_alike third_alike third_alike loss loss loss",
        *2 * ("dials dials dials dials dials dials moved moved moved moved moved moved",),
        *2 * ("dials dials dials dials dials dials lag lag lag parts parts parts",),
        "token token token token position position position position sum sum sum sum",
        "alike alike alike alike alike alike change change change change change change",
        "fit fit fit fit fit fit fit fit errors errors errors errors",
        "fit fit fit fit fit fit fit fit kernel kernel kernel kernel",
        "fit fit fit fit fit fit fit fit weights weights weights weights",
        "losses losses losses losses losses losses losses angles angles angles angles angles",
        "losses losses losses losses losses losses losses head head head head head",
    ),
)  # fmt: skip
