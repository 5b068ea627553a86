"""Flow layers, coupling, mixing and autoregressive: inverses, Jacobians, gradients, rounds."""

import numpy as np
import pytest
import torch
from scipy import integrate
from torch import distributions as td

from models.maths.autoregressive import Autoregressive
from models.maths.coupling import Coupling, Mixing
from models.maths.mlp import MLP
from models.maths.normalising import Flow, log_normal, train
from models.maths.rising import RISING, Additive, Affine, MixtureLogistic

LAYERS = {
    **{f"coupling, {name}": Coupling((0,), (1, 2), g) for name, g in RISING.items()},
    **{f"autoregressive, {name}": Autoregressive((2, 0, 1), g) for name, g in RISING.items()},
    "mixing": Mixing(3),
}
EVERY = pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)


def some(layer, n=40, d=3):
    """A layer with weights well away from where learning begins, and points."""
    rng = np.random.default_rng(0)
    x = 1.5 * rng.standard_normal((n, d))
    theta = layer.init(rng, x).astype(float)
    return theta + 0.15 * rng.standard_normal(theta.shape), x


def differences(f, x, step=1e-5):
    """The Jacobian (n, d, d) of f at each point, by central differences."""
    columns = [(f(x + step * e) - f(x - step * e)) / (2 * step) for e in np.eye(x.shape[1])]
    return np.stack(columns, -1)


@EVERY
def test_the_inverse_undoes_the_layer(layer):
    theta, x = some(layer)
    assert np.abs(layer.inverse(theta, layer.forward(theta, x).z) - x).max() < 1e-8
    assert np.abs(layer.forward(theta, layer.inverse(theta, x)).z - x).max() < 1e-8


@EVERY
def test_the_log_determinant_is_that_of_the_jacobian(layer):
    theta, x = some(layer)
    jacobian = differences(lambda at: layer.forward(theta, at).z, x)
    found = Flow((layer,)).jacobians(theta, x)[0]
    np.testing.assert_allclose(found, jacobian, atol=1e-6)
    expected = np.linalg.slogdet(jacobian)[1]
    np.testing.assert_allclose(layer.forward(theta, x).log_det, expected, atol=1e-6)


@EVERY
def test_backward_is_the_slope_that_differences_find(layer):
    theta, x = some(layer, 12)
    rng = np.random.default_rng(1)
    dz, dl = rng.standard_normal(x.shape), rng.standard_normal(len(x))

    def price(theta, x):
        step = layer.forward(theta, x)
        return (step.z * dz).sum() + (step.log_det * dl).sum()

    grad, dx = layer.backward(theta, layer.forward(theta, x), dz, dl)
    for direction in rng.standard_normal((5, len(theta))):
        ahead, behind = (price(theta + s * 1e-6 * direction, x) for s in (1, -1))
        assert (ahead - behind) / 2e-6 == pytest.approx(grad @ direction, rel=1e-5, abs=1e-5)
    for direction in rng.standard_normal((5, *x.shape)):
        ahead, behind = (price(theta, x + s * 1e-6 * direction) for s in (1, -1))
        assert (ahead - behind) / 2e-6 == pytest.approx((dx * direction).sum(), rel=1e-5, abs=1e-5)


def test_a_coupling_is_triangular_and_so_is_an_autoregressive_layer_in_its_order():
    coupling, chain = LAYERS["coupling, affine"], LAYERS["autoregressive, mixture"]
    theta, x = some(coupling)
    jacobian = Flow((coupling,)).jacobians(theta, x)[0]
    assert (jacobian[:, 0, 1:] == 0).all() and (jacobian[:, 0, 0] == 1).all()
    assert (jacobian[:, 1, 2] == 0).all() and (jacobian[:, 2, 1] == 0).all()
    theta, x = some(chain)
    jacobian = Flow((chain,)).jacobians(theta, x)[0][:, chain.order][:, :, chain.order]
    assert (jacobian == np.tril(jacobian)).all()
    assert (jacobian[:, [1, 2, 2], [0, 0, 1]] != 0).all()


def test_rounds_are_what_a_layer_really_waits_for(monkeypatch):
    """In the inverse each call of g^-1 needs the one before; forward, every net reads only x."""
    waits, read = [], []
    inverse, forward = Affine.inverse, MLP.forward
    monkeypatch.setattr(Affine, "inverse", lambda *a: waits.append(1) or inverse(*a))
    monkeypatch.setattr(MLP, "forward", lambda net, t, x: read.append(x) or forward(net, t, x))
    for layer in (LAYERS["coupling, affine"], LAYERS["autoregressive, affine"]):
        theta, x = some(layer)
        waits.clear()
        layer.inverse(theta, x)
        assert len(waits) == layer.rounds[1]
        read.clear()
        layer.forward(theta, x)
        assert all(np.isin(seen, x).all() for seen in read) and layer.rounds[0] == 1
    assert LAYERS["coupling, affine"].rounds[1] == 1
    assert LAYERS["autoregressive, affine"].rounds[1] == 3


def test_the_worked_example_has_a_number_for_its_determinant():
    """affine-coupling-det: s = (0.3, -0.2) gives exp(0.1) = 1.105171, not a diagonal matrix."""
    layer = Coupling((0,), (1, 2), Affine())
    theta = np.zeros(layer.size)
    scales = 2 * np.arctanh(np.array([0.3, -0.2]) / 2)
    layer.net.layers(theta)[-1][1][...] = [scales[0], 0.0, scales[1], 0.0]
    x = np.array([[0.4, 1.0, -2.0]])
    assert np.exp(layer.forward(theta, x).log_det[0]) == pytest.approx(1.105171, abs=1e-6)
    twin = td.AffineTransform(torch.zeros(2), torch.tensor([0.3, -0.2]).exp(), event_dim=1)
    u = torch.tensor([1.0, -2.0])
    assert twin.log_abs_det_jacobian(u, twin(u)).exp() == pytest.approx(1.105171, abs=1e-6)


def deep():
    """A flow with every kind of layer, its weights and points."""
    flow = Flow(
        (
            Mixing(2),
            Coupling((0,), (1,), MixtureLogistic(3)),
            Autoregressive((1, 0), Affine()),
            Coupling((1,), (0,), Additive()),
        )
    )
    rng = np.random.default_rng(3)
    x = rng.standard_normal((30, 2))
    theta = flow.init(rng, x).astype(float)
    return flow, theta + 0.1 * rng.standard_normal(theta.shape), x


def torch_net(net, theta, x):
    h, at, sizes = x, 0, list(zip(net.sizes, net.sizes[1:], strict=False))
    for depth, (i, o) in enumerate(sizes):
        h = h @ theta[at : at + i * o].reshape(i, o) + theta[at + i * o : at + i * o + o]
        h = torch.tanh(h) if depth < len(sizes) - 1 else h
        at += i * o + o
    return h


def torch_nll(flow, theta, x):
    """The same flow of a mixing, two couplings and an affine autoregressive layer, in torch."""
    a, b, c, d = (theta[cut] for cut in flow.cuts)
    z, w = a[:2].exp() * x + a[2:4], a[4:].reshape(2, 2)
    z, total = z @ w.T, a[:2].sum() + torch.linalg.slogdet(w)[1]
    h = torch_net(flow.layers[1].net, b, z[:, :1])
    v = (z[:, 1:] - h[:, 3:6]) * torch.exp(-h[:, 6:9])
    pi = torch.softmax(h[:, :3], -1)
    cdf = (pi * torch.sigmoid(v)).sum(-1)
    density = (pi * torch.sigmoid(v) * torch.sigmoid(-v) * torch.exp(-h[:, 6:9])).sum(-1)
    total = total + torch.log(density / (cdf * (1 - cdf))) + h[:, 9]
    z = torch.stack([z[:, 0], h[:, 9].exp() * torch.logit(cdf) + h[:, 10]], -1)
    h = torch_net(flow.layers[2].nets[0], c[2:], z[:, 1:])
    s1, s0 = 2 * torch.tanh(c[0] / 2), 2 * torch.tanh(h[:, 0] / 2)
    z = torch.stack([z[:, 0] * s0.exp() + h[:, 1], z[:, 1] * s1.exp() + c[1]], -1)
    total = total + s0 + s1
    h = torch_net(flow.layers[3].net, d, z[:, 1:])
    z = torch.stack([z[:, 0] + h[:, 0], z[:, 1]], -1)
    normal = td.Independent(td.Normal(torch.zeros(2, dtype=x.dtype), 1.0), 1)
    return -(normal.log_prob(z) + total).mean()


def test_the_gradient_of_the_likelihood_is_the_one_torch_finds():
    flow, theta, x = deep()
    loss, grad = flow.gradient(theta, x)
    theta_ = torch.tensor(theta, requires_grad=True)
    loss_ = torch_nll(flow, theta_, torch.tensor(x))
    loss_.backward()
    assert loss == pytest.approx(loss_.item(), abs=1e-12)
    np.testing.assert_allclose(grad, theta_.grad.numpy(), atol=1e-10)


def test_the_density_of_a_flow_has_area_one():
    flow, theta, _ = deep()
    ticks = np.linspace(-12, 12, 281)
    grid = np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)
    p = np.exp(flow.log_prob(theta, grid)).reshape(281, 281)
    whole = integrate.simpson(integrate.simpson(p, x=ticks), x=ticks)
    assert whole == pytest.approx(1, abs=1e-4)


def test_a_flow_there_and_back_passes_the_same_stations():
    flow, theta, x = deep()
    there = [x, *(step.z for step in flow.forward(theta, x))]
    back = flow.inverse(theta, there[-1])
    for a, b in zip(there, reversed(back), strict=True):
        assert np.abs(a - b).max() < 1e-8


def test_actnorm_standardises_the_first_batch():
    rng = np.random.default_rng(0)
    x = [3.0, -1.0] + [0.2, 5.0] * rng.standard_normal((500, 2))
    theta = Mixing(2).init(rng, x)
    z = Mixing(2).forward(theta, x).z
    np.testing.assert_allclose(z.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(np.cov(z.T, ddof=0), np.eye(2), atol=0.15)


def test_training_finds_a_gaussian_that_one_layer_can_make():
    """x_2 given x_1 is Gaussian with a slope: an affine autoregressive layer can be exact."""
    turn = np.array([[1.5, 0.0], [0.8, 0.4]])

    def draw(n, rng):
        return rng.standard_normal((n, 2)) @ turn.T + [0.5, -1.0]

    flow = Flow((Autoregressive((0, 1), Affine()),))
    for lesson in train(flow, draw, np.random.default_rng(0)):
        if lesson.step == 500:
            break
    x = draw(4000, np.random.default_rng(1))
    z = (x - [0.5, -1.0]) @ np.linalg.inv(turn).T
    exact = log_normal(z) - np.log(np.linalg.det(turn))
    gap = (exact - flow.log_prob(lesson.theta.astype(float), x)).mean()
    assert -0.01 < gap < 0.03
