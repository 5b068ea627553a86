"""Waves, turns and stretched turns: against transformers' own, and the identities they rest on."""

import numpy as np
import pytest
import torch
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.distilbert.modeling_distilbert import create_sinusoidal_embeddings
from transformers.models.gptj import modeling_gptj
from transformers.models.llama import modeling_llama

from models.maths.positions import (
    LAYOUTS,
    by_distance,
    frequencies,
    interpolated,
    ntk,
    pairs,
    rotate,
    sinusoidal,
    yarn,
    yarn_scale,
)

PLACES = np.arange(70.0)
THETA = frequencies(32)


def llama(**rope):
    """The frequencies and the factor on queries and keys that transformers uses, d = 32."""
    config = LlamaConfig(
        hidden_size=64,
        num_attention_heads=2,
        max_position_embeddings=128,
        rope_parameters={"rope_theta": 10_000.0, **rope},
    )
    seq_len = 256 if rope["rope_type"] == "dynamic" else None
    theta, scale = ROPE_INIT_FUNCTIONS[rope["rope_type"]](config, "cpu", seq_len=seq_len)
    return theta.double().numpy(), scale


def test_interleaved_waves_are_those_of_distilbert():
    table = torch.empty(70, 32)
    create_sinusoidal_embeddings(70, 32, table)
    assert np.allclose(sinusoidal(PLACES, THETA), table, atol=1e-5)


def test_half_split_waves_are_those_of_gptj():
    table = modeling_gptj.create_sinusoidal_positions(70, 32)
    assert np.allclose(sinusoidal(PLACES, THETA, "half-split"), table, atol=1e-4)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_number_belongs_to_one_pair(layout):
    assert sorted(pairs(8, layout).ravel()) == list(range(16))


def test_vectors_turn_as_in_gptj_and_in_llama():
    x = np.random.default_rng(0).standard_normal((70, 32))
    angle = torch.from_numpy(PLACES[:, None] * THETA)[None]
    batch = torch.from_numpy(x)[None, :, None]  # (batch, place, head, number)
    neighbours = modeling_gptj.apply_rotary_pos_emb(batch, angle.sin(), angle.cos())
    assert np.allclose(rotate(x, PLACES, THETA), neighbours[0, :, 0], atol=1e-12)
    both = torch.cat([angle, angle], -1)
    batch = batch.transpose(1, 2)
    halves, _ = modeling_llama.apply_rotary_pos_emb(batch, batch, both.cos(), both.sin())
    assert np.allclose(rotate(x, PLACES, THETA, "half-split"), halves[0, 0], atol=1e-12)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("m", "n"), [(5, 2), (105, 102), (1005, 1002)])
def test_a_score_knows_only_the_distance(layout, m, n):
    q, k = np.random.default_rng(1).standard_normal((2, 32))
    turned = [
        rotate(x, np.array(float(p)), THETA, layout) for x, p in ((q, m), (k, n), (q, 3), (k, 0))
    ]
    assert turned[0] @ turned[1] == pytest.approx(turned[2] @ turned[3], abs=1e-12)
    assert turned[0] @ turned[1] != pytest.approx(q @ k, abs=0.1)


def test_a_turn_keeps_lengths_and_is_undone_by_the_opposite_turn():
    x = np.random.default_rng(2).standard_normal((70, 32))
    there = rotate(x, PLACES, THETA)
    assert np.allclose(np.linalg.norm(there, axis=-1), np.linalg.norm(x, axis=-1))
    assert np.allclose(rotate(there, -PLACES, THETA), x)


def test_one_step_is_the_same_turn_everywhere():
    code = sinusoidal(PLACES, THETA)
    for k in (1, 7):
        turned = rotate(code[:-k], np.full(len(code) - k, -float(k)), THETA)
        assert np.allclose(turned, code[k:], atol=1e-12)


def test_the_product_of_two_codes_is_a_sum_of_cosines_of_their_distance():
    code = sinusoidal(PLACES, THETA)
    apart = PLACES[:, None] - PLACES
    assert np.allclose(code @ code.T, np.cos(apart[..., None] * THETA).sum(-1))
    far = by_distance(code @ code.T)
    assert np.allclose(far[:, 1], far[:, 2])
    assert np.allclose(far[:, 0], np.cos(PLACES[:, None] * THETA).sum(-1))


def test_by_distance_sees_both_sides_of_the_diagonal():
    assert by_distance(np.array([[1.0, 4.0], [2.0, 3.0]])).tolist() == [[2, 1, 3], [3, 2, 4]]


@pytest.mark.parametrize("factor", [1.0, 1.7, 2.0, 4.0])
def test_stretched_frequencies_are_those_of_transformers(factor):
    linear, _ = llama(rope_type="linear", factor=factor)
    assert np.allclose(interpolated(THETA, factor), linear, rtol=1e-5)
    authors, scale = llama(rope_type="yarn", factor=factor, original_max_position_embeddings=128)
    assert np.allclose(yarn(THETA, factor, 128), authors, rtol=1e-5)
    assert yarn_scale(factor) == pytest.approx(scale)


def test_yarn_for_long_trainings_is_that_of_transformers_too():
    authors, _ = llama(rope_type="yarn", factor=8.0, original_max_position_embeddings=4096)
    assert np.allclose(yarn(THETA, 8.0, 4096), authors, rtol=1e-5)


def test_ntk_is_the_dynamic_scaling_of_transformers_at_its_length():
    # With a factor of 1, transformers scales by length / trained length: here 256 / 128.
    dynamic, _ = llama(rope_type="dynamic", factor=1.0)
    assert np.allclose(ntk(32, 2.0), dynamic, rtol=1e-5)


def test_ntk_keeps_the_fastest_hand_and_slows_the_slowest_by_the_whole_factor():
    ratio = ntk(32, 3.0) / THETA
    assert ratio[0] == 1
    assert ratio[-1] == pytest.approx(1 / 3)
    assert (np.diff(ratio) < 0).all()


def test_yarn_slows_only_hands_that_turn_seldom():
    ratio = yarn(THETA, 2.0, 128) / THETA
    turns = 128 * THETA / (2 * np.pi)
    assert ratio[0] == 1
    assert np.allclose(ratio[turns < 1], 0.5)
    assert (np.diff(ratio) <= 1e-12).all()
