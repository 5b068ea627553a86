"""Rising functions: inverse, slope and gradients against torch and finite differences."""

import numpy as np
import pytest
import torch
from torch import distributions as td

from models.maths.rising import RISING, STEEPEST

EVERY = pytest.mark.parametrize("name", RISING)


def some(name, n=200, seed=0):
    rng, g = np.random.default_rng(seed), RISING[name]
    h = g.start() + 0.7 * rng.standard_normal((n, g.count))
    return g, 2 * rng.standard_normal(n), h


def in_torch(name, u, h):
    """The same functions from torch's own distributions and transforms: y and log g'."""
    if name == "additive":
        transform = td.AffineTransform(h[:, 0], 1.0)
    elif name == "affine":
        transform = td.AffineTransform(h[:, 1], (STEEPEST * torch.tanh(h[:, 0] / STEEPEST)).exp())
    else:
        m = RISING[name].m
        logistic = td.TransformedDistribution(
            td.Uniform(torch.zeros(len(h), m, dtype=h.dtype), 1.0, validate_args=False),
            [
                td.SigmoidTransform().inv,
                td.AffineTransform(h[:, m : 2 * m], h[:, 2 * m : -2].exp()),
            ],
        )
        mix = td.MixtureSameFamily(td.Categorical(logits=h[:, :m]), logistic, validate_args=False)
        cdf = mix.cdf(u)
        y = h[:, -2].exp() * torch.logit(cdf) + h[:, -1]
        return y, mix.log_prob(u) - torch.log(cdf * (1 - cdf)) + h[:, -2]
    y = transform(u)
    return y, transform.log_abs_det_jacobian(u, y)


@EVERY
def test_values_slopes_and_gradients_are_those_of_torch(name):
    g, u, h = some(name)
    rng = np.random.default_rng(1)
    dy, dl = rng.standard_normal((2, len(u)))
    u_, h_ = torch.tensor(u, requires_grad=True), torch.tensor(h, requires_grad=True)
    y_, slope_ = in_torch(name, u_, h_)
    slope_ = slope_ * torch.ones_like(u_)
    ((y_ * torch.tensor(dy)).sum() + (slope_ * torch.tensor(dl)).sum()).backward()
    y, slope = g(u, h)
    du, dh = g.backward(u, h, dy, dl)
    np.testing.assert_allclose(y, y_.detach().numpy(), atol=1e-9)
    np.testing.assert_allclose(slope, slope_.detach().numpy(), atol=1e-9)
    np.testing.assert_allclose(du, u_.grad.numpy(), atol=1e-7)
    np.testing.assert_allclose(dh, h_.grad.numpy(), atol=1e-7)


@EVERY
def test_the_inverse_undoes_it_far_out_too(name):
    g, u, h = some(name, 400, 2)
    u = 5 * u
    assert np.abs(g.inverse(g(u, h)[0], h) - u).max() < 1e-8


def test_the_inverse_of_a_mixture_is_found_where_newton_alone_would_circle():
    rng, g = np.random.default_rng(4), RISING["mixture"]
    h = g.start() + 1.5 * rng.standard_normal((20_000, g.count))
    y = 3 * rng.standard_normal(len(h))
    assert np.abs(g(g.inverse(y, h), h)[0] - y).max() < 1e-6


@EVERY
def test_it_rises_and_its_slope_is_the_difference_quotient(name):
    g, u, h = some(name, seed=3)
    ahead, behind = g(u + 1e-5, h)[0], g(u - 1e-5, h)[0]
    assert (ahead > behind).all()
    np.testing.assert_allclose(np.log((ahead - behind) / 2e-5), g(u, h)[1], atol=1e-5)


def test_a_mixture_survives_single_precision_where_its_cdf_is_one():
    g, _, h = some("mixture", 50)
    y, slope = g(np.full(50, 300, np.float32), h.astype(np.float32))
    assert np.isfinite(y).all() and np.isfinite(slope).all()


def test_an_affine_step_never_stretches_more_than_it_may():
    g = RISING["affine"]
    _, slope = g(np.zeros(2), np.array([[1e6, 0.0], [-1e6, 0.0]]))
    np.testing.assert_allclose(slope, [STEEPEST, -STEEPEST])
