"""The nets compute what their formulas say, whole and taken apart."""

import math

import numpy as np
import pytest
import torch

from models.maths import rotary
from models.nets import gpt, unet

SMALL = gpt.Shape(vocabulary=50, layers=2, heads=2, width=16)


def plain(tokens, **changes):
    """The inputs of the open net: these tokens, nothing changed but what is given."""
    inputs = rotary.unchanged(tokens.shape[1], SMALL.layers, SMALL.heads, SMALL.d_head)
    return tokens, *({k: torch.from_numpy(v) for k, v in inputs.items()} | changes).values()


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return gpt.OpenGPT(gpt.GPT(SMALL).eval()).eval()


@pytest.fixture(scope="module")
def tokens():
    return torch.randint(0, 50, (3, 11), generator=torch.Generator().manual_seed(0))


def test_the_open_net_is_the_trained_net(net, tokens):
    """Explicit softmax against torch's fused attention."""
    torch.testing.assert_close(net(*plain(tokens))[0], net.gpt(tokens), atol=1e-5, rtol=1e-5)


def test_attention_is_the_softmax_of_scaled_products_of_what_is_returned(net, tokens):
    _, attention, query, key, _, _ = net(*plain(tokens))
    score = torch.einsum("blhid,blhjd->blhij", query, key) / math.sqrt(SMALL.d_head)
    future = torch.ones(11, 11).triu(1).bool()
    expected = score.masked_fill(future, -math.inf).softmax(-1)
    torch.testing.assert_close(attention, expected)
    assert (attention[..., future] == 0).all()
    torch.testing.assert_close(attention.sum(-1), torch.ones(3, 2, 2, 11))


def test_no_token_sees_the_future(net, tokens):
    changed = tokens.clone()
    changed[:, 7:] = 3
    for before, after in zip(net(*plain(tokens)), net(*plain(changed)), strict=True):
        axis = -2 if before.ndim > 2 else -1
        assert torch.equal(before.narrow(axis, 0, 7)[..., :7], after.narrow(axis, 0, 7)[..., :7])


def test_a_head_that_is_off_adds_nothing(net, tokens):
    """Against the same net with the head's columns of the output projection set to zero."""
    gate = torch.ones(2, 2)
    gate[1, 0] = 0
    off = net(*plain(tokens, head_gate=gate))
    kept = net.gpt.blocks[1].out.weight.detach().clone()
    try:
        with torch.no_grad():
            net.gpt.blocks[1].out.weight[:, : SMALL.d_head] = 0
        expected = net(*plain(tokens))
    finally:
        with torch.no_grad():
            net.gpt.blocks[1].out.weight.copy_(kept)
    for found, wanted in zip(off, expected, strict=True):
        torch.testing.assert_close(found, wanted)
    assert not torch.allclose(off[0], net(*plain(tokens))[0])


def test_scores_depend_on_distance_and_not_on_place():
    x = torch.randn(1, 1, 1, 8, generator=torch.Generator().manual_seed(0)).repeat(1, 1, 9, 1)
    y = gpt.rotate(x, torch.from_numpy(rotary.frequencies(8)))[0, 0]
    score = y @ y.T
    for back in range(9):
        assert score.diagonal(-back).std(correction=0) < 1e-5
    torch.testing.assert_close(y.norm(dim=-1), x[0, 0].norm(dim=-1))


def test_a_cell_that_is_not_allowed_gets_nothing_and_the_others_share_it(net, tokens):
    allowed = torch.ones(2, 2, 11, 11, dtype=torch.bool)
    allowed[0, 1, 7, 3] = False
    whole, less = (net(*plain(tokens, **given))[1] for given in ({}, {"allowed": allowed}))
    row = whole[:, 0, 1, 7].clone()
    row[:, 3] = 0
    torch.testing.assert_close(less[:, 0, 1, 7], row / row.sum(-1, keepdim=True))
    assert torch.equal(less[:, 0, 0], whole[:, 0, 0])


def test_a_reader_that_may_look_nowhere_reads_nothing(net, tokens):
    allowed = torch.ones(2, 2, 11, 11, dtype=torch.bool)
    allowed[1, :, 7] = False
    logits, maps, *_, hidden = net(*plain(tokens, allowed=allowed))
    gate = torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    assert (maps[:, 1, :, 7] == 0).all()
    torch.testing.assert_close(hidden[:, 2, 7], net(*plain(tokens, head_gate=gate))[5][:, 2, 7])
    assert logits.isfinite().all()


def test_a_shifted_query_asks_for_something_else_there_and_nowhere_else(net, tokens):
    shift = torch.zeros(2, 2, 11, 8)
    shift[0, 1, 5] = 3 * torch.randn(8, generator=torch.Generator().manual_seed(1))
    _, before, query, key, *_ = net(*plain(tokens))
    _, after, moved, *_ = net(*plain(tokens, query_shift=shift))
    assert torch.equal(moved[:, 0] - query[:, 0] != 0, (shift[0] != 0).expand(3, -1, -1, -1))
    score = (query[:, 0, 1, 5] + shift[0, 1, 5])[:, None] @ key[:, 0, 1, :6].transpose(1, 2)
    torch.testing.assert_close(after[:, 0, 1, 5, :6], (score[:, 0] / 8**0.5).softmax(-1))
    assert torch.equal(before[:, 0, 1, 6:], after[:, 0, 1, 6:])


def test_scaled_rotations_scale_the_scores_by_the_square(net, tokens):
    one, other = (
        net(*plain(tokens, rotary_scale=torch.tensor([scale])))[2:4] for scale in (1.0, 1.5)
    )
    for plainly, scaled in zip(one, other, strict=True):
        torch.testing.assert_close(1.5 * plainly[:, 0], scaled[:, 0])


def test_frequencies_of_half_the_size_see_a_text_of_half_the_length(net, tokens):
    slow = torch.from_numpy(rotary.frequencies(8)) / 2
    twice = tokens.repeat_interleave(2, 1)
    at_two = net(*plain(twice))[3][:, 0, :, ::2]
    assert not torch.allclose(at_two[..., :11, :], net(*plain(tokens))[3][:, 0])
    halved = net(*plain(twice, frequency=slow))[3][:, 0, :, ::2]
    torch.testing.assert_close(halved, net(*plain(tokens))[3][:, 0])


def test_hidden_states_go_from_the_embedding_to_the_logits(net, tokens):
    logits, *_, hidden = net(*plain(tokens))
    assert torch.equal(hidden[:, 0], net.gpt.embedding(tokens))
    torch.testing.assert_close(net.gpt.read(hidden[:, -1]), logits)


@pytest.fixture(scope="module")
def denoiser():
    torch.manual_seed(0)
    shape = unet.Shape(widths=(8, 16, 16), conditioning=16)
    net = unet.UNet(shape)
    for weight in net.parameters():
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.1)
    return net.eval()


def test_the_u_net_answers_for_each_image_alone(denoiser):
    x, t = torch.randn(3, 1, 32, 32), torch.tensor([0.0, 499.5, 999.0])
    label = torch.tensor([0, 5, 10])
    together = denoiser(x, t, label)
    assert together.shape == x.shape
    for i in range(3):
        alone = denoiser(x[i : i + 1], t[i : i + 1], label[i : i + 1])
        torch.testing.assert_close(alone[0], together[i], atol=1e-5, rtol=1e-4)


def test_the_u_net_minds_time_and_class(denoiser):
    x = torch.randn(1, 1, 32, 32)
    base = denoiser(x, torch.tensor([10.0]), torch.tensor([1]))
    assert (base - denoiser(x, torch.tensor([10.5]), torch.tensor([1]))).abs().max() > 1e-4
    assert (base - denoiser(x, torch.tensor([10.0]), torch.tensor([2]))).abs().max() > 1e-4


def test_a_new_u_net_does_not_look_at_the_image():
    """So that training starts at the loss of a constant guess, and not above it."""
    net = unet.UNet(unet.Shape())
    one, other = net(torch.randn(2, 1, 32, 32), torch.zeros(2), torch.tensor([3, 3]))
    assert torch.equal(one, other)
    assert one.abs().max() < 0.1


def test_the_shipped_size_is_within_the_budget():
    assert sum(w.numel() for w in unet.UNet(unet.Shape()).parameters()) <= 1_500_000


def test_times_are_told_apart_by_sines_and_cosines():
    wave = unet.fourier(torch.tensor([0.0, 1.0, 2.0]), 8)
    assert wave[:, :4].square().add(wave[:, 4:].square()).numpy() == pytest.approx(np.ones((3, 4)))
    assert wave[:, 4].numpy() == pytest.approx(np.sin([0, 1, 2]), abs=1e-6)
