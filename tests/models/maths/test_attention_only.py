"""The attention-only net against torch, which has its own attention and differentiates by itself."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from models.maths.attention_only import AttentionOnly

NET = AttentionOnly(vocabulary=7, context=9, width=8, heads=2, layers=2)


def two(net=NET, dtype=np.float64):
    rng = np.random.default_rng(0)
    return np.stack([net.init(rng, dtype), net.init(rng, dtype)])


def texts(t=6, b=3):
    return np.random.default_rng(1).integers(NET.vocabulary, size=(2, b, t))


def in_torch(net, theta, tokens):
    """One net on its texts; weights cut from theta anew, attention torch's own."""
    d, at, parts = net.width, 0, []
    for rows, columns in [
        (net.vocabulary, d),
        (net.context, d),
        *[(d, 2 * d), (d, d), (d, d)] * net.layers,
        (d, net.vocabulary),
    ]:
        parts.append(theta[at : at + rows * columns].view(rows, columns))
        at += rows * columns
    assert at == len(theta)
    place = parts[1][: tokens.shape[1]]
    r = F.embedding(tokens, parts[0])
    for layer in range(net.layers):
        qk, v, o = parts[2 + 3 * layer : 5 + 3 * layer]
        each = [((r + place) @ qk)[..., :d], ((r + place) @ qk)[..., d:], r @ v]
        q, k, v = (x.unflatten(-1, (net.heads, -1)).transpose(1, 2) for x in each)
        z = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        r = r + z.transpose(1, 2).flatten(2) @ o
    return r @ parts[-1]


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_logits_and_gradient_are_those_that_torch_finds(layers):
    net = AttentionOnly(7, 9, 8, 2, layers)
    theta, tokens = two(net), texts()
    trace = net.forward(theta, tokens)
    weight = np.random.default_rng(2).standard_normal(trace.logits.shape)
    grad = net.backward(theta, trace, weight)
    for i in range(2):
        twin = torch.tensor(theta[i], requires_grad=True)
        logits = in_torch(net, twin, torch.tensor(tokens[i]))
        (logits * torch.tensor(weight[i])).sum().backward()
        np.testing.assert_allclose(trace.logits[i], logits.detach(), atol=1e-12)
        np.testing.assert_allclose(grad[i], twin.grad, atol=1e-11)
        assert np.abs(grad[i]).max() > 1


def test_rows_of_attention_sum_to_one_and_see_nothing_later():
    for step in NET.forward(two(), texts()).steps:
        np.testing.assert_allclose(step.attention.sum(-1), 1)
        assert (np.triu(step.attention, 1) == 0).all()


def test_a_later_token_changes_nothing_before_it():
    theta, long = two(), texts(t=8)
    short = NET.forward(theta, long[..., :5]).logits
    np.testing.assert_allclose(NET.forward(theta, long).logits[:, :, :5], short, atol=1e-12)


def test_a_closed_gate_takes_out_what_the_head_writes_and_nothing_else():
    theta, tokens = two(), texts()
    gate = np.ones((2, 2, 2))
    gate[0, 1, 0] = 0
    less = theta.copy()
    NET.weights(less).layers[1].o[0, :4] = 0  # the rows of the first head
    gated = NET.forward(theta, tokens, gate)
    np.testing.assert_allclose(gated.logits, NET.forward(less, tokens).logits, atol=1e-12)
    whole = NET.forward(theta, tokens)
    np.testing.assert_array_equal(gated.logits[1], whole.logits[1])
    assert np.abs(gated.logits[0] - whole.logits[0]).max() > 0.01


def test_places_steer_where_a_head_looks_but_are_not_copied():
    theta = two()
    for layer in NET.weights(theta).layers:
        layer.qk[...] = 0  # every head looks everywhere alike
    tokens = texts()
    swapped = tokens[..., [1, 0, 2, 3, 4, 5]]
    last = (NET.forward(theta, x).logits[:, :, -1] for x in (tokens, swapped))
    one_layer_sees_a_sum = AttentionOnly(7, 9, 8, 2, 1)
    shallow = two(one_layer_sees_a_sum)
    one_layer_sees_a_sum.weights(shallow).layers[0].qk[...] = 0
    a, b = (one_layer_sees_a_sum.forward(shallow, x).logits[:, :, -1] for x in (tokens, swapped))
    np.testing.assert_allclose(a, b, atol=1e-12)
    deep, other = last
    assert np.abs(deep - other).max() > 1e-6  # layer 2 reads sums of different lengths


def test_k_composition_is_the_ratio_of_norms_of_each_pair_of_heads():
    theta = two()
    share = NET.k_composition(theta)
    w = NET.weights(theta)
    first, second = w.layers
    for i in range(2):
        for a in range(2):
            ov = first.v[i][:, 4 * a : 4 * a + 4] @ first.o[i][4 * a : 4 * a + 4]
            for b in range(2):
                q, k = (second.qk[i][:, s : s + 4] for s in (4 * b, 8 + 4 * b))
                kq = k @ q.T
                ratio = torch.linalg.norm(torch.tensor(ov @ kq))
                ratio = ratio / torch.linalg.norm(torch.tensor(ov))
                ratio = ratio / torch.linalg.norm(torch.tensor(kq))
                assert np.isclose(share[i, a, b], float(ratio))


def test_matrices_turned_at_random_read_one_over_the_root_of_the_width():
    rng = np.random.default_rng(3)
    net = AttentionOnly(4, 4, 24, 4, 2)
    theta = np.stack([net.init(rng, np.float64) for _ in range(60)])
    square = (net.k_composition(theta) ** 2).mean()
    assert np.isclose(square, 1 / 24, rtol=0.03)
