"""Trains the GPT of this chapter on: the weights of `gpt_short` learn to read 256 tokens at once.

Long-context fine-tuning: a few steps on longer windows after a training on short ones, which are
cheaper. It starts from the graph that ships; `python -m models.train gpt_short` makes that one anew.
(Chen et al., 2023, sec. 3; arXiv:2306.15595)
"""

from collections.abc import Iterator
from dataclasses import replace

import torch

from models import catalogue
from models.nets import twin
from models.nets.gpt import GPT, OpenGPT
from models.recipes import gpt_short
from models.recipes.gpt_short import Config, Snapshot

FIRST = "gpt_short"
CONFIG = replace(
    gpt_short.Config(),
    steps=400,
    batch=8,
    context=256,
    rate=0.002,  # a tenth of the first training's: the heads are to keep their roles
    rate_rest=3e-4,
    every=50,
)


def train(config: Config) -> Iterator[Snapshot]:
    """Next-token prediction on longer excerpts, from the weights of the short one."""
    torch.manual_seed(config.seed)
    short = twin.filled(FIRST, catalogue.content(FIRST))
    assert isinstance(short, OpenGPT)
    gpt = GPT(config.shape, config.dropout)
    gpt.load_state_dict(short.gpt.state_dict())
    yield from gpt_short.taught(gpt, config)


RECIPE = replace(
    gpt_short.RECIPE,
    what="Predicts the next token of a text and shows every attention map on the way.",
    trained_on=(
        "the first 90 % of tinyshakespeare, 3,000 steps on 128 tokens at a time (gpt_short), "
        "then 400 on 256; the last 10 % are held out"
    ),
    config=CONFIG,
    train=train,
)
