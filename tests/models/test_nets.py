"""The nets compute what their formulas say, whole and taken apart."""

import math

import numpy as np
import pytest
import torch

from models.nets import gpt, unet

SMALL = gpt.Shape(vocabulary=50, layers=2, heads=2, width=16)
ON = torch.ones(2, 2)


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return gpt.OpenGPT(gpt.GPT(SMALL).eval()).eval()


@pytest.fixture(scope="module")
def tokens():
    return torch.randint(0, 50, (3, 11), generator=torch.Generator().manual_seed(0))


def test_the_open_net_is_the_trained_net(net, tokens):
    """Explicit softmax against torch's fused attention."""
    torch.testing.assert_close(net(tokens, ON)[0], net.gpt(tokens), atol=1e-5, rtol=1e-5)


def test_attention_is_the_softmax_of_scaled_products_of_what_is_returned(net, tokens):
    _, attention, query, key, _, _ = net(tokens, ON)
    score = torch.einsum("blhid,blhjd->blhij", query, key) / math.sqrt(SMALL.d_head)
    future = torch.ones(11, 11).triu(1).bool()
    expected = score.masked_fill(future, -math.inf).softmax(-1)
    torch.testing.assert_close(attention, expected)
    assert (attention[..., future] == 0).all()
    torch.testing.assert_close(attention.sum(-1), torch.ones(3, 2, 2, 11))


def test_no_token_sees_the_future(net, tokens):
    changed = tokens.clone()
    changed[:, 7:] = 3
    for before, after in zip(net(tokens, ON), net(changed, ON), strict=True):
        axis = -2 if before.ndim > 2 else -1
        assert torch.equal(before.narrow(axis, 0, 7)[..., :7], after.narrow(axis, 0, 7)[..., :7])


def test_a_head_that_is_off_adds_nothing(net, tokens):
    """Against the same net with the head's columns of the output projection set to zero."""
    gate = ON.clone()
    gate[1, 0] = 0
    off = net(tokens, gate)
    kept = net.gpt.blocks[1].out.weight.detach().clone()
    try:
        with torch.no_grad():
            net.gpt.blocks[1].out.weight[:, : SMALL.d_head] = 0
        expected = net(tokens, ON)
    finally:
        with torch.no_grad():
            net.gpt.blocks[1].out.weight.copy_(kept)
    for found, wanted in zip(off, expected, strict=True):
        torch.testing.assert_close(found, wanted)
    assert not torch.allclose(off[0], net(tokens, ON)[0])


def test_scores_depend_on_distance_and_not_on_place():
    x = torch.randn(1, 1, 1, 8, generator=torch.Generator().manual_seed(0)).repeat(1, 1, 9, 1)
    y = gpt.rotate(x)[0, 0]
    score = y @ y.T
    for back in range(9):
        assert score.diagonal(-back).std(correction=0) < 1e-5
    torch.testing.assert_close(y.norm(dim=-1), x[0, 0].norm(dim=-1))


def test_hidden_states_go_from_the_embedding_to_the_logits(net, tokens):
    logits, *_, hidden = net(tokens, ON)
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
