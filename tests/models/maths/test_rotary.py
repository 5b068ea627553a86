"""Rotary positions turn as those of transformers do."""

import numpy as np
import pytest
import torch
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

from models.maths import rotary
from models.nets.gpt import rotate


@pytest.mark.parametrize("d_head", [2, 8, 32])
def test_queries_are_turned_as_by_llama(d_head):
    config = LlamaConfig(hidden_size=2 * d_head, num_attention_heads=2, rope_theta=rotary.BASE)
    x = torch.randn(1, 2, 300, d_head, generator=torch.Generator().manual_seed(0))
    cos, sin = LlamaRotaryEmbedding(config)(x, torch.arange(300)[None])
    expected, _ = apply_rotary_pos_emb(x, x, cos, sin)
    found = rotate(x, torch.from_numpy(rotary.frequencies(d_head)))
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_the_slowest_pair_turns_slowest_and_a_larger_base_slows_it_further():
    frequency = rotary.frequencies(32)
    assert frequency[0] == 1
    assert (np.diff(frequency) < 0).all()
    assert (rotary.frequencies(32, 1e5)[1:] < frequency[1:]).all()
