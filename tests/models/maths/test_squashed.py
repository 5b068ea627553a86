"""A Gaussian squeezed by tanh: a density that integrates to one, with the slopes that autograd finds."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from torch.distributions import Normal, TanhTransform, TransformedDistribution

from models.maths.squashed import HIGH, LOW, backward, draw, log_prob, log_slope, split


@pytest.mark.parametrize(("mu", "log_sigma"), [(0.0, 0.0), (1.3, -1.0), (-2.0, 0.7), (0.4, -3.0)])
def test_the_density_of_the_action_integrates_to_one(mu, log_sigma):
    def density(a):
        u, *dist = (np.array([[x]]) for x in (np.arctanh(a), mu, log_sigma))
        return np.exp(log_prob(u, *dist)).item()

    middle = float(np.tanh(mu))
    area, _ = quad(density, -1, 1, points=[middle], limit=400)
    assert area == pytest.approx(1, abs=1e-6)


def test_log_prob_is_that_of_torchs_tanh_transform():
    rng = np.random.default_rng(0)
    mu, log_sigma, xi = rng.normal(0, 1, (3, 50, 2))
    u = mu + np.exp(log_sigma) * xi
    law = TransformedDistribution(
        Normal(torch.tensor(mu), torch.tensor(np.exp(log_sigma))), TanhTransform(cache_size=1)
    )
    a = law.transforms[0](torch.tensor(u))
    assert np.abs(log_prob(u, mu, log_sigma) - law.log_prob(a).sum(-1).numpy()).max() < 1e-9


def test_far_out_the_slope_of_tanh_keeps_its_logarithm():
    u = np.array([-300.0, -20.0, 0.0, 20.0, 300.0])
    assert np.allclose(
        log_slope(u), [2 * np.log(2) - 2 * abs(x) if x else 0 for x in u], atol=1e-12
    )
    assert np.isfinite(log_slope(u.astype(np.float32))).all()


def test_log_sigma_stays_within_its_ends():
    _, log_sigma = split(np.array([[0.0, -1e3], [0.0, 0.0], [0.0, 1e3]]))
    assert log_sigma[:, 0].tolist() == [LOW, (LOW + HIGH) / 2, HIGH]


def test_the_gradient_through_the_drawn_action_is_autograds():
    rng = np.random.default_rng(1)
    y, xi = rng.normal(0, 1, (40, 4)), rng.standard_normal((40, 2))
    d_a, d_log_prob = rng.standard_normal((40, 2)), rng.standard_normal(40)
    made = draw(y, xi)
    out = torch.tensor(y, requires_grad=True)
    mu, raw = out.chunk(2, -1)
    sigma = (LOW + (HIGH - LOW) * 0.5 * (1 + raw.tanh())).exp()
    law = TransformedDistribution(Normal(mu, sigma), TanhTransform(cache_size=1))
    a = torch.tanh(mu + sigma * torch.tensor(xi))
    log_p = law.log_prob(a).sum(-1)
    ((a * torch.tensor(d_a)).sum() + (log_p * torch.tensor(d_log_prob)).sum()).backward()
    assert np.abs(made.log_prob - log_p.detach().numpy()).max() < 1e-8
    assert np.abs(backward(made, d_a, d_log_prob) - out.grad.numpy()).max() < 1e-7
