"""The small denoiser and its training, against torch's automatic gradients."""

from itertools import islice, pairwise

import numpy as np
import pytest
import torch

from models.maths.denoiser import Denoiser, encoding, seen, train
from models.maths.labelled import Labelled
from models.maths.noising import SCHEDULES, Noising

NOISING = Noising(SCHEDULES["linear"](100))
NET = Denoiser(2, 2, (16, 16))
DATA = Labelled(np.array([[1.0, 0.5], [-1.0, 0.0], [0.0, -1.0]]), 0.1, np.array([0, 0, 1]))


def lessons(n, **given):
    return list(islice(train(NET, DATA, NOISING, np.random.default_rng(3), **given), n))


def torchs_loss(theta, x_0, label, t, eps, weights):
    """The loss and its weighted form, written out once more in torch."""
    x = torch.from_numpy(NOISING.jump(x_0, eps, t)).float()
    alpha, sigma = (torch.from_numpy(part).float() for part in NOISING.at(t))
    wave = torch.from_numpy(encoding(((t + 1) / 100).astype(np.float32)))
    h, at, last = torch.cat([x, wave, torch.eye(2)[label]], 1), 0, len(NET.net.sizes) - 2
    for depth, (i, o) in enumerate(pairwise(NET.net.sizes)):
        h = h @ theta[at : at + i * o].reshape(i, o) + theta[at + i * o : at + i * o + o]
        at += i * o + o
        h = torch.nn.functional.silu(h) if depth < last else h
    squares = (torch.from_numpy(eps).float() - sigma * x - alpha * h) ** 2
    return squares.mean(), (torch.from_numpy(weights[t]).float() * squares.sum(1)).mean()


@pytest.mark.parametrize("weighted", [False, True])
def test_a_training_is_torchs_gradients_and_torchs_adam_on_the_same_draws(weighted):
    weights = np.linspace(0, 2, 100) if weighted else None
    ours = lessons(6, weights=weights, batch=32)
    rng = np.random.default_rng(3)
    theta = torch.from_numpy(NET.net.init(rng)).requires_grad_()
    adam, mean = torch.optim.Adam([theta]), theta.detach().clone()
    for step, lesson in enumerate(ours, 1):
        np.testing.assert_allclose(lesson.theta[0], mean, atol=2e-6)
        x_0, label = DATA.draw(32, rng)
        t = rng.integers(100, size=32)
        eps = rng.standard_normal(x_0.shape)
        given = np.ones(100) if weights is None else weights
        loss, whole = torchs_loss(theta, x_0, label, t, eps, given)
        assert lesson.loss[0] == pytest.approx(loss.item(), rel=1e-5)
        adam.param_groups[0]["lr"] = 3e-3 * step / 50 / np.sqrt(1 + (step - 1) / 1000)
        adam.zero_grad()
        whole.backward()
        adam.step()
        mean += 1 / (1 + 0.2 * step) * (theta.detach() - mean)


def test_single_precision_stays_single():
    """One double in the chain would double the time of every step."""
    assert lessons(3)[-1].theta.dtype == np.float32


def test_the_net_learns_to_name_the_noise():
    losses = np.array([lesson.loss[0] for lesson in lessons(400, rate=6e-3)])
    assert losses[-50:].mean() < 0.6 * losses[:10].mean()


def test_a_net_beside_another_learns_what_it_learns_alone():
    alone, both = lessons(20)[-1], lessons(20, told=(True, False))[-1]
    np.testing.assert_allclose(both.theta[0], alone.theta[0], atol=1e-6)
    assert np.abs(both.theta[1] - both.theta[0]).max() > 1e-4


def test_a_net_that_is_not_told_t_answers_the_same_at_all_times():
    theta = np.repeat(NET.net.init(np.random.default_rng(0))[None], 2, 0)
    x, label = np.array([[0.3, -0.7]]), np.array([1])
    early, late = (
        NET(theta, seen(NOISING, x, np.array([t]), label), (True, False)) for t in (3, 90)
    )
    np.testing.assert_array_equal(early[1], late[1])
    assert np.abs(early[0] - late[0]).max() > 0.01


def test_in_pure_noise_the_shortcut_alone_is_the_answer():
    noising = Noising(SCHEDULES["cosine"](1000))
    x = np.random.default_rng(0).normal(size=(50, 2))
    asked = seen(noising, x, np.full(50, 999), np.zeros(50, int))
    theta = NET.net.init(np.random.default_rng(0))[None]
    np.testing.assert_allclose(NET(theta, asked, (True,))[0], x, atol=1e-3)
