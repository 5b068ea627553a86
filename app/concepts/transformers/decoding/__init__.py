"""Decoding: how a trained GPT's foresight becomes a text, token by token."""

from app.concept import Concept, Source
from models.reader import GRAPH

from .compute import Params, compute
from .figure import draw

CONCEPT = Concept(
    title="Decoding",
    blurb="Let a trained GPT go on with your text: greedy, by chance, by beams or looking ahead; step in at any token.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=(
        "gpt-inference",
        "greedy",
        "beam-search",
        "top-k",
        "top-p",
        "temperature",
        "lookahead-decoding",
    ),
    graphs=(GRAPH,),
    sources=(
        Source(
            "Holtzman et al., 2020, The curious case of neural text degeneration",
            "https://arxiv.org/abs/1904.09751",
        ),
        Source(
            "Fan et al., 2018, Hierarchical neural story generation",
            "https://arxiv.org/abs/1805.04833",
        ),
        Source(
            "Nguyen et al., 2024, Turning up the heat: min-p sampling",
            "https://arxiv.org/abs/2407.01082",
        ),
        Source(
            "Keskar et al., 2019, CTRL: a conditional transformer language model",
            "https://arxiv.org/abs/1909.05858",
        ),
        Source(
            "Hinton et al., 2015, Distilling the knowledge in a neural network",
            "https://arxiv.org/abs/1503.02531",
        ),
        Source(
            "Graves, 2012, Sequence transduction with recurrent neural networks",
            "https://arxiv.org/abs/1211.3711",
        ),
        Source(
            "Wu et al., 2016, Google's neural machine translation system",
            "https://arxiv.org/abs/1609.08144",
        ),
        Source(
            "Stahlberg and Byrne, 2019, On NMT search errors and model errors",
            "https://arxiv.org/abs/1908.10090",
        ),
        Source(
            "Santilli et al., 2023, Accelerating transformer inference via parallel decoding",
            "https://arxiv.org/abs/2305.10427",
        ),
        Source(
            "Fu et al., 2024, Break the sequential dependency of LLM inference using lookahead decoding",
            "https://arxiv.org/abs/2402.02057",
        ),
    ),
    # The rows whose views are all there make the stage: by chance, greedy, beams.
    layout=(
        "bars bars bars bars text text text text text text text text",
        "bars bars bars bars text text text text text text text text",
        "bars bars bars bars nucleus nucleus nucleus nucleus draws draws draws draws",
        "bars bars bars bars nucleus nucleus nucleus nucleus draws draws draws draws",
        "bars bars bars bars bits bits bits bits bits bits bits bits",
        "bars bars bars bars bits bits bits bits bits bits bits bits",
        "path path path path path path path path path path path path",
        "tree tree tree tree tree tree tree tree text text text text",
        "tree tree tree tree tree tree tree tree answers answers answers answers",
        "tree tree tree tree tree tree tree tree race race race race",
    ),
)
