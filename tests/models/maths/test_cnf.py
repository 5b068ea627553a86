"""A net as a field: its divergence, its likelihood and their gradients, against torch and integrals."""

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from models.maths import cnf
from models.maths.integrators import RULES, solve

RNG = np.random.default_rng(0)
THETA = 1.3 * cnf.NET.init(np.random.default_rng(1), dtype=float)
X = RNG.standard_normal((7, 2))


def torch_field(theta, x, t):
    """The same net, written in torch."""
    w1, b1, w2, b2, w3, b3 = torch.split(theta, [96, 32, 1024, 32, 64, 2])
    seen = torch.cat([x, torch.full_like(x[:, :1], 2 * t - 1)], 1)
    h1 = torch.tanh(seen @ w1.view(3, 32) + b1)
    return torch.tanh(h1 @ w2.view(32, 32) + b2) @ w3.view(32, 2) + b3


def torch_jacobian(theta, x, t):
    at = x.clone().requires_grad_()
    u = torch_field(theta, at, t)
    rows = [torch.autograd.grad(u[:, i].sum(), at, create_graph=True)[0] for i in (0, 1)]
    return u, torch.stack(rows, 1)


def torch_loss(theta, x, steps):
    """-E log p_1 by RK4 backwards, every derivative by torch."""
    h, total = -1 / steps, 0.0
    for i in range(steps):
        t, step, change, answer = 1 + i * h, 0.0, 0.0, torch.zeros_like(x)
        for ahead, trust in zip(cnf.RULE.ahead, cnf.RULE.trust, strict=True):
            there = x + ahead * h * answer
            at = there if there.requires_grad else there.requires_grad_()
            answer = torch_field(theta, at, t + ahead * h)
            parts = [
                torch.autograd.grad(answer[:, i].sum(), at, create_graph=True)[0][:, i]
                for i in (0, 1)
            ]
            step, change = step + trust * answer, change + trust * sum(parts)
        x, total = x + h * step, total + h * change
    return (x.square().sum(-1) / 2 + np.log(2 * np.pi) - total).mean()


def test_velocity_divergence_and_twist_are_those_of_torch():
    trace = cnf.call(THETA, X, 0.3)
    u, jacobian = torch_jacobian(torch.tensor(THETA), torch.tensor(X), 0.3)
    jacobian = jacobian.detach().numpy()
    np.testing.assert_allclose(trace.u, u.detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(trace.div, np.trace(jacobian, axis1=1, axis2=2), atol=1e-12)
    np.testing.assert_allclose(
        cnf.twist(THETA, X, 0.3), jacobian[:, 0, 1] + jacobian[:, 1, 0], atol=1e-12
    )


def test_a_draw_of_signs_misses_the_trace_by_the_twist():
    _, jacobian = torch_jacobian(torch.tensor(THETA), torch.tensor(X), 0.3)
    signs = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    draws = np.einsum("di,nij,dj->nd", signs, jacobian.detach().numpy(), signs)
    exact, twist = cnf.call(THETA, X, 0.3).div, cnf.twist(THETA, X, 0.3)
    np.testing.assert_allclose(draws, exact[:, None] + signs.prod(-1) * twist[:, None], atol=1e-12)
    np.testing.assert_allclose(draws.mean(-1), exact, atol=1e-12)


def test_the_gradient_of_the_likelihood_is_that_of_torch_through_every_step():
    loss, grad = cnf.likelihood(THETA, X, 3)
    theta = torch.tensor(THETA, requires_grad=True)
    expected = torch_loss(theta, torch.tensor(X), 3)
    expected.backward()
    assert loss == pytest.approx(expected.item(), abs=1e-12)
    np.testing.assert_allclose(grad, theta.grad.numpy(), atol=1e-12)
    assert loss == pytest.approx(-cnf.log_prob(THETA, X, steps=3).mean(), abs=1e-12)


def test_the_gradient_of_flow_matching_is_that_of_torch():
    _, grad = cnf.matching(THETA, X, np.random.default_rng(5))
    rng = np.random.default_rng(5)
    eps, t = rng.standard_normal(X.shape), rng.random(len(X))
    theta = torch.tensor(THETA, requires_grad=True)
    mixed = t[:, None] * X + (1 - t[:, None]) * eps
    rows = [torch_field(theta, torch.tensor(mixed[i : i + 1]), t[i]) for i in range(len(X))]
    (torch.cat(rows) - torch.tensor(X - eps)).square().sum(-1).mean().backward()
    np.testing.assert_allclose(grad, theta.grad.numpy(), atol=1e-12)


def test_the_way_is_that_of_the_solvers_of_the_house_and_of_scipy():
    field = lambda x, t: cnf.call(THETA, x, t).u  # noqa: E731
    times = np.repeat(np.linspace(0, 1, 9)[:, None], len(X), 1)
    *_, expected = solve(field, X, times, RULES["RK4"])
    *_, (end, gathered) = cnf.carried(THETA, X, 0.0, 1.0, 8)
    np.testing.assert_allclose(end, expected, atol=1e-12)

    def both(t, y):
        trace = cnf.call(THETA, y[None, :2], t)
        return [*trace.u[0], trace.div[0]]

    found = solve_ivp(both, (0, 1), [*X[0], 0.0], rtol=1e-9, atol=1e-9).y[:, -1]
    np.testing.assert_allclose([*end[0], gathered[0]], found, atol=1e-4)


def test_the_density_of_any_net_has_mass_one():
    line = np.linspace(-9, 9, 181)
    places = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    for t in (0.0, 0.4, 1.0):
        mass = np.exp(cnf.log_prob(THETA, places, t)).sum() * (line[1] - line[0]) ** 2
        assert mass == pytest.approx(1, abs=2e-3)
