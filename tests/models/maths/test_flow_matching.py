"""Flow matching: the field against conservation of mass, counting, and the worked examples."""

from itertools import islice

import numpy as np
import pytest
import torch

from models.maths import paths
from models.maths.distances import sliced_w2, sliced_w2_floor
from models.maths.flow_matching import (
    BATCH,
    FIELD,
    TIMES,
    Flow,
    Pairs,
    learned,
    learned_jacobian,
    train,
)
from models.maths.integrators import RULES, evenly, solve
from models.maths.mixtures import Mixture

POINTS = np.array([[1.5, 0.2], [-0.8, 1.1], [-0.4, -1.4], [0.9, -0.7]])
HAND = paths.by_hand((0.2, 0.5), (1.1, 0.4))  # knots at 1/3 and 2/3, where its rate has a kink
SCHEDULES = {**paths.SCHEDULES, "by hand": HAND}
EVERY = pytest.mark.parametrize("name", SCHEDULES)


def flow(name="linear", width=0.3, points=POINTS):
    return Flow(Mixture(points, width), SCHEDULES[name])


def taught(f, rng):
    return train(lambda rng: f.pairs(BATCH, rng), rng)


def places(n=8):
    return np.random.default_rng(0).normal(size=(n, 2))


@EVERY
@pytest.mark.parametrize("t", [0.2, 0.5, 0.8])
def test_mass_is_conserved(name, t):
    """dp/dt + div(p u) = 0, by finite differences."""
    f, x, h = flow(name), places(), 1e-4
    rate = (f.density(x, t + h) - f.density(x, t - h)) / (2 * h)

    def current(at, axis):
        return f.density(at, t) * f.velocity(at, t)[:, axis]

    div = sum(
        (current(x + h * e, axis) - current(x - h * e, axis)) / (2 * h)
        for axis, e in enumerate(np.eye(2))
    )
    np.testing.assert_allclose(rate + div, 0, atol=1e-5)


@EVERY
@pytest.mark.parametrize("t", [0.0, 0.4, 1.0])
def test_the_field_is_the_weighted_mean_of_the_conditional_ones(name, t):
    f, x = flow(name), places()
    weights = f.weights(x, t)
    np.testing.assert_allclose(weights.sum(-1), 1)
    mean = (weights[..., None] * f.conditional(x, t)).sum(1)
    np.testing.assert_allclose(f.velocity(x, t), mean, atol=1e-12)


@EVERY
def test_a_conditional_way_moves_by_the_conditional_field(name):
    f, x, t, h = flow(name), np.array([0.4, -0.9]), 0.5, 1e-5
    ways = [f.conditional_ways(x, t, np.arange(4), stops) for stops in (3, 5)]
    np.testing.assert_allclose(ways[0][:, 1], np.tile(x, (4, 1)), atol=1e-12)
    np.testing.assert_array_equal(ways[0][:, 1], ways[1][:, 2])
    fine = f.conditional_ways(x, t, np.arange(4), round(1 / h) + 1)
    slope = (fine[:, 50_001] - fine[:, 49_999]) / (2 * h)
    np.testing.assert_allclose(slope, f.conditional(x[None], t)[0], atol=1e-4)


def test_a_conditional_way_of_the_linear_schedule_is_a_straight_line():
    way = flow(width=1e-6).conditional_ways(np.array([0.4, -0.9]), 0.5, np.arange(4))
    even = np.linspace(way[:, 0], way[:, -1], 17, axis=1)
    np.testing.assert_allclose(way, even, atol=1e-5)


@EVERY
def test_the_exact_flow_turns_noise_into_the_data(name):
    f, rng, n = flow(name), np.random.default_rng(1), 800
    noise = rng.standard_normal((n, 2))
    *_, x = solve(f.velocity, noise, evenly(100, n), RULES["RK4"])
    assert sliced_w2(x, f.data.sample(n, rng)) < 2 * sliced_w2_floor(f.data.sample, n, rng)
    share = np.bincount(f.weights(x, 1.0).argmax(-1), minlength=4) / n
    np.testing.assert_allclose(share, 0.25, atol=0.06)


@EVERY
def test_the_field_and_its_disagreement_are_mean_and_variance_of_the_targets(name):
    f, rng, n = flow(name), np.random.default_rng(2), 400_000
    x_1 = f.data.sample(n, rng)
    pairs = f.mix(x_1, rng.standard_normal((n, 2)), np.full(n, 0.6))
    here = np.array([[0.3, -0.2]])
    near = pairs.target[np.linalg.norm(pairs.x_t - here, axis=-1) < 0.08]
    spread = np.square(near - near.mean(0)).sum(-1).mean()
    assert len(near) > 300
    np.testing.assert_allclose(near.mean(0), f.velocity(here, 0.6)[0], atol=0.25)
    assert f.disagreement(here, 0.6)[0] == pytest.approx(spread, rel=0.12)


@EVERY
def test_the_field_is_finite_everywhere_at_all_times(name):
    f = flow(name, width=0.02)
    for t in (0.0, 0.5, 0.999, 1.0):
        assert np.isfinite(f.velocity(50 * places(), t)).all()


def test_first_arrows_point_to_the_mean_of_the_data():
    """u_0(x) = E[x_1] - x on the linear path: nothing is known yet."""
    np.testing.assert_allclose(flow().velocity(places(), 0.0), POINTS.mean(0) - places())


def test_worked_example_cfm_linear():
    z, eps, t = np.array([[1.7, 0.0]]), np.array([[-0.6, 0.0]]), np.array([0.3])
    one = flow(width=1e-6, points=z)
    pairs = one.mix(z, eps, t)
    assert pairs.x_t[0, 0] == pytest.approx(0.09, abs=1e-9)
    assert pairs.target[0, 0] == pytest.approx(2.3, abs=1e-9)
    assert one.velocity(pairs.x_t, t)[0, 0] == pytest.approx(2.3, abs=1e-9)


def test_worked_example_velocity_score():
    """u = (beta² alpha'/alpha - beta' beta) score + alpha'/alpha x gives the same 2.3."""
    z, t = np.array([[1.7, 0.0]]), 0.3
    one, x = flow(width=1e-6, points=z), np.array([[0.09, 0.0]])
    alpha, beta, d_alpha, d_beta = one.schedule(t)
    score = one.data.score(x, alpha, beta)
    u = (beta**2 * d_alpha / alpha - d_beta * beta) * score + d_alpha / alpha * x
    assert score[0, 0] == pytest.approx(0.857143, abs=1e-6)
    assert u[0, 0] == pytest.approx(2.3, abs=1e-9)


def test_worked_example_groot_flow_has_the_wrong_sign():
    a, eps, k = 2.0, -1.0, 4
    for velocity, expected in ((eps - a, -4.0), (a - eps, 2.0)):  # as printed, and as it should be
        x = np.array([[eps, 0.0]])
        field = lambda x, t, v=velocity: np.tile([v, 0.0], (len(x), 1))  # noqa: E731
        *_, end = solve(field, x, evenly(k, 1), RULES["Euler"])
        assert end[0, 0] == pytest.approx(expected)


def test_the_loss_is_the_true_error_above_a_floor():
    f, rng = flow(), np.random.default_rng(3)
    (lesson,) = islice(taught(f, rng), 200, 201)
    net, pairs = learned(lesson.theta), f.pairs(60_000, rng)
    said, exact = net(pairs.x_t, pairs.t), f.velocity(pairs.x_t, pairs.t)
    loss = np.square(said - pairs.target).sum(-1).mean()
    error = np.square(said - exact).sum(-1).mean()
    floor = f.disagreement(pairs.x_t, pairs.t).mean()
    assert loss == pytest.approx(error + floor, rel=0.02)


def test_training_nears_the_exact_field_and_its_loss_the_floor():
    f, rng = flow(), np.random.default_rng(4)
    pairs = f.pairs(2000, rng)
    exact = f.velocity(pairs.x_t, pairs.t)
    steps = {0: 0.0, 100: 0.0, 600: 0.0}
    losses = []
    for lesson in islice(taught(f, rng), 601):
        losses.append(lesson.loss)
        if lesson.step in steps:
            off = learned(lesson.theta)(pairs.x_t, pairs.t) - exact
            steps[lesson.step] = np.square(off).sum(-1).mean()
    assert steps[600] < 0.5 * steps[100] < 0.1 * steps[0]
    floor = f.disagreement(pairs.x_t, pairs.t).mean()
    assert np.mean(losses[-200:]) == pytest.approx(floor, rel=0.06)


def test_the_same_seed_trains_the_same_net():
    once, again = (list(islice(taught(flow(), np.random.default_rng(5)), 12)) for _ in range(2))
    for a, b in zip(once, again, strict=True):
        assert a.loss == b.loss
        np.testing.assert_array_equal(a.theta, b.theta)


@EVERY
@pytest.mark.parametrize("t", [0.0, 0.4, 0.9])
def test_the_jacobian_is_the_slope_of_the_field(name, t):
    f, x, h = flow(name), places(), 1e-5
    slopes = [(f.velocity(x + h * e, t) - f.velocity(x - h * e, t)) / (2 * h) for e in np.eye(2)]
    jacobian = f.jacobian(x, t)
    np.testing.assert_allclose(jacobian, np.stack(slopes, -1), atol=1e-6)
    np.testing.assert_allclose(jacobian, jacobian.swapaxes(1, 2), atol=1e-12)


def test_a_nets_jacobian_is_what_torch_says():
    theta, x, t = FIELD.init(np.random.default_rng(1)), places(), np.linspace(0, 1, 8)
    weights = [torch.tensor(part) for layer in FIELD.layers(theta) for part in layer]

    def net(place, time):
        h = torch.cat([place, 4 * time - 2])
        for i in range(0, len(weights), 2):
            h = h @ weights[i] + weights[i + 1][0]
            h = torch.nn.functional.silu(h) if i < len(weights) - 2 else h
        return h

    for i, jacobian in enumerate(learned_jacobian(theta, x, t)):
        place, time = (torch.tensor(part, dtype=torch.float32) for part in (x[i], t[i : i + 1]))
        expected = torch.autograd.functional.jacobian(lambda at, when=time: net(at, when), place)
        np.testing.assert_allclose(jacobian, expected, atol=1e-5)


def test_nets_side_by_side_learn_as_each_would_alone():
    f = flow()

    def both(rng):
        p, q = f.pairs(BATCH, rng), flow(points=POINTS[:2])
        other = q.mix(q.data.means[rng.integers(2, size=BATCH)], p.eps, p.t)
        return [p, other]

    def side(rng):
        p, q = both(rng)
        stacked = [np.stack([a, b]) for a, b in zip(p, q, strict=True)]
        return Pairs(*stacked[:2], p.t, *stacked[3:])

    together = list(islice(train(side, np.random.default_rng(6), nets=(2,)), 20))[-1]
    for i in range(2):
        alone = train(lambda rng, i=i: both(rng)[i], np.random.default_rng(6))
        np.testing.assert_allclose(list(islice(alone, 20))[-1].theta, together.theta[i], atol=1e-5)


def test_logit_normal_times_are_drawn_as_their_density_says():
    """p(t) = N(logit t; 0, 1) / (t (1 - t)) (Esser et al., 2024, eq. 19)."""
    t = TIMES["logit-normal"](200_000, np.random.default_rng(0))
    seen, edges = np.histogram(t, 40, (0, 1), density=True)
    at = (edges[1:] + edges[:-1]) / 2
    odds = np.log(at / (1 - at))
    expected = np.exp(-0.5 * odds**2) / np.sqrt(2 * np.pi) / (at * (1 - at))
    np.testing.assert_allclose(seen, expected, atol=0.06)
