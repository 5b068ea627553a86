"""Ten losses of a critic and a generator against torch's autograd, and what their authors say of them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import softplus

from models.maths import adversarial_losses as losses
from models.maths.adversaries import (
    BETAS,
    judged,
    not_flat,
    slope_at,
    steepness,
    too_steep,
    train_d,
    train_g,
    untrained,
)

N = 48
TEN = {
    "non-saturating": losses.nonsaturating(),
    "minimax": losses.minimax(),
    "least squares": losses.least_squares(),
    "clipped": losses.wasserstein(0.4),
    "penalised": losses.wasserstein_gp(3.0),
    "hinge": losses.margins(),
    "energy": losses.energy(1.5),
    "boundary": losses.boundary(0.5),
    "relativistic": losses.relativistic(),
    "R1": losses.flat(0.7),
}


def in_torch(player):
    """The same net and weights as a torch module in double precision."""
    parts = []
    for weight, bias in player.net.layers(player.theta.astype(np.float64)):
        layer = torch.nn.Linear(*weight.shape, dtype=torch.float64)
        layer.weight.data, layer.bias.data = torch.tensor(weight.T), torch.tensor(bias[0])
        parts += [layer, torch.nn.Tanh()]
    return torch.nn.Sequential(*parts[:-1])


def flat(tensors):
    """Weights or slopes of a module as theta has them."""
    return torch.cat([(t.T if t.dim() == 2 else t).flatten() for t in tensors]).detach().numpy()


def out(name, net, x):
    """D's output a."""
    if name in ("energy", "boundary"):
        return (net(x) - x).square().sum(-1)
    return net(x)[:, 0]


def steep(net, x):
    (slope,) = torch.autograd.grad(net(x).sum(), x, create_graph=True)
    return slope.norm(dim=-1)


def pays_d(name, net, x, y, mix, k):
    """What D pays, written once more from the papers."""
    a, b = out(name, net, x), out(name, net, y)
    between = (mix * x + (1 - mix) * y).detach().requires_grad_()
    real = x.clone().requires_grad_()
    usual = softplus(-a).mean() + softplus(b).mean()
    return {
        "least squares": lambda: ((a - 1).square().mean() + b.square().mean()) / 2,
        "clipped": lambda: b.mean() - a.mean(),
        "penalised": lambda: b.mean() - a.mean() + 3.0 * (steep(net, between) - 1).square().mean(),
        "hinge": lambda: torch.relu(1 - a).mean() + torch.relu(1 + b).mean(),
        "energy": lambda: a.mean() + torch.relu(1.5 - b).mean(),
        "boundary": lambda: a.mean() - k * b.mean(),
        "relativistic": lambda: softplus(b - a).mean(),
        "R1": lambda: usual + 0.35 * steep(net, real).square().mean(),
    }.get(name, lambda: usual)()


def pays_g(name, net, x, y):
    a, b = out(name, net, x), out(name, net, y)
    return {
        "minimax": lambda: -softplus(b).mean(),
        "least squares": lambda: (b - 1).square().mean() / 2,
        "clipped": lambda: -b.mean(),
        "penalised": lambda: -b.mean(),
        "hinge": lambda: -b.mean(),
        "energy": lambda: b.mean(),
        "boundary": lambda: b.mean(),
        "relativistic": lambda: softplus(a - b).mean(),
    }.get(name, lambda: softplus(-b).mean())()


@pytest.mark.parametrize("dims", [1, 2])
@pytest.mark.parametrize("name", TEN)
def test_three_steps_of_each_player_are_those_of_autograd_and_torchs_adam(name, dims):
    rng, loss = np.random.default_rng(3), TEN[name]
    d, g = untrained(dims, dims if loss.kind == "energy" else 1, rng), untrained(2, dims, rng)
    d_net, g_net = in_torch(d), in_torch(g)
    d_adam = torch.optim.Adam(d_net.parameters(), lr=0.003, betas=BETAS)
    g_adam = torch.optim.Adam(g_net.parameters(), lr=0.002, betas=BETAS)
    for _ in range(3):
        x = rng.standard_normal((N, dims)).astype(np.float32)
        z, z_g = rng.standard_normal((2, N, 2)).astype(np.float32)
        mix = rng.random((N, 1)).astype(np.float32)
        d = train_d(d, loss, x, g(z), 0.003, mix, 0.4 if loss.gamma else 1.0)
        g = train_g(g, d, loss, z_g, 0.002, x)
        x, z, z_g, mix = (torch.tensor(t, dtype=torch.float64) for t in (x, z, z_g, mix))
        d_adam.zero_grad()
        pays_d(name, d_net, x, g_net(z).detach(), mix, 0.4).backward()
        d_adam.step()
        if loss.clip:
            for weight in d_net.parameters():
                weight.data.clamp_(-loss.clip, loss.clip)
        g_adam.zero_grad()
        pays_g(name, d_net, x, g_net(z_g)).backward()
        g_adam.step()
    # Where only differences of outputs count, D's last bias has a slope of 0 or of rounding alone.
    assert np.abs(d.theta - flat(d_net.parameters()))[:-1].max() < 5e-5
    assert np.abs(g.theta - flat(g_net.parameters())).max() < 5e-5


def doubled(rng, dims=2):
    """A critic in double precision, with biases."""
    d = untrained(dims, 1, rng)
    return replace(d, theta=d.theta + 0.2 * rng.standard_normal(d.theta.shape))


def test_double_backpropagation_by_hand_is_autograds():
    rng = np.random.default_rng(5)
    d, x = doubled(rng), rng.standard_normal((20, 2))
    net, at = in_torch(d), torch.tensor(x, requires_grad=True)
    weights = list(net.parameters())
    for mine, price in (
        (too_steep(d, x, 7.0), 7 * (steep(net, at) - 1).square().mean()),
        (not_flat(d, x, 3.0), 1.5 * steep(net, at).square().mean()),
    ):
        slopes = torch.autograd.grad(price, weights, allow_unused=True)  # a last bias has none
        pairs = zip(slopes, weights, strict=True)
        theirs = flat([torch.zeros_like(w) if s is None else s for s, w in pairs])
        assert np.abs(mine - theirs).max() < 1e-12 < np.abs(theirs).max()


@pytest.mark.parametrize("name", TEN)
def test_every_slope_of_a_price_is_its_finite_difference(name):
    a, h = np.linspace(-2.9, 2.9, 41)[:, None], 1e-6
    for price in (TEN[name].real, TEN[name].fake, TEN[name].generator):
        by_hand = (price.of(a + h) - price.of(a - h)) / (2 * h)
        assert np.abs(price.slope(a) - by_hand).max() < 1e-7


def test_an_energy_pushes_samples_to_where_its_autoencoder_keeps_them():
    rng, loss = np.random.default_rng(6), losses.energy(1.0)
    d, x = untrained(2, 2, rng), rng.standard_normal((30, 2)).astype(np.float32)
    step = 1e-3
    lower = judged(d, loss, x - step * slope_at(d, loss, x))[1]
    assert (lower < judged(d, loss, x)[1]).all()


def test_clipping_bounds_every_weight_and_so_the_steepness():
    rng, loss = np.random.default_rng(7), losses.wasserstein(0.05)
    d, x = untrained(2, 1, rng), rng.standard_normal((64, 2)).astype(np.float32)
    d = train_d(d, loss, x, x + 1, 0.01)
    assert np.abs(d.theta).max() <= 0.05 + 1e-9
    bound = np.prod([np.linalg.norm(w, 2) for w, _ in d.net.layers(d.theta)])
    assert np.linalg.norm(steepness(d, x), axis=-1).max() <= bound


def test_a_penalty_alone_makes_the_critic_one_in_one_steep():
    rng = np.random.default_rng(8)
    d, x = untrained(2, 1, rng), rng.standard_normal((128, 2)).astype(np.float32)
    for _ in range(400):
        d = d.step(too_steep(d, x, 10.0), 0.01)
    assert np.abs(np.linalg.norm(steepness(d, x), axis=-1) - 1).mean() < 0.1
