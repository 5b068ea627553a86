"""Data whose noise is known, against integrals by brute force and against draws."""

import numpy as np
import pytest
from scipy.integrate import quad

from models.maths.labelled import Labelled
from models.maths.noising import SCHEDULES, Noising

LINEAR = Noising(SCHEDULES["linear"](1000))


def data():
    """Three points on a line, two of one class."""
    return Labelled(np.array([[-1.2], [0.3], [1.5]]), 0.2, np.array([0, 0, 1]))


def by_hand(x, label, t):
    """The mean and the variance of eps given x_t = x, by Bayes' rule and an integral over x_0."""
    alpha, sigma = (float(part[t]) for part in LINEAR.levels)
    means = data().means[data().label == label, 0]

    def moment(power):
        def f(x_0):
            eps = (x - alpha * x_0) / sigma
            prior = np.exp(-0.5 * ((x_0 - means) / 0.2) ** 2).sum()
            return eps**power * prior * np.exp(-0.5 * eps**2)

        return quad(
            f, -4, 4, points=[*means, x / alpha] if abs(x / alpha) < 4 else means, limit=500
        )[0]

    mean, square = moment(1) / moment(0), moment(2) / moment(0)
    return mean, square - mean**2


@pytest.mark.parametrize("t", [20, 200, 800])
@pytest.mark.parametrize(("x", "label"), [(-0.4, 0), (0.9, 0), (0.9, 1)])
def test_the_best_answer_and_its_floor_are_the_moments_of_the_noise(x, label, t):
    place, whose = np.array([[x]]), np.array([label])
    levels = LINEAR.at(np.array([t]))
    mean, variance = by_hand(x, label, t)
    assert data().noise(place, whose, *levels)[0, 0] == pytest.approx(mean, rel=1e-5)
    assert data().floor(place, whose, *levels)[0] == pytest.approx(variance, rel=1e-4)


def test_the_best_answer_is_minus_sigma_times_the_slope_of_log_p():
    alpha, sigma = LINEAR.at(np.array([120]))
    part, x, h = data().parts[0], 0.4, 1e-5
    low, high = (
        part.log_prob(np.array([[x + s * h]]), alpha[0, 0], sigma[0, 0])[0] for s in (-1, 1)
    )
    found = data().noise(np.array([[x]]), np.array([0]), alpha, sigma)[0, 0]
    assert found == pytest.approx(-sigma[0, 0] * (high - low) / (2 * h), rel=1e-6)


def test_who_is_not_told_t_weighs_all_times_by_how_likely_they_make_x():
    x, label, t = np.array([[0.1], [-1.4], [2.2]]), np.array([0, 0, 1]), np.arange(1000)
    for place, whose, found in zip(x, label, data().untold(x, label, LINEAR, 1000), strict=True):
        many, who = np.tile(place, (1000, 1)), np.full(1000, whose)
        alpha, sigma = LINEAR.levels
        density = np.exp(data().parts[whose].log_prob(many, alpha, sigma))
        answers = data().noise(many, who, *LINEAR.at(t))[:, 0]
        assert found[0] == pytest.approx(density @ answers / density.sum(), rel=0.02)
    few = data().untold(x, label, LINEAR)
    np.testing.assert_allclose(few, data().untold(x, label, LINEAR, 1000), atol=0.02)


def test_entropy_is_the_integral_of_the_density():
    def lost(x, part):
        log_p = part.log_prob(np.array([[x]]))[0]
        return -np.exp(log_p) * log_p

    two, one = (
        quad(lost, -6, 6, args=(part,), points=[-1.2, 0.3, 1.5])[0] for part in data().parts
    )
    near = Labelled(np.array([[0.0], [0.3]]), 0.2, np.zeros(2, int))
    rng = np.random.default_rng(0)
    assert data().entropy(4000, rng) == pytest.approx((2 * two + one) / 3, abs=0.02)
    wanted = quad(lost, -4, 4, args=(near.parts[0],))[0]
    assert near.entropy(4000, rng) == pytest.approx(wanted, abs=0.02)


def test_draws_are_of_the_classes_asked_for():
    label = np.array([1, 0, 1, 1])
    drawn = data().of(label, np.random.default_rng(0))
    assert ((drawn[:, 0] > 0.95) == (label == 1)).all()
    x_0, whose = data().draw(3000, np.random.default_rng(1))
    assert whose.mean() == pytest.approx(1 / 3, abs=0.03)
    assert x_0[whose == 1].mean() == pytest.approx(1.5, abs=0.03)


def test_places_without_chance_weigh_the_plane_as_draws_do_but_better():
    """The variance of x_0 is known: 1/3 each of three points, and their width."""
    means = np.array([[1.0, 0.0], [-1.0, 1.0], [0.0, -1.0]])
    cloud, rng = Labelled(means, 0.5, np.zeros(3, int)), np.random.default_rng(0)
    wanted = np.square(means).sum(-1).mean() + 2 * 0.25
    pick, z = cloud.places(4000, rng)
    x_0 = means[pick] + 0.5 * z
    assert np.square(x_0).sum(-1).mean() == pytest.approx(wanted, rel=5e-3)
    np.testing.assert_allclose(np.cov(z.T), np.eye(2), atol=0.01)
    draws = [np.square(cloud.draw(4000, rng)[0]).sum(-1).mean() for _ in range(20)]
    assert np.std(draws) > 5e-3 * wanted


def test_the_floor_at_each_t_is_the_mean_over_what_comes_by():
    rng, noising = np.random.default_rng(0), Noising(SCHEDULES["linear"](50))
    x_0, label = data().draw(200_000, rng)
    t = np.arange(len(x_0)) % 50
    eps = rng.standard_normal(x_0.shape)
    best = data().noise(noising.jump(x_0, eps, t), label, *noising.at(t))
    measured = np.square(eps - best).sum(-1).reshape(-1, 50).mean(0)
    np.testing.assert_allclose(data().floors(noising, 50_000, rng), measured, atol=0.07)
