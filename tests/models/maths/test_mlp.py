"""Nets in plain arrays against torch, which differentiates by itself."""

import numpy as np
import pytest
import torch

from models.maths.mlp import ACTS, MLP, Moments, adam

TORCH = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda a: torch.nn.functional.leaky_relu(a, 0.1),
    "silu": torch.nn.functional.silu,
}


def torch_forward(net, theta, x):
    h, layers = x, []
    at = 0
    for i, o in zip(net.sizes, net.sizes[1:], strict=False):
        layers.append(
            (
                theta[..., at : at + i * o].unflatten(-1, (i, o)),
                theta[..., None, at + i * o : at + i * o + o],
            )
        )
        at += i * o + o
    for depth, (weight, bias) in enumerate(layers):
        h = h @ weight + bias
        h = TORCH[net.act](h) if depth < len(layers) - 1 else h
    return h


@pytest.mark.parametrize("act", list(ACTS))
@pytest.mark.parametrize("nets", [(), (3,)])
def test_backward_is_the_gradient_that_torch_finds(act, nets):
    rng = np.random.default_rng(0)
    net = MLP((2, 8, 5, 3), act)
    theta = net.init(rng, nets, np.float64)
    x = rng.standard_normal((*nets, 7, 2))
    trace = net.forward(theta, x)
    dy = rng.standard_normal(trace.y.shape)
    grad, dx = net.backward(theta, trace, dy)

    theta_, x_ = torch.tensor(theta, requires_grad=True), torch.tensor(x, requires_grad=True)
    y = torch_forward(net, theta_, x_)
    y.backward(torch.tensor(dy))
    np.testing.assert_allclose(trace.y, y.detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(grad, theta_.grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(dx, x_.grad.numpy(), atol=1e-12)


def test_adam_walks_where_torch_walks():
    rng = np.random.default_rng(1)
    theta = rng.standard_normal(12)
    moments, twin = Moments.like(theta), torch.tensor(theta, requires_grad=True)
    optimiser = torch.optim.Adam([twin], lr=0.01, betas=(0.5, 0.9))
    for _ in range(20):
        grad = rng.standard_normal(12)
        theta, moments = adam(theta, grad, moments, 0.01, (0.5, 0.9))
        twin.grad = torch.tensor(grad)
        optimiser.step()
    np.testing.assert_allclose(theta, twin.detach().numpy(), atol=1e-10)


def test_nets_side_by_side_do_not_touch_each_other():
    rng = np.random.default_rng(2)
    net = MLP((2, 4, 1))
    theta, x = net.init(rng, (5,)), rng.standard_normal((9, 2)).astype(np.float32)
    together = net(theta, x)
    alone = np.stack([net(t, x) for t in theta])
    np.testing.assert_allclose(together, alone, atol=1e-6)
